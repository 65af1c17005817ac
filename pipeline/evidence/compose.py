"""Answers of more than one sentence, each of them quoted: summaries, comparisons, explanations.

Nothing is written by a model here: which sentences, and in what order, is decided by the signals of
`pipeline.evidence.gather` and `pipeline.retrieval.outline`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.evidence.gather import Evidence
from pipeline.notes.units import answering_units
from pipeline.text.terms import terms
from pipeline.types import Hit

__all__ = [
    "Part",
    "compare",
    "digest",
    "explained",
    "outlined",
    "sides_known",
    "whole_list",
    "widened",
]

_MOST_CHARACTERS = 420
_APART = 2.0
"""A sentence this far behind the best one, as a logarithm, does not belong to a digest."""
_COVERED = 0.5
_CONSIDERED = 8
"""Sentences that vote for the passage to explain from."""


@dataclass(frozen=True, slots=True)
class Part:
    """One quoted sentence of an answer, and what it is about ("" where it says so itself)."""

    evidence: Evidence
    label: str = ""


def outlined(hits: Sequence[Hit]) -> tuple[Part, ...]:
    """The parts of an outline: of every hit the most central sentence, under its heading, or its
    note's name where all notes are outlined."""
    parts = []
    for hit in hits:
        units = answering_units(hit.passage)
        central = max(range(len(units)), key=lambda at: hit.signals[at].standard or 0.0)
        unit, signal = units[central], hit.signals[central]
        evidence = Evidence(
            hit.passage, unit, unit.start, max(unit.end, unit.until), signal, hit.score
        )
        headings = hit.passage.headings
        label = headings[-1] if headings and hit.score else hit.passage.source
        parts.append(Part(evidence, label))
    return tuple(parts)


def digest(evidence: Sequence[Evidence], most: int = 5) -> tuple[Part, ...]:
    """The best sentence of each passage, the best passages alone, in the order of the notes."""
    chosen: dict[str, Evidence] = {}
    for one in evidence:
        if len(chosen) < most and one.score >= evidence[0].score - _APART:
            chosen.setdefault(one.passage.id, one)
    ordered = sorted(chosen.values(), key=lambda one: (one.passage.source, one.passage.id))
    return tuple(Part(one, one.passage.headings[-1] if one.passage.headings else "")
                 for one in ordered)  # fmt: skip


def sides_known(
    pairs: Sequence[tuple[str, str]], evidence: Sequence[Evidence]
) -> tuple[str, str] | None:
    """The pair that the passages found know best: most of its terms stand there, on both sides."""
    found = [_terms_of(one) for one in evidence]

    def known(side: str) -> float:
        wanted = terms(side)
        seen = max((len(wanted & here) for here in found), default=0)
        return seen - 0.75 * (len(wanted) - seen) if wanted else -1.0

    scored = [(min(known(a), known(b)), known(a) + known(b), (a, b)) for a, b in pairs]
    least, _, best = max(scored, default=(0.0, 0.0, ("", "")))
    return best if least > 0 else None


def compare(
    pair: tuple[str, str], evidence: Sequence[Evidence], alone: Sequence[Sequence[Evidence]]
) -> tuple[Part, ...]:
    """What says how two things differ, then what says most of each. Empty where one of the two is
    not spoken of. `alone` is what was found for each of the two by itself."""
    left, right = (terms(side) for side in pair)
    parts: list[Part] = []
    if min(_share(left, evidence[0]), _share(right, evidence[0])) >= _COVERED:
        parts.append(Part(evidence[0]))
    for mine, other, found, label in (
        (left, right - left, alone[0], pair[0]),
        (right, left - right, alone[1], pair[1]),
    ):
        ranked = [
            (one.score + 2 * _share(mine, one) - 2 * _share(other, one), -at, one)
            for at, one in enumerate(found)
            if _share(mine, one) >= _COVERED and not _said(one, parts)
        ]
        if ranked:
            parts.append(Part(max(ranked, key=lambda row: row[:2])[2], label))
        elif not any(_share(mine, part.evidence) >= _COVERED for part in parts):
            return ()
    return tuple(parts)


def _said(one: Evidence, parts: Sequence[Part]) -> bool:
    """Part of it is quoted already."""
    return any(
        one.passage.id == part.evidence.passage.id
        and one.start < part.evidence.end
        and part.evidence.start < one.end
        for part in parts
    )


def explained(evidence: Sequence[Evidence], most: int = 3) -> tuple[Part, ...]:
    """The best sentences of the passage that the best ones stand in, in their order."""
    worth: dict[str, float] = {}
    for one in evidence[:_CONSIDERED]:
        worth[one.passage.id] = worth.get(one.passage.id, 0.0) + math.exp(
            one.score - evidence[0].score
        )
    passage = max(worth, key=lambda name: worth[name])
    best = [one for one in evidence if one.passage.id == passage and one.unit.kind == "sentence"]
    chosen: list[Part] = []
    for one in best:
        if len(chosen) < most and not _said(one, chosen):
            chosen.append(Part(one))
    return tuple(sorted(chosen, key=lambda part: part.evidence.start))


def whole_list(evidence: Evidence) -> Evidence:
    """A list item as the list that it belongs to; anything else as it is."""
    if evidence.unit.kind != "item":
        return evidence
    units = answering_units(evidence.passage)
    first = last = next(at for at, one in enumerate(units) if one.start == evidence.unit.start)
    while first and units[first - 1].kind == "item":
        first -= 1
    while last + 1 < len(units) and units[last + 1].kind == "item":
        last += 1
    return replace(evidence, start=units[first].start, end=units[last].end)


def widened(evidence: Evidence, sentences: int = 3) -> Evidence:
    """A sentence together with those that follow it in its paragraph."""
    units = answering_units(evidence.passage)
    end, count = evidence.end, 1
    for unit in units:
        if unit.start < end:
            continue
        between = evidence.passage.text[end : unit.start]
        if (
            count >= sentences
            or unit.kind != "sentence"
            or evidence.unit.kind != "sentence"
            or "\n" in between
            or unit.end - evidence.start > _MOST_CHARACTERS
        ):
            break
        end, count = unit.end, count + 1
    return replace(evidence, end=end)


def _terms_of(evidence: Evidence) -> frozenset[str]:
    return frozenset(terms(f"{evidence.passage.heading}\n{evidence.unit.context}\n{evidence.text}"))


def _share(wanted: frozenset[str] | set[str], evidence: Evidence) -> float:
    return len(wanted & _terms_of(evidence)) / len(wanted) if wanted else 0.0
