"""Searches as they are stored: those of other releases are read, too."""

from __future__ import annotations

import json
from typing import Any

from pipeline.pool.result_rows import KINDS
from pipeline.types import Hit, Hits, Passage, Place, Search, Signal

HIT = Hit(
    Passage("1", "An oboe has a double reed.", "a.md", Place("a.md", 1, 1)),
    0.5,
    {"words": 1},
    (Signal(0.7, 1.5, local=0.2, first=0.1, after=0.3),),
)
SEARCH = Search("oboe", 5, "notes")


def read(signals: list[list[Any]]) -> Hits:
    """The hits that are read where this was stored of their signals."""
    row, texts = KINDS[Search].write(Hits(SEARCH, (HIT,), kind="fact"))
    row["result"]["hits"][0][3] = signals
    cost = {"prompt_tokens": 0, "generated_tokens": 0, "seconds": 0.0, "flops": 0.0}
    stored = {"result": json.dumps(row["result"]), "key": b"k", **cost}
    found = KINDS[Search].read(SEARCH, stored, list(texts))
    assert isinstance(found, Hits)
    return found


def test_a_search_is_read_as_it_was_stored() -> None:
    assert read([[0.7, 1.5, None, None, 1.0, 0.0, 0.0, 0.2, 0.1, 0.3]]).hits == (HIT,)


def test_a_signal_of_another_release_is_read_as_far_as_it_is_known() -> None:
    newer = read([[0.7, 1.5, None, None, 1.0, 0.0, 0.0, 0.2, 0.1, 0.3, 0.9]])
    assert newer.hits[0].signals == HIT.signals
    older = read([[0.7, 1.5]])
    assert older.hits[0].signals == (Signal(0.7, 1.5),)
