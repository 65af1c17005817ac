"""`thinkscale eval run` as it is called, over an engine that says what it is told to."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evals.cli.run import run
from pipeline.engine import ScriptedEngine
from pipeline.errors import ThinkscaleError
from pipeline.types import Sample

ROOT = Path(__file__).parents[3]
THREE = ["direct", "cot", "cot@sc4"]


def reply(prompt: str, draw: int) -> str:
    """Steps are always right, a direct answer never; the vote has one that strays."""
    asked = prompt.rsplit("user:", 1)[-1]
    total = sum(int(figure) for figure in re.findall(r"\d+", asked)[:3])
    right = "step" in asked.lower() and draw != 2
    return f"So it is {total}.\nAnswer: {total if right else total + 1}"


class Cli:
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
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    found = Cli(tmp_path)
    monkeypatch.setattr("pipeline.engine.open_engine", found.open)
    monkeypatch.setattr("pipeline.models.local_files.model_identity", lambda _: "scripted")
    return found


def test_what_json_has(cli: Cli) -> None:
    said = cli("sums", "--limit", "12", "--strategies", ",".join(THREE), "--json")
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
    assert (cli.folder / ".thinkscale/runs" / row["run"] / "run.json").is_file()


def test_a_table_its_decisions_and_where_the_rest_is(cli: Cli) -> None:
    said = cli("sums", "--limit", "12", "--strategies", "direct,cot")
    assert said.exit_code == 0, said.output
    assert re.search(r"Gain: cot over direct \+100\.0 points \[.*adjusted p < \.001", said.stdout)
    assert "thinkscale eval report sums-" in said.stdout
    assert "12 questions" in said.stderr


def test_the_second_time_nothing_is_drawn(cli: Cli) -> None:
    first = cli("sums", "--limit", "8", "--strategies", "direct,cot@sc4")
    assert cli.drawn == 8 + 8 * 4
    again = cli("sums", "--limit", "8", "--strategies", "direct,cot@sc4")
    assert cli.drawn == 0
    assert first.stdout == again.stdout
    more = cli("sums", "--limit", "8", "--strategies", "direct,cot@sc4,cot@weighted4")
    assert (more.exit_code, cli.drawn) == (0, 0)


def test_a_pilot_says_whether_it_is_worth_it(cli: Cli) -> None:
    said = cli("sums", "--pilot", "--strategies", "direct,cot,direct@sc4")
    assert said.exit_code == 0, said.output
    helps, unknown = said.stdout.splitlines()
    assert helps.startswith("Gain: cot over direct +100.0 points [")
    assert "n=20" in helps
    assert unknown.startswith("Cannot tell: direct@sc4 over direct +0.0 points [")
    assert re.search(r"\d+ questions show a gain of 5 points four times in five", unknown)
    rows = json.loads(cli("sums", "--pilot", "--strategies", "direct,cot", "--json").stdout)
    assert [(row["strategy"], row["verdict"], row["n"]) for row in rows] == [("cot", "gain", 20)]


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
    cli: Cli, arguments: tuple[str, ...], word: str
) -> None:
    said = cli(*arguments)
    assert isinstance(said.exception, ThinkscaleError), said.output
    assert word in str(said.exception)
    assert not any(engine.requests for engine in cli.engines)


def test_a_budget_of_seconds_is_kept_by_what_draws_took(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scripted engine takes no time: here each draw takes half a second."""
    plain = ScriptedEngine.sample

    def slow(self: ScriptedEngine, *arguments: Any, **options: Any) -> Iterator[Sample]:
        for sample in plain(self, *arguments, **options):
            yield replace(sample, cost=replace(sample.cost, seconds=0.5))

    monkeypatch.setattr(ScriptedEngine, "sample", slow)
    ask = ("sums", "--limit", "5", "--strategies", "cot,cot@sc8", "--json")
    whole = json.loads(cli(*ask).stdout)["strategies"]
    assert [row["seconds_per_question"] for row in whole] == [0.5, 4.0]
    said = cli(*ask, "--budget", "2s")
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout)["strategies"]
    assert [row["seconds_per_question"] for row in found] == [0.5, 2.0]
    assert found[1]["tokens_per_question"] < whole[1]["tokens_per_question"]


