import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline.engine.tuning.preflight import explain_exit, probe
from pipeline.models.local_files import embedded_model


@pytest.mark.model
def test_the_embedded_model_runs() -> None:
    result = probe(embedded_model())
    assert result.ok
    assert "runs on this machine" in result.message
    assert result.seconds > 0
    assert result.prompt.endswith("What is 2 + 3?<|im_end|>\n<|im_start|>assistant\n")
    assert result.notice == ""


def test_a_bad_file_never_gets_as_far_as_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("a process was started"))
    file = tmp_path / "notes.gguf"
    file.write_text("just text")
    result = probe(file)
    assert not result.ok
    assert "not a GGUF" in result.message


@pytest.mark.parametrize(
    ("code", "words", "remedy"),
    [
        (-11, "segmentation fault", "-fno-tree-dse -fno-dse"),
        (139, "segmentation fault", "-fno-tree-dse -fno-dse"),
        (-4, "illegal instruction", "--no-binary llama-cpp-python"),
        (-9, "memory", "smaller model"),
        (-6, "abort", "another GGUF"),
        (1, "exit code 1", "Reinstall"),
    ],
)
def test_each_way_to_die_has_a_remedy(code: int, words: str, remedy: str) -> None:
    message, advice = explain_exit(code)
    assert words in message
    assert remedy in advice


def test_a_crash_and_a_hang_are_results(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: Any, **kwargs: Any) -> Any:
        return subprocess.CompletedProcess(args, -11, "", "")

    monkeypatch.setattr(subprocess, "run", crash)
    model = embedded_model()
    result = probe(model)
    assert not result.ok
    assert "segmentation fault" in result.message

    def hang(*args: Any, **kwargs: Any) -> Any:
        raise subprocess.TimeoutExpired("x", 1)

    monkeypatch.setattr(subprocess, "run", hang)
    assert "did not write one token" in probe(model, timeout=1).message


def test_a_real_crash_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    script = tmp_path / "crash.sh"
    script.write_text("#!/bin/sh\nkill -SEGV $$\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    result = probe(embedded_model())
    assert not result.ok
    assert "segmentation fault" in result.message
