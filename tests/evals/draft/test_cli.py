"""`thinkscale eval draft`, in scripts and on a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evals.cli.draft_dialogue import warnings
from evals.cli.group import command
from evals.draft.draft_store import DraftStore
from evals.tasks.validate import validate
from pipeline.errors import DatasetError

from .harbour import config_in


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config_in(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def draft(*arguments: str) -> Result:
    words = ["draft", "notes", "--no-model", "-o", "set.jsonl", *arguments]
    return CliRunner().invoke(command, words)


def rows(path: str = "set.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def status(path: str = "set.jsonl") -> list[str]:
    return [row["data"]["status"] for row in rows(path)]


def test_without_a_terminal_all_are_candidates(here: Path) -> None:
    result = draft("--n", "6")
    assert result.exit_code == 0, result.output
    assert "6 questions waiting as candidates" in result.stdout
    assert status() == ["candidate"] * 6
    assert validate(here / "set.jsonl", here / "notes") == []


def test_yes(here: Path) -> None:
    result = draft("--yes", "--n", "50")
    assert result.exit_code == 0
    assert "taken" in result.stdout
    assert set(status()) == {"accepted"}
    assert validate(here / "set.jsonl", here / "notes") == []
    for row in rows():
        assert {"id", "question", "language", "kind", "cluster", "answers", "spans"} <= set(row)
        for span in row["spans"]:
            note = (here / "notes" / span["source"]).read_text(encoding="utf-8")
            assert span["quote"] in note


def test_json_tells_what_was_written_and_where_it_stands(here: Path) -> None:
    said = json.loads(draft("--n", "3", "--json").stdout)
    assert said["file"] == "set.jsonl"
    assert said["questions"] == rows()
    assert set(said["places"]) == {row["id"] for row in rows()}
    assert status() == ["candidate"] * 3
    draft("--n", "3", "--json", "--yes")
    assert status() == ["accepted"] * 3


def test_going_on_adds_only_what_is_new(here: Path) -> None:
    draft("--yes", "--n", "4")
    first = rows()
    draft("--yes", "--n", "4")
    assert rows()[:4] == first
    assert len({row["id"] for row in rows()}) == len(rows()) > 4
    while "Nothing new" not in draft("--yes").output:
        pass
    assert validate(here / "set.jsonl", here / "notes") == []


def test_waiting_candidates_come_first_and_are_no_more_than_asked_for(here: Path) -> None:
    draft("--n", "5")
    draft("--n", "5")
    assert len(rows()) == 5
    draft("--n", "5", "--yes")
    assert status() == ["accepted"] * 5


def test_against_another_set(here: Path) -> None:
    known = {"id": "k", "question": "How many seats does the ferry Skua have?", "answers": ["46"]}
    Path("known.jsonl").write_text(json.dumps(known) + "\n")
    draft("--yes", "--n", "50", "--against", "known.jsonl")
    assert known["question"] not in {row["question"] for row in rows()}
    draft("--yes", "--n", "50", "-o", "other.jsonl")
    assert known["question"] in {row["question"] for row in rows("other.jsonl")}


def test_the_set_that_was_there_keeps_its_own(here: Path) -> None:
    mine = [
        {"task": {"name": "mine"}},
        {"id": "q", "question": "Who steers?", "answers": ["Holm"], "difficulty": "hard"},
    ]
    Path("set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in mine))
    assert draft("--yes", "--n", "2").exit_code == 0
    assert rows()[:2] == mine
    assert len(rows()) == 4


BAD = {
    "a number": "7\n",
    "half a line": '{"id": "a", "question": "?", "answers": ["x"]}\n{"id": \n',
    "another schema": '{"question": "x", "answer": "y #### 3"}\n',
    "twice": '{"id": "a", "question": "?", "answers": ["x"]}\n' * 2,
    "yaml": "items:\n  - id: a\n    question: b\n    answers: [c]\n",
    "no text": "\x00\x01\x02",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_an_output_file_that_is_no_set_is_left_alone(here: Path, content: str) -> None:
    Path("set.jsonl").write_text(content)
    result = draft()
    assert isinstance(result.exception, DatasetError), result.output
    assert "set.jsonl" in str(result.exception)
    assert "\n" not in str(result.exception)
    assert Path("set.jsonl").read_text() == content


@pytest.mark.parametrize("path", ["notes", "nowhere/set.jsonl"])
def test_an_output_that_cannot_be_written(here: Path, path: str) -> None:
    result = CliRunner().invoke(command, ["draft", "notes", "--no-model", "-o", path])
    assert isinstance(result.exception, DatasetError)


def test_a_model_that_cannot_be_opened_is_told_and_not_needed(here: Path) -> None:
    Path("config.yaml").write_text("notes: {path: notes}\nmodel: {path: nowhere.gguf}\n")
    result = CliRunner().invoke(command, ["draft", "notes", "-o", "set.jsonl", "--n", "30"])
    assert result.exit_code == 0, result.output
    assert "by rule alone, without a model" in result.stderr
    assert rows()


# --- the dialogue ---------------------------------------------------------------------------------


class Terminal:
    """The command on a terminal of its own; keys are typed when it waits for one."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.said = ""
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.environ["NO_COLOR"] = "1"
            code = "from pipeline.cli import main; main()"
            words = ["eval", "draft", "notes", "--no-model", "-o", "set.jsonl", *arguments]
            os.execv(sys.executable, [sys.executable, "-c", code, *words])

    def wait(self, text: str) -> str:
        """What was written up to and with `text`, since the last wait."""
        end = time.monotonic() + 60
        while text not in self.said:
            assert time.monotonic() < end, f"{text!r} did not come; there is: {self.said!r}"
            assert self._read(), f"{text!r} did not come before the end: {self.said!r}"
        found, _, self.said = self.said.partition(text)
        return found + text

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def end(self) -> str:
        """All that is still written, and a clean end."""
        while self._read():
            pass
        ended, code = os.waitpid(self._pid, os.WNOHANG)
        until = time.monotonic() + 30
        while not ended and time.monotonic() < until:
            time.sleep(0.05)
            ended, code = os.waitpid(self._pid, os.WNOHANG)
        if not ended:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            pytest.fail(f"it goes on; there is: {self.said!r}")
        os.close(self._fd)
        assert os.waitstatus_to_exitcode(code) == 0, self.said
        return self.said

    def _read(self) -> bool:
        if not select.select([self._fd], [], [], 30)[0]:
            return False
        with contextlib.suppress(OSError):  # the other side has closed
            piece = os.read(self._fd, 65536)
            self.said += piece.decode("utf-8", "replace")
            return bool(piece)
        return False


