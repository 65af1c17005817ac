"""Characters a reader cannot see, or sees as another: composed, blanked or left out."""

from __future__ import annotations

import re
import unicodedata

from pipeline.notes.mapped import OffsetMap, Run

__all__ = ["settle", "settled", "unpiled"]

# Zero-width marks and soft hyphens go (a joiner stays: emoji are made with it), odd spaces and
# control characters become a space, a letter with its combining marks one character.
_NOTHING = "\u200b\u2060\ufeff\u00ad"
_ODD_SPACE = "\u00a0\u2000-\u200a\u202f\u205f\u3000\x00-\x08\x0b-\x1f\x7f\u2028\u2029\x85"
_JAMO = "\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb"
_MARKS = "\u0300-\u036f\u3099\u309a"
_MOST_MARKS = 30
"""Combining marks kept in a row, as in Unicode's stream-safe text format: more say nothing, and to
compose them takes time by the square of their number."""
_PILE = rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS + 1},}}"
_ONE = (
    f"[{_NOTHING}]+|[{_ODD_SPACE}]|[{_JAMO}]+"
    f"|[^\\s{_MARKS}{_JAMO}][{_MARKS}]{{1,{_MOST_MARKS}}}|[{_MARKS}]"
)
_CHANGED = re.compile(f"{_PILE}|{_ONE}")
_WITHIN_PILE = re.compile(_ONE)
_QUICK = re.compile(f"[{_NOTHING}{_ODD_SPACE}{_JAMO}{_MARKS}]|{_PILE}")


def unpiled(text: str) -> str:
    """The text without the combining marks that follow too many others."""
    return re.sub(_PILE, lambda match: _unpiled(match.group()), text)


def _unpiled(run: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in run:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def settled(raw: str) -> str:
    """One run of raw text as `settle` leaves it."""
    return _CHANGED.sub(lambda match: _instead(match.group()), raw)


def settle(text: str) -> tuple[str, OffsetMap]:
    """The text with such characters settled, and the map back."""
    if (text.isascii() and text.isprintable()) or not _QUICK.search(text):
        return text, OffsetMap()
    runs: list[Run] = []
    out: list[str] = []
    old = new = 0
    for match in _CHANGED.finditer(text):
        instead = _instead(match.group())
        if instead == match.group():
            continue
        start, end = match.span()
        if start > old:
            out.append(text[old:start])
            runs.append(Run(new, new + start - old, old, start, True))
            new += start - old
        out.append(instead)
        runs.append(Run(new, new + len(instead), start, end, False))
        new += len(instead)
        old = end
    if not runs:
        return text, OffsetMap()
    if old < len(text):
        out.append(text[old:])
        runs.append(Run(new, new + len(text) - old, old, len(text), True))
    return "".join(out), OffsetMap(runs)


def _instead(found: str) -> str:
    if len(found) > _MOST_MARKS and re.fullmatch(_PILE, found):
        return _WITHIN_PILE.sub(lambda match: _settled(match.group()), _unpiled(found))
    return _settled(found)


def _settled(found: str) -> str:
    if found[0] in _NOTHING:
        return ""
    if len(found) == 1 and (found.isspace() or not found.isprintable()):
        return " "
    return unicodedata.normalize("NFC", found)
