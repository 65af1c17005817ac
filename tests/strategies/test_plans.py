"""Strategies of several stages, and every way with every such rule at any number of draws."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answering.loop import run_strategy
from pipeline.engine import ScriptedEngine
from pipeline.pool import MemoryPool
from pipeline.strategies import PROMPT_METHODS, Decision, Question, make_strategy
from pipeline.strategies.base import Plan, Strategy
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.common.settle import last_word, settle
from pipeline.types import Agreement, Draw, Hit, Hits, Passage, Place, Sample, Search
from tests.strategies.helpers import draws_of, first_draws, run, sum_question

RULES = [
    "universal",
    "refine",
    "force",
    "beam",
    "dvts",
    "particles",
    "subsets",
    "search",
    "optimal",
]


@dataclass(frozen=True, slots=True)
class Twice(Strategy):
    """Two draws, then as many more as the first says."""

    name: str = "twice"
    prompt_method: PromptMethod = field(default_factory=lambda: PromptMethod("cot"))
    draws: int = 9

    def plan(self, question: Question) -> Plan:
        first = yield self.prompt_method.draw(question, 0, 2)
        more = yield self.prompt_method.draw(question, 2, int(first[0].text) if first else 0)
        return Decision(None, share=(len(first) * 10 + len(more)) / 100)


def samples(requests: Sequence[Draw], text: str) -> list[Sample]:
    return [Sample(request, text, "stop", 1) for request in requests]


def test_a_stage_that_is_half_drawn_asks_for_its_rest() -> None:
    strategy, question = Twice(), sum_question()
    wanted = first_draws(strategy, question)
    seen = samples(wanted, "3")
    assert strategy.step(question, seen[:1]) == wanted[1:]
    more = draws_of(strategy.step(question, seen))
    assert [r.draw for r in more] == [2, 3, 4]
    assert strategy.step(question, [*seen, *samples(more[:1], "x")]) == more[1:]
    assert strategy.step(question, [*seen, *samples(more, "x")]) == Decision(None, share=0.23)


def test_deciding_early_tells_the_course_that_no_more_will_come() -> None:
    strategy, question = Twice(), sum_question()
    wanted = strategy.prompt_method.draw(question, 0, 5)
    for have, share in ((0, 0.0), (1, 0.1), (2, 0.2), (3, 0.21), (5, 0.23)):
        assert strategy.decide(question, samples(wanted[:have], "3")) == Decision(None, share=share)


def test_a_course_without_draws_decides_at_once() -> None:
    strategy = Twice()
    wanted = strategy.prompt_method.draw(sum_question(), 0, 2)
    assert strategy.step(sum_question(), samples(wanted, "0")) == Decision(None, share=0.2)


def test_the_last_word_and_who_agrees_with_it() -> None:
    question = sum_question()
    read = [question.read(text) for text in ("17", "18", "17", "none at all")]
    assert last_word(question, read).share == 0.5
    last = last_word(question, read[:2]).winner
    assert last is not None
    assert last.text == "18"
    chosen = settle(question, read, 1)
    assert chosen.winner is not None
    assert chosen.winner.text == "18"
    assert [v.answer for v in chosen.votes] == ["18", "17"]
    assert chosen.share == 0.25
    assert last_word(question, [None, None]) == Decision(None, agreement=Agreement(0, 2))
    assert last_word(question, []) == Decision(None)
    fallen = settle(question, read, 3)
    assert fallen.winner is not None
    assert fallen.winner.text == "17", "what cannot be counted is not chosen"


PIECES = tuple(Passage(c, f"Fact {c}.", "a.md", Place("a.md", 1, 1)) for c in "abc")
WORDS = [
    "3 + 5 = 8.",
    "8",
    "\n",
    "Answer: 17",
    "Answer: 18",
    "Answer:",
    "OK",
    "ans = 3 + 5 + 9",
    "2",
    "",
]


def asked(found: int) -> Question:
    shown = PIECES[:found]
    hits = tuple(Hit(piece, 1.0) for piece in shown)
    search = Search("q", found) if found else None
    return sum_question(passages=shown, pieces=shown, search=search, hits=hits)


def look_up(request: Search, _: object) -> Hits:
    """A search that finds one piece more than the question came with."""
    return Hits(request, tuple(Hit(piece, 1.0) for piece in PIECES[: request.k + 1]))


@given(
    st.sampled_from(RULES),
    st.sampled_from(sorted(PROMPT_METHODS)),
    st.integers(1, 20),
    st.integers(0, 3),
    st.integers(0, 10_000),
)
@settings(max_examples=80, deadline=None)
def test_any_way_goes_with_any_rule(rule: str, way: str, draws: int, found: int, seed: int) -> None:
    def script(prompt: str, draw: int) -> str:
        dice = random.Random(f"{seed} {prompt} {draw}")
        return "\n".join(dice.choice(WORDS) for _ in range(dice.randint(0, 4)))

    strategy, question = make_strategy(f"{way}@{rule}{draws}"), asked(found)
    thought, requests = run(strategy, script, question, search=look_up)
    assert 0 < len(requests) <= draws
    assert len(set(requests)) == len(requests)
    again = ScriptedEngine(script)
    for cut in range(len(thought.results) + 1):
        some = thought.results[:cut]
        decision = strategy.decide(question, some)
        assert 0 <= decision.share <= 1
        assert 0 <= decision.confidence <= 1
        assert sum(v.count for v in decision.votes) <= cut
        if cut == len(thought.results):
            assert decision == thought.decision == strategy.step(question, some)
    # a new engine that remembers nothing goes on from any sample
    half = MemoryPool(again.info)
    for sample in thought.samples[: len(thought.samples) // 2]:
        half.put(sample)
    assert (
        run_strategy(question, strategy, again, half, search=look_up).decision == thought.decision
    )


@dataclass(frozen=True, slots=True)
class _OldStyle(Strategy):
    """As strategies were written while `prompt_method` was called `way`."""

    name: str
    way: PromptMethod
    draws: int

    def plan(self, question: Question) -> Plan:
        samples = yield self.way.draw(question, 0, self.draws)
        return Decision(self.way.read(question, samples[0]) if samples else None)


def test_the_old_name_of_the_prompt_method_works() -> None:
    old, new = _OldStyle("cot@old2", PromptMethod("cot"), 2), make_strategy("cot@sc2")
    assert old.prompt_method == old.way == new.prompt_method == new.way
    assert old.needed(2) == new.needed(2)
    with pytest.raises(AttributeError, match="'_OldStyle' has no attribute 'road'"):
        old.road  # type: ignore[attr-defined]  # noqa: B018
