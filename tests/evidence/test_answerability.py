"""How sure it is that the best of the evidence answers."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence.answerability import FEATURES, WORDS_ONLY, answerability, features
from pipeline.evidence.gather import Evidence, inquire
from pipeline.notes.passage_units import answering_units
from pipeline.types import Passage, Place, Signal

MEASURED = Signal(0.5, 1.0, 1.0, 0.5, known=0.5, first=0.1)
FERN = "The fern spreads by spores that the wind carries."


def evidence(signal: Signal, language: str = "en", **other: float) -> Evidence:
    passage = Passage("p", FERN, "fern.md", Place("fern.md", 1, 1), ("Ferns",), language)
    unit = answering_units(passage)[0]
    found = Evidence(passage, unit, 0, len(FERN), signal, 1.0)
    return replace(found, at_home=language == "en", **other)  # type: ignore[arg-type]


def sure(signal: Signal, question: str = "How do ferns spread?") -> float:
    return answerability(inquire(question, "en"), [evidence(signal)])


def log_odds(share: float) -> float:
    return math.log(share / (1 - share))


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("How do ferns spread?", []),
        ("How many spores has a fern?", ["figure"]),
        ("Who drew the fern?", ["name"]),
        ("When was the fern drawn?", []),
        ("고사리는 포자가 몇 개야?", ["figure"]),
        ("고사리는 누가 그렸어?", ["name"]),
    ],
)
def test_what_kind_of_answer_is_asked_for_is_seen(question: str, asked: list[str]) -> None:
    seen = features(inquire(question, "en"), [evidence(MEASURED)])
    assert [name for name in ("figure", "name") if seen[name]] == asked


def test_an_answer_in_another_language_is_seen() -> None:
    asked = inquire("How do ferns spread?", "en")
    for language, foreign in (("en", 0.0), ("ko", 1.0)):
        assert features(asked, [evidence(MEASURED, language)])["foreign"] == foreign


def test_of_all_that_was_found_the_nearest_is_seen_and_else_the_first() -> None:
    found = [evidence(replace(MEASURED, standard=standard)) for standard in (1.0, 3.0, -1.0)]
    other = evidence(Signal(0.9), fits=0.3, opens=1.0)
    seen = features(inquire("How do ferns spread?", "en"), [*found, other])
    assert (seen["nearest"], seen["coverage"], seen["opens"]) == (3.0, 0.5, 0.0)
    seen = features(inquire("How do ferns spread?", "en"), [other, *found])
    assert (seen["nearest"], seen["coverage"], seen["opens"]) == (3.0, 0.9, 1.0)
    assert seen["fits"] == 0.3


def test_what_was_not_measured_is_zero() -> None:
    seen = features(inquire("How do ferns spread?", "en"), [evidence(Signal(0.5))])
    assert seen["margin"] == seen["pair"] == seen["nearest"] == 0


@pytest.mark.parametrize("name", ["margin", "pair", "coverage", "first", "known"])
def test_it_is_a_logistic_model(name: str) -> None:
    for signal, weights in ((MEASURED, FEATURES), (Signal(0.5, known=0.5), WORDS_ONLY)):
        if weights.get(name):
            base = getattr(signal, name)
            more = log_odds(sure(replace(signal, **{name: base + 1})))
            assert more - log_odds(sure(signal)) == pytest.approx(weights[name])


def test_without_an_embedder_other_weights_hold() -> None:
    nearness = replace(MEASURED, margin=None)  # it is not known what it is worth
    assert sure(nearness) == sure(replace(nearness, pair=9.0))
    assert sure(nearness) != sure(MEASURED)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_it_is_a_share_and_the_more_the_nearer(one: float, other: float) -> None:
    low, high = (sure(replace(MEASURED, margin=margin)) for margin in sorted((one, other)))
    assert 0 < low <= high <= 1


def test_nothing_found_is_no_answer() -> None:
    assert answerability(inquire("How do ferns spread?", "en"), []) == 0
