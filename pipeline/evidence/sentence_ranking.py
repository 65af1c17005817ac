"""Ranks sentences, list items and table rows by how well they answer the question.

The chance that a unit is the one is modelled as a softmax over all units found of a weighted sum of
what was measured of each (a conditional logit). The weights were fitted on questions about five
subjects (asked of each subject's own notes, and of all of them in one folder), eight courses as
people wrote them, the shipped questions for development, and questions of KorQuAD; `python -m
benchmarks.subjects --fit --squad FILE --courses FOLDER ...` fits and prints them again, and what
they are worth on what was left out. `glossed` and `opens` are rare there: their weights rest on ten
and three questions and are kept as they were first fitted, the second drawn towards 0. Where the
index has no embedder for the question, what is left to go by is the words, with weights of their
own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pipeline.notes.passage_units import Unit
from pipeline.text.clauses import refers_back
from pipeline.types import Passage, Signal

__all__ = ["FEATURES", "WORDS_ONLY", "features", "score", "shown"]

FEATURES = {
    "standard": 0.38,  # nearness to the question, in deviations within its language
    "pair": 0.29,  # the same, together with the unit before
    "after": 0.33,  # and with the unit after
    "coverage": 2.61,  # share of the question's terms, by rarity in the notes
    "local": 2.75,  # the same, by rarity in what was found; sentences before it count, too
    "first": 2.36,  # what the first unit of its passage adds to the share
    "behind": -0.03,  # how far its passage is behind the best one
    "row": 0.21,
    "item": -0.33,
    "lead": 1.08,  # it stands for the whole list under it
    "length": 0.29,  # characters, natural logarithm
    "fits": 1.42,  # it holds the kind of answer wanted
    "names": 0.68,  # it has every name in the question
    "glossed": 2.39,  # it says of what was asked, and nothing else, what it is: "Osmosis: ..."
    "opens": 1.5,  # it is the first under a heading that is all that is asked about
}
WORDS_ONLY = {
    "coverage": 7.86,
    "behind": -0.13,
    "row": -0.20,
    "item": -0.59,
    "lead": 0.31,
    "length": 0.18,
    "fits": 0.90,
    "names": 1.06,
}


def score(seen: Mapping[str, float], near: bool) -> float:
    """How much speaks for a unit, as a logarithm, by what `features` says of it. `near`: its
    nearness to the question was measured."""
    weights = FEATURES if near else WORDS_ONLY
    return sum(weight * seen[name] for name, weight in weights.items())


def features(
    unit: Unit,
    signal: Signal,
    behind: float,
    fits: float,
    names: bool,
    glossed: bool = False,
    opens: float = 0.0,
    words: float = 1.0,
) -> dict[str, float]:
    """What the model sees of a unit, by name.

    `behind` is how far the score of its passage is behind that of the best one, `fits` (0 to 1) how
    well it holds the kind of answer wanted, `names` whether it has every name in the question,
    `glossed` whether what stands before its colon or dash is in the question as a whole, `opens`
    is 1 for the first sentence under a heading that is all that the question asks about, `words`
    the largest share of the question's terms that a unit found has: the more the notes use its
    words, the more those in a unit say.
    """
    return {
        "glossed": float(glossed),
        "opens": opens,
        "fits": fits,
        "names": float(names),
        "standard": signal.standard or 0.0,
        "pair": signal.pair or 0.0,
        "after": (signal.standard or 0.0) if signal.after is None else signal.after,
        "coverage": signal.coverage,
        "local": words * (signal.coverage if signal.local is None else signal.local),
        "first": words * signal.first,
        "behind": behind,
        "row": float(unit.kind == "row"),
        "item": float(unit.kind == "item"),
        "lead": float(unit.kind == "lead"),
        "length": math.log(max(unit.end - unit.start, 5)),
    }


def shown(
    passage: Passage, units: Sequence[Unit], signals: Sequence[Signal], at: int
) -> tuple[int, int]:
    """What is quoted of the passage for a unit: of a `lead` the whole list, of a sentence also the
    one before or after it where the two together are nearer to the question than it is alone.
    Without an embedder the one before is taken along where a sentence refers back to it."""
    unit, alone = units[at], signals[at].standard
    if unit.kind != "sentence":
        return unit.start, max(unit.end, unit.until)
    if alone is None:
        back = _neighbours(units, at) and refers_back(passage.text, unit.start)
        return (units[at - 1].start if back else unit.start), unit.end
    after, before = _together(units, signals, at + 1), _together(units, signals, at)
    if max(after, before) < alone:
        return unit.start, unit.end
    if after >= before:
        return unit.start, units[at + 1].end
    return units[at - 1].start, unit.end


def _together(units: Sequence[Unit], signals: Sequence[Signal], at: int) -> float:
    """How near a sentence and the one before it are as one; -inf where they are not neighbours."""
    pair = signals[at].pair if _neighbours(units, at) else None
    return -math.inf if pair is None else pair


def _neighbours(units: Sequence[Unit], at: int) -> bool:
    if not 0 < at < len(units):
        return False
    first, second = units[at - 1], units[at]
    return first.line == second.line and first.kind == second.kind == "sentence"
