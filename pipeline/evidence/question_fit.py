"""Do the notes say? A number from 0 to 1, before any model is asked.

A logistic model of what can be seen in the evidence, fitted on the shipped questions with as much
weight on those that the notes do not answer as on the others; `python -m benchmarks.sureness` fits
it again and prints its rates. It is a scale, not a probability: 0.5 is where it was set to answer
85 of 100 that can be answered.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from pipeline.evidence.gather import Evidence, Inquiry
from pipeline.evidence.verify import best_evidence, is_good
from pipeline.text.terms import terms

__all__ = ["features", "sureness"]

_BIAS = -2.6
_WEIGHTS = {
    "good": 1.32,  # a sentence has the names, the kind of answer and half of what was asked
    "names": 1.05,  # the sentence has every name that was asked about
    "coverage": 1.17,
    "missing": -5.23,  # weight of the heaviest term that the sentence lacks
    "missing_around": 2.39,  # less so where the whole passage lacks it: the note is about others
    "figure": -1.38,  # a figure is asked for: a near one is easily found
    "terms": 3.73,  # tens of terms in the question: of many, some are always missing
    "other": 14.2,  # two things are compared: the weight that a second sentence has of the rest
}
_COMPARES = re.compile(
    r"\bthan\b|\bor\b|\btimes\b|\bfactor\b|\bdifference\b|\bexceed|보다|몇 ?배|차이|어느 쪽", re.I
)


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
    here = terms(best.text) | terms(best.passage.heading)
    around = here | terms(best.passage.text)
    lacking = {term: weight for term, weight in inquiry.weights.items() if term not in here}
    return {
        "good": float(any(is_good(one) for one in evidence)),
        "names": float(best.names_all),
        "coverage": best.coverage,
        "missing": max(lacking.values(), default=0.0),
        "missing_around": max(
            (w for term, w in lacking.items() if term not in around), default=0.0
        ),
        "figure": float(inquiry.wanted.kind == "figure"),
        "terms": min(len(inquiry.weights), 12) / 10,
        "other": _other(lacking, evidence) if _COMPARES.search(inquiry.text) else 0.0,
    }


def _other(lacking: dict[str, float], evidence: Sequence[Evidence]) -> float:
    """The most weight of the terms lacking that another sentence has."""
    return max(
        sum(lacking.get(term, 0.0) for term in terms(one.text) | terms(one.passage.heading))
        for one in evidence
    )
