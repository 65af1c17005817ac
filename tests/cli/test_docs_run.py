"""Every command that a page shows in a block is run as it stands, one page after the other in one
folder, with the real model: names in capitals become things that are there."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipeline.config import load_config
from pipeline.models.local_files import model_path
from tests.cli.test_docs import PAGES, ROOT, commands
from tests.conftest import NOTES

pytestmark = [pytest.mark.long, pytest.mark.model]

# The quick start makes the folder in which the others are tried.
BLOCKS = {page.name: list(commands(page.read_text("utf-8"))) for page in PAGES}
ORDER = sorted((name for name in BLOCKS if BLOCKS[name]), key=lambda name: name != "quickstart.md")
# Tried elsewhere, against a server or a cluster on loopback.
ELSEWHERE = {
    "models get": "tests/models/test_download.py",
    "models use qwen3": "tests/models/test_facts.py",
    "--ray": "tests/evals/ray/test_engine.py",
}
INSPECT = importlib.util.find_spec("inspect_ai") is not None
# What a person types at a command that asks.
TYPED = {
    "init": "notes\n\n\n",
    "chat": "How many parameters does GPT-2 have?\n/quit\n",
    "eval draft notes/": "aaaq",
    "eval draft notes/ -o questions.jsonl": "a" * 20,
}
# What it ends with where that is not 0: seven questions are too few for a margin of two points.
ENDS = {"eval gate": 1}
# How a command that goes on by itself says that it is there.
GOES_ON = {"serve": "http://127.0.0.1"}


def named(line: str, names: dict[str, str]) -> str:
    """The line with its names in capitals replaced."""
    return re.sub(r"\b[A-Z]{3,}\b", lambda word: names.get(word[0], word[0]), line)


def at_terminal(shell: str, typed: str, folder: Path, env: dict[str, str]) -> tuple[int, str]:
    """Exit code and output of a command that somebody types at."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        ["bash", "-c", shell], stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=env,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, typed.encode())
    said = b""
    try:
        while piece := os.read(ours, 65536):
            said += piece
    except OSError:  # Linux says so that the other side is closed
        pass
    os.close(ours)
    return child.wait(60), said.decode("utf-8", "replace")


def until_there(shell: str, sign: str, folder: Path, env: dict[str, str]) -> tuple[int, str]:
    """Exit code and output of a command that runs until Ctrl-C, which comes when it has said
    `sign`."""
    child = subprocess.Popen(
        ["bash", "-c", f"exec {shell}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, cwd=folder, env=env,
    )  # fmt: skip
    timer = threading.Timer(120, child.kill)
    timer.start()
    said = ""
    with child:
        assert child.stdout is not None
        for line in child.stdout:
            said += line
            if sign in line:
                time.sleep(2)  # it says where it will be before it is
                child.send_signal(signal.SIGINT)
    timer.cancel()
    return child.returncode, said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A home with notes and models in it."""
    notes = tmp_path / "notes"
    notes.mkdir()
    for name, text in NOTES.items():
        (notes / name).write_text(text, "utf-8")
    model = model_path(load_config(ROOT / "config.yaml"))
    (tmp_path / "models").mkdir()
    (tmp_path / "models/some-model.gguf").symlink_to(model)
    blob = "sha256-" + hashlib.sha256(model.read_bytes()).hexdigest()
    layer = {
        "mediaType": "application/vnd.ollama.image.model",
        "digest": blob.replace("-", ":"),
        "size": model.stat().st_size,
    }
    manifest = tmp_path / "ollama/manifests/registry.ollama.ai/library/qwen3/1.7b"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": [layer]}))
    (tmp_path / "ollama/blobs").mkdir()
    (tmp_path / "ollama/blobs" / blob).symlink_to(model)
    return tmp_path


def test_every_command_in_a_block_runs(folder: Path) -> None:
    env = os.environ | {
        "HOME": str(folder),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "OLLAMA_MODELS": str(folder / "ollama"),
        "THINKSCALE_CACHE": str(folder / "cache"),
        "THINKSCALE_TUNE": "0",
        "NO_COLOR": "1",
    }
    names = {"PATH": "notes", "FILE": "notes/models.md"}
    (folder / "docs").mkdir()
    failed, ran = [], 0
    for page in ORDER:
        for line in BLOCKS[page]:
            if any(part in line for part in ELSEWHERE) or ("inspect" in line and not INSPECT):
                continue
            shell = named(line.strip(), names)
            verb = shell.removeprefix("thinkscale ")
            if verb in TYPED:
                code, said = at_terminal(shell, TYPED[verb], folder, env)
            elif verb in GOES_ON:
                code, said = until_there(shell, GOES_ON[verb], folder, env)
            else:
                done = subprocess.run(
                    ["bash", "-c", shell], capture_output=True, text=True, cwd=folder, env=env,
                    stdin=subprocess.DEVNULL, timeout=900, check=False,
                )  # fmt: skip
                code, said = done.returncode, done.stdout + done.stderr
            ran += 1
            expected = next((code for part, code in ENDS.items() if part in shell), 0)
            if code != expected or "Traceback" in said or not said.strip():
                failed.append(f"{page}: {shell}: {code}\n{said[-500:]}")
            if made := sorted((folder / ".thinkscale/runs").glob("*")):
                names |= dict.fromkeys(("RUN", "NAME", "BEFORE", "AFTER"), made[-1].name)
    assert not failed, "\n\n".join(failed)
    assert ran > 30
