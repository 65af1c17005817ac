"""Measures without labels what each arm is worth on these notes (see `probes`).

The lexical arms always have the same weights. How much the dense arm weighs beside them is
measured, for each language apart, since an embedder may know only one: as much as it finds of what
the best lexical arm finds, squared, and nothing where that is little. An embedder of many languages
is never off: only it finds a note in the other language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.retrieval.probes import Probe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "LEAST",
    "ArmWorth",
    "Calibration",
    "NearnessLevel",
    "measure_level",
    "ranks_of",
    "weigh",
]

LEAST = 12
"""Fewer questions than this calibrate nothing."""
_LEXICAL = {"words": 1.0, "grams": 0.3, "headings": 0.3}
_DENSE = 3.0
"""The weight, for scores in deviations, of a dense arm that finds as much as the best lexical arm.
On held-out questions these weights find as much as weights fitted to each set of notes did."""
_ENOUGH = 0.6
"""A dense arm that does less than this share of what the best lexical arm does above chance knows
the language badly: it can look useful on sentences of a passage, which resemble it in style, and
harm people's questions, which do not."""
_FLOOR = 1.5
"""The least weight of an embedder that knows both languages."""
_CROSSES = 0.5
_KNOWN = 60
"""What is known of an embedder counts as much as so many questions made of the notes. Questions
made of the notes alone are too near to them: with their level as it was measured, 61 of 100
questions that the shipped notes answer were answered where 85 were meant to be, with this 72, and
those that are answered were told less well from those that are not (.845 to .856 on subjects left
out)."""


@dataclass(frozen=True, slots=True)
class ArmWorth:
    """One row of the table. `weight` 0 is off."""

    language: str
    arm: str
    questions: int
    recall: float
    mrr: float
    weight: float

    def to_row(self) -> list[Any]:
        return [self.language, self.arm, self.questions, self.recall, self.mrr, self.weight]


@dataclass(frozen=True, slots=True)
class NearnessLevel:
    """How near the questions made of the notes are to the passage they were made of (`middle` is
    where as many of them are nearer as of those whose passage was taken away are farther). `right`
    is the share that is told right there, of each kind."""

    questions: int
    middle: float
    spread: float
    right: float


def measure_level(there: Sequence[float], gone: Sequence[float]) -> NearnessLevel:
    """`there` is how near each question is to the nearest of all sentences, `gone` to the nearest
    of those in other passages."""
    import numpy as np

    with_it, without = np.asarray(there), np.asarray(gone)
    spreads = max(float(with_it.std()), 1e-3), max(float(without.std()), 1e-3)
    middle = float((with_it.mean() * spreads[1] + without.mean() * spreads[0]) / sum(spreads))
    right = min((with_it >= middle).mean(), (without < middle).mean())
    return NearnessLevel(len(with_it), middle, sum(spreads) / 2, round(float(right), 4))


