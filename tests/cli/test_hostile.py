"""Notes, names and arguments that try to steer the terminal: every verb, read byte by byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evals.run.records import save_run
from pipeline.cli import VERBS
from tests.evals.synthetic import made_run
from tests.test_shown import is_safe

EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m\x9d0;t\x9c\u202eevil\u2066\u2069\x08\x7f\r\x00\u200f"
ARGUMENT = EVIL.replace("\x00", "") + "\udcff"  # as bytes that are no text come in
MILD = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eevil\u2066\u2069\u200f"  # few enough for a text
PLAIN = "Gulls wait on the piers for what the boats bring home, and nobody minds them. " * 12
NOTE = f"""# Tides {MILD}

The tide{MILD} turns twice a day and the ferry waits for high water. The crossing takes forty
minutes.

{PLAIN}

- The harbour{MILD} has three piers.

한국어 문장도 있다{MILD}. 배는 하루에 네 번 떠난다 👩‍👩‍👧 e\u0301.

{PLAIN}
"""
CODE = "from pipeline.cli import main; main()"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "notes").mkdir()
    (folder / "notes" / "tides.md").write_text(NOTE, encoding="utf-8")
    (folder / "notes" / "evil\x1b[31m\u202e.md").write_text("# Evil name\n\nText.", "utf-8")
    (folder / "notes" / "broken\x07.pdf").write_bytes(b"%PDF-1.4 \x1b[31m")
    (folder / "config.yaml").write_text(
        "notes: {path: notes}\nindex: {path: index}\nretrieval: {arms: [words, grams, headings]}\n"
    )
    run = made_run(6, 2, right={"direct": 0.5, "cot": 0.7})
    evil = EVIL.replace("\x00", "")
    save_run(
        run.__class__(**{
            **{name: getattr(run, name) for name in run.__dataclass_fields__},
            "items": tuple(_with(item, question=item.question + evil) for item in run.items),
            "samples": tuple(_with(sample, text=sample.text + evil) for sample in run.samples),
            "about": {**run.about, "notes": evil},
        }),
        folder / ".thinkscale/runs/mine",
    )  # fmt: skip
    return folder


def _with(row: object, **fields: str) -> object:
    from dataclasses import replace

    return replace(row, **fields)  # type: ignore[type-var]


def call(home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", CODE, *(os.fsencode(a) for a in arguments)],
        cwd=home, capture_output=True, input=stdin.encode("utf-8", "surrogateescape"), check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1",
             "THINKSCALE_CACHE": str(home / "cache"), "THINKSCALE_TUNE": "0"},
    )  # fmt: skip


def check(done: subprocess.CompletedProcess[bytes]) -> str:
    """Both streams hold text alone; what was said on standard output."""
    for raw in (done.stdout, done.stderr):
        text = raw.decode("utf-8")
        assert is_safe(text), ascii(text)
        assert "Traceback" not in text
    return done.stdout.decode("utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("index",),
        ("search", "When does the tide turn?"),
        ("search", "When does the tide turn?", "--json"),
        ("notes", "check"),
        ("notes", "check", "--json"),
        ("notes", "show", "notes/tides.md"),
        ("notes", "show", "notes/tides.md", "--dropped", "--repaired", "--folded"),
        ("notes", "show", "notes/tides.md", "--json"),
        ("eval", "report", "mine", "--format", "terminal"),
        ("eval", "report", "mine", "--format", "md"),
        ("eval", "runs"),
        ("strategies",),
        ("models", "list"),
    ],
    ids=" ".join,
)
def test_notes_that_would_steer_the_terminal(home: Path, arguments: tuple[str, ...]) -> None:
    done = call(home, *arguments)
    assert done.returncode == 0, done.stderr
    said = check(done)
    if "--json" in arguments:
        json.loads(said)
    if arguments[0] in ("search", "notes") and "--dropped" not in arguments:
        assert "tide" in said


def test_json_keeps_what_text_cannot_show(home: Path) -> None:
    done = call(home, "notes", "show", "notes/tides.md", "--json")
    text = json.dumps(json.loads(check(done)), ensure_ascii=False)
    assert "👩‍👩‍👧" in text
    assert "배는 하루에 네 번" in text


@pytest.mark.model
@pytest.mark.parametrize("json_too", [False, True])
def test_an_answer_and_its_citations(home: Path, json_too: bool) -> None:
    arguments = ["--json"] if json_too else []
    question = f"When does the tide turn?{ARGUMENT.replace(chr(0xDCFF), '')}"
    for done in (
        call(home, "ask", question, *arguments),
        call(home, "chat", *arguments, stdin=f"{question.replace(chr(13), '')}\n/{ARGUMENT}\n"),
    ):
        said = check(done)
        assert "tide" in said


def subcommands() -> list[tuple[str, ...]]:
    """Every verb and every verb of a verb."""
    import importlib

    import click

    found: list[tuple[str, ...]] = []
    for verb, (module, _) in VERBS.items():
        command = importlib.import_module(module).command
        if isinstance(command, click.Group):
            names = command.list_commands(click.Context(command))
            found += [(verb, name) for name in names]
        else:
            found.append((verb,))
    return found


@pytest.mark.parametrize("verbs", subcommands(), ids=" ".join)
def test_every_verb_with_a_hostile_argument(home: Path, verbs: tuple[str, ...]) -> None:
    """As an argument, as an option and as the file of an option: one line, whatever it says."""
    for arguments in (
        (*verbs, ARGUMENT, ARGUMENT, ARGUMENT),
        (*verbs, f"--{ARGUMENT}"),
        (*verbs, "--config", ARGUMENT),
        (ARGUMENT, *verbs),
    ):
        done = call(home, *arguments)
        check(done)
        assert done.returncode in (1, 2), arguments
        if verbs == ("doctor",) and "--config" in arguments:
            continue  # what it finds is what it prints
        assert done.stderr.count(b"\n") == 1, done.stderr
        assert done.stderr.startswith(b"thinkscale: ")


def test_an_error_inside_shown_with_its_traceback_is_safe(home: Path) -> None:
    code = (
        "import os, sys; os.environ['THINKSCALE_DEBUG'] = '1'\n"
        "import pipeline.config\n"
        f"def broken(*_): raise RuntimeError({EVIL!r})\n"
        "pipeline.config.load_config = broken\n"
        "from pipeline.cli import main; main(['index'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 1
    assert b"Traceback" in done.stderr
    assert is_safe(done.stderr.decode())


def test_the_page_and_the_report_keep_the_same_rule(home: Path) -> None:
    assert call(home, "eval", "report", "mine", "-o", "r.html").returncode == 0
    assert call(home, "eval", "report", "mine", "--format", "md", "-o", "r.md").returncode == 0
    for name in ("r.html", "r.md"):
        assert is_safe((home / name).read_text(encoding="utf-8")), name
