"""Answers of more than one sentence, each of them quoted: summaries, comparisons, explanations.

Nothing is written by a model here: which sentences, and in what order, is decided by the signals of
`pipeline.evidence.gather` and `pipeline.retrieval.outline`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.evidence.gather import Evidence
from pipeline.notes.units import Unit, answering_units
from pipeline.text.statements import states
from pipeline.text.terms import terms
from pipeline.types import Hit, Passage

__all__ = [
    "Part",
    "best_list",
    "bridged",
    "compare",
    "completed",
    "decided",
    "digest",
    "everything",
    "explained",
    "outlined",
    "sections_below",
    "sides_known",
    "spoken_at",
    "unsaid",
    "whole_list",
    "widened",
]

_MOST_CHARACTERS = 420
_SECTIONS = 3
"""Fewer are no list."""
_APART = 2.0
"""A sentence this far behind the best one, as a logarithm, does not belong to a digest."""
_COVERED = 0.5
_NEAR_DECISION = 0.25
_DECISIONS_APART = 1.0
_CLEARLY = 0.3
"""What speaks for a sentence, beside reading like a decision; and how far behind the best one it
may be where a question names what was decided about."""
_UNSAID = 0.5
_BRIDGED = 0.5
"""Shares of a question's terms: left unsaid by the first sentence, and of these said by another."""
_RARE = 3
_STATED = 0.1
"""What speaks for a decision or a task in the summary of a transcript, as a cosine."""
_SHORTEST = 20
"""Characters of a sentence that says something by itself."""
_EACH = 3
"""Sentences that are quoted at most of one part of an outline."""


@dataclass(frozen=True, slots=True)
class Part:
    """One quoted sentence of an answer, and what it is about ("" where it says so itself). `lines`:
    a formula, listing or list, whose line breaks are kept."""

    evidence: Evidence
    label: str = ""
    lines: bool = False


def outlined(hits: Sequence[Hit], least: int = 6) -> tuple[Part, ...]:
    """The parts of an outline: of every hit the most central sentence, under its heading, or its
    note's name where all notes are outlined. Of few hits more sentences, so that there are about
    `least` in all."""
    parts: list[Part] = []
    each = max(1, min(_EACH, round(least / max(1, len(hits)))))
    for hit in hits:
        units = answering_units(hit.passage)
        worth = [
            (signal.standard or 0.0) + _STATED * _stated(hit.passage, unit)
            for unit, signal in zip(units, hit.signals, strict=True)
        ]
        able = [at for at, value in enumerate(worth) if value > -math.inf]
        headings = hit.passage.headings
        label = headings[-1] if headings and hit.score else hit.passage.source
        for at in sorted(sorted(able, key=lambda at: -worth[at])[:each]):
            unit = units[at]
            end = max(unit.end, unit.until)
            evidence = Evidence(hit.passage, unit, unit.start, end, hit.signals[at], hit.score)
            if not _said(evidence, parts):
                parts.append(Part(evidence, label))
    return tuple(parts)


def _stated(passage: Passage, unit: Unit) -> bool:
    """In a transcript: what was decided or is to be done, by its words."""
    if passage.place.unit != "time":
        return False
    text = passage.text[unit.start : unit.end]
    return any(states(what, text, passage.language) > 0 for what in ("decision", "task"))


def digest(evidence: Sequence[Evidence], most: int = 5) -> tuple[Part, ...]:
    """The best sentence of each passage, the best passages alone, in the order of the notes."""
    chosen: dict[str, Evidence] = {}
    for one in evidence:
        near = one.score >= evidence[0].score - _APART
        if len(chosen) < most and near and len(one.text) >= _SHORTEST:
            chosen.setdefault(one.passage.id, one)
    ordered = sorted(chosen.values(), key=lambda one: (one.passage.source, one.passage.id))
    return tuple(Part(one, one.passage.headings[-1] if one.passage.headings else "")
                 for one in ordered)  # fmt: skip


