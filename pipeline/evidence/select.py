"""Which sentence, list or table row of the passages found answers the question?

The chance that a unit is the one is modelled as a softmax over all units found of a weighted sum of
what was measured of each (a conditional logit). Not used by `ask` yet: the weights are those of a
prototype. `python -m benchmarks.subjects --fit` fits them and prints what they are worth on
subjects that were left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.notes.units import Unit, answering_units
from pipeline.types import Hit, Passage, Signal

__all__ = ["FEATURES", "Candidate", "candidates", "features"]

FEATURES = ("standard", "pair", "coverage", "behind", "row", "item", "lead", "length")
_WEIGHTS = {
    "standard": 0.57,  # nearness to the question, in deviations within its language
    "pair": 0.42,  # the same, together with the unit before
    "coverage": 5.26,  # share of the question's terms, by rarity
    "behind": -0.05,  # how far its passage is behind the best one
    "row": 0.0,
    "item": -0.3,
    "lead": 0.87,  # it stands for the whole list under it
    "length": 0.11,  # characters, natural logarithm
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may answer, with what was measured of it. `passage.text[start:end]` is what is
    shown: of a `lead` the whole list, of a sentence also the one before or after it where the two
    together are nearer to the question than it is alone."""

    passage: Passage
    unit: Unit
    signal: Signal
    score: float
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """The units of the hits that may answer, the best first. Hits whose signals were not measured
    bring none."""
    best = max((hit.score for hit in hits), default=0.0)
    found = []
    for hit in hits:
        units = answering_units(hit.passage) if hit.signals else ()
        for at, (unit, signal) in enumerate(zip(units, hit.signals, strict=bool(units))):
            if not unit.answers:
                continue
            seen = features(unit, signal, best - hit.score)
            score = sum(_WEIGHTS[name] * value for name, value in seen.items())
            start, end = _shown(units, hit.signals, at)
            found.append(Candidate(hit.passage, unit, signal, score, start, end))
    return sorted(found, key=lambda one: -one.score)


def features(unit: Unit, signal: Signal, behind: float) -> dict[str, float]:
    """What the model sees of a unit, by name. `behind` is how far the score of its passage is
    behind that of the best one."""
    return {
        "standard": signal.standard or 0.0,
        "pair": signal.pair or 0.0,
        "coverage": signal.coverage,
        "behind": behind,
        "row": float(unit.kind == "row"),
        "item": float(unit.kind == "item"),
        "lead": float(unit.kind == "lead"),
        "length": math.log(max(unit.end - unit.start, 5)),
    }


def _shown(units: Sequence[Unit], signals: Sequence[Signal], at: int) -> tuple[int, int]:
    unit, alone = units[at], signals[at].standard
    if unit.kind != "sentence" or alone is None:
        return unit.start, max(unit.end, unit.until)
    after = _together(units, signals, at + 1)
    before = _together(units, signals, at)
    if max(after, before) < alone:
        return unit.start, unit.end
    if after >= before:
        return unit.start, units[at + 1].end
    return units[at - 1].start, unit.end


def _together(units: Sequence[Unit], signals: Sequence[Signal], at: int) -> float:
    """How near a sentence and the one before it are as one; -inf where they are not neighbours."""
    if not 0 < at < len(units):
        return -math.inf
    first, second = units[at - 1], units[at]
    pair = signals[at].pair
    same = first.line == second.line and first.kind == second.kind == "sentence"
    return pair if same and pair is not None else -math.inf
