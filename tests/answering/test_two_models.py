"""Asking with two models: one reads the notes, the other checks what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.answering.session import Asker, open_session
from pipeline.cli import _run
from pipeline.config import Config, ModelSettings, RolesSettings
from pipeline.engine import Engine, ScriptedEngine
from pipeline.engine.by_role import RoleEngine
from pipeline.models.local_files import model_identity
from tests.conftest import write_notes
from tests.engine.second_model import needs_second_model, second_model

NOTE = (
    "# The bridges\n\nThe bridge of stone was built in 1911 by Marek Duarte.\n\n"
    "The bridge of wood burned down in 1904.\n"
)
ASKED = "When was the bridge of stone built?"


def two(folder: Path, read: str, reason: str) -> Config:
    config = write_notes(folder)
    (config.notes_path / "bridges.md").write_text(NOTE, encoding="utf-8")
    roles = RolesSettings(reason=ModelSettings(path=reason))
    model = ModelSettings(path=read)
    settings = config.settings.model_copy(update={"model": model, "models": roles})
    return Config(settings, config.file)


def says(asker: Asker, reads: ScriptedEngine, reasons: ScriptedEngine) -> Asker:
    from dataclasses import replace

    engine: Engine = RoleEngine(reads, reasons)
    rules = replace(asker.rules, weigh=False)
    return replace(asker, engine=lambda: engine, rules=rules, reads=lambda _: True)


def test_an_answer_says_who_read_and_who_checked(tmp_path: Path) -> None:
    reads = ScriptedEngine(lambda *_: "In 1911.", name="reader", form="completion")
    reasons = ScriptedEngine(lambda *_: "True", name="reasoner")
    config = two(tmp_path, "embedded", "embedded")
    with open_session(config, strategy="direct@ptrue4") as asker:
        assert asker.reasoner
        answer = says(asker, reads, reasons).ask(ASKED)
    assert "1911" in answer.text
    assert answer.form == "completion", "it is read in the reader's form"
    used = {use.role: use for use in answer.models}
    assert used["read"].requests == len(reads.requests) > 0
    assert used["reason"].requests == len(reasons.requests) > 0
    assert used["read"].cost + used["reason"].cost == answer.cost
    assert min(use.cost.flops for use in answer.models) > 0
    with open_session(config, strategy="direct") as asker:
        answer = says(asker, reads, reasons).ask(ASKED)
    assert [use.role for use in answer.models] == ["read"], "nobody was asked to check"


def test_what_was_measured_is_of_both(tmp_path: Path) -> None:
    both = two(tmp_path, "embedded", "embedded")
    alone = both.by_role["read"]
    assert model_identity(both) == f"{model_identity(alone)}+{model_identity(alone)}"


@pytest.mark.model
@needs_second_model
def test_gemma_reads_and_the_embedded_model_checks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two(tmp_path, "embedded", "embedded")
    text = f"notes: {{path: notes}}\nmodels: {{read: {second_model()}, reason: embedded}}\n"
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    command = ["ask", ASKED, "--config", str(tmp_path / "config.yaml")]
    assert _run([*command, "--json", "--strategy", "direct@ptrue4"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "1911" in found["answer"]
    assert [use["role"] for use in found["models"]] == ["read", "reason"]
    assert found["models"][0]["model"] == second_model().stem
    flops = [use["flops"] for use in found["models"]]
    assert min(flops) > 0
    assert found["form"] == "completion"
    assert _run([*command, "--strategy", "direct@ptrue4"]) == 0
    said = capsys.readouterr().out
    assert f"{second_model().stem}, by worked examples · checked by SmolLM2" in said


@pytest.mark.model
@needs_second_model
def test_a_run_of_both_asks_each_for_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipeline.pool import DiskPool

    text = f"notes: {{path: notes}}\nmodels: {{read: {second_model()}, reason: embedded}}\n"
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/bridges.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    command = ["eval", "run", "sums", "--limit", "2", "--strategies", "direct,cot@judge4"]
    assert _run([*command, "--json", "--config", str(tmp_path / "config.yaml")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "+" in found["model"]
    with DiskPool(tmp_path / ".thinkscale/pool.sqlite") as pool:
        models = {row["name"] for row in pool.stats()["models"]}
    assert len(models) == 1, "sums are closed book: the one that reasons is asked"
