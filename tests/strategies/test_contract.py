"""One contract for every strategy in the registry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.engine import ScriptedEngine
from pipeline.errors import ConfigError
from pipeline.pool import MemoryPool
from pipeline.strategies import Decision, Question, make_strategy, strategy_names
from pipeline.think import think
from pipeline.types import Sample, SampleParams
from tests.answers.test_grounding import read

RIGHT, WRONG = "GPT-2 has 1.5 billion parameters.", "GPT-2 has 1.76 trillion parameters."
REPLIES = [WRONG, RIGHT, f"Step 1: look.\nAnswer: {RIGHT}", "", RIGHT, WRONG, "I do not know."]


def question() -> Question:
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    passages = tuple(one.passage for one in evidence[:1])
    return Question(inquiry.text, "en", inquiry, passages, evidence, SampleParams(), "q")


def engine() -> ScriptedEngine:
    return ScriptedEngine(lambda _, draw: REPLIES[draw % len(REPLIES)])


@pytest.fixture(params=strategy_names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_same_samples_same_decision_and_no_more_draws_than_promised(name: str) -> None:
    strategy, asked = make_strategy(name, 6), question()
    thought = think(asked, strategy, engine(), MemoryPool(engine().info))
    assert len(thought.samples) <= strategy.draws
    assert [s.request.draw for s in thought.samples] == list(range(len(thought.samples)))
    again = strategy.step(asked, thought.samples)
    assert again == thought.decision


def test_replay_from_the_pool_draws_nothing_and_decides_the_same(name: str) -> None:
    pool, asked, strategy = MemoryPool(engine().info), question(), make_strategy(name, 6)
    first = think(asked, strategy, engine(), pool)
    silent = ScriptedEngine({})
    second = think(asked, strategy, silent, pool)
    assert silent.requests == []
    assert second.decision == first.decision
    assert second.cost.generated_tokens == 0


def test_completion_order_does_not_matter(name: str) -> None:
    class Backwards(ScriptedEngine):
        def sample(self, requests, on_token=None):  # type: ignore[no-untyped-def]
            return iter(list(super().sample(list(requests), on_token))[::-1])

    asked, strategy = question(), make_strategy(name, 6)
    backwards = Backwards(lambda _, draw: REPLIES[draw % len(REPLIES)])
    one = think(asked, strategy, engine(), MemoryPool(engine().info))
    other = think(asked, strategy, backwards, MemoryPool(backwards.info))
    assert one.decision == other.decision
    assert [s.request.draw for s in one.samples] == [s.request.draw for s in other.samples]


def test_every_token_is_charged(name: str) -> None:
    thought = think(question(), make_strategy(name, 6), engine(), MemoryPool(engine().info))
    assert thought.cost.generated_tokens == sum(s.tokens for s in thought.samples)
    assert thought.cost.prompt_tokens > 0


def test_nothing_that_is_not_borne_out_ever_votes(name: str) -> None:
    strategy, asked = make_strategy(name, 4), question()
    liar = ScriptedEngine(lambda _, draw: ["", WRONG, "[invalid]", "9"][draw % 4])
    decision = think(asked, strategy, liar, MemoryPool(liar.info)).decision
    assert decision == Decision(None)


def test_a_single_draw_is_greedy_and_many_are_not() -> None:
    asked = question()
    for name, greedy in (("direct", True), ("cot", True), ("self-consistency", False)):
        requests = make_strategy(name, 4).step(asked, [])
        assert isinstance(requests, list)
        assert (requests[0].params.temperature == 0) is greedy
        assert len({r.draw for r in requests}) == len(requests)


def test_ties_go_to_what_was_drawn_first() -> None:
    asked = replace(question(), evidence=read("How many parameters does GPT-2 have?")[1])
    strategy = make_strategy("self-consistency", 4)
    requests = strategy.step(asked, [])
    assert isinstance(requests, list)
    texts = ["1.5 billion parameters", WRONG, WRONG, RIGHT]
    samples = [Sample(r, t, "stop", 5) for r, t in zip(requests, texts, strict=True)]
    decision = strategy.step(asked, samples)
    assert isinstance(decision, Decision)
    assert decision.winner is not None
    assert [vote.count for vote in decision.votes] == [2]
    assert decision.share == 0.5


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ConfigError, match="`self-consistency`"):
        make_strategy("selfconsistency", 4)
