"""Two sentences that answer together what neither says alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.notes.passage_units import answering_units
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
    "coats.md": "# Coats\n\nA gutter that hangs by the sea is coated with zinc, and one in the "
    "city with tin.\n\n| metal | melting point | colour |\n|---|---|---|\n"
    "| tin | 232 °C | silver |\n| zinc | 420 °C | grey |\n| lead | 327 °C | dull |\n",
    "sauces.md": "# Sauces\n\nThe mother sauces of Escoffier:\n\n- velouté\n- béchamel\n\n"
    "## Whites\n\nBéchamel is milk thickened with a roux of flour.\n",
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
        # of two rows that are named, the one nearer to what was asked
        ("What melting point has the metal of a gutter that hangs by the sea?",
         "A gutter that hangs", "| zinc | 420"),
        ("What melting point has the metal of a gutter in the city?",
         "A gutter that hangs", "| tin | 232"),
        # an item of one word says nothing: what leads into its list does
        ("Whose mother sauces have the one of milk thickened with a roux?",
         "The mother sauces of Escoffier", "Béchamel is milk"),
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


def test_a_row_leads_to_another_only_by_what_was_asked(tmp_path: Path) -> None:
    table = (
        "| method | picks | note |\n|---|---|---|\n| clock | bit is zero | imitates LRU |\n"
        "| LRU | longest unused | costly records |\n| FIFO | first come | simple queue |\n"
    )
    write_notes(tmp_path / "notes", {"pages.md": f"# Pages\n\n{table}", **NOTES})
    config = make_config(tmp_path, "{}")
    build(config)
    with open_index(config) as index:
        led = said(index, "Which page picks the method with costly records that clock imitates?")
        assert sorted(text.split()[1] for text in led) == ["LRU", "clock"]
        assert said(index, "Which page does the clock method of the course notes pick?") == []


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