@dataclass(frozen=True)
class Calibration:
    """Weights by language and arm, and the table they came from."""

    weights: dict[str, dict[str, float]] = field(default_factory=dict)
    table: tuple[ArmWorth, ...] = ()
    passages: int = 0
    """How many passages there were when it was measured,"""
    languages: dict[str, int] = field(default_factory=dict)
    """and how many of each language."""
    crossing: float | None = None
    """How well the embedder finds an English word for a Korean one and back (MRR); None without a
    dense arm."""

    levels: dict[str, NearnessLevel] = field(default_factory=dict)
    """How near a question of a language is to what answers it, where it was measured."""

    @property
    def crosses(self) -> bool:
        """Whether the embedder finds a text by its meaning in the other language."""
        return (self.crossing or 0.0) >= _CROSSES

    def weights_for(self, language: str) -> dict[str, float]:
        """The weight of each arm for questions of a language, measured or not; 0 is off.

        In a language that was not measured the dense arm is used where the embedder knows it: one
        that crosses languages always, any other for English over notes most of which are English.
        """
        if language in self.weights:
            return self.weights[language]
        readable = language == "en" and 2 * self.languages.get("en", 0) >= self.passages
        known = self.crosses or (readable and self.crossing is not None)
        return {**_LEXICAL, "dense": _DENSE if known else 0.0}

    def level(
        self, language: str, known: Mapping[str, tuple[float, float]] | None = None
    ) -> tuple[float, float] | None:
        """The nearness at which notes answer a question of a language as likely as not, and what it
        varies by.

        What was measured on these notes is drawn towards what is `known` of the embedder on other
        notes, the more so the fewer questions were made of them. Where neither is there for this
        language, it is what was measured of the other.
        """
        measured, usual = self.levels.get(language), (known or {}).get(language)
        if measured is None or usual is None:
            if usual is not None or not self.levels:
                return usual
            measured = measured or next(iter(self.levels.values()))
            return measured.middle, measured.spread
        share = measured.questions / (measured.questions + _KNOWN)
        middle = share * measured.middle + (1 - share) * usual[0]
        return middle, share * measured.spread + (1 - share) * usual[1]

    def to_json(self) -> dict[str, Any]:
        return {
            "levels": {lang: asdict(level) for lang, level in self.levels.items()},
            "weights": self.weights,
            "table": [worth.to_row() for worth in self.table],
            "passages": self.passages,
            "languages": self.languages,
            "crossing": self.crossing,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Calibration:
        return cls(
            {
                lang: {arm: float(w) for arm, w in arms.items()}
                for lang, arms in data["weights"].items()
            },
            tuple(ArmWorth(*row) for row in data["table"]),
            int(data["passages"]),
            {lang: int(count) for lang, count in data["languages"].items()},
            None if data["crossing"] is None else float(data["crossing"]),
            {lang: NearnessLevel(**facts) for lang, facts in data["levels"].items()},
        )


def weigh(
    probes: Sequence[Probe],
    arms: Sequence[str],
    scores: Sequence[NDArray[np.float32]],
    crosses: bool = False,
) -> tuple[dict[str, float], list[ArmWorth]]:
    """Weights and table of one language. `scores[i]` is (arms, passages) for probe i, the target
    scored with the question's sentence hidden. `crosses`: the embedder knows both languages."""
    import numpy as np

    ranks = {arm: ranks_of(probes, [table[i] for table in scores]) for i, arm in enumerate(arms)}
    weights = {arm: _LEXICAL[arm] for arm in arms if arm in _LEXICAL}
    if "dense" in arms:
        weights["dense"] = _dense_weight(ranks, scores[0].shape[1], crosses)
    shares = np.asarray([weights[arm] for arm in arms], np.float32)
    ranks["fused"] = ranks_of(probes, [shares @ table for table in scores])
    language = probes[0].language
    rows = [_worth(language, arm, ranks[arm], weights.get(arm, 1.0)) for arm in (*arms, "fused")]
    return weights, rows


def ranks_of(probes: Sequence[Probe], scores: Sequence[NDArray[np.float32]]) -> NDArray[np.int64]:
    """The rank (from 1) of each probe's passage by the scores of all passages, other right ones
    left out. Ties count half."""
    import numpy as np

    found = []
    for probe, row in zip(probes, scores, strict=True):
        mine = row[probe.target]
        others = np.delete(row, [probe.target, *probe.also])
        found.append(1 + int((others > mine).sum()) + int((others == mine).sum()) // 2)
    return np.asarray(found, np.int64)


def _dense_weight(ranks: Mapping[str, NDArray[np.int64]], passages: int, crosses: bool) -> float:
    chance = sum(1 / rank for rank in range(1, passages + 1)) / passages
    alone = {arm: float((1 / found).mean()) - chance for arm, found in ranks.items()}
    best = max((worth for arm, worth in alone.items() if arm != "dense"), default=0.0)
    share = min(1.0, max(0.0, alone["dense"]) / best) if best > 0 else 1.0
    weight = _DENSE * share * share if share >= _ENOUGH else 0.0
    return round(max(weight, _FLOOR) if crosses else weight, 4)


def _worth(language: str, arm: str, ranks: NDArray[np.int64], weight: float) -> ArmWorth:
    import numpy as np

    recall = float((ranks == 1).mean())
    mrr = float(np.where(ranks <= 10, 1 / ranks, 0).mean())
    return ArmWorth(language, arm, len(ranks), round(recall, 4), round(mrr, 4), weight)
