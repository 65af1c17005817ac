"""Lists: all of it, in order, or the sections that are its items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.answering.kinds.base import APART, Asked, Composition, Course, Part
from pipeline.answering.kinds.summary import PARTS, outlined
from pipeline.evidence.gather import Evidence, Inquiry
from pipeline.evidence.table_cells import is_listed
from pipeline.notes.passage_units import answering_units
from pipeline.text.terms import terms
from pipeline.types import Hit, Hits, Passage, Search

__all__ = [
    "best_list",
    "carried_on",
    "listed",
    "listed_rows",
    "named_list",
    "sections_below",
    "whole_list",
]

_LISTED = ("item", "lead")
_SECTIONS = 3
"""Fewer are no list."""
_AS_MANY, _SINGLE = 2.0, 1.0
"""As logarithms: what speaks for a list that has as many items as the question says ("the four
properties"), and against one of a single item."""
_NAMED_FIRST, _NAMED_AT_ALL = 0.6, 0.35
"""How like the question the name of a note or section must be (see `pipeline.retrieval.outline`),
for its sections to be the list asked for: rather than a list in the notes, or for want of one."""


def listed(asked: Asked) -> Course:
    """The sections of what the question names, where its name is much like the question; else the
    best list, or the sections all the same, or the rows of a table."""
    if not asked.likely:
        return None
    (hits,) = yield [Search(asked.inquiry.text, PARTS, asked.index, outline=True)]
    assert isinstance(hits, Hits)
    sections = sections_below(hits.hits)
    like = sections[0].score if _of_their_note(asked.evidence, sections) else 0.0
    best = best_list(asked.evidence, asked.inquiry)
    rows = listed_rows(asked.inquiry, asked.evidence)
    if rows and like < _NAMED_FIRST and asked.evidence[0] in rows:
        return Composition("list", tuple(Part(row) for row in rows), cost=hits.cost)
    if best is not None and like < _NAMED_FIRST:
        shown = named_list(asked.inquiry.text, best)
        all_of_it = (shown, *carried_on(shown, asked.evidence))
        return Composition(
            "list", tuple(Part(one, lines=True) for one in all_of_it), cost=hits.cost
        )
    if like >= _NAMED_AT_ALL:
        return Composition("list", outlined(sections), cost=hits.cost)
    return Composition("list", tuple(Part(row) for row in rows), cost=hits.cost) if rows else None


def _of_their_note(evidence: Sequence[Evidence], sections: Sequence[Hit]) -> bool:
    """Whether the best sentence is of the note that has these sections: one with a heading that the
    question names ("side effects") need not be about the rest of what it asks."""
    return bool(sections) and evidence[0].passage.source == sections[0].passage.source


def listed_rows(inquiry: Inquiry, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The rows of the best table whose first column the question names, in order, or of the best
    row of all; none where it is far behind the best evidence, or one row far ahead of the
    others (which is then meant alone), unless it has as many as the question says."""
    asked = inquiry.text, inquiry.language
    near = [one for one in evidence if one.score >= evidence[0].score - APART]
    rows = [one for one in evidence if is_listed(*asked, one.text, one.header)]
    if not any(one in rows for one in near):
        rows = [one for one in evidence if one.unit.kind == "row"]
        if not rows or rows[0] is not evidence[0] or not rows[0].coverage:
            return ()
    same = [one for one in rows if one.passage.id == rows[0].passage.id]
    alike = sum(one.score >= rows[0].score - APART for one in same)
    if len(same) < _SECTIONS or (alike < 2 and len(same) not in inquiry.figures):
        return ()
    return tuple(sorted(same, key=lambda one: one.start))


def whole_list(evidence: Evidence) -> Evidence:
    """A list item as the list that it leads into or else belongs to; anything else as it is."""
    if evidence.unit.kind != "item":
        return evidence
    if evidence.unit.until:
        return replace(evidence, end=evidence.unit.until)
    units = answering_units(evidence.passage)
    first = last = next(at for at, one in enumerate(units) if one.start == evidence.unit.start)
    above = [one for one in units[:first] if one.until >= evidence.unit.end]
    if above and above[-1].kind != "sentence":
        return replace(evidence, start=above[-1].start, end=above[-1].until)
    while first and units[first - 1].kind == "item":
        first -= 1
    while last + 1 < len(units) and units[last + 1].kind == "item":
        last += 1
    return replace(evidence, start=units[first].start, end=units[last].end)


def named_list(question: str, evidence: Evidence) -> Evidence:
    """Of lists within lists the innermost whose lead-in the question names, or all of them where
    it asks for nothing but what they are headed by; else, and of any other list, `whole_list`."""
    passage, wanted = evidence.passage, terms(question, question=True)
    units = answering_units(passage)
    at = next(n for n, one in enumerate(units) if one.start == evidence.unit.start)
    above = [one for one in units[: at + 1] if one.until and one.until >= evidence.unit.end]
    for one in reversed(above):
        if wanted & terms(passage.text[one.start : one.end]):
            return replace(evidence, start=one.start, end=one.until)
    headed = bool(passage.headings) and wanted <= terms(passage.headings[-1])
    if not above or not (wanted and headed):
        return whole_list(evidence)
    low = high = at
    while low and units[low - 1].kind in _LISTED and units[low].kind in _LISTED:
        low -= 1
    while high + 1 < len(units) and units[high + 1].kind in _LISTED:
        high += 1
    last = units[high]
    return replace(evidence, start=units[low].start, end=max(last.end, last.until))


def carried_on(shown: Evidence, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The rest of a list that was too long for one passage: its items in the passages right after
    it that were found, too, which are headed alike or by the line that leads into the list."""
    name, *below = shown.text.split("\n")
    least = min((_depth(line) for line in below), default=0)
    rest: list[Evidence] = []
    last = shown
    while last.end >= answering_units(last.passage)[-1].end:
        after = next((one for one in evidence if _follows(one.passage, last.passage)), None)
        above = () if after is None else after.passage.headings
        if after is None or not (name.strip() in above or above == shown.passage.headings):
            break
        first, end = answering_units(after.passage)[0], _items_end(after.passage, least)
        if not end:
            break
        last = replace(after, unit=first, start=first.start, end=end)
        rest.append(last)
    return tuple(rest)


def _items_end(passage: Passage, least: int) -> int:
    """Where the list that a passage begins with ends, with no item after the first less deep; 0
    where it begins with none."""
    end = 0
    for unit in answering_units(passage):
        line = passage.text.rfind("\n", 0, unit.start) + 1
        unmarked = not passage.text[line : unit.start].strip()
        another = unit.kind not in _LISTED or (unit.kind == "lead" and unmarked)
        if another or (line > 0 and _depth(passage.text[line:]) < least):
            break
        end = unit.end
    return end


def _follows(passage: Passage, other: Passage) -> bool:
    """A passage stands right after another one of its note, or after an empty line."""
    here, before = passage.place, other.place
    return here.source == before.source and 0 < here.start_line - before.end_line <= 2


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def best_list(evidence: Sequence[Evidence], inquiry: Inquiry | None = None) -> Evidence | None:
    """The best evidence that is part of a list, where it is not far behind the best of all. A list
    of one item is rather none; one with as many items as the question says is rather meant."""
    least = evidence[0].score - APART if evidence else 0.0
    told = inquiry.figures if inquiry else frozenset()
    best: tuple[float, Evidence] | None = None
    for one in evidence:
        if one.score < least - _AS_MANY:
            break
        if one.unit.kind == "lead" or (one.unit.kind == "item" and whole_list(one) != one):
            count = _items(whole_list(one))
            worth = one.score + _AS_MANY * (count in told) - _SINGLE * (count < 2)
            if worth >= least and (best is None or worth > best[0]):
                best = worth, one
    return best[1] if best else None


def _items(shown: Evidence) -> int:
    """How many items a list has, not those within its items."""
    text = shown.passage.text
    starts = [
        unit.start
        for unit in answering_units(shown.passage)
        if unit.kind in _LISTED and shown.start <= unit.start < max(shown.end, shown.unit.until)
        if not (unit.kind == "lead" and unit.start == shown.start)
    ]
    depth = [start - text.rfind("\n", 0, start) for start in starts]
    return sum(one == min(depth) for one in depth)


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
