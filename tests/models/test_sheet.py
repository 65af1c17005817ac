"""The sheet of a model: kept whole, damaged never used, and what follows from it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from evals.run.model_measurement import measure
from pipeline.answering.session import rules_of
from pipeline.config import load_config
from pipeline.engine import ScriptedEngine
from pipeline.errors import DatasetError
from pipeline.models.local_files import model_identity
from pipeline.models.sheet import ModelSheet, load_sheet, save_sheet

READS = ModelSheet(
    "reader", "a" * 64, 7, "chat", 12,
    {"en": {"one": 0.8, "three": 0.8, "five": 0.75}, "ko": {"one": 0.2, "three": 0.1, "five": 0.0}},
    {"en": 0.75, "ko": 0.0833},
    {"sums": {"direct": 0.1, "cot": 0.5}},
)  # fmt: skip


def test_what_follows_from_what_was_measured() -> None:
    assert READS.languages == ("en",)
    assert (READS.context, READS.explains, READS.steps_pay) == ("passages", True, True)
    lost = replace(READS, reads={"en": {"one": 0.8, "three": 0.5, "five": 0.3}})
    assert (lost.context, lost.explains) == ("sentences", False)
    poor = replace(READS, reads={"en": {"one": 0.3, "three": 0.3, "five": 0.3}})
    assert (poor.context, poor.languages) == ("sentences", ("en",)), "a poor reader is asked still"
    assert not replace(READS, reasons={"sums": {"direct": 0.5, "cot": 0.5}}).steps_pay


def test_it_is_kept_and_a_damaged_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path))
    assert load_sheet(READS.sha256) is None
    file = save_sheet(READS)
    assert load_sheet(READS.sha256) == READS
    text = file.read_text("utf-8")
    for damage in (text.replace("0.8", "0.9"), text[:50], "", json.dumps({"value": {}})):
        file.write_text(damage, "utf-8")
        with pytest.raises(DatasetError, match=rf"^{re.escape(str(file))}: "):
            load_sheet(READS.sha256)


def test_replies_are_counted_by_language_task_and_what_was_shown(tmp_path: Path) -> None:
    """A model that always says the same is right where that is right, and nowhere else."""
    engine = ScriptedEngine(lambda prompt, draw: "Answer: 175 billion", context=4096)
    sheet = measure(load_config(None), engine, n=8)
    assert sheet.n == 8
    assert set(sheet.reads) == {"en", "ko"}
    assert sheet.probes == {"en": 0.0, "ko": 0.0}
    assert all(set(row) == {"one", "three", "five"} for row in sheet.reads.values())
    assert set(sheet.reasons) == {"sums", "tracking"}
    assert max(max(row.values()) for row in sheet.reasons.values()) == 0.0
    assert sheet.stopped == 1.0


@pytest.mark.model
def test_the_defaults_are_those_of_the_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_config(None)
    before = rules_of(config, ("en",), scores=True)
    assert (before.context, before.explains) == ("sentences", False)
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path))
    save_sheet(replace(READS, sha256=model_identity(config)))
    after = rules_of(config, ("en",), scores=True)
    assert (after.context, after.explains) == ("passages", True)
    settings = config.settings
    ask = settings.ask.model_copy(update={"context": "sentences"})
    told = replace(config, settings=settings.model_copy(update={"ask": ask}))
    assert rules_of(told, ("en",), scores=True).context == "sentences"


@pytest.mark.model
def test_a_damaged_sheet_never_changes_an_answer_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_config(None)
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path))
    file = save_sheet(replace(READS, sha256=model_identity(config)))
    file.write_text(file.read_text("utf-8").replace("0.8", "0.9"), "utf-8")
    notices: list[str] = []
    rules = rules_of(config, ("en",), scores=True, notices=notices)
    assert (rules.context, rules.explains) == ("sentences", False)
    assert len(notices) == 1
    assert str(file) in notices[0]
    with pytest.raises(DatasetError, match="models bench"):  # a run's settings must be certain
        rules_of(config, ("en",), scores=True)