def test_accept_edit_reject_stop_and_go_on(here: Path) -> None:
    terminal = Terminal(here, "--n", "6")
    shown = terminal.wait("\r\n> ")
    assert "[a]ccept" in shown
    assert "1/6" in shown
    assert "notes/" in shown
    assert ".md:" in shown
    terminal.type("a")
    terminal.wait("2/6")
    terminal.wait("> ")
    terminal.type("?")
    terminal.wait("throw it out")
    terminal.wait("> ")
    terminal.type("r")
    terminal.wait("3/6")
    terminal.wait("> ")
    terminal.type("e")
    terminal.wait("Question: ")
    terminal.type("What is new here?\r")
    terminal.wait("Q What is new here?")
    terminal.wait("> ")
    terminal.type("c")
    terminal.wait("aliases: ")
    terminal.type("first | second\r")
    terminal.wait("does not stand in the quoted words")
    terminal.wait("> ")
    terminal.type("a")
    terminal.wait("4/6")
    terminal.wait("> ")
    terminal.type("s")
    terminal.wait("5/6")
    terminal.wait("> ")
    terminal.type("q")
    said = terminal.end()
    assert re.search(r"\b2 \w+, 1 \w+, 3 \w+", said)
    assert "goes on where you stopped" in said

    assert status() == ["accepted", "accepted", "candidate", "candidate", "candidate"]
    edited = rows()[1]
    assert edited["question"] == "What is new here?"
    assert edited["answers"] == ["first", "second"]
    assert validate(here / "set.jsonl", here / "notes") == []
    (rejected,) = rows("set.rejected.jsonl")
    assert rejected["id"] not in {row["id"] for row in rows()}

    again = Terminal(here, "--n", "3")
    assert "1/3" in again.wait("> ")
    again.type("a")
    again.wait("2/3")
    again.wait("> ")
    again.type("\x03")  # an interrupt is no loss either
    again.end()
    assert status().count("accepted") == 3
    assert rejected["question"] not in {row["question"] for row in rows()}


def test_enter_keeps_what_was_there(here: Path) -> None:
    terminal = Terminal(here, "--n", "1")
    terminal.wait("> ")
    before = rows()[0]
    terminal.type("e")
    terminal.wait("Question: ")
    terminal.type("\r")
    terminal.wait("> ")
    terminal.type("g")
    terminal.wait("aliases: ")
    terminal.type(" | \r")
    terminal.wait("> ")
    terminal.type("a")
    terminal.end()
    assert rows()[0]["question"] == before["question"]
    assert rows()[0]["answers"] == before["answers"]


def test_warnings_after_an_edit() -> None:
    row = {
        "question": "How many seats does Skua have?",
        "language": "en",
        "answers": ["46"],
        "spans": [{"source": "a.md", "quote": "The ferry Skua has 46 seats below."}],
    }
    assert warnings(row) == []
    assert "copies" in warnings(row | {"question": "The ferry Skua has seats?"})[0]
    assert warnings(row | {"question": "Has Skua 46 places?"}) == ["the question holds its answer"]
    assert warnings(row | {"answers": ["52"]}) == ["the answer does not stand in the quoted words"]


def test_a_decision_is_on_disk_at_once(tmp_path: Path) -> None:
    store = DraftStore.open(tmp_path / "a.jsonl")
    new = [
        {"id": n, "question": f"{n}?", "answers": ["x"], "data": {"status": "candidate"}}
        for n in "ab"
    ]
    store.add(new)
    store.accept(new[0])
    store.reject(new[1])
    again = DraftStore.open(tmp_path / "a.jsonl")
    assert [row["id"] for row in again.items] == ["a"]
    assert again.decided == {"a", "b"}
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["set.jsonl", "set.rejected.jsonl"])
def test_a_set_that_is_no_text_any_more_is_named_and_left_alone(here: Path, name: str) -> None:
    draft("--yes", "--n", "2")
    Path("set.rejected.jsonl").write_text('{"id": "x", "question": "?"}\n')
    damaged = Path(name).read_bytes() + b"\xff\xfe"
    Path(name).write_bytes(damaged)
    result = draft()
    assert isinstance(result.exception, DatasetError), result.output
    assert name in str(result.exception)
    assert result.exception.remedy
    assert Path(name).read_bytes() == damaged


def test_line_separators_inside_a_question_are_no_lines(here: Path) -> None:
    """JSON leaves U+2028 and U+0085 as they are; the file that was written is read again."""
    store = DraftStore.open(Path("set.jsonl"))
    asked = "Who\u2028steers\u0085her?"
    store.add([{"id": "q", "question": asked, "answers": ["Holm"]}])
    store.reject(store.rows[0] | {"id": "r"})
    again = DraftStore.open(Path("set.jsonl"))
    assert [row["question"] for row in again.items] == [asked]
    assert again.rejected == {"r": asked}
