"""Formulas and listings in a passage, told by the form of their lines, each quoted whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.evidence.gather import Evidence
from pipeline.notes.passage_units import answering_units

__all__ = ["whole_block"]

_APART = 2.0
"""A sentence this far behind the best one, as a logarithm, does not lead to a block."""
_SIGNS = frozenset("=<>(){}[];_/*+^\\|&%$#@~`")
_STRONG_SIGNS = frozenset("=(){};<>")
"""Signs of which every line that begins a formula or listing has one; others stand in prose too."""
_LISTED = re.compile(r"[ \t]*(?:\||[-*+•] |\d{1,3}[.)] )")
_OPENS = re.compile(r"\s*[a-z#@][^가-힣]*[^.!?:,\s]\s*$")
_SENTENCE_END = re.compile(r"[.!?。]\s*$|[다요죠]\s*$|[A-Za-z가-힣]:\s*$")


def whole_block(evidence: Sequence[Evidence]) -> Evidence | None:
    """The formula or listing that the best evidence is part of or leads into, with its lead-in."""
    for one in evidence:
        if one.score < evidence[0].score - _APART:
            break
        text = one.passage.text
        blocks = _blocks(text)
        for start, end in blocks:
            lead = text.rfind("\n", 0, max(start - 1, 0)) + 1
            if one.unit.start < end and one.unit.end > lead:
                units = answering_units(one.passage)
                inside = [u.start for u in units if lead <= u.start < start]
                return replace(one, start=inside[-1] if inside else start, end=end)
    return None


def _blocks(text: str) -> list[tuple[int, int]]:
    """The formulas and listings of a text, by their signs and indentation."""
    lines = text.split("\n")
    kinds = [_line_kind(line) for line in lines]
    for at in range(len(lines) - 2, -1, -1):  # what a listing begins with may have no signs
        below = next((kind for kind in kinds[at + 1 :] if kind != "blank"), "")
        if kinds[at] == "prose" and below == "code" and _OPENS.match(lines[at]):
            kinds[at] = "code"
    found: list[tuple[int, int]] = []
    at, before = 0, ""
    for line, kind in zip(lines, kinds, strict=True):
        start, end = at, at + len(line)
        at = end + 1
        if kind == "prose" and before == "code" and line[:1] in " \t":
            kind = "code"
        if kind == "code" and before == "code":
            found[-1] = (found[-1][0], end)
        elif kind in ("code", "formula"):
            found.append((start, end))
        before = before if kind == "blank" else kind
    return found


def _line_kind(line: str) -> str:
    solid = [char for char in line if not char.isspace()]
    if not solid:
        return "blank"
    if line.lstrip().startswith("$$"):
        return "formula"
    signs = sum(char in _SIGNS for char in solid)
    said = _SENTENCE_END.search(line) and signs < 3
    plain = not any(char in _STRONG_SIGNS for char in solid)
    if said or plain or _LISTED.match(line) or ("?" in line and "=" not in line):
        return "prose"
    return "code" if signs >= 0.06 * len(solid) or solid[-1] in "{};" else "prose"
