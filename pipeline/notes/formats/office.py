"""Opens DOCX, PPTX and HWPX: a zip archive of XML parts, which is not trusted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.parsers import expat

from pipeline.errors import NotesError, filled
from pipeline.notes.mapped import Block, BlockKind, MappedPiece

__all__ = ["Archive", "Writer", "local", "table_row", "walk"]

_MAX_PART = 48 * 1024 * 1024
"""Bytes one part may have when unpacked: a bomb stops here, a real document never does."""
_MAX_ALL = 128 * 1024 * 1024
_MAX_PARTS = 20_000


class Archive:
    """The parts of an office file. Nothing is ever written to disk, so the names in the archive
    (absolute, or with `..`) name nothing but parts."""

    def __init__(self, data: bytes, what: str) -> None:
        """Raises NotesError where `data` is no archive."""
        self._what = what = filled(what)
        self._left = _MAX_ALL
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self.names = set(self._zip.namelist())
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
            raise NotesError(
                filled("not a {what}: it cannot be unpacked.", what=what), "Save it again."
            ) from None
        if len(self.names) > _MAX_PARTS:
            raise NotesError(filled("not a {what}: too many parts.", what=what), "Save it again.")

    def xml(self, name: str) -> ElementTree.Element | None:
        """One part as XML; None where there is none. Raises NotesError where it cannot be read."""
        if name not in self.names:
            return None
        data = self.bytes(name)
        try:
            # Office files define no entities; whoever does wants them expanded a million times.
            if _has_document_type(data):
                raise NotesError(
                    filled("the {what} holds a document type.", what=self._what), "Save it again."
                )
            return ElementTree.fromstring(data)
        except (ElementTree.ParseError, expat.ExpatError, ValueError, LookupError):
            raise NotesError(
                filled("the {what} is damaged ({part}).", what=self._what, part=name),
                "Save it again.",
            ) from None

    def bytes(self, name: str) -> bytes:
        """One part as it is. Raises NotesError where it cannot be read."""
        limit = min(_MAX_PART, self._left)
        if self._zip.getinfo(name).flag_bits & 1:
            raise NotesError(
                filled("the {what} is encrypted.", what=self._what), "Save it without a password."
            )
        try:
            with self._zip.open(name) as part:
                data = part.read(limit + 1)
        except Exception as error:  # each way of packing has errors of its own
            raise NotesError(
                filled("the {what} is damaged ({part}).", what=self._what, part=name),
                "Save it again.",
            ) from error
        if len(data) > limit:
            raise NotesError(
                filled(
                    "the {what} unpacks to more than {most} MiB ({part}).",
                    what=self._what,
                    most=limit // 2**20,
                    part=name,
                ),
                "Take it out of the notes folder.",
            )
        self._left -= len(data)
        return data


class _Told(Exception):
    """What was to be known is known."""

    def __init__(self, document_type: bool) -> None:
        super().__init__()
        self.document_type = document_type


def _has_document_type(data: bytes) -> bool:
    """Whether an XML text, in whatever encoding, holds a document type before its first element."""

    def found(*_: object) -> None:
        raise _Told(True)

    def element(*_: object) -> None:
        raise _Told(False)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = found
    parser.StartElementHandler = element
    try:
        parser.Parse(data, True)
    except _Told as told:
        return told.document_type
    return False


def walk(element: ElementTree.Element) -> Iterator[tuple[bool, ElementTree.Element]]:
    """An element and all within it, each once on entering (True) and once on leaving (False).

    What is there for programs that cannot show the first choice says the same again: it is left
    out.
    """
    yield True, element
    waiting = [(element, iter(element))]
    while waiting:
        parent, children = waiting[-1]
        child = next(children, None)
        if child is None:
            waiting.pop()
            yield False, parent
        elif local(child) != "Fallback":
            yield True, child
            waiting.append((child, iter(child)))


def local(element: ElementTree.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def table_row(cells: Iterable[str]) -> str:
    """The cells of a row as one line.

    >>> table_row(["tin", "", "232 °C"])
    '| tin |  | 232 °C |'
    """
    return f"| {' | '.join(cells)} |"


class Writer:
    """Puts the text read out of an office file together, and the blocks over it."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._raw: list[str] = []
        self._at = 0

    @property
    def raw(self) -> str:
        return "".join(self._raw)

    def add(
        self, kind: BlockKind, text: str, mark: str = "", level: float = 0, number: int = 0
    ) -> None:
        """One block; its text becomes lines of its own."""
        text = text.replace("\r", "\n").strip("\n")
        if not text.strip():
            return
        pieces = [MappedPiece(mark)] if mark else []
        pieces.append(MappedPiece(text, self._at, self._at + len(text)))
        self.blocks.append(Block(kind, pieces, level, number))
        self._raw.append(text + "\n")
        self._at += len(text) + 1
