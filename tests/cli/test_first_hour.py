"""What a newcomer meets beside the answers: help, pipes, progress, Ctrl-C, a configuration."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipeline.cli import demo, verbosity
from pipeline.cli import init as init_module
from pipeline.cli.piped import as_notes, piped
from pipeline.cli.progress import ProgressBar, progress_line
from pipeline.config import load_config
from pipeline.errors import ModelError, PromptError
from pipeline.shown import SafeStream
from tests.cli.conftest import Run
from tests.cli.test_help import COMMANDS
from tests.conftest import write_notes


@pytest.fixture(autouse=True)
def _level() -> Iterator[None]:
    yield
    verbosity.choose(0)


# -- help and levels -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("notes",), ("eval",), ("models",), ("pool",)])
def test_a_bare_group_prints_its_help(run: Run, words: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    assert out == run(*words, "-h")[1]
    assert "  -h, --help " in out


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_verb_is_quiet_or_verbose_on_demand(path: tuple[str, ...]) -> None:
    options = {name for param in COMMANDS[path].params for name in param.opts}
    assert {"-q", "-v"} <= options


def test_what_is_said_at_which_level(capsys: pytest.CaptureFixture[str]) -> None:
    for level, said in ((-1, ""), (0, "a notice\n"), (1, "a notice\na detail\n")):
        verbosity.choose(level)
        verbosity.notice("a notice")
        verbosity.detail("a detail")
        assert capsys.readouterr().err == said


def test_a_level_holds_for_one_command(run: Run) -> None:
    assert run("-v", "strategies")[0] == 0
    assert run("strategies")[0] == 0
    assert not verbosity.is_verbose()


# -- progress ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "done", "total", "seconds", "line"),
    [
        ("read", 0, 40, 0.2, "reading notes 0/40"),
        ("read", 10, 40, 5.0, "reading notes 10/40 · 5 s · about 15 s left"),
        ("read", 40, 40, 9.0, "reading notes 40/40 · 9 s"),
        ("think", 0, 0, 2.4, "thinking · 2 s"),
        ("score", 7, 0, 1.0, "score 7 · 1 s"),
    ],
)
def test_progress_says_what_how_far_and_how_long(
    stage: str, done: int, total: int, seconds: float, line: str
) -> None:
    assert progress_line(stage, done, total, seconds) == line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_line_is_taken_away_and_there_is_none_with_q(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", SafeStream(screen, "standard error"))
    with ProgressBar() as bar:
        bar("embed", 1, 3)
        bar("embed", 3, 3)
    assert "embedding passages 3/3" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K")
    before = screen.getvalue()
    verbosity.choose(-1)
    with ProgressBar() as bar:
        bar("embed", 1, 3)
    assert screen.getvalue() == before


# -- Ctrl-C --------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_ends_a_library_that_does_not_hear_it() -> None:
    """A hash of a thousand million rounds is one step to Python."""
    program = (
        "import hashlib, os, signal, sys, threading\n"
        "from pipeline.cli.interrupt import answered_at_once\n"
        "threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "with answered_at_once(lambda: print('told', flush=True)):\n"
        "    hashlib.pbkdf2_hmac('sha256', b'a', b'b', 10**9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"told\n", b"")


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_that_is_heard_is_an_exception_as_ever() -> None:
    program = (
        "import os, signal, sys\n"
        "from pipeline.cli.interrupt import answered_at_once\n"
        "try:\n"
        "    with answered_at_once(lambda: print('told')):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        for _ in range(10**9): pass\n"
        "except KeyboardInterrupt:\n"
        "    print('cleaned up')\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"cleaned up\n", b"")


# -- pipes ---------------------------------------------------------------------------------------


@pytest.fixture
def through(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Standard input is a file."""
    (tmp_path / "input").write_bytes("왜 그런가?\n".encode())
    with (tmp_path / "input").open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        yield


@pytest.mark.usefixtures("through")
def test_what_is_piped_in_is_read_whole() -> None:
    assert piped().decode() == "왜 그런가?\n"


def test_no_pipe_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert piped() == b""
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert piped() == b""


@pytest.mark.usefixtures("through")
def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.cli.piped._MOST", 3)
    with pytest.raises(PromptError):
        piped()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.4 ...", ".pdf"),
        (b"\xef\xbb\xbf<!DOCTYPE html><p>x", ".html"),
        (b"WEBVTT\n\n", ".vtt"),
        (b"# Tides\n", ".md"),
        (b"", ".md"),
    ],
)
def test_a_piped_text_is_the_only_note(tmp_path: Path, data: bytes, kind: str) -> None:
    before = write_notes(tmp_path)
    with as_notes(before, data) as config:
        (note,) = config.notes_path.iterdir()
        assert (note.suffix, note.read_bytes()) == (kind, data)
        assert config.settings.model == before.settings.model
        assert not config.index_path.is_relative_to(tmp_path)
    assert not note.exists()


# -- whose notes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [("ask", "x"), ("search", "x"), ("index",), ("chat",), ("serve",), ("notes", "check")]
)
def test_the_notes_that_ship_are_not_asked_unasked(
    run: Run, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert "thinkscale init" in err
    assert "thinkscale demo" in err


def test_the_demo_asks_the_course_that_ships(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Path, str]] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        demo, "answer_question", lambda config, question, **_: asked.append((config.file, question))
    )
    assert run("demo")[0] == 0
    assert run("demo", "Who made Gopher?", "--json")[0] == 0
    assert run("--lang", "ko", "demo")[0] == 0
    shipped = load_config().file
    assert [file for file, _ in asked] == [shipped] * 3
    assert asked[1][1] == "Who made Gopher?"
    assert "파라미터" in asked[2][1]


# -- init ----------------------------------------------------------------------------------------


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with notes, empty stores of models, and nothing fetched for real."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    write_notes(tmp_path)
    (tmp_path / "config.yaml").unlink()
    return tmp_path / "config.yaml"


def test_a_model_is_downloaded_once_it_was_accepted(
    run: Run, wanted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[tuple[str, bool]] = []

    def use(file: Path, name: str) -> tuple[dict[str, object], list[str]]:
        assert file == Path("config.yaml")
        assert wanted.is_file()  # it is there before anything is fetched
        return {"model.path": f"hf:{name}"}, []

    monkeypatch.setattr("pipeline.cli.models.fetch", lambda *args: got.append(args))
    monkeypatch.setattr("pipeline.cli.models.use_model", use)
    code, out, _ = run("init", "--yes", "--model", "qwen3-0.6b")
    assert code == 0
    assert got == []  # not without --download
    assert "thinkscale models get qwen3-0.6b" in out
    code, out, _ = run("init", "--yes", "--force", "--model", "qwen3-0.6b", "--download")
    assert code == 0
    assert got == [("qwen3-0.6b", True)]
    assert "models get" not in out


def test_a_download_that_fails_leaves_what_works(
    run: Run, wanted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ModelError("The connection broke off.", "Try again.")

    monkeypatch.setattr("pipeline.cli.models.fetch", fails)
    code, out, err = run("init", "--yes", "--model", "qwen3-0.6b", "--download")
    assert code == 0
    assert "broke off" in err
    assert "thinkscale models get qwen3-0.6b" in out
    assert load_config(wanted).settings.model.path == "embedded"


def test_nobody_is_made_to_tune(wanted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click, "confirm", lambda *_, **__: False)
    monkeypatch.setattr("pipeline.engine.opening.tune", lambda *_: pytest.fail("tuned"))
    write_notes(wanted.parent / "other")
    init_module._tune(wanted.parent / "other/config.yaml")
