"""WebVTT, SRT and SBV, also as pasted out of a web page: cues joined into text with their times.

Files are read as people and programs write them: without hours or fractions of a second, with
spaces in the times, with a colon before the fraction. What WebVTT calls a comment is one in WebVTT
only; in the others it is speech.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from pipeline.errors import filled
from pipeline.notes.formats.html import text_pieces
from pipeline.notes.formats.text import parse_text
from pipeline.notes.mapped import Block, MappedPiece, Parsed

__all__ = ["parse_captions"]

_TIME = r"((?:\d{1,5} ?: ?)?\d{1,2} ?: ?\d{1,2}(?: ?[.,:] ?\d{1,6})?)"
_ARROW = r"(?:-{1,3} ?>|[→⟶])"
_TIMING = re.compile(rf"^[\s|]*{_TIME}\s*{_ARROW}\s*{_TIME}(?:[ \t|].*)?$")
_SBV_TIME = r"(\d{1,3}:\d{2}:\d{2}\.\d{1,3})"
_SBV_TIMING = re.compile(rf"^[\s|]*{_SBV_TIME},{_SBV_TIME}[\s|]*$")
_FRAME = " \t|"  # the cells of a table a web page put around every line
_TAG = re.compile(
    r"<(?P<speaker>v(?:\.[\w.-]*)?\s+(?P<name>[^>\n]{1,80}))>|<[^<>\n]{0,120}>|\{\\[^}\n]{0,40}\}"
)
_SPEAKER = re.compile(r"^(?:-\s*)?(?:>>+\s*)")
_WEBVTT = re.compile(r"^[\s|]*WEBVTT\b")
_HEADER = 40
"""Lines in which a file says that it is WebVTT; a web page around it may come first."""
_COMMENT = re.compile(r"NOTE(?:\s|$)")
_SETTINGS = re.compile(r"(?:STYLE|REGION)\s*$")
_ABOUT = re.compile(r"(title|language|date):\s*(\S.*)$", re.IGNORECASE)
_PAUSE = 4.0
"""Seconds of silence after which a new paragraph begins."""
_ROLLING = 0.3
"""Share of cues that repeat the line before, above which captions roll."""


class _Line(NamedTuple):
    pieces: tuple[MappedPiece, ...]
    text: str
    speaker: MappedPiece | None


@dataclass(slots=True)
class _Cue:
    first: float
    last: float
    lines: list[_Line] = field(default_factory=list)


def parse_captions(text: str) -> Parsed:
    """The transcript as paragraphs between pauses; every piece carries the times of its cue in
    seconds, positions are offsets of `text`. A file without any time that is understood is read as
    plain text."""
    parsed = Parsed([], unit="time")
    cues = _cues(text, parsed)
    if not cues:
        plain = parse_text(text)
        plain.problems.append("no times were understood in it: read as plain text")
        return plain
    for cue in cues:
        if cue.last < cue.first:
            parsed.problems.append(
                filled("a cue at {start} s ends before it begins", start=f"{cue.first:g}")
            )
            break
    rolling = _is_rolling(cues)
    block = Block("text")
    before: list[str] = []
    speaker = ""
    end = None
    for cue in cues:
        fresh = _fresh(cue.lines, before) if rolling else cue.lines
        if cue.lines:
            before = [line.text for line in cue.lines]
        if not fresh:
            continue
        if block.pieces and end is not None and cue.first - end >= _PAUSE:
            parsed.blocks.append(block)
            block = Block("text")
        for line in fresh:
            if line.speaker is not None and line.speaker.text != speaker:
                speaker = line.speaker.text
                if block.pieces:
                    parsed.blocks.append(block)
                    block = Block("text")
                block.pieces += [_timed(line.speaker, cue), MappedPiece(": ")]
            elif block.pieces:
                block.pieces.append(MappedPiece(" "))
            block.pieces += [_timed(piece, cue) for piece in line.pieces]
        end = cue.last
    if block.pieces:
        parsed.blocks.append(block)
    return parsed


def _timed(piece: MappedPiece, cue: _Cue) -> MappedPiece:
    return piece._replace(first=cue.first, last=max(cue.first, cue.last))


def _cues(text: str, parsed: Parsed) -> list[_Cue]:
    cues: list[_Cue] = []
    held: list[tuple[int, int]] = []  # lines since the last timing
    webvtt = any(_WEBVTT.match(line) for line in text.split("\n", _HEADER)[:_HEADER])
    number = 0  # of the last cue that had one
    blank_before = True
    skipping = False
    start = 0
    for line in text.split("\n"):
        low = start + len(line) - len(line.lstrip(_FRAME))
        high = start + len(line.rstrip(_FRAME + "\r"))
        start += len(line) + 1
        timing = _TIMING.match(line) or _SBV_TIMING.match(line)
        if timing:
            labels, number = _labels(text, held, blank_before, webvtt, number)
            _close(text, cues, held[: len(held) - labels], parsed)
            held = []
            cues.append(_Cue(_seconds(timing.group(1)), _seconds(timing.group(2))))
            skipping = False
            continue
        if low >= high:
            blank_before = True
            skipping = False
            continue
        if webvtt and blank_before and (not cues or held):
            shown = text[low:high]
            skipping |= bool(_COMMENT.match(shown) or (not cues and _SETTINGS.match(shown)))
        if skipping:
            blank_before = False
            if not _about(text[low:high], parsed):
                parsed.dropped.append((low, high, "no speech"))
            continue
        if held and blank_before:
            held.append((-1, -1))  # a gap: what follows may be the label of the next cue
        blank_before = False
        held.append((low, high))
    _close(text, cues, held, parsed)
    return cues


def _labels(
    text: str, held: list[tuple[int, int]], blank_before: bool, webvtt: bool, number: int
) -> tuple[int, int]:
    """How many lines right above a timing are its label (a cue number, or in WebVTT one line after
    a gap), and the number of the last cue that had one."""
    if not held:
        return 0, number
    last = text[held[-1][0] : held[-1][1]]
    if last.isdecimal() and len(last) < 9:
        # With a line between, only the next number is one: "512" may have been said.
        if not blank_before or int(last) == number + 1:
            return 1, int(last)
    elif webvtt and not blank_before and len(held) > 1 and held[-2][0] < 0:
        return 1, number
    return 0, number


def _close(text: str, cues: list[_Cue], held: list[tuple[int, int]], parsed: Parsed) -> None:
    """Give the lines read since the last timing to its cue; before the first they are a header."""
    for low, high in held:
        if low < 0:
            continue
        if not cues:
            if not _about(text[low:high], parsed):
                parsed.dropped.append((low, high, "before the transcript"))
        else:
            line = _line(text, low, high)
            if line.text:
                cues[-1].lines.append(line)


def _about(line: str, parsed: Parsed) -> bool:
    """Is a line of the header or a comment about the transcript itself? Then it is remembered."""
    found = _ABOUT.match(line)
    if found:
        key, value = found.group(1).lower(), found.group(2).strip()
        if key == "title":
            parsed.title = value[:300]
        elif key == "date":
            parsed.date = value[:40]
        elif value[:2].lower() in ("ko", "en"):
            parsed.language = value[:2].lower()
    return bool(found) or line.startswith("WEBVTT") or line == "NOTE"


def _line(text: str, low: int, high: int) -> _Line:
    pieces: list[MappedPiece] = []
    speaker = None
    marker = _SPEAKER.match(text[low:high])
    low += marker.end() if marker else 0
    at = low
    for tag in _TAG.finditer(text, low, high):
        pieces += text_pieces(text, at, tag.start())
        at = tag.end()
        if tag.group("speaker"):
            start, end = tag.span("name")
            speaker = MappedPiece(text[start:end], start, end)
    pieces += text_pieces(text, at, high)
    joined = " ".join("".join(piece.text for piece in pieces).split())
    return _Line(tuple(pieces) if joined else (), joined, speaker)


def _is_rolling(cues: list[_Cue]) -> bool:
    """Do cues repeat the line of the cue before, as live captions do?"""
    repeats = sum(
        1
        for one, two in pairwise(cues)
        if one.lines and two.lines and two.lines[0].text == one.lines[-1].text
    )
    grown = sum(
        1
        for one, two in pairwise(cues)
        if one.lines and two.lines and two.lines[0].text != one.lines[-1].text
        and two.lines[0].text.startswith(one.lines[-1].text)
    )  # fmt: skip
    return repeats + grown > _ROLLING * max(len(cues) - 1, 1)


def _fresh(lines: list[_Line], before: list[str]) -> list[_Line]:
    """The lines of a rolling cue that the one before did not show; of a line that grew, its end."""
    fresh = []
    for line in lines:
        if line.text in before:
            continue
        grown = next((old for old in before if old and line.text.startswith(old + " ")), None)
        if grown is not None:
            line = _without(line, len(grown))
        if line.text:
            fresh.append(line)
    return fresh


def _without(line: _Line, length: int) -> _Line:
    """A line less its first `length` characters."""
    kept: list[MappedPiece] = []
    for piece in line.pieces:
        cut = min(length, len(piece.text))
        length -= cut
        rest = piece.text[cut:]
        lead = len(rest) - len(rest.lstrip()) if not kept else 0
        if rest[lead:]:
            at = piece.start + cut + lead if piece.start >= 0 and piece.verbatim else piece.start
            kept.append(piece._replace(text=rest[lead:], start=at))
    text = "".join(piece.text for piece in kept).strip()
    return _Line(tuple(kept), text, line.speaker)


def _seconds(stamp: str) -> float:
    stamp = stamp.replace(" ", "")
    parts, fraction = stamp.split(":"), ""
    if "." in stamp or "," in stamp:
        parts[-1], _, fraction = parts[-1].replace(",", ".").partition(".")
    elif len(parts) > 3 or len(parts[-1]) > 2:
        fraction = parts.pop()
    total = 0
    for part in parts:
        total = total * 60 + int(part)
    return round(total + float(f"0.{fraction or 0}"), 3)
