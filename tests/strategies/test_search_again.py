"""Retrieve again after thinking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.answering.requests import Searcher
from pipeline.strategies import Question, make_strategy
from pipeline.types import Hit, Hits, Passage, Place, Search
from tests.strategies.helpers import run, sum_question

NOTES = {
    "first": "The first number is 3.",
    "second": "The second number is 5.",
    "third": "The third number is 9.",
}


def passage(name: str) -> Passage:
    return Passage(name, NOTES[name], "a.md", Place("a.md", 1, 1))


def asked() -> tuple[Question, Searcher, list[str]]:
    """A question, a search that finds the notes that its query names, and the queries."""
    queries: list[str] = []

    def look_up(request: Search, _: object) -> Hits:
        queries.append(request.query)
        found = tuple(Hit(passage(name), 1.0) for name in NOTES if name in request.query)
        return Hits(request, found)

    first = passage("first")
    question = replace(
        sum_question(),
        passages=(first,),
        pieces=(first,),
        search=Search("q", 1),
        hits=(Hit(first, 1.0),),
    )
    return question, look_up, queries


def script(prompt: str, _: int) -> str:
    for name in ("second", "third"):
        if NOTES[name] not in prompt:
            return f" I need the {name} number. Perhaps it is 4."
    return " 3 + 5 + 9 = 17.\nAnswer: 17"


def test_each_thought_brings_what_the_next_needs() -> None:
    question, look_up, queries = asked()
    thought, requests = run(make_strategy("cot@search4"), script, question, search=look_up)
    assert queries[:2] == ["I need the second number.", "I need the third number."]
    assert [len(r.prompt.passages) for r in requests] == [1, 2, 3, 3]
    begun = requests[2].prompt.messages[-1]
    assert begun.content == "I need the second number. I need the third number."
    assert thought.decision.winner is not None
    assert thought.decision.winner.text == "17"
    assert all(r.params.temperature == 0 for r in requests)


def test_new_passages_are_paid_for_and_old_ones_are_gone_on_with() -> None:
    question, look_up, _ = asked()
    thought, requests = run(make_strategy("cot@search4"), script, question, search=look_up)
    assert [r.parent for r in requests[:3]] == [None, None, None]
    assert all(s.cost.prompt_tokens > 0 for s in thought.samples[:3])
    assert requests[3].parent == thought.samples[2].key, "the third search found nothing new"
    assert thought.samples[3].cost.prompt_tokens == 0


def test_an_answer_ends_the_searching() -> None:
    question, look_up, queries = asked()
    _, requests = run(
        make_strategy("cot@search9"), lambda *_: "Answer: 17", question, search=look_up
    )
    assert len(requests) == 1
    assert queries == []


def test_an_empty_thought_is_followed_by_the_answer() -> None:
    question, look_up, queries = asked()
    thought, requests = run(
        make_strategy("cot@search4"),
        lambda *_: "\nSo it is 17.\nAnswer: 17",
        question,
        search=look_up,
    )
    assert len(requests) == 2
    assert queries == []
    assert thought.decision.winner is not None


@pytest.mark.parametrize(("draws", "most"), [(1, 1), (2, 2), (4, 4), (20, 4)])
def test_draws_and_rounds_both_bound_it(draws: int, most: int) -> None:
    question, look_up, _ = asked()
    _, requests = run(
        make_strategy(f"cot@search{draws}"),
        lambda *_: "I need the first.",
        question,
        search=look_up,
    )
    assert len(requests) == most


def test_closed_book_it_is_one_greedy_draw() -> None:
    thought, requests = run(make_strategy("cot@search4"), lambda *_: "Answer: 17")
    assert len(requests) == 1
    assert requests[0].params.temperature == 0
    assert requests[0].params.stop == ()
    assert thought.decision.share == 1
