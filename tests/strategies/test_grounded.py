"""Best of N by what the passages support."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.evidence.reply_reading import FinalReader, ParsedReply
from pipeline.evidence.verify import NotesReader
from pipeline.strategies import Question, make_strategy
from pipeline.strategies.grounded import borne_out
from pipeline.types import Passage, Place
from tests.evidence.test_verify import read
from tests.strategies.driving import NUMBERS, drive, said

NOTE = "Alpha has 7 layers. Beta has 9 layers and was trained in Seoul."
PASSAGE = Passage("p", NOTE, "a.md", Place("a.md", 1, 1), ("Models",))
LAYERS = Question("How many layers does Alpha have?", read=FinalReader("number"), id="q")


def test_the_answer_that_stands_there_wins_over_the_most_frequent() -> None:
    shown = replace(LAYERS, passages=(PASSAGE,))
    decision = drive(make_strategy("cot@grounded4"), ["8", "8", "8", "7"], question=shown).decision
    assert said(decision) == "7"
    assert (decision.share, decision.confidence) == (0.25, 1.0)


def test_a_figure_of_a_neighbour_is_borne_out_less() -> None:
    shown = replace(LAYERS, passages=(PASSAGE,))
    # "alpha" and "layer" are asked for: both stand with 7, one with 9, neither counts for 8.
    scores = [borne_out(shown, ParsedReply(text)) for text in ("7", "9", "8")]
    assert scores == [1.0, 0.5, 0.0]


def test_words_are_counted_in_one_sentence() -> None:
    where = Question("Where was Beta trained?", passages=(PASSAGE,))
    assert borne_out(where, ParsedReply("in Seoul")) == 1.0
    assert borne_out(where, ParsedReply("in Busan")) == 0.0
    assert borne_out(where, ParsedReply("9 layers in Busan")) == pytest.approx(0.5)
    assert borne_out(where, ParsedReply("7 layers in Seoul")) == 0.0, "no sentence has both"


def test_the_evidence_of_a_reading_counts_for_what_it_covers() -> None:
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    question = Question(inquiry.text, read=NotesReader(inquiry, evidence), evidence=evidence)
    reading = question.read("GPT-2 has 1.5 billion parameters.")
    assert reading is not None
    best = max(one.coverage for one in reading.evidence)
    assert borne_out(question, reading) == pytest.approx(reading.support * min(1, best))


def test_without_passages_it_is_the_plain_vote() -> None:
    decision = drive(make_strategy("cot@grounded3"), ["7", "8", "8"], question=NUMBERS).decision
    assert said(decision) == "8"
    assert decision.confidence == decision.share == pytest.approx(2 / 3)
