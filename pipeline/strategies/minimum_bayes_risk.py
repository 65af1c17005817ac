"""Minimum Bayes risk (arXiv 2410.02902): the reply that agrees best with all the others.

For answers in words, where hardly two are written alike. Agreement is counted; no model is asked.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.choosing import choose
from pipeline.strategies.common.prompt_method import PromptMethod

__all__ = ["MinimumBayesRisk", "agreement", "overlap", "units"]


@dataclass(frozen=True, slots=True)
class MinimumBayesRisk(Strategy):
    """`draws` replies; the one with the highest mean F1 against all of them, itself included and a
    reply without an answer counted as 0: that is its confidence. Of equals the answer given more
    often wins, then the first drawn."""

    name: str
    prompt_method: PromptMethod
    draws: int = 8

    def plan(self, question: Question) -> Plan:
        samples = yield self.prompt_method.draw(question, 0, self.draws)
        readings = [self.prompt_method.read(question, sample) for sample in samples]
        bags = [Counter(units(reading.text)) if reading else None for reading in readings]
        return choose(question, readings, agreement(bags))


def agreement(bags: Sequence[Counter[str] | None]) -> list[float]:
    """The mean F1 of each against all, 0 for and against None."""
    valid = [bag for bag in bags if bag is not None]
    return [
        math.fsum(overlap(bag, other) for other in valid) / len(bags) if bag is not None else 0.0
        for bag in bags
    ]


_UNIT = re.compile(r"\d+(?:[.,]\d+)*|[가-힣ㄱ-ㅎㅏ-ㅣ]|[^\W\d_가-힣ㄱ-ㅎㅏ-ㅣ]+")


def units(text: str) -> list[str]:
    """What is compared: numbers and words in lower case, and Hangul by syllable, so that particles
    and spacing cost little and no dictionary is needed."""
    text = unicodedata.normalize("NFC", text).casefold()
    return [unit.replace(",", "") for unit in _UNIT.findall(text)]


def overlap(one: Counter[str], other: Counter[str]) -> float:
    """F1 of two bags of units: 1 for equal ones, 0 where they share nothing."""
    total = one.total() + other.total()
    if not total:
        return 1.0
    return 2 * (one & other).total() / total
