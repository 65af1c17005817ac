"""Estimates whether the notes answer the question, from 0 to 1, before any model is asked.

A logistic model of what was measured of the best sentence. Fitted, like
`pipeline.evidence.sentence_ranking`, on questions about five subjects, the shipped ones for
development and KorQuAD. Those that the notes
do not answer (near misses as long as the others, those whose article was taken away, and half as
much on questions about other subjects) weigh as much as those they do. It is a scale, not a
probability: 0.5 is where it was set to answer 87 of 100 that can be answered, on subjects left out.
`python -m benchmarks.subjects --fit --squad FILE` prints the weights and the curve.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.evidence.gather import Evidence, Inquiry

__all__ = ["BIAS", "FEATURES", "WORDS_ONLY", "WORDS_ONLY_BIAS", "answerability", "features"]

FEATURES = {
    "margin": 0.87,  # nearness to the question above the level of these notes, in deviations
    "pair": 0.09,  # nearness, with the sentence before, above that of the notes as a whole
    "nearest": 0.45,  # that of the nearest sentence found, which need not be the first
    "coverage": 2.42,  # share of the question's terms, by rarity
    "first": 7.01,  # what the first sentence of its passage adds to that
    "known": 0.41,  # share of them that the notes have at all
    "foreign": 2.13,  # in another language the same answer is less near
    "figure": -0.73,  # a figure is asked for: a near miss is easily found
    "name": 0.69,  # a name is asked for
    "fits": 2.05,  # it holds the kind of answer wanted
    "opens": 1.0,  # a section is headed by all that is asked about; too rare to be fitted
}
BIAS = -4.40
WORDS_ONLY = {"coverage": 2.6, "known": 0.0, "foreign": 0.18, "figure": 0.21, "fits": 2.06}
WORDS_ONLY_BIAS = -2.73


def answerability(inquiry: Inquiry, evidence: Sequence[Evidence]) -> float:
    """How sure it is that the first of the evidence answers; 0 without any."""
    if not evidence:
        return 0.0
    seen = features(inquiry, evidence)
    near = evidence[0].signal.margin is not None
    weights, bias = (FEATURES, BIAS) if near else (WORDS_ONLY, WORDS_ONLY_BIAS)
    total = bias + sum(weight * seen[name] for name, weight in weights.items())
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


def features(inquiry: Inquiry, evidence: Sequence[Evidence]) -> dict[str, float]:
    """What the model sees of the first of the evidence, by name."""
    best = evidence[0]
    return {
        "margin": best.signal.margin or 0.0,
        "pair": best.signal.pair or 0.0,
        "nearest": max(one.signal.standard or 0.0 for one in evidence),
        "coverage": best.signal.coverage,
        "first": best.signal.first,
        "known": best.signal.known,
        "foreign": float(not best.at_home),
        "figure": float(inquiry.wanted.kind == "figure"),
        "name": float(inquiry.wanted.kind == "name"),
        "fits": best.fits,
        "opens": best.opens,
    }
