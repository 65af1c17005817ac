"""One file of notes, read: bytes, text, repairs, blocks, noise, passages."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pipeline.errors import NotesError, ThinkscaleError, filled
from pipeline.notes.breaks import broken_off
from pipeline.notes.characters import settle, settle_block, settled, without_controls
from pipeline.notes.decoding import decode
from pipeline.notes.document import Document, Dropped, Folded, NoteReport, Repair
from pipeline.notes.folding import Repeat, fold_passages, fold_sentences
from pipeline.notes.formats import FORMATS, kind_of, parse
from pipeline.notes.mapped import Block, MappedLines, OffsetMap, Parsed
from pipeline.notes.mojibake import mend
from pipeline.notes.mojibake.background import counts_near
from pipeline.notes.noise import Noise, blank, noise
from pipeline.notes.note_files import read_bytes
from pipeline.notes.passages import cut
from pipeline.notes.payloads import shortened, without_payloads
from pipeline.text.language import language_of
from pipeline.types import Passage, Place, Source

__all__ = ["Opened", "open_raw", "read"]


class Opened(NamedTuple):
    """The raw text of a note, in which every position counts, and what its parser made of a format
    that is not text itself."""

    kind: str
    raw: str
    encoding: str
    problems: list[str]
    sha256: str
    parsed: Parsed | None


def open_raw(root: Path, path: str) -> Opened:
    """Open a note as far as its raw text.

    Raises NotesError where it cannot be opened, is no text, or its parser is not installed.
    """
    with _contained(path):
        return _open_raw(root, path)


@contextmanager
def _contained(path: str) -> Iterator[None]:
    """Whatever goes wrong while a file is read is that file's problem, and no other's. Every parser
    runs inside: what it did not foresee (too deep, too large, damaged in a new way) ends here."""
    try:
        yield
    except ThinkscaleError:
        raise
    except Exception as error:
        said = " ".join(without_controls(str(error)).split())[:120]
        why = f"{type(error).__name__}: {said}" if said else type(error).__name__
        raise NotesError(
            filled("{file}: cannot be read ({why}).", file=path, why=why),
            "Save it again, or take it out of the notes.",
        ) from error


def _open_raw(root: Path, path: str) -> Opened:
    data = read_bytes(root, path)
    digest = hashlib.sha256(data).hexdigest()
    kind = kind_of(path)
    if FORMATS[kind].binary:
        try:
            parsed = parse(kind, data)
        except NotesError as error:
            raise NotesError(
                filled("{path}: {what}", path=path, what=error.what), error.remedy
            ) from None
        # What is read out of such a file is the text of all positions, so it can be clean itself.
        parsed.raw = without_controls(parsed.raw or "")
        return Opened(kind, parsed.raw, kind, list(parsed.problems), digest, parsed)
    decoded = decode(data, path)
    kind = kind_of(path, decoded.text)
    return Opened(kind, decoded.text, decoded.encoding, decoded.problems, digest, None)


def read(root: Path, path: str) -> Document:
    """Read one note of the folder `root` into passages.

    Raises NotesError (with the remedy) where nothing of it can be read; what could be mended or had
    to be left out is in the report.
    """
    with _contained(path):
        return _read(root, path)


def _read(root: Path, path: str) -> Document:
    opened = open_raw(root, path)
    raw, problems = opened.raw, list(opened.problems)
    repairs: list[Repair] = []
    furniture: list[Noise] = []
    if opened.parsed is None:
        mended = mend(raw, lambda: counts_near(root))
        clean, newer = settle(mended.text)
        back = mended.back.then(newer)
        repairs, problems = mended.repairs, problems + mended.problems
        furniture = noise(clean) if opened.kind in ("text", "markdown") else []
        parsed = parse(opened.kind, blank(clean, furniture))
        problems += parsed.problems
    else:
        clean, back, parsed = raw, OffsetMap(), opened.parsed
    # Text formats were settled as a whole before they were parsed; what entities stood for, and all
    # of the other formats, is settled here. No passage is made of anything but these blocks.
    parsed.blocks = [
        settle_block(block, verbatim=opened.parsed is not None)
        for block in without_payloads(parsed.blocks)
    ]
    lines = MappedLines(raw)
    dropped = _dropped(furniture, parsed, clean, lines, back)
    blocks, repeats = fold_sentences(parsed.blocks)
    passages, folded = fold_passages(cut(blocks, path, lines, back, parsed.unit))
    kept, said_before = _with_repeats(passages, repeats, lines, back)
    folded = sorted([*folded, *said_before], key=lambda fold: fold.place.start_line)
    if repeats:
        problems.append(
            filled(
                "repeats itself: {count} sentences that say nothing new were folded",
                count=len(repeats),
            )
        )
    for block in broken_off(parsed.blocks)[:5]:
        line = lines.of(_raw(back, block.start, block.end)[1] - 1)
        problems.append(
            filled("line {line}: the text breaks off in the middle of a sentence", line=line)
        )
    if not kept:
        problems.append("no text was found in it")
    return Document(
        source=Source(
            path,
            opened.kind,
            opened.sha256,
            # Of what is read: an address or a listing is no language.
            parsed.language or language_of(" ".join(p.text for p in kept) or clean),
            settled(parsed.title) or _title(parsed.blocks) or PurePosixPath(path).stem,
        ),
        passages=tuple(kept),
        report=NoteReport(
            encoding=opened.encoding,
            characters=len(raw),
            kept=sum(len(passage.text) for passage in kept),
            repaired=tuple(repairs),
            dropped=tuple(dropped),
            folded=tuple(folded),
            problems=tuple(problems),
        ),
        date=settled(parsed.date),
        meta=dict(parsed.meta),
    )


def _raw(back: OffsetMap, start: int, end: int) -> tuple[int, int]:
    """The raw range behind a range of the cleaned text."""
    runs = list(back.back(start, max(end, start + 1)))
    return min((r.old_start for r in runs), default=start), max(
        (r.old_end for r in runs), default=end
    )


def _dropped(
    furniture: list[Noise], parsed: Parsed, clean: str, lines: MappedLines, back: OffsetMap
) -> list[Dropped]:
    """What is no part of the notes, by line of the raw text."""
    shown = clean.split("\n") if furniture else []
    found = [Dropped(item.line, shown[item.line - 1].strip(), item.reason) for item in furniture]
    text = parsed.raw or clean
    for start, end, reason in parsed.dropped:
        line = lines.of(_raw(back, start, end)[0])
        said = settled(shortened(text[start:end]))
        found.append(Dropped(line, " ".join(said.split()), reason))
    return sorted(found, key=lambda item: item.line)


def _with_repeats(
    passages: list[Passage], repeats: list[Repeat], lines: MappedLines, back: OffsetMap
) -> tuple[list[Passage], list[Folded]]:
    """The places of folded sentences put with the passages that say them."""
    if not repeats:
        return passages, []

    starts = [min(span.raw_start for span in passage.spans) for passage in passages]
    also: dict[int, list[Place]] = {}
    folded = []
    for repeat in repeats:
        low, high = _raw(back, repeat.start, repeat.end)
        first, _ = _raw(back, repeat.first, repeat.first + 1)
        owner = max(bisect_right(starts, first) - 1, 0)
        line, last = lines.of(low), lines.of(max(high - 1, low))
        home = passages[owner].place
        place = Place(home.source, line, last, "line", float(line), float(last))
        also.setdefault(owner, []).append(place)
        folded.append(Folded(place, repeat.text, home))
    return [
        replace(passage, also=(*passage.also, *also[index])) if index in also else passage
        for index, passage in enumerate(passages)
    ], folded


def _title(blocks: list[Block]) -> str:
    """The first heading."""
    for block in blocks:
        if block.kind == "heading" and block.text.strip():
            return " ".join(block.text.split())[:300]
    return ""
