"""Blocks become passages of about 120 English words or 300 Hangul syllables under one heading."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from pipeline.notes.mapped import Block, BlockKind, MappedLines, MappedPiece, OffsetMap, piece_slice
from pipeline.text.language import CHARACTERS, language_of, size_of
from pipeline.text.sentences import sentences
from pipeline.types import Passage, Place, PlaceUnit, Span

__all__ = ["LIMIT", "WORDS", "cut", "make_passage", "passage_id"]

WORDS = 120
"""The length aimed at, in English words (a Hangul syllable counts 0.4)."""
_FULL = 1.25 * WORDS
_WHOLE = 2.0 * WORDS
"""A table, listing or list up to this length is never cut."""
_SCRAP = 25
"""A rest this short joins the passage before it."""
_JOIN = 1 / CHARACTERS
"""The weight of the line break between two parts of a passage."""
LIMIT = int((_WHOLE + _SCRAP + _JOIN) * CHARACTERS)
"""Characters no passage is longer than, whatever the text."""
_TITLE = 200
"""Characters of a heading that are kept above its text; a longer one is text as well."""
_WORD = re.compile(r"\S+")
_JOINERS = "\u200d\ufe0e\ufe0f"
_CLUSTER = 32
"""Characters a sign and its marks may be, to be kept together."""


def passage_id(source: str, text: str) -> str:
    """Stable while the source path and the text are."""
    key = source.encode("utf-8", "surrogateescape") + b"\0" + text.encode("utf-8", "replace")
    return hashlib.sha256(key).hexdigest()[:16]


@dataclass(slots=True)
class _Part:
    """What goes into one passage: a block, or a piece of one that is too long."""

    pieces: list[MappedPiece]
    size: float
    kind: BlockKind = "text"
    header: tuple[str, ...] = ()
    """For the later parts of a table or list that was cut: its first row, what leads into it."""

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(slots=True)
class _Section:
    """The blocks between two headings (or page, cell, slide boundaries)."""

    headings: tuple[str, ...]
    number: int
    own: Block | None = None
    parts: list[_Part] = field(default_factory=list)
    parent_of_next: bool = False


def cut(
    blocks: Iterable[Block], source: str, lines: MappedLines, back: OffsetMap, unit: PlaceUnit
) -> list[Passage]:
    """The passages of one file, in order.

    blocks: of the parsed text; `back` leads from it to the raw text that `lines` counts. No
    passage crosses a heading, page, cell or slide; a heading with nothing below it becomes one.
    """
    found = []
    for section in _sections(blocks):
        for pieces, header in _groups(section):
            headings = (*section.headings, *header)
            passage = make_passage(pieces, source, headings, section.number, lines, back, unit)
            if passage:
                found.append(passage)
    return found


def make_passage(
    pieces: list[MappedPiece],
    source: str,
    headings: tuple[str, ...],
    number: int,
    lines: MappedLines,
    back: OffsetMap,
    unit: PlaceUnit,
) -> Passage | None:
    """One passage of the given pieces; None where they hold no text."""
    text = "".join(piece.text for piece in pieces)
    low, high = len(text) - len(text.lstrip()), len(text.rstrip())
    if low >= high:
        return None
    pieces = list(piece_slice(pieces, low, high))
    text = text[low:high]
    spans = tuple(_spans(pieces, lines, back))
    if not spans:
        return None
    start = min(span.line for span in spans)
    end = max(span.end_line for span in spans)
    if unit == "time":
        first, last = min(s.first for s in spans), max(s.last for s in spans)
    elif unit == "line":
        first, last = float(start), float(end)
    else:
        first = last = float(number)
    place = Place(source, start, end, unit, first, last)
    return Passage(
        passage_id(source, text), text, source, place, headings, language_of(text), spans
    )


def _spans(pieces: Iterable[MappedPiece], lines: MappedLines, back: OffsetMap) -> Iterator[Span]:
    """The spans of a passage: neighbouring verbatim runs are one."""
    at = 0
    held: Span | None = None
    for piece in pieces:
        length = len(piece.text)
        if piece.start < 0:
            at += length
            continue
        runs = list(back.back(piece.start, piece.end))
        if piece.verbatim:
            new = [(at + r.start - piece.start, at + r.end - piece.start, r) for r in runs]
        else:
            low, high = min(r.old_start for r in runs), max(r.old_end for r in runs)
            whole = runs[0]._replace(old_start=low, old_end=high, verbatim=False)
            new = [(at, at + length, whole)]
        for start, end, run in new:
            last_line = lines.of(max(run.old_end - 1, run.old_start))
            span = Span(
                start, end, run.old_start, run.old_end, lines.of(run.old_start), last_line,
                run.verbatim, piece.first, piece.last,
            )  # fmt: skip
            if held is not None and _continues(held, span):
                held = Span(
                    held.start, end, held.raw_start, run.old_end, held.line, last_line,
                    True, held.first, held.last,
                )  # fmt: skip
            else:
                if held is not None:
                    yield held
                held = span
        at += length
    if held is not None:
        yield held


def _continues(held: Span, span: Span) -> bool:
    return (
        held.verbatim
        and span.verbatim
        and held.end == span.start
        and held.raw_end == span.raw_start
        and (held.first, held.last) == (span.first, span.last)
    )


def _sections(blocks: Iterable[Block]) -> Iterator[_Section]:
    """Blocks grouped by heading path and page/cell/slide number."""
    stack: list[tuple[float, str]] = []
    section = _Section((), 0)
    for block in blocks:
        if block.kind == "heading":
            title = " ".join(block.text.split())
            if block.close:
                # The end of a <details>: its summary and every heading inside it.
                inner = [i for i, (level, _) in enumerate(stack) if level % 1]
                stack = stack[: inner[-1]] if inner else stack
                yield section
                section = _Section(tuple(t for _, t in stack), section.number)
                continue
            if not title:
                continue
            while stack and stack[-1][0] >= block.level:
                stack.pop()
            section.parent_of_next = tuple(t for _, t in stack) == section.headings
            yield section
            long = len(title) > _TITLE
            stack.append((block.level, f"{title[:_TITLE]}…" if long else title))
            section = _Section(tuple(t for _, t in stack), block.number, own=block)
            if long:
                section.parts += _parts(Block("text", block.pieces, number=block.number))
            continue
        if block.number != section.number:
            if section.parts or section.own is None:
                yield section
                section = _Section(section.headings, block.number)
            section.number = block.number
        section.parts += _parts(block)
    yield section


def _parts(block: Block) -> list[_Part]:
    size = size_of(block.text)
    solid = block.kind in ("table", "code")
    if size <= (_WHOLE if solid else _FULL):
        return [_Part(block.pieces, size, block.kind)]
    text = block.text
    if solid:
        ranges = _rows(text)
        header = " ".join(text[: ranges[0][1]].split()) if block.kind == "table" else ""
    else:
        ranges, header = sentences(text, language_of(text)), ""
    parts: list[_Part] = []
    for low, high in _fill(text, _bounded(text, ranges, _FULL), _FULL if solid else WORDS):
        piece = block.slice(low, high)
        later = (header,) if parts and 0 < len(header) <= _TITLE else ()
        parts.append(_Part(piece, size_of(text[low:high]), block.kind, later))
    return parts


def _rows(text: str) -> list[tuple[int, int]]:
    rows, at = [], 0
    for line in text.split("\n"):
        rows.append((at, at + len(line)))
        at += len(line) + 1
    return rows


def _bounded(text: str, ranges: list[tuple[int, int]], limit: float) -> Iterator[tuple[int, int]]:
    """The ranges, cut between words where one alone is longer than a passage (speech written down
    without full stops), and anywhere where there are no words."""
    for low, high in ranges:
        if size_of(text[low:high]) <= limit:
            yield low, high
            continue
        start = end = -1
        size = 0.0
        for word in _WORD.finditer(text, low, high):
            more = size_of(word.group())
            if start >= 0 and max(size + more, (word.end() - start) / CHARACTERS) > limit:
                yield start, end
                start = -1
            if more > limit:
                yield from _sliced(text, word.start(), word.end(), limit)
                start = -1
                continue
            if start < 0:
                start, size = word.start(), 0.0
            end, size = word.end(), size + more
        if start >= 0:
            yield start, end


def _sliced(text: str, low: int, high: int, limit: float) -> Iterator[tuple[int, int]]:
    """A word that is longer than a passage, in pieces that are not."""
    while low < high:
        stop = min(low + int(limit * CHARACTERS), high)
        while size_of(text[low:stop]) > limit:
            stop = low + (stop - low) // 2
        if stop < high:
            stop = _between_signs(text, low, stop)
        yield low, stop
        low = stop


def _between_signs(text: str, low: int, stop: int) -> int:
    """`stop`, or before it where it would take a mark or a part off a sign."""
    for at in range(stop, max(low, stop - _CLUSTER), -1):
        joined = text[at] in _JOINERS or text[at - 1] == _JOINERS[0]
        if not joined and not unicodedata.combining(text[at]):
            return at
    return stop


def _fill(text: str, ranges: Iterable[tuple[int, int]], limit: float) -> Iterator[tuple[int, int]]:
    """Consecutive ranges put together up to the limit."""
    low = high = -1
    size = 0.0
    for start, end in ranges:
        more = size_of(text[start:end])
        if low >= 0 and max(size + more, (end - low) / CHARACTERS) > limit:
            yield low, high
            low, size = -1, 0.0
        low = start if low < 0 else low
        high, size = end, size + more
    if low >= 0:
        yield low, high


def _groups(section: _Section) -> Iterator[tuple[list[MappedPiece], tuple[str, ...]]]:
    """The parts of a section put together into passages; a heading alone where it has none."""
    if not section.parts:
        if section.own is not None and not section.parent_of_next:
            for part in _parts(Block("text", section.own.pieces)):
                yield part.pieces, ()
        return
    groups: list[list[_Part]] = []
    size = 0.0
    for part in _with_lists(section.parts):
        grown = size + _JOIN + part.size
        fits = grown <= (_FULL if size < WORDS or part.size < _SCRAP else WORDS)
        if groups and fits and not part.header:
            groups[-1].append(part)
            size = grown
        else:
            groups.append([part])
            size = part.size
    if len(groups) > 1 and size < _SCRAP and not groups[-1][0].header:
        rest = groups.pop()
        groups[-1] += rest
    for group in groups:
        pieces: list[MappedPiece] = []
        for part in group:
            pieces += [MappedPiece("\n"), *part.pieces] if pieces else part.pieces
        yield pieces, group[0].header


def _with_lists(parts: list[_Part]) -> Iterator[_Part]:
    """The parts, each list as one together with what leads into it; a list too long for a passage
    in as few as hold it."""
    at = 0
    while at < len(parts):
        end = at + 1
        while end < len(parts) and parts[end].kind == "item":
            end += 1
        run = parts[at:end]
        if parts[at].kind not in ("text", "item") or len(run) == 1:
            yield parts[at]
            at += 1
            continue
        led = run[0].kind == "text"
        if led and _size(run) > _WHOLE >= _size(run[1:]) and run[0].size >= _SCRAP:
            yield run[0]
            yield _merged(run[1:], tuple(filter(None, [_name(run[0])])))
        else:
            yield from _cut_list(run)
        at = end


def _cut_list(run: list[_Part]) -> Iterator[_Part]:
    """A list in parts: cut before an item as little deep as may be, each headed by what its first
    item stands below, from what leads into the list on."""
    depth = [-1 if part.kind == "text" else _indent(part) for part in run]
    leads = _leads(depth)
    upto = [0.0, *accumulate(part.size + _JOIN for part in run)]
    at = 0
    while at < len(run):
        end = len(run) if upto[-1] - upto[at] - _JOIN <= _WHOLE else at + 1
        while end < len(run) and upto[end + 1] - upto[at] - _JOIN <= _FULL:
            end += 1
        if end < len(run):
            places = [i for i in range(at + 2, end) if upto[i] - upto[at] >= WORDS / 2]
            end = min([end, *places], key=lambda i: (depth[i], -i))
        above: list[str] = []
        lead = leads[at] if at else -1
        while lead >= 0:
            above.insert(0, _name(run[lead]))
            lead = leads[lead]
        yield _merged(run[at:end], tuple(filter(None, above)))
        at = end


def _leads(depth: list[int]) -> list[int]:
    """Of each line the last one above it that is less deep; -1 where there is none."""
    found: list[int] = []
    above: list[int] = []
    for at, deep in enumerate(depth):
        while above and depth[above[-1]] >= deep:
            above.pop()
        found.append(above[-1] if above else -1)
        above.append(at)
    return found


def _merged(run: list[_Part], header: tuple[str, ...]) -> _Part:
    pieces = list(run[0].pieces)
    for part in run[1:]:
        pieces += [MappedPiece("\n"), *part.pieces]
    return _Part(pieces, _size(run), run[-1].kind, header)


def _size(run: Sequence[_Part]) -> float:
    return sum(part.size for part in run) + _JOIN * (len(run) - 1)


def _indent(part: _Part) -> int:
    return len(part.text) - len(part.text.lstrip())


def _name(part: _Part) -> str:
    """What leads into a list: the last sentence of a paragraph, or the first line of an item."""
    if part.kind == "text":
        said = part.text[slice(*sentences(part.text, language_of(part.text))[-1])]
    else:
        said = part.text.strip().split("\n")[0].split(" ", 1)[-1]
    return said if len(said) <= _TITLE else ""
