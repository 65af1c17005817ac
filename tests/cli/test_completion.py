"""What the shells complete, in a real bash where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli import VERBS, _run
from pipeline.strategies import AGGREGATIONS

Complete = Callable[..., list[str]]


@pytest.fixture
def complete(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Complete:
    """The words offered for the last one."""

    def go(*words: str) -> list[str]:
        monkeypatch.setenv("_THINKSCALE_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(["thinkscale", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        with pytest.raises(SystemExit) as ended:
            _run([])
        assert ended.value.code == 0
        return [line.split(",", 1)[1] for line in capsys.readouterr().out.split()]

    return go


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["se"], ["search", "serve"]),
        (["ask", "--str"], ["--strategy"]),
        (["ask", "--strategy", "co"], ["cot"]),
        (["ask", "--strategy", "rag3+di"], ["rag3+direct"]),
        (["chat", "--strategy", "cot@adap"], ["cot@adaptive"]),
        (["models", "u"], ["use"]),
        (["models", "use", "qwen3-0"], ["qwen3-0.6b"]),
        (["models", "info", "embe"], ["embedded"]),
        (["init", "--model", "gemma"], ["gemma3-270m", "gemma-3-1b"]),
        (["completion", "z"], ["zsh"]),
        (["nothing", "x"], []),
    ],
)
def test_words_are_completed(complete: Complete, words: list[str], found: list[str]) -> None:
    assert [word for word in complete(*words) if word] == found


def test_every_verb_and_every_rule_is_offered(complete: Complete) -> None:
    assert complete("") == list(VERBS)
    assert complete("ask", "--strategy", "cot@") == [f"cot@{rule}" for rule in sorted(AGGREGATIONS)]


def test_completing_a_verb_imports_none() -> None:
    program = (
        "import sys\nfrom pipeline.cli import _run\ntry: _run([])\nexcept SystemExit: pass\n"
        "from pipeline.cli import VERBS\n"
        "sys.exit(str([module for module, _ in VERBS.values() if module in sys.modules]))"
    )
    env = {**os.environ, "_THINKSCALE_COMPLETE": "bash_complete", "COMP_WORDS": "thinkscale ",
           "COMP_CWORD": "1"}  # fmt: skip
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=env)
    assert done.stderr.strip() == "[]"
    assert "plain,ask" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_says_where_it_goes_and_the_shell_reads_it(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert script.startswith("# In ~/.")
    assert "_THINKSCALE_COMPLETE" in script
    if program := shutil.which(shell):
        read = subprocess.run([program, "-n"], input=script, text=True, capture_output=True)
        assert (read.returncode, read.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes(tmp_path: Path) -> None:
    tool = tmp_path / "thinkscale"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pipeline "$@"\n')
    tool.chmod(0o755)
    program = (
        'eval "$(thinkscale completion bash)"; COMP_WORDS=(thinkscale models use qwen3-0); '
        'COMP_CWORD=3; _thinkscale_completion thinkscale; echo "${COMPREPLY[@]}"'
    )
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}",
           "PYTHONPATH": str(Path(__file__).parents[2])}  # fmt: skip
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, env=env)
    assert (done.stdout.strip(), done.stderr) == ("qwen3-0.6b", "")
