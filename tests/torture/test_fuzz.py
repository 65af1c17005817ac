"""Every parser on mutations of a corpus: it reads, or refuses with a reason, and nothing else.

Work in proportion to length is held by `tests/test_linear.py` and `tests/notes/test_linear.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.tasks.validate import validate
from pipeline.answers.normalise import AnswerKind
from pipeline.answers.parse import extract
from pipeline.config import load_config
from pipeline.notes.formats import parse
from tests.notes.fixtures import docx, hwpx, pptx
from tests.torture.mutations import corpus, mutated
from tests.torture.targets import (
    KINDS,
    content,
    read_config,
    read_name,
    read_note,
    read_reply,
    read_request,
    read_set,
)

pytest.importorskip("starlette", reason="the bodies of requests are the server's")

NOTES = corpus("notes")
ARCHIVES = {"a.docx": docx(), "a.pptx": pptx(), "a.hwpx": hwpx()}
SETS = corpus("sets")
REPLIES = tuple(data.decode() for data in corpus("replies").values())
HARD = settings(max_examples=120, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=3000, suppress_health_check=list(HealthCheck))


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
    read_set(name, data.draw(mutated(SETS[name], tuple(SETS.values()))))


@HARD
@given(data=mutated(SETS["config.yaml"]))
def test_configurations(data: bytes) -> None:
    read_config(data)


@HARD
@given(
    st.sampled_from(REPLIES).flatmap(lambda text: mutated(text.encode())), st.sampled_from(KINDS)
)
def test_replies(data: bytes, kind: AnswerKind) -> None:
    read_reply(data, kind)


@HARD
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40))
def test_names_of_strategies(text: str) -> None:
    read_name(text)


BODY = json.dumps({
    "model": "tiny", "messages": [{"role": "user", "content": "Hi"}], "prompt": ["a"], "n": 2,
    "input": "x", "temperature": 0.5, "stop": ["\n"], "stream": False, "question": "?", "seed": 1,
    "max_tokens": 5, "logit_bias": {}, "response_format": {"type": "text"}, "user": "u",
}).encode()  # fmt: skip


@HARD
@given(data=mutated(BODY))
def test_requests(data: bytes) -> None:
    read_request(data)


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
        assert parse(*content(name, data))
    for name, data in SETS.items():
        path = tmp_path / name
        path.write_bytes(data)
        if name != "config.yaml":
            assert validate(path) == [], name
    assert load_config(tmp_path / "config.yaml")
    found: Callable[[str], object] = extract
    assert all(found(text) is not None for text in REPLIES[:4])
