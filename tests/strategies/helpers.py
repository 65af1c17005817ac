"""What tests of single strategies share: an arithmetic question, a run with scripted replies."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.answers.reading import FinalReader
from pipeline.engine import ScriptedEngine
from pipeline.pool import MemoryPool
from pipeline.strategies import Question, Strategy
from pipeline.think import Thought, think
from pipeline.types import Confidence, SampleParams, SampleRequest

__all__ = ["run", "sum_question"]

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
) -> tuple[Thought, list[SampleRequest]]:
    """The thought, and every request the engine got."""
    engine = ScriptedEngine(script, confidence=confidence)
    asked = question or sum_question()
    return think(asked, strategy, engine, MemoryPool(engine.info)), engine.requests
