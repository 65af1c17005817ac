"""One contract for every strategy in the registry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.answering.loop import UNLIMITED, Budget, StrategyResult, run_strategy
from pipeline.engine import ScriptedEngine
from pipeline.evidence.verify import NotesReader
from pipeline.pool import DiskPool, MemoryPool, search_key
from pipeline.strategies import AGGREGATIONS, PROMPT_METHODS, Decision, Question, make_strategy
from pipeline.types import Draw, Form, Hit, Hits, Sample, SampleParams, Search
from tests.evidence.test_verify import read
from tests.strategies.helpers import first_draws

RIGHT, WRONG = "GPT-2 has 1.5 billion parameters.", "GPT-2 has 1.76 trillion parameters."
REPLIES = [WRONG, RIGHT, f"Step 1: look.\nAnswer: {RIGHT}", "", RIGHT, WRONG, "I do not know."]
NAMES = [*PROMPT_METHODS, *(f"cot@{rule}6" for rule in AGGREGATIONS if rule)]


def question() -> Question:
    """As the loop hands it to a strategy."""
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    pieces = tuple(one.passage for one in evidence[:3])
    return Question(
        inquiry.text,
        "en",
        NotesReader(inquiry, evidence),
        passages=pieces[:1],
        pieces=pieces,
        evidence=evidence,
        params=SampleParams(),
        id="q",
        search=Search("q", 3),
        hits=tuple(Hit(one, 1.0) for one in pieces),
        form=FORM["form"],
    )


def look_up(request: Search, _: object) -> Hits:
    """A search that finds nothing new."""
    return Hits(request, question().hits, key=search_key(request))


def engine(replies: Sequence[str] = tuple(REPLIES)) -> ScriptedEngine:
    return ScriptedEngine(lambda _, draw: replies[draw % len(replies)], form=FORM["form"])


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["chat", "completion"], autouse=True)
def _form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every promise holds in both forms of prompt."""
    monkeypatch.setitem(FORM, "form", request.param)


FORM: dict[str, Form] = {"form": "chat"}


def lived(
    name: str, scripted: ScriptedEngine | None = None, budget: Budget = UNLIMITED
) -> StrategyResult:
    on = scripted or engine()
    pool = MemoryPool(on.info)
    return run_strategy(question(), make_strategy(name), on, pool, budget=budget, search=look_up)


def test_same_samples_same_decision_and_no_more_draws_than_promised(name: str) -> None:
    strategy, thought = make_strategy(name), lived(name)
    assert 0 < len(thought.samples) <= strategy.draws
    assert len({s.request for s in thought.samples}) == len(thought.samples)
    assert strategy.step(question(), thought.results) == thought.decision
    assert lived(name) == thought


def test_replay_from_the_disk_draws_nothing_and_decides_the_same(name: str, tmp_path: Path) -> None:
    asked, strategy, on = question(), make_strategy(name), engine()
    with DiskPool(tmp_path / "pool.sqlite", on.info) as pool:
        first = run_strategy(asked, strategy, on, pool, search=look_up)
    silent = ScriptedEngine({}, form=FORM["form"])
    with DiskPool(tmp_path / "pool.sqlite", silent.info) as pool:
        second = run_strategy(asked, strategy, silent, pool)  # nothing is searched again
    assert silent.requests == []
    assert second == first, "a replay costs what it cost, and decides what it decided"


def test_a_run_that_was_cut_goes_on_where_it_was(name: str) -> None:
    whole = lived(name)
    for kept in range(len(whole.samples)):
        on = engine()
        pool = MemoryPool(on.info)
        for sample in whole.samples[:kept]:
            pool.put(sample)
        again = run_strategy(question(), make_strategy(name), on, pool, search=look_up)
        assert again.decision == whole.decision
        assert len(on.requests) == len(whole.samples) - kept


def test_completion_order_does_not_matter(name: str) -> None:
    class Backwards(ScriptedEngine):
        def sample(self, requests, on_token=None):  # type: ignore[no-untyped-def]
            return iter(list(super().sample(list(requests), on_token))[::-1])

    backwards = Backwards(lambda _, draw: REPLIES[draw % len(REPLIES)], form=FORM["form"])
    assert lived(name, backwards) == lived(name)


def test_every_token_is_charged(name: str) -> None:
    thought = lived(name)
    assert thought.cost.generated_tokens == sum(s.tokens for s in thought.samples)
    assert thought.cost.prompt_tokens > 0


@pytest.mark.parametrize("tokens", [1, 100, 230, 700, 100_000])
def test_a_budget_of_tokens_is_never_exceeded(name: str, tokens: int) -> None:
    thought = lived(name, budget=Budget(tokens=tokens))
    assert thought.cost.prompt_tokens + thought.cost.generated_tokens <= tokens
    if not thought.complete:
        assert make_strategy(name).decide(question(), thought.results) == thought.decision


def test_when_the_time_is_over_it_says_what_it_has(name: str) -> None:
    thought = lived(name, budget=Budget(seconds=0.0))
    assert not thought.complete
    assert any(s.finish == "cancelled" for s in thought.samples)
    assert thought.decision.winner is None
    assert thought.cost.generated_tokens == sum(s.tokens for s in thought.samples) > 0


def test_nothing_that_is_not_borne_out_ever_votes(name: str) -> None:
    decision = lived(name, engine(["", WRONG, "[invalid]", "9"])).decision
    assert decision.winner is None
    assert decision.votes == ()
    assert decision.share == 0


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(replies=st.lists(st.sampled_from(REPLIES), min_size=1, max_size=8), cut=st.integers(0, 40))
def test_any_samples_give_a_decision(name: str, replies: list[str], cut: int) -> None:
    thought = lived(name, engine(replies))
    decision = make_strategy(name).decide(question(), thought.results[:cut])
    for one in (decision, thought.decision):
        assert 0 <= one.share <= 1
        assert 0 <= one.confidence <= 1
        assert one.winner is None or "1.5" in one.winner.text


def test_a_base_model_is_shown_what_to_do_and_never_told(name: str) -> None:
    on = engine()
    lived(name, on)
    asked = [r for r in on.requests if isinstance(r, Draw)]
    for request in asked:
        *before, last = request.prompt.messages
        if FORM["form"] == "chat":
            assert "Passage:" not in last.content
            continue
        words = (last if last.role == "user" else before[-1]).content
        assert words.rstrip().endswith(":")
        assert "Write" not in words
        assert "step by step" not in words
        assert [m.role for m in before[:4]] == ["user", "assistant"] * 2
        assert "\nQuestion:" in request.params.stop


def test_a_single_draw_is_greedy_and_many_are_not() -> None:
    for name, greedy in (("direct", True), ("cot", True), ("direct@sc8", False)):
        requests = first_draws(make_strategy(name), question())
        assert (requests[0].params.temperature == 0) is greedy
        assert len({r.draw for r in requests}) == len(requests)


def test_ties_go_to_what_was_drawn_first() -> None:
    strategy = make_strategy("direct@verified4")
    requests = first_draws(strategy, question())
    texts = ["1.5 billion parameters", WRONG, WRONG, RIGHT]
    samples = [Sample(r, t, "stop", 5) for r, t in zip(requests, texts, strict=True)]
    decision = strategy.step(question(), samples)
    assert isinstance(decision, Decision)
    assert decision.winner is not None
    assert [vote.count for vote in decision.votes] == [2]
    assert decision.share == 0.5
