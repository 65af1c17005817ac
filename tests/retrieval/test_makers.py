"""An index of an earlier release stays while this one would make the same. What is made of a few
notes is compared with a digest of it; where that changed, a number has to be raised."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import pipeline
import pipeline.retrieval.opening as opening
from pipeline.config import Config
from pipeline.notes import fold
from pipeline.retrieval import build, is_stale, store
from pipeline.retrieval.arms import build_sparse_arms, passage_keys, reuse_map
from pipeline.retrieval.morphemes import Morphemes
from pipeline.retrieval.passage_store import passage_to_row
from pipeline.retrieval.sentence_search import sentence_texts
from pipeline.retrieval.sources import gather, survey_notes
from pipeline.types import Passage
from tests.retrieval.conftest import NOTES, write_notes

SAMPLES = Path(__file__).parents[1] / "torture" / "corpus" / "notes"
NAMES = ("book.ipynb", "list.txt", "moss.md", "page.html", "talk.srt", "talk.vtt", "이끼.md")
TABLE = """# Metals

The metals that we weighed:

| Metal | Melting point |
| --- | --- |
| tin | 232 °C |
| zinc | 420 °C |

- Uses
  - gutters
    - on the coast
      and inland
  - coins

Which of them melts first?

Why is **tin** laid over steel that is to hold food, and seldom
*zinc*, which costs less?
- it does not rust

Alloy | Parts
--- | ---
pewter | tin, copper

~~~
1. Melt the tin.
2. Stir in the copper.
~~~
"""
TOKENS_OF = "0.24.1"
"""The version of kiwipiepy that made the digest of the tokens."""


@pytest.fixture(scope="module")
def passages(tmp_path_factory: pytest.TempPathFactory) -> list[Passage]:
    folder = tmp_path_factory.mktemp("notes")
    write_notes(folder, NOTES | {"metals.md": TABLE})
    for name in NAMES:
        (folder / name).write_bytes((SAMPLES / name).read_bytes())
    return fold(gather(survey_notes(folder, {}), {}, None))


def digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def raise_it(name: str, made: str) -> str:
    return f"raise {name} in pipeline/retrieval/opening.py by one, and write {made!r} here"


def test_what_is_read_is_what_its_number_says(passages: list[Passage]) -> None:
    made = digest([passage_to_row(passage) for passage in passages])
    assert (opening._READING, made) == (4, "4f1d15ab1b62de48"), raise_it("_READING", made)


def test_what_is_embedded_is_what_its_number_says(passages: list[Passage]) -> None:
    made = digest([sentence_texts(passage) for passage in passages])
    assert (opening._VECTORS, made) == (4, "21452b1c81f7b464"), raise_it("_VECTORS", made)


@pytest.mark.skipif(version("kiwipiepy") != TOKENS_OF, reason="another analyser, other tokens")
def test_the_tokens_are_what_their_number_says(passages: list[Passage]) -> None:
    keys = passage_keys(passages)
    sparse = build_sparse_arms(passages, reuse_map(keys, keys[:0]), None, Morphemes())
    rows = {
        name: [sorted(table[i].tolist()) for i in range(len(passages))]
        for name, table in sparse.tables.items()
    }
    made = digest(rows)
    assert (opening._TOKENS, made) == (2, "4ec93be724a07c13"), raise_it("_TOKENS", made)


def test_another_release_makes_nothing_anew(
    workshop: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(workshop)
    monkeypatch.setattr(pipeline, "__version__", "9.9.9")
    assert is_stale(workshop) == ""
    assert not build(workshop).changed


@pytest.mark.parametrize(
    ("makers", "alike"),
    [
        ({"thinkscale": "1.1.0", "tokens": 2, "reading": 4, "vectors": 4}, True),
        ({"tokens": 2, "reading": 4, "vectors": 4}, True),
        ({"thinkscale": "1.0.0", "tokens": 2, "reading": 4}, False),  # its vectors are of 1
        ({"tokens": 2, "reading": 4, "vectors": 9}, False),
        ({"tokens": 2, "reading": 4, "vectors": 4, "later": 1}, False),
        ({"tokens": 2}, False),
    ],
)
def test_the_numbers_alone_decide(makers: dict[str, Any], alike: bool) -> None:
    assert opening.made_alike({"makers": makers}) is alike


@pytest.mark.parametrize("number", ["_TOKENS", "_READING", "_VECTORS"])
def test_a_raised_number_makes_the_index_anew(
    workshop: Config, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    build(workshop)
    before = store.current(workshop.index_path)
    monkeypatch.setattr(opening, number, 10**6)
    assert "another version" in is_stale(workshop)
    assert build(workshop).changed
    assert store.current(workshop.index_path) != before
    assert is_stale(workshop) == ""
