"""The first hour of a stranger: an empty home, one command after the other, their exit codes.

What was typed and what came back is in `transcript.txt` of the test's folder.
"""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.notes.fixtures import FILES

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses pipes and a terminal")

LIGHTHOUSE = """# The lighthouse

The lighthouse on Gull Island is 41 metres tall.
It was built in 1887 by Ada Brenner.
Its lamp is lit every evening at six.
"""
ISLAND = """# 등대

갈매기섬 등대의 높이는 41미터이다. 등대는 1887년에 세워졌다.
"""
TALL = "How tall is the lighthouse on Gull Island?"


class Home:
    """An empty folder to work in, a home of its own beside it."""

    def __init__(self, folder: Path) -> None:
        self.at = folder / "work"
        self.at.mkdir()
        self.transcript = folder / "transcript.txt"
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith("THINKSCALE_")
        }
        self.env |= {
            "HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "home/.cache"),
            "HF_HOME": str(folder / "hf"), "OLLAMA_MODELS": str(folder / "ollama"),
            "PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C.UTF-8",
        }  # fmt: skip

    def __call__(
        self, *words: str, code: int, piped: str | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `thinkscale` with these words; `code` is what it must exit with."""
        done = subprocess.run(
            command(*words), cwd=self.at, env={**self.env, **env}, text=True, encoding="utf-8",
            capture_output=True, check=False, timeout=600,
            **({"stdin": subprocess.DEVNULL} if piped is None else {"input": piped}),
        )  # fmt: skip
        with self.transcript.open("a", encoding="utf-8") as file:
            file.write(f"$ thinkscale {' '.join(words)}\n{done.stdout}{done.stderr}")
            file.write(f"[{done.returncode}]\n\n")
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        if code == 2 and not done.stdout:
            assert done.stderr.count("\n") == 1
        return done


def command(*words: str) -> list[str]:
    return [sys.executable, "-P", "-c", "from pipeline.cli import main; main()", *words]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_before_there_are_notes(home: Home) -> None:
    bare = home(code=0)
    assert bare.stdout == home("--help", code=0).stdout  # 1
    assert all(f"\n{word}:" in bare.stdout for word in ("Ask", "Notes", "Measure"))
    home("--version", code=0)  # 2
    for verb in ("ask", "search"):  # 3: never the notes of somebody else
        refused = home(verb, TALL, code=2).stderr
        assert "thinkscale init" in refused
        assert "thinkscale demo" in refused
    home("index", code=2)
    home("notes", "check", code=2)
    home("ask", code=2)  # 4
    home("aks", "x", code=2)  # 5
    home("init", "--yes", code=2)  # 6: nothing to make a configuration of
    assert sorted(home.at.iterdir()) == []
    assert "노트" in home("--help", code=0, LC_ALL="ko_KR.UTF-8").stdout  # 7
    assert "thinkscale init" in home("ask", "왜?", code=2, LC_ALL="ko_KR.UTF-8").stderr


@pytest.mark.model
def test_with_notes_of_ones_own(home: Home) -> None:
    notes = home.at / "notes"
    notes.mkdir()
    for name, data in FILES.items():
        (notes / Path(name).name).write_bytes(data)
    (notes / "lighthouse.md").write_text(LIGHTHOUSE, "utf-8")
    (notes / "등대.txt").write_text(ISLAND, "utf-8")
    assert len({file.suffix for file in notes.iterdir()}) >= 8
    home("init", "--yes", code=0)  # 8
    before = (home.at / "config.yaml").read_text("utf-8")
    home("init", "--yes", code=2)  # nothing is overwritten
    assert (home.at / "config.yaml").read_text("utf-8") == before
    checked = json.loads(home("notes", "check", "--json", code=0).stdout)  # 9
    assert len({row["kind"] for row in checked["files"]}) >= 8
    home("index", code=0)  # 10
    answer = json.loads(home("ask", TALL, "--json", code=0).stdout)
    assert "41" in answer["answer"]
    assert answer["citations"][0]["source"].startswith("notes/")
    piped = json.loads(home("ask", "--json", code=0, piped=f"{TALL}\n").stdout)  # 11
    assert piped["question"] == answer["question"]
    assert piped["answer"] == answer["answer"]
    short = home("ask", "-q", TALL, code=0)
    assert short.stderr == ""
    ferry = "# Ferry\n\nThe ferry to Gull Island takes 25 minutes.\n"
    beside = home("ask", "How long does the ferry take?", "--json", code=0, piped=ferry)  # 12
    cited = json.loads(beside.stdout)["citations"][0]
    assert (cited["source"], cited["start_line"]) == ("standard input", 3)
    unknown = home("ask", "Who won the chess match in Reykjavik?", "--json", code=0)  # 13
    assert json.loads(unknown.stdout)["abstained"]
    asked = "갈매기섬 등대의 높이는 몇 미터인가요?"
    korean = home("ask", asked, code=0, LC_ALL="ko_KR.UTF-8")  # 14
    assert "토큰" in korean.stdout or "모델에는 묻지 않았습니다" in korean.stdout


@pytest.mark.model
def test_ctrl_c_while_it_answers(home: Home) -> None:
    """15: in a terminal, whatever it is at: 130, and nothing half-written."""
    (home.at / "notes").mkdir()
    for n in range(12):
        text = " ".join(f"Room {n}-{i} is {n + i} metres wide." for i in range(60))
        (home.at / "notes" / f"n{n}.md").write_text(f"# Rooms {n}\n\n{text}\n")
    (home.at / "config.yaml").write_text("notes: {path: notes}\n")
    for seconds in (0.4, 2.0, 4.0):
        master, slave = pty.openpty()
        child = subprocess.Popen(
            command("ask", "How wide is room 3-4?"), cwd=home.at, env=home.env, stdin=slave,
            stdout=slave, stderr=slave, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        time.sleep(seconds)
        child.send_signal(signal.SIGINT)
        said = b""
        while True:
            try:
                said += (got := os.read(master, 4096))
            except OSError:
                break
            if not got:
                break
        os.close(master)
        code = child.wait(timeout=60)
        assert code in (130, -signal.SIGINT), said  # the latter while Python itself starts
        if code == 130:
            assert b"interrupted" in said
        assert b"Traceback" not in said or code == -signal.SIGINT
    home("search", "room 3-4", "--k", "1", code=0)
