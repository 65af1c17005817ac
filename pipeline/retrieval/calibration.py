"""What each arm is worth on these notes, measured without labels.

A sentence is hidden from its passage and becomes a question: the arm that brings the rest of the
passage back is worth something. Headings ask for the passages under them. Each language is
measured apart, since an embedder may know only one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from pipeline.types import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["ArmWorth", "Calibration", "Probe", "make_probes", "weigh"]

LEAST = 12
"""Fewer questions than this calibrate nothing."""
_MOST = 200
_SHARE = 0.12
_WORDS = 14
_CANDIDATES = 40
_HALF = 0.5
_TRUSTED = ("words", "grams")
"""Two ways of cutting the same words: together they mend each other's mistakes, which a few dozen
hidden sentences are too few to show."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A question made from the notes. `target` is the passage meant; `also` are others that would
    be right; `rest` is the target's text without what the question says ("" for a heading)."""

    question: str
    language: str
    target: int
    also: tuple[int, ...] = ()
    hidden: str = ""
    rest: str = ""


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
    """How many passages there were when it was measured."""

    def to_json(self) -> dict[str, Any]:
        return {
            "weights": self.weights,
            "table": [worth.to_row() for worth in self.table],
            "passages": self.passages,
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
        )


def _order(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()


def make_probes(passages: Sequence[Passage], language: str) -> list[Probe]:
    """Questions of one language, the same for the same notes: hidden sentences (two a passage
    where it has five or more), and a quarter as many headings."""
    from pipeline.notes import sentences

    mine = [i for i, passage in enumerate(passages) if passage.language == language]
    limit = int(min(_MOST, max(40, _SHARE * len(mine))))
    probes: list[Probe] = []
    for i in sorted(mine, key=lambda i: _order(passages[i].id)):
        if len(probes) >= limit:
            break
        text = passages[i].text
        spans = [(a, b) for a, b in sentences(text, language) if _asks(text[a:b], language)]
        if len(spans) < 3:
            continue
        first = _order(passages[i].id)[0] % len(spans)
        chosen = [first]
        if len(spans) >= 5:
            chosen.append((first + len(spans) // 2) % len(spans))
        hidden = [text[slice(*spans[c])] for c in chosen]
        rest = text
        for c in sorted(chosen, reverse=True):
            rest = rest[: spans[c][0]] + " " + rest[spans[c][1] :]
        if len(rest.strip()) < 0.3 * len(text):
            continue
        together = "\n".join(hidden)
        probes.extend(
            Probe(_window(sentence), language, i, (), together, rest) for sentence in hidden
        )
    return probes + _heading_probes(passages, language, max(4, len(probes) // 3))


def _asks(sentence: str, language: str) -> bool:
    """Long enough to mean one thing, and prose."""
    letters = sum(c.isalpha() for c in sentence)
    least = 12 if language == "ko" else 25
    return letters >= least and letters > 0.6 * len(sentence) and len(sentence) < 600


def _window(sentence: str) -> str:
    """The middle words of a long sentence: people's questions are short."""
    words = sentence.split()
    start = max(0, (len(words) - _WORDS) // 2)
    return " ".join(words[start : start + _WORDS])


def _heading_probes(passages: Sequence[Passage], language: str, limit: int) -> list[Probe]:
    under: dict[str, list[int]] = {}
    for i, passage in enumerate(passages):
        if passage.headings and passage.language == language:
            under.setdefault(passage.headings[-1], []).append(i)
    usable = [
        heading
        for heading, found in under.items()
        if len(found) <= 8 and len(heading.split()) >= 2 and sum(c.isalpha() for c in heading) >= 5
    ]
    return [
        Probe(heading, language, under[heading][0], tuple(under[heading][1:]))
        for heading in sorted(usable, key=_order)[:limit]
    ]


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
    able = _able(arms, singles, scores[0].shape[1])
    weights = np.zeros(len(arms))
    weights[able] = choose_weights(
        table[:, :, able], [at for at, arm in enumerate(able) if arms[arm] in _TRUSTED]
    )
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


def _able(arms: Sequence[str], ranks: Sequence[Sequence[int]], passages: int) -> list[int]:
    """Arms that may be mixed: those that alone do at least half as much better than chance as the
    best does. A weaker one can look
    useful on hidden sentences, which resemble their passage in style, and harm people's questions,
    which do not. Headings are meant to say little alone, and that exactly."""
    chance = sum(1 / rank for rank in range(1, passages + 1)) / passages
    alone = [sum(1 / rank for rank in found) / len(found) - chance for found in ranks]
    bar = _HALF * max(alone)
    return [i for i, arm in enumerate(arms) if arm == "headings" or alone[i] >= bar]


def _worth(language: str, arm: str, ranks: NDArray[np.int64], weight: float) -> ArmWorth:
    import numpy as np

    recall = float((ranks == 1).mean())
    mrr = float(np.where(ranks <= 10, 1 / ranks, 0).mean())
    return ArmWorth(language, arm, len(ranks), round(recall, 4), round(mrr, 4), weight)
