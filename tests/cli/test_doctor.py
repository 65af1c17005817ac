"""`thinkscale doctor`: what works, what does not, and how to mend it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.cli import _run
from pipeline.cli.doctor import _embedder, _try
from pipeline.config import load_config
from pipeline.engine.tuning.preflight import ProbeResult
from pipeline.models.local_files import embedded_model
from pipeline.retrieval.embedder import locate_embedder
from tests.conftest import write_notes
from tests.engine.ggufs import small_gguf, with_template


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
    assert "384 numbers a text" in found["embedder"]["found"]
    assert found["prompt"]["found"].startswith("chat form, in its chat template: ")
    assert "<|im_start|>user↵What is 2 + 3?<|im_end|>↵" in found["prompt"]["found"]


@pytest.mark.model
def test_the_prompt_of_a_base_model_is_shown_as_worked_examples(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with_template(embedded_model(), tmp_path / "base.gguf", None)
    code, found = examine(capsys, tmp_path, "model: {path: base.gguf}\n")
    assert code == 0
    assert found["prompt"]["found"].startswith("completion form, by worked examples: ...")
    assert found["prompt"]["found"].endswith("↵↵Question: What is 2 + 3?↵Answer:")
    code, found = examine(capsys, tmp_path / "b", "model: {path: ../base.gguf, form: chat}\n")
    assert code == 2
    assert "no chat template" in found["model"]["found"]


def test_a_template_that_loses_the_question_is_a_finding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = ProbeResult(True, "It runs.", prompt="What?", notice="The template loses it.")
    monkeypatch.setattr("pipeline.engine.tuning.preflight.probe", lambda *_, **__: lost)
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


@pytest.mark.model
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("empty", "cannot be loaded"),
        ("cut", "cannot be loaded"),
        ("small.gguf", "is a file, not the folder of a model"),
        ("no/such-model", "no model of that name is on this machine"),
    ],
)
def test_an_embedder_that_does_not_load_is_named(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "small.gguf").write_bytes(small_gguf())
    config = write_notes(tmp_path)
    if name == "cut":
        english = write_notes(tmp_path / "english")
        text = english.file.read_text("utf-8")
        english.file.write_text(f"{text}embedder: {{model: english}}\n")
        whole = Path(locate_embedder(load_config(english.file)))
        shutil.copytree(whole, tmp_path / "cut")
        weights = tmp_path / "cut" / "model.safetensors"
        os.truncate(weights, weights.stat().st_size // 2)
    config.file.write_text(config.file.read_text("utf-8") + f"embedder: {{model: {name}}}\n")
    finding = _try("embedder", lambda: _embedder(load_config(config.file)))
    assert not finding.good
    assert said in finding.found
    assert "\n" not in finding.found + finding.remedy
    assert finding.remedy


def test_an_embedder_that_crashes_or_says_nothing_of_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_notes(tmp_path)

    def child(code: int, out: str, err: str) -> None:
        done = subprocess.CompletedProcess([], code, out, err)
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)

    child(-11, "", "")
    assert "exit code -11" in _try("embedder", lambda: _embedder(config)).found
    child(1, "", "Traceback\nImportError: no torch")
    assert "(ImportError: no torch)" in _try("embedder", lambda: _embedder(config)).found
    child(0, 'probe:{"found": "here: 3 numbers"}\n', "a warning")
    assert _try("embedder", lambda: _embedder(config)).found == "here: 3 numbers"


def test_a_crash_in_the_child_is_a_finding_not_a_crash(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ProbeResult(False, "llama.cpp crashed.", "Build it again.")
    monkeypatch.setattr("pipeline.engine.tuning.preflight.probe", lambda *_, **__: broken)
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


def test_an_endpoint_is_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from tests.engine.test_dialects import vllm
    from tests.engine.test_remote import chat

    with vllm(lambda body, n: chat("5")) as server:
        _, found = examine(capsys, tmp_path, f"model: {{path: {server.url}}}\n")
    assert found["model"]["ok"]
    said = "Qwen/Qwen3-0.6B answers (vllm), in the chat form, 2048 tokens of context"
    assert found["model"]["found"] == said
    assert server.bodies[0]["max_tokens"] == 1
    _, found = examine(capsys, tmp_path / "b", f"model: {{path: {server.url}}}\n")
    assert not found["model"]["ok"], "the server is down now"
    assert server.url in found["model"]["found"]


def test_both_models_are_checked_and_their_memory_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = ProbeResult(True, "It runs.", prompt="What?", form="chat")
    monkeypatch.setattr("pipeline.engine.tuning.preflight.probe", lambda *_, **__: runs)
    _, found = examine(capsys, tmp_path, "models: {reason: embedded}\n")
    assert found["model"]["ok"]
    assert found["reasoner"]["ok"]
    assert found["memory"]["found"].startswith("both models take about ")
    monkeypatch.setattr("pipeline.models.memory_need.available_memory", lambda: 1)
    code, found = examine(capsys, tmp_path / "b", "models: {reason: embedded}\n")
    assert code == 2
    assert "are free" in found["memory"]["found"]
    assert "models.reason" in found["memory"]["remedy"]
