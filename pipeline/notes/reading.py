"""One file of notes, read: bytes, text, repairs, blocks, noise, passages."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pipeline.errors import NotesError
from pipeline.notes.characters import settle
from pipeline.notes.decoding import decode
from pipeline.notes.document import Document, Repair, Report
from pipeline.notes.files import read_bytes
from pipeline.notes.folding import fold_repeats
from pipeline.notes.formats import FORMATS, kind_of, parse
from pipeline.notes.language import language_of
from pipeline.notes.mapped import Block, Lines, OffsetMap, Parsed
from pipeline.notes.mojibake import mend
from pipeline.notes.mojibake.background import counts_near
from pipeline.notes.passages import cut
from pipeline.types import Source

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
    data = read_bytes(root, path)
    digest = hashlib.sha256(data).hexdigest()
    kind = kind_of(path)
    if FORMATS[kind].binary:
        try:
            parsed = parse(kind, data)
        except NotesError as error:
            raise NotesError(f"{path}: {error.what}", error.remedy) from None
        return Opened(kind, parsed.raw or "", kind, list(parsed.problems), digest, parsed)
    decoded = decode(data, path)
    kind = kind_of(path, decoded.text)
    return Opened(kind, decoded.text, decoded.encoding, decoded.problems, digest, None)


def read(root: Path, path: str) -> Document:
    """Read one note of the folder `root` into passages.

    Raises NotesError (with the remedy) where nothing of it can be read; what could be mended or had
    to be left out is in the report.
    """
    opened = open_raw(root, path)
    raw, problems = opened.raw, list(opened.problems)
    repairs: list[Repair] = []
    if opened.parsed is None:
        mended = mend(raw, lambda: counts_near(root))
        clean, newer = settle(mended.text)
        back = mended.back.then(newer)
        repairs, problems = mended.repairs, problems + mended.problems
        parsed = parse(kind_of(path, clean), clean)
        problems += parsed.problems
    else:
        clean, back, parsed = raw, OffsetMap(), opened.parsed
    passages = cut(parsed.blocks, path, Lines(raw), back, parsed.unit)
    kept, folded = fold_repeats(passages)
    if not kept:
        problems.append("no text was found in it")
    return Document(
        source=Source(
            path,
            opened.kind,
            opened.sha256,
            parsed.language or language_of(clean),
            parsed.title or _title(parsed.blocks) or PurePosixPath(path).stem,
        ),
        passages=tuple(kept),
        report=Report(
            encoding=opened.encoding,
            characters=len(raw),
            kept=sum(len(passage.text) for passage in kept),
            repaired=tuple(repairs),
            folded=tuple(folded),
            problems=tuple(problems),
        ),
        date=parsed.date,
        meta=dict(parsed.meta),
    )


def _title(blocks: list[Block]) -> str:
    """The first heading."""
    for block in blocks:
        if block.kind == "heading" and block.text.strip():
            return " ".join(block.text.split())[:300]
    return ""