@pytest.mark.parametrize(
    ("tuned", "long", "said"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_a_long_run_says_that_the_machine_was_not_measured(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tuned: bool, long: bool, said: bool
) -> None:
    monkeypatch.setattr(ScriptedEngine, "is_tuned", tuned, raising=False)
    monkeypatch.setattr("evals.run.run_progress.foretold", lambda *_: 1000.0 if long else 10.0)
    found = cli("sums", "--limit", "5", "--strategies", "direct,cot")
    assert found.exit_code == 0, found.output
    assert ("thinkscale tune" in found.stderr) == said
    assert ("About 17 min" in found.stderr) == long


def test_ways_of_asking_may_reply_as_long(cli: Cli) -> None:
    """A direct answer that is cut off at a third of the others' length looks worse than it is."""
    cli("sums", "--limit", "3", "--strategies", "direct,cot,plan@sc2", "--name", "caps")
    limits = {request.params.max_tokens for request in cli.engines[-1].requests}
    assert len(limits) == 1
    about = json.loads((cli.folder / ".thinkscale/runs/caps/run.json").read_text())["about"]
    (sums,) = about["reply_tokens"].values()
    assert set(sums) == {"direct", "cot", "plan@sc2"}
    assert set(sums.values()) == limits


def test_a_run_says_what_it_was_made_with(cli: Cli) -> None:
    cli("sums", "--limit", "3", "--strategies", "cot,cot@sc2", "--shots", "2", "--name", "made")
    about = json.loads((cli.folder / ".thinkscale/runs/made/run.json").read_text())["about"]
    assert about["shots"] == {"sums": {"en": 2}}
    template = (ROOT / "pipeline/prompts/templates/cot.yaml").read_bytes()
    assert about["prompts"]["cot"] == hashlib.sha256(template).hexdigest()
    assert {"exemplars", "turns"} <= set(about["prompts"])
    config = (cli.folder / "config.yaml").read_bytes()
    assert about["config"]["sha256"] == hashlib.sha256(config).hexdigest()
    assert {"retrieval", "embedder", "ask", "model", "sampling", "margin"} <= set(about)
    assert about["machine"]["cores"] >= 1
    assert about["machine"]["system"]
    assert about["packages"]["numpy"]
    assert about["engines"]["scripted"]["engine"] == "scripted"


def test_replayed_seconds_are_said(cli: Cli) -> None:
    ask = ("sums", "--limit", "4", "--strategies", "direct,cot")
    first = cli(*ask)
    assert not re.search(r"Seconds: \d+ of", first.stderr)
    more = cli(*ask[:-1], "direct,cot,plan")
    assert "Seconds: 8 of 12" in more.stderr


def test_a_budget_of_tokens_is_kept(cli: Cli) -> None:
    said = cli("sums", "--limit", "5", "--strategies", "cot@sc8", "--budget", "700", "--json")
    assert said.exit_code == 0, said.output
    (row,) = json.loads(said.stdout)["strategies"]
    assert 0 < row["tokens_per_question"] <= 700


def test_repeated_sealed_and_judged_in_one_call(cli: Cli) -> None:
    file = cli.folder / "run.zip"
    said = cli(
        "sums", "--limit", "6", "--strategies", "direct,cot@sc2..4", "--repeat", "2",
        "--verifiers", "ptrue", "--sealed", str(file), "--json",
    )  # fmt: skip
    assert said.exit_code == 0, said.output
    assert "Pass 4 of 4." in said.stderr
    assert f"{file}: fingerprint " in said.stderr
    row = json.loads(said.stdout)
    assert [one["strategy"] for one in row["strategies"]] == ["direct", "cot@sc2", "cot@sc4"]
    assert row["headline"].startswith(("Use ", "Stay with "))
    from evals.report.make import markdown_report
    from evals.run.records import load_run
    from evals.run.sealed import open_sealed, verify_run

    run = load_run(open_sealed(file))
    assert len(run.repeats) == 3 * 6 * 3
    assert not any(check.problems for check in verify_run(run))
    assert "How much is chance" in markdown_report(run)[0]
    assert cli("sums", "--repeat", "1").exit_code == 2


def test_a_verifier_that_cannot_be_loaded_is_said_before_anything_is_asked(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants as hub  # reads the environment once, for all tests

    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    said = cli("sums", "--limit", "4", "--verifiers", "p-true")
    assert isinstance(said.exception, ThinkscaleError)
    assert "--verifiers: p-true cannot be loaded" in str(said.exception)
    assert cli.engines == []
