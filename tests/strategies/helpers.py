"""What tests of single strategies share: an arithmetic question, a run with scripted replies."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.answering.loop import StrategyResult, run_strategy
from pipeline.answering.requests import Searcher
from pipeline.engine import ScriptedEngine
from pipeline.evidence.reply_reading import FinalReader
from pipeline.pool import MemoryPool
from pipeline.strategies import Question, Strategy
from pipeline.types import Confidence, Draw, SampleParams

__all__ = ["draws_of", "first_draws", "run", "sum_question"]

Script = Callable[[str, int], str]


def sum_question(**fields: object) -> Question:
    """What is 3 + 5 + 9? Answered with a number, closed book."""
    given = {"kind": "number", "id": "q", "params": SampleParams(max_tokens=0), **fields}
    return Question("What is 3 + 5 + 9?", "en", FinalReader("number", "en"), **given)  # type: ignore[arg-type]


def run(
    strategy: Strategy,
    script: Script,
    question: Question | None = None,
    confidence: Callable[[str, int], Confidence] | None = None,
    search: Searcher | None = None,
) -> tuple[StrategyResult, list[Draw]]:
    """The thought, and every request the engine got."""
    engine = ScriptedEngine(script, confidence=confidence)
    asked = question or sum_question()
    pool = MemoryPool(engine.info)
    return run_strategy(asked, strategy, engine, pool, search=search), engine.requests


def draws_of(step: object) -> list[Draw]:
    """A step of a strategy that asks for draws alone."""
    assert isinstance(step, list)
    draws = [request for request in step if isinstance(request, Draw)]
    assert draws == step
    return draws


def first_draws(strategy: Strategy, question: Question) -> list[Draw]:
    """What a strategy asks for first."""
    return draws_of(strategy.step(question, []))
