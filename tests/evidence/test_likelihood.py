"""The evidence in the order in which it makes the question likely."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence.gather import Evidence, inquire
from pipeline.evidence.question_likelihood import MOST, reordered, requests
from pipeline.notes.passage_units import answering_units
from pipeline.types import Likelihood, Passage, Place, Signal

QUESTION = inquire("What makes bread rise?", "en")


def evidence(*said: tuple[str, float]) -> tuple[Evidence, ...]:
    found = []
    for at, (text, score) in enumerate(said):
        passage = Passage(str(at), text, "bread.md", Place("bread.md", 1, 1), ("Bread", "Dough"))
        unit = answering_units(passage)[0]
        found.append(Evidence(passage, unit, 0, len(text), Signal(1.0), score))
    return tuple(found)


def weighed(found: tuple[Evidence, ...], *logprobs: float) -> tuple[Evidence, ...]:
    asked = requests(QUESTION, found)
    return reordered(
        found, [Likelihood(one, v, 5) for one, v in zip(asked, logprobs, strict=False)]
    )


def texts(found: tuple[Evidence, ...]) -> list[str]:
    return [one.text for one in found]


SALT, YEAST, OVEN = ("Salt slows it.", 2.0), ("Yeast gives off gas.", 1.5), ("It is baked.", 1.0)


def test_the_question_is_weighed_after_each_sentence_under_its_headings() -> None:
    asked = requests(QUESTION, evidence(SALT, YEAST))
    assert [one.text for one in asked] == [" What makes bread rise?"] * 2
    for one, (said, _) in zip(asked, (SALT, YEAST), strict=True):
        lines = (one.prompt.text or "").split("\n")
        assert lines[1:] == [said, "Question:"]
        assert "Bread" in lines[0]
        assert "Dough" in lines[0]


def test_the_first_few_are_weighed_and_none_twice() -> None:
    many = [(f"Loaf {n} rose.", 9.0 - n) for n in range(MOST + 3)]
    asked = requests(QUESTION, evidence(many[0], *many))
    assert len(asked) == MOST
    assert len({one.prompt.text for one in asked}) == MOST
    assert f"Loaf {MOST - 1} rose." in (asked[-1].prompt.text or "")


def test_what_makes_the_question_likelier_comes_first() -> None:
    found = evidence(SALT, YEAST, OVEN)
    assert texts(weighed(found, -40.0, -20.0, -21.0)) == [YEAST[0], OVEN[0], SALT[0]]


def test_a_sentence_keeps_its_lead_over_one_that_makes_the_question_hardly_likelier() -> None:
    found = evidence(SALT, YEAST, OVEN)
    assert texts(weighed(found, -21.0, -20.0, -20.5)) == texts(found)


def test_scores_say_how_much_less_speaks_for_each_than_for_the_likeliest() -> None:
    scores = {one.text: one.score for one in weighed(evidence(SALT, YEAST, OVEN), -30, -20, -25)}
    lost = {text: score - scores[text] for text, score in (SALT, YEAST, OVEN)}
    assert lost[YEAST[0]] == 0
    assert lost[SALT[0]] == pytest.approx(2 * lost[OVEN[0]])
    assert lost[OVEN[0]] > 0


def test_what_was_not_weighed_comes_last_and_loses_as_much_as_any() -> None:
    found = weighed(evidence(OVEN, YEAST, SALT), -30.0, -20.0)
    assert texts(found) == [YEAST[0], OVEN[0], SALT[0]]
    assert SALT[1] - found[-1].score == pytest.approx(OVEN[1] - found[1].score)


def test_without_likelihoods_nothing_changes() -> None:
    found = evidence(SALT, YEAST, OVEN)
    assert reordered(found, []) == found
    assert reordered((), []) == ()


@given(st.lists(st.floats(-5, 5), max_size=9), st.floats(-90, -1))
def test_sentences_that_make_it_equally_likely_keep_scores_and_order(
    scores: list[float], logprob: float
) -> None:
    found = evidence(
        *((f"Loaf {n} rose.", score) for n, score in enumerate(sorted(scores, reverse=True)))
    )
    assert weighed(found, *[logprob] * MOST) == found
