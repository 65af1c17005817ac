"""`thinkscale chat`: lines in, answers out; mistakes and Ctrl-C leave it running."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.cli import _run
from pipeline.types import Answer, Draw
from tests.conftest import write_notes

Run = Callable[..., tuple[int, str, str]]
GPT2 = "How many parameters does GPT-2 have?"


class Asker:
    """Answers whatever is asked, a word at a time; `pressed` presses Ctrl-C before each word."""

    notices, left_out, why = (), (), ""
    index = SimpleNamespace(
        passages=[SimpleNamespace(source="a.md")] * 2,
        overlap=lambda text: (0.5, 0.5),
        leans=lambda text: 1.0 if text.startswith("And") else -1.0,
        leans_on_both=lambda text: False,
    )

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.pressed = 0

    def ask(self, question: str, on_token: Any, on_sample: Any, on_votes: Any) -> Answer:
        self.asked.append(question)
        for _ in range(3):
            if self.pressed:
                self.pressed -= 1
                os.kill(os.getpid(), signal.SIGINT)
            on_token(Draw(SimpleNamespace()), "word ")  # type: ignore[arg-type]
        return Answer(question, f"Answer {len(self.asked)}.", "en", "direct")


@pytest.fixture
def asker(monkeypatch: pytest.MonkeyPatch) -> Asker:
    made = Asker()

    @contextmanager
    def session(*_: object, **__: object) -> Iterator[Asker]:
        yield made

    monkeypatch.setattr("pipeline.answering.session.open_session", session)
    return made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    file = str(write_notes(tmp_path).file)

    def go(lines: str, *args: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines.encode()), "utf-8"))
        code = _run(["chat", "--config", file, *args])
        out, err = capsys.readouterr()
        return code, out, err

    return go


def test_each_line_is_a_question_and_what_is_asked_is_shown(asker: Asker, run: Run) -> None:
    code, out, err = run(f"{GPT2}\n\nAnd GPT-3?\n/quit\nnever asked\n")
    assert (code, err) == (0, "")
    assert asker.asked == [GPT2, "How many parameters does GPT-3 have?"]
    assert "Answer 1." in out
    assert "→ How many parameters does GPT-3 have?" in out


def test_json_is_one_object_a_line_for_everything(asker: Asker, run: Run) -> None:
    code, out, err = run(f"{GPT2}\nAnd GPT-3?\n/new\nAnd GPT-3?\n/nope\n/notes\n", "--json")
    first, second, third, wrong, notes = map(json.loads, out.splitlines())
    assert (first["question"], first["changed"]) == (GPT2, False)
    assert (second["question"], second["changed"]) == ("And GPT-3?", True)
    assert second["standing"] == asker.asked[1] == "How many parameters does GPT-3 have?"
    assert third["standing"] == "And GPT-3?"
    assert "/nope" in wrong["error"]
    assert "/new" in wrong["remedy"]
    assert list(notes["files"].values()) == [2]
    assert (code, err) == (2, "")


def test_a_mistake_is_one_line_and_the_next_question_is_answered(asker: Asker, run: Run) -> None:
    code, out, err = run(f"{'x' * 3000}\n/nope\n{GPT2}\n")
    assert code == 2
    assert "Answer 1." in out
    assert err.count("\n") == 2
    assert "2,000" in err


def test_bytes_that_are_no_text_are_one_bad_question(
    asker: Asker, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n" + GPT2.encode()), "utf-8")
    monkeypatch.setattr("sys.stdin", stdin)
    assert _run(["chat"]) == 2
    out, err = capsys.readouterr()
    assert "UTF-8" in err
    assert "Answer 1." in out


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lines as a person types them; a KeyboardInterrupt among them is Ctrl-C at the prompt."""

    def type_(*lines: str | type[KeyboardInterrupt]) -> None:
        waiting = iter(lines)

        def read(_: str = "") -> str:
            line = next(waiting, EOFError)
            if isinstance(line, str):
                return line
            raise line

        monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
        monkeypatch.setattr("builtins.input", read)

    return type_


def test_ctrl_c_stops_an_answer_and_not_the_conversation(
    asker: Asker, typed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    asker.pressed = 1
    before = signal.getsignal(signal.SIGINT)
    typed(GPT2, "And GPT-3?", GPT2)
    assert _run(["chat"]) == 0
    out, err = capsys.readouterr()
    assert "stopped" in err
    assert asker.asked == [GPT2, "And GPT-3?", GPT2]  # what was stopped is not remembered
    assert "Answer 1." not in out
    assert "Answer 3." in out
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_ends_the_program(
    asker: Asker,
    typed: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stuck(*_: object) -> Answer:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the second one is not heard")

    monkeypatch.setattr(asker, "ask", stuck)
    typed(GPT2)
    assert _run(["chat"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_ctrl_c_at_the_prompt_says_how_to_leave_and_a_second_one_leaves(
    asker: Asker, typed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    typed(KeyboardInterrupt, GPT2, KeyboardInterrupt, KeyboardInterrupt, "never")
    assert _run(["chat"]) == 0
    assert asker.asked == [GPT2]
    assert capsys.readouterr().err.count("/quit, or") == 3


@pytest.mark.long
@pytest.mark.model
def test_on_a_terminal_with_the_real_model(tmp_path: Path) -> None:
    config = write_notes(tmp_path)
    ours, theirs = pty.openpty()
    program = [
        sys.executable,
        "-m",
        "pipeline",
        "chat",
        "--samples",
        "2",
        "--config",
        str(config.file),
    ]
    chat = subprocess.Popen(program, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
                            start_new_session=True)  # fmt: skip
    os.close(theirs)
    seen = ""

    def until(words: str, seconds: float = 300) -> None:
        nonlocal seen
        end = time.monotonic() + seconds
        while words not in seen:
            assert time.monotonic() < end, seen
            if select.select([ours], [], [], 0.2)[0]:
                seen += os.read(ours, 65536).decode(errors="replace")
        seen = seen[seen.index(words) + len(words) :]

    try:
        until("> ")
        os.write(ours, f"{GPT2}\n".encode())
        until("draft 1:")
        chat.send_signal(signal.SIGINT)
        until("stopped")
        until("> ")
        os.write(ours, f"{GPT2}\n".encode())
        until("1.5 billion")
        until("> ")
        os.write(ours, b"And Gopher?\n")
        until("How many parameters does Gopher have?")
        until("> ")
        os.write(ours, b"/quit\n")
        assert chat.wait(30) == 0
    finally:
        chat.kill()
        chat.wait()
        os.close(ours)
