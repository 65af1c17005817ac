"""Votes of readings by their keys, and what a reply says for itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies import Question, make_strategy
from pipeline.strategies.common.polling import poll
from tests.strategies.helpers import first_draws, sum_question
from tests.strategies.test_beam import sample

BY_KEY = Question("Which river?")
ELBE, ODER = ParsedReply("Elbe", (), "elbe"), ParsedReply("Oder", (), "oder")


def test_every_reading_has_a_weight_of_its_own() -> None:
    groups = poll(BY_KEY, [ELBE, ODER, None, ODER], [0.9, 0.5, 5.0, 0.6])
    assert [(g.answer.text, g.draws, g.weight) for g in groups] == [
        ("Oder", (1, 3), 1.1), ("Elbe", (0,), 0.9),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="zip"):
        poll(BY_KEY, [ELBE, ODER], [1.0])
    with pytest.raises(ValueError, match="zip"):
        poll(sum_question(), [ELBE, ODER], [1.0])


def test_a_weight_of_nothing_is_no_vote_and_a_weight_below_it_is_refused() -> None:
    assert [g.answer for g in poll(BY_KEY, [ELBE, ODER], [0.0, 0.1])] == [ODER]
    with pytest.raises(ValueError, match="vote 1"):
        poll(BY_KEY, [ELBE, ODER], [0.0, -0.1])


def test_a_step_of_a_reply_says_nothing_for_itself() -> None:
    strategy, question = make_strategy("cot@sc2"), sum_question()
    whole = sample("3 + 5 + 9 = 17. Answer: 17")
    (first, _) = first_draws(strategy, question)
    reply = strategy.vote_of(question, replace(whole, request=first))
    assert reply is not None
    assert reply.text == "17"
    step, check = replace(first, parent="p"), replace(first.prompt, template="feedback")
    for other in (step, replace(first, prompt=check)):
        assert strategy.vote_of(question, replace(whole, request=other)) is None
