"""The verbs `search` and `index`, over small notes without a dense arm."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.cli import _run
from pipeline.config import Config
from pipeline.errors import ModelError
from pipeline.retrieval import build
from pipeline.types import Likelihood, Score
from tests.retrieval.conftest import make_config, write_notes

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(workshop: Config, capsys: pytest.CaptureFixture[str]) -> Run:
    def go(verb: str, *args: str) -> tuple[int, str, str]:
        code = _run([verb, *args, "--config", str(workshop.file)])
        out, err = capsys.readouterr()
        return code, out, err

    return go


def test_search_builds_the_index_and_opens_at_a_line(run: Run, workshop: Config) -> None:
    code, out, err = run("search", "what does the waggle dance tell", "-k", "2")
    assert (code, err) == (0, "")
    first = out.splitlines()[0]
    assert "bees.md:" in first
    assert "The waggle dance" in first
    line = int(first.split("bees.md:")[1].split("-")[0].split()[0])
    text = (workshop.notes_path / "bees.md").read_text(encoding="utf-8").splitlines()
    assert "A bee that has found nectar" in text[line - 1]
    assert len([row for row in out.splitlines() if row[:2].strip().isdigit()]) == 2


def test_search_as_json(run: Run) -> None:
    code, out, _ = run("search", "밀물은 왜 생기나?", "--json")
    rows = json.loads(out)
    assert code == 0
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert rows[0]["source"].endswith("바다.md")
    assert rows[0]["ranks"]["words"] == 1
    assert rows[0]["text"] in rows[0]["text"].strip()


def test_nothing_in_common_is_said(run: Run) -> None:
    code, out, _ = run("search", "zzz qqq")
    assert code == 0
    assert out == "Nothing in the notes shares a word with that.\n"


class Model:
    """Finds the question likely after a passage that has the word."""

    opened = 0
    info = SimpleNamespace(engine="local")

    def __init__(self, word: str) -> None:
        self._word = word

    def close(self) -> None:
        Model.opened -= 1

    def score(self, requests: Iterable[Score]) -> Iterator[Likelihood]:
        for one in requests:
            right = self._word in (one.prompt.text or "")
            yield Likelihood(one, 0.0 if right else -99.0, 1)


def reranking(config: Config, monkeypatch: pytest.MonkeyPatch, model: object) -> list[str]:
    import pipeline.engine

    make_config(config.file.parent, "{arms: [words, grams], rerank: model}")
    opened: list[str] = []

    def open_engine(config: Config) -> object:
        opened.append(config.settings.model.path)
        Model.opened += 1
        return model

    monkeypatch.setattr(pipeline.engine, "open_engine", open_engine)
    return opened


def test_search_reranks_by_the_local_model(
    run: Run, workshop: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "flour and steam for the loaf"
    plain = json.loads(run("search", question, "--json")[1])
    second = plain[1]["text"]
    opened = reranking(workshop, monkeypatch, Model(second))
    code, out, err = run("search", question, "--json")
    rows = json.loads(out)
    assert (code, err, opened) == (0, "", ["embedded"])
    assert rows[0]["text"] == second
    assert rows[0]["ranks"]["model"] == 1
    assert Model.opened == 0  # and closed


def test_the_model_is_not_opened_where_the_search_is_sure(
    run: Run, workshop: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = reranking(workshop, monkeypatch, Model(""))
    assert run("search", "waggle nectar comb dance angle Frisch distance")[0] == 0
    assert opened == []


def test_an_endpoint_that_cannot_score_is_said(
    run: Run, workshop: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Mute(Model):
        def score(self, requests: Iterable[Score]) -> Iterator[Likelihood]:
            raise ModelError("It does not give log-probabilities of a prompt.", "Score locally.")

    reranking(workshop, monkeypatch, Mute(""))
    code, out, err = run("search", "flour and steam for the loaf")
    assert (code, out) == (2, "")
    assert "log-probabilities" in err
    assert err.count("\n") == 1


def test_index_says_what_it_did_and_what_each_search_is_worth(run: Run, workshop: Config) -> None:
    (workshop.notes_path / "bad.pdf").write_bytes(b"%PDF-1.4 but no more")
    code, out, err = run("index")
    assert code == 0
    assert "of 5 notes" in out
    assert "bad.pdf" in err
    assert run("index")[1].startswith("Nothing changed: ")
    code, out, _ = run("index", "--rebuild", "--json")
    report = json.loads(out)
    assert report["read"] == report["sources"] == 5
    assert report["problems"][0]["source"] == "bad.pdf"
    rows = {(row["language"], row["arm"]): row for row in report["calibration"]}
    assert {("en", "words"), ("en", "headings"), ("en", "fused")} <= set(rows)
    assert 0 < rows["en", "fused"]["mrr@10"] <= 1


def test_the_table_of_worth(run: Run) -> None:
    _, out, _ = run("index")
    assert "What each search is worth" in out
    assert "all, weighed" in out
    assert max(map(len, out.splitlines()[1:])) <= 100


def test_how_well_answered_is_told_from_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only an index with an embedder can say it; every language that was measured has a line."""
    rivers = [
        "The {0} rises in the hills above {1} and flows {2} kilometres to the sea.",
        "Boats carry {3} down the {0} in spring, when the water is high.",
        "A dam near {1} has tamed the {0} since the old flood.",
    ]
    names = "Aber Brenn Calder Dunmore Esk Fowey Garry Helmsdale Ithon Kennet Lune Mole".split()
    towns = "Coll Dove Ness Loch Pell Quern Ross Sark Tay Ure Vale Wick".split()
    goods = "salt timber wool slate oats lead coal fish hides peat flax lime".split()
    notes = "".join(
        f"# {name}\n\n" + " ".join(rivers).format(name, town, 40 + 17 * at, good) + "\n\n"
        for at, (name, town, good) in enumerate(zip(names, towns, goods, strict=True))
    )
    write_notes(tmp_path / "notes", {"rivers.md": notes})
    config = make_config(tmp_path, "{}")
    report = build(config)
    assert set(report.levels) == {"en"}
    level = report.levels["en"]
    assert _run(["index", "--rebuild", "--config", str(config.file)]) == 0
    out = capsys.readouterr().out
    assert f"en: of {level.questions} questions made of these notes" in out
    assert f"at least {level.right:.0%} are" in " ".join(out.split())
    assert max(map(len, out.splitlines()[1:])) <= 100


