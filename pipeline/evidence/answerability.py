"""Do the notes answer the question? A number from 0 to 1, before any model is asked.

A logistic model of what was measured of the best candidate. Not used by `ask` yet: the weights are
those of a prototype. `python -m benchmarks.subjects --fit` fits them on questions about several
subjects, answerable and not, of the same length, and prints the rates on subjects left out. What
nearness means an answer is measured on the user's own notes, without labels (see
`pipeline.retrieval.calibration_run`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.evidence.asked import asks_figure, has_figure
from pipeline.evidence.select import Candidate

__all__ = ["FEATURES", "answerability", "features"]

FEATURES = ("margin", "coverage", "foreign", "figure", "no_figure")
_BIAS = -0.5
_WEIGHTS = {
    "margin": 1.0,  # nearness to the question above the level of these notes, in deviations
    "coverage": 2.3,
    "foreign": 1.5,  # in another language the same answer is less near
    "figure": -0.6,  # a figure is asked for: a near miss is easily found
    "no_figure": -1.8,  # and the candidate has none
}


def answerability(question: str, language: str, found: Sequence[Candidate]) -> float:
    """How sure it is that the first candidate answers; 0 without any."""
    if not found:
        return 0.0
    seen = features(question, language, found[0])
    total = _BIAS + sum(_WEIGHTS[name] * value for name, value in seen.items())
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


def features(question: str, language: str, best: Candidate) -> dict[str, float]:
    """What the model sees of the best candidate, by name."""
    figure = asks_figure(question)
    return {
        "margin": best.signal.margin or 0.0,
        "coverage": best.signal.coverage,
        "foreign": float(best.passage.language != language),
        "figure": float(figure),
        "no_figure": float(figure and not has_figure(best.text, question)),
    }