def sides_known(
    pairs: Sequence[tuple[str, str]], evidence: Sequence[Evidence]
) -> tuple[str, str] | None:
    """The pair that the passages found know best: most of its terms stand there, on both sides. Of
    pairs that are known alike, the one of fewest words."""
    found = [_terms_of(one) for one in evidence]
    texts = [f"{one.passage.heading}\n{one.passage.text}".casefold() for one in evidence]

    def known(side: str) -> float:
        wanted = terms(side)
        seen = max((len(wanted & here) for here in found), default=0)
        # "Compare symmetric" stands nowhere, though both words may: it is no name of anything.
        apart = " " in side and not any(side.casefold() in text for text in texts)
        return seen - 0.75 * (len(wanted) - seen) - apart if wanted else -1.0

    scored = [
        (min(known(a), known(b)), known(a) + known(b), -len(f"{a} {b}".split()), (a, b))
        for a, b in pairs
    ]
    least, _, _, best = max(scored, default=(0.0, 0.0, 0, ("", "")))
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
    """The best sentence with those around it, rather of its own paragraph, as they stand; of a list
    all of it. Empty for a table row."""
    near = [one for one in evidence if one.score >= evidence[0].score - _APART]
    best = next((one for one in near if one.unit.kind == "sentence"), evidence[0])
    if best.unit.kind in ("lead", "item"):
        return (Part(whole_list(best), lines=True),)
    if best.unit.kind != "sentence":
        return ()
    worth = {one.unit.start: one.score for one in evidence if one.passage.id == best.passage.id}
    units = answering_units(best.passage)
    inside = [n for n, unit in enumerate(units) if best.start <= unit.start < best.end]
    low, high = inside[0], inside[-1]
    while high - low + 1 < most:
        beside = [n for n in (high + 1, low - 1)
                  if 0 <= n < len(units) and units[n].kind == "sentence"]  # fmt: skip
        if not beside:
            break
        at = max(beside, key=lambda n: (units[n].line == best.unit.line,
                                        worth.get(units[n].start, 0.0)))  # fmt: skip
        low, high = min(low, at), max(high, at)
    return (Part(replace(best, start=units[low].start, end=units[high].end)),)


def completed(question: str, evidence: Evidence) -> Evidence:
    """A sentence together with its neighbour, where this has most of what the question says and the
    sentence leaves unsaid."""
    missing = terms(question, question=True) - _terms_of(evidence)
    units = answering_units(evidence.passage)
    inside = [n for n, unit in enumerate(units) if evidence.start <= unit.start < evidence.end]
    if not missing or not inside or evidence.unit.kind != "sentence":
        return evidence
    best: tuple[float, int] = (_COVERED, -1)
    for at in (inside[-1] + 1, inside[0] - 1):
        if 0 <= at < len(units) and units[at].kind == "sentence":
            text = evidence.passage.text[units[at].start : units[at].end]
            near = units[at].line == evidence.unit.line
            gain = len(missing & terms(text)) / len(missing)
            best = max(best, (gain, at)) if near and gain >= _COVERED else best
    if best[1] < 0:
        return evidence
    first, last = units[min(best[1], inside[0])], units[max(best[1], inside[-1])]
    return replace(evidence, start=first.start, end=last.end)


def unsaid(question: str, first: Evidence) -> frozenset[str]:
    """The terms of a question that neither a sentence nor what stands around it has, where they are
    a good part of it: there may be a second step to what was asked."""
    asked = terms(question, question=True)
    missing = frozenset(asked - _around(first))
    return missing if len(missing) >= _UNSAID * len(asked) else frozenset()


def bridged(question: str, first: Evidence, others: Sequence[Evidence]) -> Evidence | None:
    """The second step: what says most of what the first sentence leaves unsaid, and shares with it
    a rare term that is not the question's ("graphite")."""
    missing = unsaid(question, first)
    known = _around(first) - terms(question, question=True)
    spread = Counter(term for one in others for term in terms(one.text))
    best: tuple[float, float, Evidence | None] = (_BRIDGED, 0.0, None)
    for one in others:
        link = {term for term in known & terms(one.text) if spread[term] <= _RARE}
        gain = len(missing & _terms_of(one)) / max(1, len(missing))
        near = one.passage.source == first.passage.source and (
            one.passage.headings == first.passage.headings != ()
        )
        if (
            (link or near)
            and one.fits
            and not _said(one, [Part(first)])
            and (gain, one.score) > best[:2]
        ):
            best = gain, one.score, one
    return best[2]


