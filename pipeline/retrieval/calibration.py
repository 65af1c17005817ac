"""What each arm is worth on these notes, measured without labels (see `probes`).

The arm that brings the passage of a half hidden sentence back is worth something. Each language is
measured apart, since an embedder may know only one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.retrieval.probes import Probe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LEAST", "ArmWorth", "Calibration", "weigh"]

LEAST = 12
"""Fewer questions than this calibrate nothing."""
_CANDIDATES = 40
_ENOUGH = 0.6
"""Arms that alone do less than this share of what the best does above chance are not mixed in: one
can look useful on sentences of a passage, which resemble it in style, and harm people's questions,
which do not. Headings are meant to say little alone."""
_NEARLY = 0.7
"""Arms that do this much are mixed in unless that loses; a few dozen questions are too few for a
good arm to prove that it adds to another good one."""
_TRUSTED = ("words", "grams", "headings")
"""So are these, however they do alone: ways of cutting the same words, which mend each other's
mistakes, and what stands above them."""
_CROSSES = 0.5
_LEXICAL = {"words": 1.0, "grams": 0.3, "headings": 0.3, "dense": 0.0}
"""Weights where nothing could be measured: lexical search, which needs no language skill."""
_DENSE = {"words": 0.9, "grams": 0.0, "headings": 0.3}
_DENSE_SPREAD = 0.72
"""With a dense arm that can be relied on: those, and its scores scaled to this spread."""


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


@dataclass(frozen=True)
class Calibration:
    """Weights by language and arm, and the table they came from."""

    weights: dict[str, dict[str, float]] = field(default_factory=dict)
    table: tuple[ArmWorth, ...] = ()
    passages: int = 0
    """How many passages there were when it was measured,"""
    languages: dict[str, int] = field(default_factory=dict)
    """and how many of each language."""
    crossing: float = 0.0
    """How well the embedder finds an English word for a Korean one and back (MRR)."""
    spread: float = 0.0
    """The deviation of its scores between unrelated words; 0 without a dense arm."""

    @property
    def crosses(self) -> bool:
        """Whether the embedder finds a text by its meaning in the other language."""
        return self.crossing >= _CROSSES

    def weights_for(self, language: str) -> dict[str, float]:
        """The weight of each arm for questions of a language, measured or not; 0 is off.

        A language that was not measured gets the weights of the one that was, if the embedder
        crosses languages; else dense search is used where it can read most of the notes: English.
        """
        if language in self.weights:
            return self.weights[language]
        measured = max(self.weights, key=lambda name: self.languages.get(name, 0), default="")
        if measured and self.crosses:
            return {**_LEXICAL, **self.weights[measured]}
        readable = language == "en" and 2 * self.languages.get("en", 0) >= self.passages
        if self.spread > 0 and (readable or self.crosses):
            return {**_DENSE, "dense": _DENSE_SPREAD / self.spread}
        return _LEXICAL

    def to_json(self) -> dict[str, Any]:
        return {
            "weights": self.weights,
            "table": [worth.to_row() for worth in self.table],
            "passages": self.passages,
            "languages": self.languages,
            "crossing": self.crossing,
            "spread": self.spread,
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
            {lang: int(count) for lang, count in data.get("languages", {}).items()},
            float(data.get("crossing", 0.0)),
            float(data.get("spread", 0.0)),
        )


def weigh(
    probes: Sequence[Probe], arms: Sequence[str], scores: Sequence[NDArray[np.float32]]
) -> tuple[dict[str, float], list[ArmWorth]]:
    """Weights and table of one language. `scores[i]` is (arms, passages) for probe i, the target
    scored with the question's sentence hidden; NaN scores of an arm mean it was not asked."""
    import numpy as np

    from pipeline.retrieval.fusion import choose_weights, ranks_of

    rows = []
    singles: list[list[int]] = [[] for _ in arms]
    for probe, found in zip(probes, scores, strict=True):
        found = np.nan_to_num(found).astype(np.float64)
        found[:, list(probe.also)] = -np.inf
        for arm in range(len(arms)):
            mine = found[arm]
            ahead = int((mine > mine[probe.target]).sum())
            tied = int((mine == mine[probe.target]).sum()) - 1
            singles[arm].append(1 + ahead + tied // 2)
        best = np.argpartition(-found, min(_CANDIDATES, found.shape[1] - 1), axis=1)
        wanted = np.unique(best[:, :_CANDIDATES])
        barred = [probe.target, *probe.also]
        rows.append(found[:, [probe.target, *wanted[~np.isin(wanted, barred)]]].T)
    table = np.full((len(rows), max(len(row) for row in rows), len(arms)), np.nan)
    for i, row in enumerate(rows):
        table[i, : len(row)] = row
    alone = _alone(singles, scores[0].shape[1])
    top = max(alone)
    able = [i for i, arm in enumerate(arms) if arm == "headings" or alone[i] >= _ENOUGH * top]
    trusted = [at for at, i in enumerate(able) if arms[i] in _TRUSTED or alone[i] >= _NEARLY * top]
    weights = np.zeros(len(arms))
    weights[able] = choose_weights(table[:, :, able], trusted)
    utility = np.nan_to_num(table) @ weights
    utility[np.isnan(table[:, :, 0])] = -np.inf
    fused = ranks_of(utility)
    language = probes[0].language
    worths = [
        _worth(language, name, np.asarray(singles[i]), float(weights[i]))
        for i, name in enumerate(arms)
    ]
    worths.append(_worth(language, "fused", fused, 1.0))
    return {name: float(weights[i]) for i, name in enumerate(arms)}, worths


def _alone(ranks: Sequence[Sequence[int]], passages: int) -> list[float]:
    """Mean reciprocal rank of each arm, less what chance gives."""
    chance = sum(1 / rank for rank in range(1, passages + 1)) / passages
    return [sum(1 / rank for rank in found) / len(found) - chance for found in ranks]


def _worth(language: str, arm: str, ranks: NDArray[np.int64], weight: float) -> ArmWorth:
    import numpy as np

    recall = float((ranks == 1).mean())
    mrr = float(np.where(ranks <= 10, 1 / ranks, 0).mean())
    return ArmWorth(language, arm, len(ranks), round(recall, 4), round(mrr, 4), weight)
