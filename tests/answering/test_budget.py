"""A budget of seconds among many questions: what was measured counts, not the clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answering.loop import Budget, run, run_strategy, strategy_course
from pipeline.engine import ScriptedEngine
from pipeline.evidence.reply_reading import FinalReader
from pipeline.pool import MemoryPool
from pipeline.strategies import Question, make_strategy
from pipeline.types import Cost, Sample, SampleParams

QUESTION = Question(
    "How many?", "en", FinalReader("number", "en"), kind="number",
    params=SampleParams(max_tokens=20), id="q",
)  # fmt: skip


class Timed(ScriptedEngine):
    """Draw i takes seconds[i]."""

    def __init__(self, seconds: list[float]) -> None:
        super().__init__(lambda prompt, draw: "Answer: 4")
        self.seconds = seconds

    def sample(self, *arguments: Any, **options: Any) -> Any:
        for sample in super().sample(*arguments, **options):
            took = self.seconds[sample.request.draw]
            yield replace(sample, cost=replace(sample.cost, seconds=took))


@given(
    st.lists(st.floats(0.01, 3), min_size=8, max_size=8),
    st.floats(0.01, 12),
    st.floats(0, 2),
)
def test_results_count_up_to_the_first_that_ends_later(
    seconds: list[float], limit: float, spent: float
) -> None:
    engine = Timed(seconds)
    course = strategy_course(
        QUESTION, make_strategy("cot@sc8"), Budget(seconds=limit), engine.count,
        Cost(seconds=spent),
    )  # fmt: skip
    thought = run(course, lambda: engine, pool=MemoryPool(engine.info))
    wanted = 0
    while wanted < 8 and spent + sum(seconds[: wanted + 1]) <= limit + 1e-9:
        wanted += 1
    assert len(thought.samples) in (wanted, max(0, wanted - 1))  # at the limit, to a rounding
    assert [s.request.draw for s in thought.samples] == list(range(len(thought.samples)))
    assert thought.cost.seconds <= max(limit, spent) + 1e-9
    assert thought.complete == (len(thought.samples) == 8)
    assert (thought.decision.winner is not None) == bool(thought.samples)


def test_one_question_keeps_to_the_clock() -> None:
    """What draws are said to have taken does not matter there: it may have been elsewhere."""
    engine = Timed([9.0] * 8)
    thought = run_strategy(QUESTION, make_strategy("cot@sc8"), engine, budget=Budget(seconds=60))
    assert len(thought.samples) == 8
    assert isinstance(thought.samples[0], Sample)
    assert thought.cost.seconds == pytest.approx(72)
