"""Do the notes say? A number from 0 to 1, before any model is asked.

A logistic model of what can be seen in the evidence, fitted on the shipped questions with as much
weight on those that the notes do not answer as on the others; `docs/answers.md` has its rates. It
is a scale, not a probability: 0.5 is where it was set to answer 85 of 100 that can be answered.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.answers.evidence import Evidence, Inquiry
from pipeline.answers.grounding import best_evidence, is_good
from pipeline.answers.terms import terms

__all__ = ["features", "sureness"]

_BIAS = -1.6
_WEIGHTS = {
    "good": 1.68,  # a sentence has the names, the kind of answer and half of what was asked
    "at_home": 0.1,  # and one of these is in the question's language
    "coverage": 0.96,
    "missing": -4.96,  # weight of the heaviest term that the sentence lacks
    "missing_around": 2.11,  # less so where the whole passage lacks it: the note is about others
    "figure": -1.67,  # a figure is asked for: a near one is easily found
    "terms": 4.19,  # tens of terms in the question: of many, some are always missing
}


def sureness(inquiry: Inquiry, evidence: Sequence[Evidence]) -> float:
    """How sure it is that the evidence holds the answer; 0 without any."""
    seen = features(inquiry, evidence)
    if not seen:
        return 0.0
    return 1 / (1 + math.exp(-_BIAS - sum(_WEIGHTS[name] * value for name, value in seen.items())))


def features(inquiry: Inquiry, evidence: Sequence[Evidence]) -> dict[str, float]:
    """What is seen in the evidence, by name; empty without any."""
    best = best_evidence(evidence)
    if best is None:
        return {}
    good = [one for one in evidence if is_good(one)]
    here = terms(best.text) | terms(best.passage.heading)
    around = here | terms(best.passage.text)
    lacking = [w for term, w in inquiry.weights.items() if term not in here]
    lacking_around = [w for term, w in inquiry.weights.items() if term not in around]
    return {
        "good": float(bool(good)),
        "at_home": float(any(one.at_home for one in good)),
        "coverage": best.coverage,
        "missing": max(lacking, default=0.0),
        "missing_around": max(lacking_around, default=0.0),
        "figure": float(inquiry.wanted.kind == "figure"),
        "terms": min(len(inquiry.weights), 12) / 10,
    }
