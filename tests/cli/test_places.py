"""Where and as whom it runs: folders with any name, no home, the plainest locale, little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from pipeline.cli.ask import _readable
from tests.conftest import NOTES

FOLDERS = ("내 노트 폴더", unicodedata.normalize("NFD", "강의 자료"), "a b (c) [d] {e} #f %20 'g'",
           "ünïcode ☂ \u3000 x")  # fmt: skip
GIB = 1 << 30


def write(folder: Path, arms: str = "[words, grams, headings]") -> Path:
    (folder / "notes").mkdir(parents=True)
    for name, text in NOTES.items():
        (folder / "notes" / name).write_text(text, encoding="utf-8")
    (folder / "config.yaml").write_text(
        f"notes: {{path: notes}}\nindex: {{path: index}}\nretrieval: {{arms: {arms}}}\n"
    )
    return folder


def call(folder: Path, *arguments: str, **around: str) -> subprocess.CompletedProcess[bytes]:
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    if sys.platform == "win32":
        kept |= {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments], cwd=folder, capture_output=True,
        check=False, env={**kept, "THINKSCALE_TUNE": "0", **around},
    )  # fmt: skip


@pytest.mark.parametrize("name", FOLDERS)
def test_any_folder_in_the_plainest_locale(tmp_path: Path, name: str) -> None:
    """Found, cited by its name, and found again where the name is written in another form."""
    folder = write(tmp_path / name)
    for _ in range(2):
        done = call(folder, "search", "GPT-2", "--json", LC_ALL="C", PYTHONUTF8="0",
                    THINKSCALE_CACHE=str(tmp_path / "cache"))  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert "1.5 billion" in found[0]["text"]
        assert "notes/모델.md" in [unicodedata.normalize("NFC", row["source"]) for row in found]
    given = call(tmp_path, "search", "GPT-2", "--config", str(folder / "config.yaml"), LANG="C",
                 THINKSCALE_CACHE=str(tmp_path / "cache"))  # fmt: skip
    assert given.returncode == 0, given.stderr


def test_without_a_home(tmp_path: Path) -> None:
    folder = write(tmp_path / "x")
    done = call(folder, "search", "GPT-2")
    assert done.returncode == 0, done.stderr
    assert b"1.5 billion" in done.stdout
    done = call(folder, "search", "GPT-2", HOME="/nonexistent", XDG_CACHE_HOME="")
    assert done.returncode == 0, done.stderr


@pytest.mark.model
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="asks the system how much memory was used")
def test_a_first_answer_takes_less_than_two_gibibytes(tmp_path: Path) -> None:
    """Embedder, index and model in a fresh folder, as the system counts it."""
    folder = write(tmp_path / "x", "[dense, words, grams, headings]")
    asking = [sys.executable, "-m", "pipeline", "ask", "How many parameters does GPT-2 have?"]
    with subprocess.Popen(
        asking, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        out = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert b"1.5 billion" in out
    most = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    assert most < 2 * GIB, f"{most / GIB:.2f} GiB"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (
            "The tide turns.\n\n12\n00:05:11.000 --> 00:05:14.000\nThank you.",
            "The tide turns. Thank you.",
        ),
        (
            "물때를 봅니다.\n\n05:11,000 --> 05:14,000 align:start\n끝입니다.",
            "물때를 봅니다. 끝입니다.",
        ),
        ("It turns at 05:11.\n12\nand then --> ebbs.", "It turns at 05:11. 12 and then --> ebbs."),
    ],
)
def test_what_was_said_is_shown_without_the_times_of_captions(raw: str, shown: str) -> None:
    assert _readable(raw) == shown
