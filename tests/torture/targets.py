"""What bytes from outside are given to: each reads them, or refuses with a reason, and nothing
else. For hypothesis (`test_fuzz.py`) and for atheris (`fuzz.py`)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, get_args

from evals.tasks.validate import validate
from pipeline.answers.calculator import ProgramRefused, evaluate, program_in
from pipeline.answers.normalise import AnswerKind, canonical
from pipeline.answers.parse import extract
from pipeline.config import load_config
from pipeline.config_lines import with_keys
from pipeline.errors import ConfigError, NotesError, ThinkscaleError
from pipeline.notes.formats import kind_of, parse
from pipeline.strategies.names import parse_name
from pipeline.text.plain import plain

if TYPE_CHECKING:
    from pipeline.serve.errors import Refused

__all__ = [
    "KINDS",
    "content",
    "read_config",
    "read_name",
    "read_note",
    "read_reply",
    "read_request",
    "read_set",
]

KINDS: tuple[AnswerKind, ...] = get_args(AnswerKind)


def refused(error: ThinkscaleError | Refused) -> None:
    """One line with a remedy."""
    assert "\n" not in str(error)
    assert error.what


def content(name: str, data: bytes) -> tuple[str, Any]:
    """The kind of a note and its content as its parser takes it."""
    binary = name.endswith((".ipynb", ".docx", ".pptx", ".hwpx"))
    given: Any = data if binary else data.decode("utf-8", "replace")
    return kind_of(name, None if binary else given), given


def read_note(name: str, data: bytes) -> None:
    kind, given = content(name, data)
    try:
        parsed = parse(kind, given)
    except NotesError as error:
        refused(error)
        return
    assert parsed is not None


def read_set(name: str, data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        for problem in validate(path):
            assert "\n" not in str(problem)


def read_config(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_bytes(data)
        try:
            load_config(path)
        except ConfigError as error:
            refused(error)
    text = data.decode("utf-8", "replace")
    try:
        edited = with_keys(text, {"model.path": "x y.gguf", "model.languages": ["ko"]})
    except ConfigError as error:
        refused(error)
    else:
        assert "x y.gguf" in edited


def read_reply(data: bytes, kind: AnswerKind) -> None:
    text = data.decode("utf-8", "replace")
    extract(text, kind)
    canonical(text[:300], kind)
    plain(text)
    if (program := program_in(text)) is not None:
        with suppress(ProgramRefused):
            evaluate(program)


def read_name(text: str) -> None:
    try:
        parse_name(text)
    except ConfigError as error:
        refused(error)


def read_request(data: bytes) -> None:
    from pipeline.serve.bodies import BODIES, parse_body
    from pipeline.serve.errors import Refused

    for kind in BODIES.values():
        try:
            parse_body(data, kind)
        except Refused as error:
            refused(error)
            status = error.status
        else:
            status = 400
        assert 400 <= status < 500
