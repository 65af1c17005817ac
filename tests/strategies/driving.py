"""A strategy driven by answers that are written down: draw i gives the i-th."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from pipeline.answering.loop import StrategyResult, run_strategy
from pipeline.engine import ScriptedEngine
from pipeline.evidence.reply_reading import FinalReader
from pipeline.pool import MemoryPool
from pipeline.strategies import Decision, Question, Strategy
from pipeline.types import Confidence, Sample

NUMBERS = Question("How many?", read=FinalReader("number"), id="q")
INVALID = ""


def scripted(
    answers: Sequence[str], sure: Sequence[float] | Callable[[str, int], Confidence] = ()
) -> ScriptedEngine:
    """Draw i answers `answers[i]`, as sure of it as `sure[i]`."""

    def confidence(_: str, draw: int) -> Confidence:
        assert not callable(sure)
        return Confidence(-1 / sure[draw], sure[draw], sure[draw], sure[draw])

    return ScriptedEngine(
        lambda _, draw: f"Answer: {answers[draw]}" if answers[draw] else INVALID,
        confidence=sure if callable(sure) else confidence if sure else None,
    )


def asked_whether_right(answers: Sequence[str], verdicts: Mapping[str, str]) -> ScriptedEngine:
    """As `scripted`, and says of a reply that holds a key whether it is right: "True" or "False"
    with the probability .8, "Tru" or "Fals" with .6."""

    def script(prompt: str, draw: int) -> str:
        if "True or False" not in prompt:
            return f"Answer: {answers[draw]}" if answers[draw] else INVALID
        reply = prompt.split("assistant: ")[-1]
        return next(verdict for key, verdict in verdicts.items() if key in reply)

    def confidence(text: str, _: int) -> Confidence:
        return Confidence(math.log(0.8 if text in ("True", "False") else 0.6), 1, 1, 1)

    return ScriptedEngine(script, confidence=confidence)


def drive(
    strategy: Strategy,
    answers: Sequence[str],
    sure: Sequence[float] | Callable[[str, int], Confidence] = (),
    question: Question = NUMBERS,
) -> StrategyResult:
    engine = scripted(answers, sure)
    return run_strategy(question, strategy, engine, MemoryPool(engine.info))


def first_stop(strategy: Strategy, samples: Sequence[Sample], question: Question = NUMBERS) -> int:
    """After how many draws it decides, when it is shown them one by one."""
    for seen in range(len(samples) + 1):
        if isinstance(strategy.step(question, samples[:seen]), Decision):
            return seen
    raise AssertionError("it never decides")


def said(decision: Decision) -> str | None:
    return decision.winner.text if decision.winner else None
