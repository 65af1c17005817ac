"""Several processes in one folder: all end well, say the same, and leave a sound index and pool."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.torture.endpoint import endpoint
from benchmarks.torture.world import ASKED, NOTES, surroundings
from pipeline.pool import DiskPool

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the endpoint is forked")

RUN = ("eval", "run", "set.jsonl", "--strategies", "direct,direct@sc3", "--json")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with endpoint() as found:
        yield found


@pytest.fixture
def home(tmp_path: Path, address: str) -> Path:
    """Notes, a configuration and a question set; nothing was ever run here."""
    (tmp_path / "notes").mkdir()
    for name, text in NOTES.items():
        (tmp_path / "notes" / name).write_text(text, encoding="utf-8")
    item = {"id": "a", "question": ASKED[0], "answers": ["214"],
            "spans": [{"source": "harbour.md", "quote": "It is open on Sundays."}]}  # fmt: skip
    (tmp_path / "set.jsonl").write_text(json.dumps(item) + "\n", encoding="utf-8")
    (tmp_path / "config.yaml").write_text(
        "notes: {path: notes}\nindex: {path: index}\n"
        "retrieval: {arms: [words, grams, headings]}\n"
        f"model: {{path: '{address}/honest/v1#scripted', languages: [en, ko]}}\n"
        "ask: {weigh: false, sure: 0.1}\n",
        encoding="utf-8",
    )
    return tmp_path


def at_once(
    home: Path, address: str, *commands: Sequence[str]
) -> list[subprocess.CompletedProcess[str]]:
    """All commands, begun together; each ends with 0 and without a traceback."""
    around = {**os.environ, **surroundings(home, address), "PYTHONPATH": os.pathsep.join(sys.path)}
    begun = [
        subprocess.Popen([sys.executable, "-m", "pipeline", *command], cwd=home, text=True,
                         env=around, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for command in commands
    ]  # fmt: skip
    ended = []
    for process in begun:
        out, err = process.communicate(timeout=300)
        ended.append(subprocess.CompletedProcess(process.args, process.returncode, out, err))
        assert process.returncode == 0, err
        assert "Traceback" not in err
    return ended


def answer(text: str) -> dict[str, Any]:
    """An answer without the time it took."""
    found: dict[str, Any] = json.loads(text)
    found["usage"].pop("seconds")
    return found


def whole(home: Path) -> None:
    """One generation that answers, no leftovers."""
    generations = list((home / "index" / "generations").iterdir())
    assert (home / "index" / "CURRENT").read_text().strip() in {g.name for g in generations}
    assert not [g for g in generations if g.suffix == ".part"]
    assert not list(home.rglob("*.part"))


def test_six_first_questions_in_one_fresh_folder(home: Path, address: str) -> None:
    ask = ("ask", ASKED[0], "--json", "--strategy", "direct@sc2")
    told = [answer(done.stdout) for done in at_once(home, address, *[ask] * 6)]
    assert all(one == told[0] for one in told)
    assert "214" in told[0]["answer"]
    whole(home)
    assert len(list((home / "index" / "generations").iterdir())) == 1, "built once, for all"


def test_index_ask_and_eval_at_once(home: Path, address: str) -> None:
    asked, _, _, ran = at_once(
        home, address, ("ask", ASKED[0], "--json", "--strategy", "direct@sc2"),
        ("index", "--rebuild"), ("index",), (*RUN, "--name", "one"),
    )  # fmt: skip
    assert "214" in answer(asked.stdout)["answer"]
    assert json.loads(ran.stdout)["n"] == 1
    whole(home)


def test_two_runs_of_one_name_and_gc_beside_them(home: Path, address: str) -> None:
    """The samples are shared, the record is one of the two, whole; what gc may not do it says."""
    one, two = at_once(home, address, (*RUN, "--name", "same"), (*RUN, "--name", "same"))

    def figures(done: subprocess.CompletedProcess[str]) -> list[Any]:
        return [(s["strategy"], s["accuracy"]) for s in json.loads(done.stdout)["strategies"]]

    assert figures(one) == figures(two)
    with DiskPool(home / ".thinkscale" / "pool.sqlite") as pool:
        assert pool.stats()["samples"] == 4
        assert pool.stats()["damaged"] == 0
    at_once(home, address, ("eval", "report", "same", "--format", "md"))
    around = {**os.environ, **surroundings(home, address), "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *RUN, "--name", "next", "--seed", "5"], cwd=home,
        env=around, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    ends = set()
    while run.poll() is None:
        gc = subprocess.run(
            [sys.executable, "-m", "pipeline", "pool", "gc"], cwd=home, env=around, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        ends.add(gc.returncode)
        assert gc.returncode == 0 or "a run is drawing into it" in gc.stderr, gc.stderr
    out, err = run.communicate()
    assert run.returncode == 0, err
    assert json.loads(out)["n"] == 1
    with DiskPool(home / ".thinkscale" / "pool.sqlite") as pool:
        assert pool.stats()["samples"] >= 4
        assert pool.stats()["damaged"] == 0


@pytest.mark.long
def test_everything_at_once_again_and_again(home: Path, address: str) -> None:
    ask = ("ask", ASKED[1], "--json", "--strategy", "direct@sc2")
    for turn in range(6):
        (home / "notes" / "more.md").write_text(f"# More {turn}\n\nA heron eats {turn} frogs.\n")
        at_once(home, address, ask, ask, ("index",), ("search", "heron"),
                (*RUN, "--name", f"r{turn % 2}", "--seed", str(turn)))  # fmt: skip
        whole(home)
