"""`thinkscale doctor`: what works, what does not, and how to mend it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli import _run
from pipeline.engine.probe import ProbeResult
from tests.conftest import write_notes


def examine(
    capsys: pytest.CaptureFixture[str], folder: Path, text: str = ""
) -> tuple[int, dict[str, dict[str, str]]]:
    config = write_notes(folder)
    config.file.write_text(config.file.read_text("utf-8") + text, "utf-8")
    code = _run(["doctor", "--json", "--config", str(config.file)])
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is (code == 0)
    return code, {row["check"]: row for row in found["checks"]}


@pytest.mark.model
def test_a_sound_installation_is_well(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, found = examine(capsys, tmp_path)
    assert code == 0
    assert set(found) == {
        "python",
        "configuration",
        "notes",
        "model",
        "prompt",
        "embedder",
        "index",
    }
    assert all(row["ok"] for row in found.values())
    assert "2 files" in found["notes"]["found"]
    assert "<|im_start|>user↵What is 2 + 3?<|im_end|>↵" in found["prompt"]["found"]


def test_a_template_that_loses_the_question_is_a_finding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = ProbeResult(True, "It runs.", prompt="What?", notice="The template loses it.")
    monkeypatch.setattr("pipeline.engine.probe.probe", lambda _: lost)
    code, found = examine(capsys, tmp_path)
    assert code == 2
    assert found["model"]["ok"]
    assert not found["prompt"]["ok"]
    assert found["prompt"]["found"] == "The template loses it."
    assert found["prompt"]["remedy"]


def test_a_bad_model_is_named_with_its_remedy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "text.gguf").write_text("no model")
    code, found = examine(capsys, tmp_path, "model: {path: text.gguf}\n")
    assert code == 2
    assert not found["model"]["ok"]
    assert "text.gguf" in found["model"]["found"]
    assert found["model"]["remedy"]


def test_a_crash_in_the_child_is_a_finding_not_a_crash(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ProbeResult(False, "llama.cpp crashed.", "Build it again.")
    monkeypatch.setattr("pipeline.engine.probe.probe", lambda _: broken)
    code, found = examine(capsys, tmp_path)
    assert code == 2
    assert found["model"]["found"] == "llama.cpp crashed."
    assert found["notes"]["ok"]


def test_a_broken_configuration_is_the_only_other_finding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, found = examine(capsys, tmp_path, "modle: {}\n")
    assert code == 2
    assert set(found) == {"python", "configuration"}
    assert "`model`" in found["configuration"]["remedy"]