def _around(one: Evidence) -> frozenset[str]:
    """The terms of a sentence, its headings, and its line."""
    text = one.passage.text
    low, high = text.rfind("\n", 0, one.start) + 1, text.find("\n", one.end)
    return _terms_of(one) | terms(text[low : high if high >= 0 else len(text)])


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


def best_list(evidence: Sequence[Evidence]) -> Evidence | None:
    """The best evidence that is part of a list, where it is not far behind the best of all."""
    for one in evidence:
        if one.score < evidence[0].score - _APART:
            break
        if one.unit.kind == "lead" or (one.unit.kind == "item" and whole_list(one) != one):
            return one
    return None


def sections_below(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Of an outline the parts that have a heading of their own below what was outlined: the items
    of a list whose items are sections. Empty where they are fewer than three."""
    paths = [(hit.passage.source, *hit.passage.headings) for hit in hits]
    shared = 0
    while paths and all(path[: shared + 1] == paths[0][: shared + 1] for path in paths):
        if shared == len(paths[0]):
            break
        shared += 1
    below: dict[str, Hit] = {}
    for path, hit in zip(paths, hits, strict=True):
        if len(path) > shared > 0:
            below.setdefault(path[shared], hit)
    return tuple(below.values()) if len(below) >= _SECTIONS else ()


def spoken_at(evidence: Sequence[Evidence], first: float, last: float) -> tuple[Evidence, ...]:
    """What was said from second `first` to `last`, or else nearest to that, the best first."""

    def apart(one: Evidence) -> float:
        spans = [s for s in one.passage.spans if s.start < one.end and one.start < s.end]
        begins = min((span.first for span in spans), default=math.inf)
        ends = max((span.last for span in spans), default=-math.inf)
        return max(begins - last, first - ends, 0.0)

    near = [(apart(one), one) for one in evidence]
    least = min((gap for gap, _ in near), default=0.0)
    return tuple(one for gap, one in near if gap <= least)


def everything(evidence: Sequence[Evidence], most: int = 6) -> tuple[Part, ...]:
    """All units in the order of the notes, those that follow each other as one quotation."""
    ordered = sorted(evidence, key=_position)
    parts: list[Part] = []
    for one in ordered[:most]:
        last = parts[-1].evidence if parts else None
        start, end = one.unit.start, max(one.unit.end, one.unit.until)
        if last is not None and last.passage.id == one.passage.id:
            parts[-1] = Part(replace(last, end=max(last.end, end)), lines=True)
        else:
            parts.append(Part(replace(one, start=start, end=end), lines=True))
    return tuple(parts)


def decided(evidence: Sequence[Evidence], pointed: bool, most: int = 6) -> tuple[Part, ...]:
    """The sentences that state a decision or a task, of the note that has the best of them, in
    order. Their signals' `margin` says how much they read like one. `pointed`: the question names
    what about, so that only those near it answer."""
    stated = [one for one in evidence if (one.signal.margin or 0.0) > 0 and one.unit.kind != "row"
              and len(one.text) >= _SHORTEST // 2]  # fmt: skip
    if max((one.signal.margin or 0.0 for one in stated), default=0.0) < _CLEARLY:
        return ()
    weight = _NEAR_DECISION if pointed else 0.0
    worth = [((one.signal.margin or 0.0) + weight * one.score, one) for one in stated]
    worth.sort(key=lambda pair: -pair[0])
    chosen: list[Part] = []
    for value, one in worth:
        here = Part(replace(one, start=one.unit.start, end=one.unit.end))
        near = not pointed or value >= worth[0][0] - _DECISIONS_APART
        same = one.passage.source == worth[0][1].passage.source
        if near and same and len(chosen) < most and not _said(here.evidence, chosen):
            chosen.append(here)
    if not pointed and len(chosen) < 2:
        return ()  # one sentence that happens to read like a decision
    return tuple(sorted(chosen, key=lambda part: _position(part.evidence)))


def _position(one: Evidence) -> tuple[float, int, int]:
    return one.passage.place.first, one.passage.place.start_line, one.unit.start


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
