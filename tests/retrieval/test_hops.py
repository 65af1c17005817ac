"""Two sentences that answer together what neither says alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.notes.units import answering_units
from pipeline.retrieval import Index, build, open_index
from pipeline.retrieval.hops import hops
from tests.retrieval.conftest import make_config, write_notes

NOTES = {
    "glass.md": "# Glass\n\nThe green bottles of the abbey were blown in Brennick. Sand, soda and "
    "lime are melted for glass.\n\nA kiln is fired with beech wood.\n",
    "towns.md": "# Towns\n\nBrennick lies on a lake and its harbour freezes in January. Oldmark "
    "has a weekly fair.\n\nThe road over the pass is closed in winter.\n",
    "bread.md": "# Bread\n\nBread is scored before it is baked. A sourdough is fed every day.\n",
    "plan.md": "# Trip\n\nWe settled on the cable car for the visit.\n",
    "fares.md": "# Fares\n\n| way | price | hours |\n|---|---|---|\n| bus | 4 euros | 3 |\n"
    "| cable car | 19 euros | 1 |\n| ferry | 8 euros | 2 |\n",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("hops")
    write_notes(folder / "notes", NOTES)
    config = make_config(folder, "{}")
    build(config)
    with open_index(config) as opened:
        yield opened


def said(index: Index, question: str) -> list[str]:
    """The two sentences of the best pair."""
    found = []
    for hit in hops(index, question, 1):
        units = answering_units(hit.passage)
        (at,) = [n for n, signal in enumerate(hit.signals) if signal.states > 0]
        found.append(hit.passage.text[units[at].start : units[at].end])
    return found


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("When does the harbour freeze in the town where the green bottles were blown?",
         "The green bottles", "Brennick lies on a lake"),
        ("What is the price of the way that we settled on for the visit?",
         "We settled on the cable car", "| cable car | 19 euros"),
    ],
)  # fmt: skip
def test_a_bridge_joins_two_sentences(index: Index, question: str, first: str, second: str) -> None:
    found = said(index, question)
    assert len(found) == 2
    for start in (first, second):
        assert any(text.startswith(start) for text in found), found


@pytest.mark.parametrize(
    "question",
    [
        "When does the harbour freeze?",  # asks for one thing
        "How often is a sourdough fed, and who was the first queen of Portugal?",  # nothing joins
    ],
)
def test_without_a_bridge_there_is_no_pair(index: Index, question: str) -> None:
    assert hops(index, question, 3) == []


def test_a_term_of_many_passages_is_no_bridge(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever share of the notes that is: it joins sentences by chance."""
    question = "When does the harbour freeze in the town where the green bottles were blown?"
    assert hops(index, question, 1)
    monkeypatch.setattr("pipeline.retrieval.hops._MOST", 1)  # Brennick stands in two
    assert hops(index, question, 1) == []


def test_the_signals_are_those_of_both_together(index: Index) -> None:
    question = "When does the harbour freeze in the town where the green bottles were blown?"
    one, two = hops(index, question, 1)
    together = max(one.signals, key=lambda signal: signal.states)
    assert together == max(two.signals, key=lambda signal: signal.states)
    alone = max(s.coverage for hit in index.search(question) for s in hit.signals)
    assert together.coverage > alone
