"""To explain something the notes are searched for it alone, too."""

from __future__ import annotations

import pytest

from pipeline.answering.kinds.base import Asked, Composition
from pipeline.answering.kinds.explanation import explanation
from pipeline.evidence.gather import inquire
from pipeline.types import Cost, Hit, Hits, Passage, Place, Search, Signal

TIDES = "Spring tides come at new and full moon. Sun and moon then pull along one line."


def test_the_subject_is_searched_and_paid_for_and_what_it_finds_explains() -> None:
    question = "Could you explain spring tides to me in simple words?"
    asked = Asked("explain", inquire(question, "en"), (), "notes", question, 0.0, 0.5)
    course = explanation(asked)
    (search,) = next(course)
    assert isinstance(search, Search)
    assert (search.query, search.index) == ("spring tides", "notes")
    passage = Passage("p", TIDES, "sea.md", Place("sea.md", 1, 1), ("Tides",), "en")
    near = Signal(1.0, 4.0, 4.0, 3.0, 1.0)
    hits = Hits(
        search, (Hit(passage, 1.0, {}, (near, Signal(0.0, 0.5, 2.0, 0.0))),), Cost(flops=7.0)
    )
    with pytest.raises(StopIteration) as ended:
        course.send([hits])
    found = ended.value.value
    assert isinstance(found, Composition)
    assert found.parts[0].evidence.text.startswith("Spring tides come")
    assert found.cost == Cost(flops=7.0)
