"""Characters a reader cannot see, or sees as another: composed, blanked or left out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from pipeline.notes.mapped import Block, MappedPiece, OffsetMap, OffsetRun

__all__ = ["UNSEEN", "settle", "settle_block", "settled", "unpiled", "without_controls"]

# Control characters and what is no character at all (halves of pairs, U+FFFE and its like).
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(0x10000 * plane + 0xFFFE)}{chr(0x10000 * plane + 0xFFFF)}" for plane in range(17)
)
# They turn the direction of what is written after them.
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"

# Zero-width marks and soft hyphens go (a joiner stays: emoji are made with it), odd spaces and
# control characters become a space, a letter with its combining marks one character. A Hangul
# syllable is never one with a mark, so the mark alone is settled and the syllable left as it was.
_NOTHING = f"\u200b\u2060\ufeff\u00ad\ufff9-\ufffb{_DIRECTION}"
_ODD_SPACE = f"\u00a0\u2000-\u200a\u202f\u205f\u3000\u2028\u2029{_CONTROL}"
_JAMO = "\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb"
_SYLLABLES = "가-힣"
_MARKS = "\u0300-\u036f\u3099\u309a"
_MOST_MARKS = 30
"""Combining marks kept in a row, as in Unicode's stream-safe text format: more say nothing, and to
compose them takes time by the square of their number."""
_PILE = rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS + 1},}}"
_ONE = (
    f"[{_NOTHING}]+|[{_ODD_SPACE}]|[{_JAMO}]+"
    f"|[^\\s{_MARKS}{_JAMO}{_SYLLABLES}]?[{_MARKS}]{{1,{_MOST_MARKS}}}"
)
_CHANGED = re.compile(f"{_PILE}|{_ONE}")
_WITHIN_PILE = re.compile(_ONE)
_SILENT = re.compile(f"[{_NOTHING}]")
UNSEEN = re.compile(f"[{_CONTROL}{_DIRECTION}\u2028\u2029]")
"""What no reader is to meet: control characters, what turns the direction, odd line ends."""
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


def without_controls(text: str) -> str:
    """The text with a space for every control character, its other characters as they are."""
    return UNSEEN.sub(" ", text)


def settle(text: str) -> tuple[str, OffsetMap]:
    """The text with such characters settled, and the map back."""
    if (text.isascii() and text.isprintable()) or not _QUICK.search(text):
        return text, OffsetMap()
    runs: list[OffsetRun] = []
    out: list[str] = []
    new = 0
    for old, end, part, verbatim in _parts(text):
        out.append(part)
        runs.append(OffsetRun(new, new + len(part), old, end, verbatim))
        new += len(part)
    return "".join(out), OffsetMap(runs) if any(not run.verbatim for run in runs) else OffsetMap()


def settle_block(block: Block, *, verbatim: bool = True) -> Block:
    """A block with such characters settled; each of its pieces still knows where it came from.
    `verbatim` False leaves the pieces alone that are equal to a text that was settled before."""
    if not any(_QUICK.search(piece.text) for piece in block.pieces):
        return block
    pieces = list(_settled_pieces(block.pieces, verbatim))
    return Block(block.kind, pieces, block.level, block.number, block.close)


def _settled_pieces(pieces: Iterable[MappedPiece], verbatim: bool) -> Iterator[MappedPiece]:
    for piece in pieces:
        if piece.start < 0 or not piece.verbatim:
            yield piece._replace(text=settled(piece.text))
        elif not verbatim:
            yield piece
        else:
            for start, end, part, as_it_was in _parts(piece.text):
                place = {"start": piece.start + start, "end": piece.start + end}
                yield piece._replace(text=part, verbatim=as_it_was, **place)


def _parts(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """The text in parts: where each stood, as it is to be, and whether it stays as it was."""
    at = 0
    for match in _CHANGED.finditer(text):
        instead = _instead(match.group())
        if instead == match.group():
            continue
        start, end = match.span()
        if start > at:
            yield at, start, text[at:start], True
        yield start, end, instead, False
        at = end
    if at < len(text):
        yield at, len(text), text[at:], True


def _instead(found: str) -> str:
    if len(found) > _MOST_MARKS and re.fullmatch(_PILE, found):
        return _WITHIN_PILE.sub(lambda match: _settled(match.group()), _unpiled(found))
    return _settled(found)


def _settled(found: str) -> str:
    if _SILENT.match(found):
        return ""
    if len(found) == 1 and (found.isspace() or not found.isprintable()):
        return " "
    return unicodedata.normalize("NFC", found)
