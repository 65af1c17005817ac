"""Every parser on mutations of a corpus: it reads, or refuses with a reason, and nothing else.

Work in proportion to length is held by `tests/test_linear.py` and `tests/notes/test_linear.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.tasks.validate import validate
from pipeline.answers.calculator import ProgramRefused, evaluate, program_in
from pipeline.answers.normalise import Kind, canonical
from pipeline.answers.parse import extract
from pipeline.config import load_config
from pipeline.config_lines import with_keys
from pipeline.errors import ConfigError, NotesError, ThinkscaleError
from pipeline.notes.formats import kind_of, parse
from pipeline.strategies.names import parse_name
from pipeline.text.plain import plain
from tests.notes.fixtures import docx, hwpx, pptx
from tests.torture.mutations import corpus, mutated

if TYPE_CHECKING:
    from pipeline.serve.errors import Refused

pytest.importorskip("starlette", reason="the bodies of requests are the server's")

NOTES = corpus("notes")
ARCHIVES = {"a.docx": docx(), "a.pptx": pptx(), "a.hwpx": hwpx()}
SETS = corpus("sets")
REPLIES = tuple(data.decode() for data in corpus("replies").values())
HARD = settings(max_examples=120, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=3000, suppress_health_check=list(HealthCheck))


def refused(error: ThinkscaleError | Refused) -> None:
    """One line with a remedy."""
    assert "\n" not in str(error)
    assert error.what


def read_note(name: str, data: bytes) -> None:
    binary = name.endswith((".ipynb", ".docx", ".pptx", ".hwpx"))
    content: Any = data if binary else data.decode("utf-8", "replace")
    try:
        parsed = parse(kind_of(name, None if binary else content), content)
    except NotesError as error:
        refused(error)
        return
    assert parsed is not None


@pytest.mark.parametrize("name", NOTES | ARCHIVES)
@HARD
@given(data=st.data())
def test_notes(name: str, data: st.DataObject) -> None:
    sound = (NOTES | ARCHIVES)[name]
    read_note(name, data.draw(mutated(sound, tuple(NOTES.values()))))


@pytest.mark.parametrize("name", SETS)
@HARD
@given(data=st.data())
def test_question_sets(name: str, data: st.DataObject) -> None:
    changed = data.draw(mutated(SETS[name], tuple(SETS.values())))
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(changed)
        for problem in validate(path):
            assert "\n" not in str(problem)


@HARD
@given(data=mutated(SETS["config.yaml"]))
def test_configurations(data: bytes) -> None:
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


@HARD
@given(st.sampled_from(REPLIES).flatmap(lambda text: mutated(text.encode())), st.data())
def test_replies(data: bytes, more: st.DataObject) -> None:
    text = data.decode("utf-8", "replace")
    kind = more.draw(st.sampled_from(get_args(Kind)))
    extract(text, kind)
    canonical(text[:300], kind)
    plain(text)
    if (program := program_in(text)) is not None:
        with suppress(ProgramRefused):
            evaluate(program)


@HARD
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40))
def test_names_of_strategies(text: str) -> None:
    try:
        parse_name(text)
    except ConfigError as error:
        refused(error)


BODY = json.dumps({
    "model": "tiny", "messages": [{"role": "user", "content": "Hi"}], "prompt": ["a"], "n": 2,
    "input": "x", "temperature": 0.5, "stop": ["\n"], "stream": False, "question": "?", "seed": 1,
    "max_tokens": 5, "logit_bias": {}, "response_format": {"type": "text"}, "user": "u",
}).encode()  # fmt: skip


@HARD
@given(data=mutated(BODY))
def test_requests(data: bytes) -> None:
    from pipeline.serve.bodies import BODIES, parse_body
    from pipeline.serve.errors import Refused

    for kind in BODIES.values():
        try:
            parse_body(data, kind)
        except Refused as error:
            refused(error)
            code = error.status
        else:
            code = 400
        assert 400 <= code < 500


@pytest.mark.long
@pytest.mark.parametrize("name", NOTES | ARCHIVES)
@LONG
@given(data=st.data())
def test_notes_thousands_of_times(name: str, data: st.DataObject) -> None:
    sound = (NOTES | ARCHIVES)[name]
    read_note(name, data.draw(mutated(sound, tuple(NOTES.values()))))


def test_the_corpus_itself_is_sound(tmp_path: Path) -> None:
    """Else mutations begin where nothing is read any more."""
    for name, data in (NOTES | ARCHIVES).items():
        binary = name.endswith((".ipynb", ".docx", ".pptx", ".hwpx"))
        content: Any = data if binary else data.decode()
        assert parse(kind_of(name, None if binary else content), content)
    for name, data in SETS.items():
        path = tmp_path / name
        path.write_bytes(data)
        if name != "config.yaml":
            assert validate(path) == [], name
    assert load_config(tmp_path / "config.yaml")
    found: Callable[[str], object] = extract
    assert all(found(text) is not None for text in REPLIES[:4])
