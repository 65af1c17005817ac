"""`thinkscale eval run` as it is called, over an engine that says what it is told to."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evals.run_cli import run
from pipeline.engine import ScriptedEngine
from pipeline.errors import ThinkscaleError

THREE = ["direct", "cot", "cot@sc4"]


def reply(prompt: str, draw: int) -> str:
    """Steps are always right, a direct answer never; the vote has one that strays."""
    asked = prompt.rsplit("user:", 1)[-1]
    total = sum(int(figure) for figure in re.findall(r"\d+", asked)[:3])
    right = "step" in asked.lower() and draw != 2
    return f"So it is {total}.\nAnswer: {total if right else total + 1}"


class Desk:
    """A folder with a configuration, and the engines that were opened there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engines: list[ScriptedEngine] = []
        (folder / "config.yaml").write_text("notes: {path: .}\n", encoding="utf-8")

    def open(self, *_: Any, **__: Any) -> ScriptedEngine:
        self.engines.append(ScriptedEngine(reply))
        return self.engines[-1]

    def __call__(self, *arguments: str) -> Result:
        config = ["--config", str(self.folder / "config.yaml")]
        return CliRunner().invoke(run, [*arguments, *config], catch_exceptions=True)

    @property
    def drawn(self) -> int:
        """Requests that the last engine got."""
        return len(self.engines[-1].requests)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    found = Desk(tmp_path)
    monkeypatch.setattr("pipeline.engine.open_engine", found.open)
    monkeypatch.setattr("pipeline.engine.locate.model_identity", lambda _: "scripted")
    return found


def test_what_json_has(desk: Desk) -> None:
    said = desk("sums", "--limit", "12", "--strategies", ",".join(THREE), "--json")
    assert said.exit_code == 0, said.output
    row = json.loads(said.stdout)
    assert (row["task"], row["model"], row["n"]) == ("sums", "scripted", 12)
    assert [one["strategy"] for one in row["strategies"]] == THREE
    direct, cot, vote = row["strategies"]
    assert {"accuracy", "ci", "tokens_per_question", "seconds_per_question"} <= set(direct)
    assert (direct["accuracy"], cot["accuracy"], vote["accuracy"]) == (0, 1, 1)
    assert direct["delta"] is None
    assert cot["delta"] == 1
    assert cot["p_adjusted"] < 0.01
    assert (desk.folder / ".thinkscale/runs" / row["run"] / "run.json").is_file()


def test_a_table_its_decisions_and_where_the_rest_is(desk: Desk) -> None:
    said = desk("sums", "--limit", "12", "--strategies", "direct,cot")
    assert said.exit_code == 0, said.output
    assert re.search(r"cot over direct: \+100\.0 points \[.*adjusted p < \.001", said.stdout)
    assert "thinkscale eval report sums-" in said.stdout
    assert "12 questions" in said.stderr


def test_the_second_time_nothing_is_drawn(desk: Desk) -> None:
    first = desk("sums", "--limit", "8", "--strategies", "direct,cot@sc4")
    assert desk.drawn == 8 + 8 * 4
    again = desk("sums", "--limit", "8", "--strategies", "direct,cot@sc4")
    assert desk.drawn == 0
    assert first.stdout == again.stdout
    more = desk("sums", "--limit", "8", "--strategies", "direct,cot@sc4,cot@weighted4")
    assert (more.exit_code, desk.drawn) == (0, 0)


def test_a_pilot_says_whether_it_is_worth_it(desk: Desk) -> None:
    said = desk("sums", "--pilot", "--strategies", "direct,cot,direct@sc4")
    assert said.exit_code == 0, said.output
    helps, unknown = said.stdout.splitlines()
    assert helps.startswith("cot over direct: gain (+100 points")
    assert "n=20" in helps
    assert unknown.startswith("direct@sc4 over direct: cannot tell (+0 points")
    assert re.search(r"\d+ questions would show 5 points", unknown)
    rows = json.loads(desk("sums", "--pilot", "--strategies", "direct,cot", "--json").stdout)
    assert [(row["strategy"], row["call"], row["n"]) for row in rows] == [("cot", "gain", 20)]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("sums", "--strategies", "direct,cott"), "Did you mean `cot`"),
        (("sums", "--strategies", "direct,direct"), "asked for twice"),
        (("sums", "--strategies", "rag+cot"), "no passages to show"),
        (("sums", "--scorer", "nonsense"), "nonsense"),
        (("sumz",), "sums"),
        (("nowhere.jsonl",), "nowhere.jsonl"),
    ],
)
def test_bad_input_is_named_before_anything_is_drawn(
    desk: Desk, arguments: tuple[str, ...], word: str
) -> None:
    said = desk(*arguments)
    assert isinstance(said.exception, ThinkscaleError), said.output
    assert word in str(said.exception)
    assert not any(engine.requests for engine in desk.engines)


def test_seconds_are_no_budget_of_a_run(desk: Desk) -> None:
    said = desk("sums", "--budget", "3s")
    assert said.exit_code == 2
    assert "tokens" in said.stderr


def test_a_budget_of_tokens_is_kept(desk: Desk) -> None:
    said = desk("sums", "--limit", "5", "--strategies", "cot@sc8", "--budget", "700", "--json")
    assert said.exit_code == 0, said.output
    (row,) = json.loads(said.stdout)["strategies"]
    assert 0 < row["tokens_per_question"] <= 700