def test_watching(workshop: Config, tmp_path: Path) -> None:
    """A changed note is indexed; a folder without notes is a line, not the end; Ctrl-C ends it."""
    build(workshop)
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "index", "--watch"]
    child: Any = subprocess.Popen(
        [*command, "--config", str(workshop.file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        assert "Nothing changed" in child.stdout.readline()
        assert "Watching" in child.stderr.readline()
        texts = {path: path.read_text("utf-8") for path in workshop.notes_path.iterdir()}
        for path in texts:
            path.unlink()
        assert "no text to index" in child.stderr.readline()
        for path, text in texts.items():
            path.write_text(text + "\nA heron stood in the marsh.\n", "utf-8")
        assert "notes read" in child.stdout.readline()
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=120)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 130
    assert "Traceback" not in err


@pytest.mark.model
def test_no_reranking_by_a_notice(run: Run, workshop: Config) -> None:
    """The real model, opened by the verb itself."""
    make_config(workshop.file.parent, "{arms: [words, grams], rerank: model}")
    code, out, err = run("search", "flour and steam for the loaf", "--json")
    assert code == 0, err
    assert "not reranked" not in err
    assert sum("model" in row["ranks"] for row in json.loads(out)) >= 2


def test_a_search_without_a_model_does_not_wait_for_the_loop() -> None:
    code = "import sys, pipeline.answering.search; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pipeline.answering.loop", "pipeline.strategies"} & set(found.stdout.split())
