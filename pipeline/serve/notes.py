"""Notes as the page shows them: laid out, a PDF page as a picture, and the raw text with the cited
lines marked. Only what the index was made of can be opened, so no path leads out of the notes
folder."""

from __future__ import annotations

import base64
import html
import importlib.util
import json
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import NotesError
from pipeline.notes.mapped import MappedLines
from pipeline.notes.note_files import locate, read_bytes
from pipeline.notes.reading import Opened, open_raw
from pipeline.serve.errors import Refused
from pipeline.serve.rendered import Node, plain_quote, rendered
from pipeline.shown import clean
from pipeline.types import Passage

__all__ = ["NoteView", "NoteViewer", "sources_of"]

_AROUND = 300
"""Lines before and after the marked ones; a longer note is not sent whole."""
_WIDEST = 2000  # characters of a line
_LONGEST_QUOTE = 4000
_KEPT = 4  # notes opened last
_PICTURE_SECONDS = 30
_PICTURE = Path(__file__).parent.parent / "notes/formats/pdf/picture.py"


@dataclass(frozen=True, slots=True)
class NoteView:
    """Lines `first`.. of a note, of `total`; `start`..`end` are marked. `tree` is the note laid out
    (None: too long, or a PDF, which is shown by `page`), `mark` the quotation as it reads there."""

    path: str
    lines: tuple[str, ...]
    first: int
    total: int
    start: int
    end: int
    kind: str = "text"
    tree: list[Node] | None = None
    mark: str = ""
    page: int = 0

    def html(self, style: str) -> str:
        """The note as an HTML page of its own, which runs nothing and asks for nothing."""
        rows = []
        for number, line in enumerate(self.lines, start=self.first):
            mark = " class=here" if self.start <= number <= self.end else ""
            rows.append(f"<li id=L{number} value={number}{mark}>{html.escape(clean(line))}</li>")
        name = html.escape(clean(self.path))
        return (
            f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{name}</title>\n<style>{style}</style>\n"
            f'<main class="alone"><h1>{name}</h1>\n<ol class="note">{"".join(rows)}</ol></main>\n'
        )


class NoteViewer:
    """The notes folder, as far as it was indexed. `root` None: the passages are no files."""

    def __init__(self, root: Path | None, sources: Collection[str]) -> None:
        self._root, self._sources = root, frozenset(sources)
        self._lock = threading.Lock()  # parsers of documents are not made for threads
        self._opened: OrderedDict[tuple[object, ...], Opened] = OrderedDict()

    def show(self, path: str, start: int = 0, end: int = 0, quote: str = "") -> NoteView:
        """A note, or the part of a long one around its marked lines.

        Raises Refused (404) for what is not in the index or is not there any more.
        """
        opened = self._open(path)
        lines = opened.raw.split("\n")
        start = min(max(start, 0), len(lines))
        end = min(max(end, start), len(lines))
        first = max(1, start - _AROUND) if start else 1
        last = (end or 1) + 2 * _AROUND
        shown = tuple(line.rstrip("\r")[:_WIDEST] for line in lines[first - 1 : last])
        paged = opened.parsed is not None and opened.parsed.unit == "page"
        tree = None if paged else rendered(opened.kind, opened.raw, opened.parsed)
        if tree is not None and len(shown) < len(lines):
            tree = [node for node in tree if _within(node, first, last)]
        quote = quote[:_LONGEST_QUOTE]
        return NoteView(
            path, shown, first, len(lines), start, end, opened.kind, tree,
            plain_quote(opened.kind, quote) if tree is not None else quote,
            _page(opened, start) if paged else 0,
        )  # fmt: skip

    def picture(self, path: str, page: int, width: int, quote: str = "") -> dict[str, Any]:
        """A page of a PDF, drawn in a process of its own: `{png, page, pages, marks}`.

        Raises Refused where it is none, or cannot be drawn.
        """
        root = self._known(path)
        if not path.lower().endswith(".pdf"):
            raise Refused("Only pages of PDF files are shown as pictures.", status=404)
        cannot = Refused("This page cannot be drawn.", "Look at its text.", status=404)
        if importlib.util.find_spec("pypdfium2") is None:
            raise cannot
        asked = {"page": page, "width": width, "quote": quote[:_LONGEST_QUOTE]}
        try:
            data = read_bytes(root, path)
            done = subprocess.run(
                [sys.executable, "-I", str(_PICTURE)],
                input=json.dumps(asked).encode() + b"\n" + data,
                capture_output=True,
                timeout=_PICTURE_SECONDS,
                check=False,
            )
            drawn: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {}
        except NotesError as error:
            raise Refused(error.what, error.remedy, status=404, code="no_such_note") from None
        except (subprocess.TimeoutExpired, ValueError):
            raise cannot from None
        if "png" not in drawn or not base64.b64decode(drawn["png"]).startswith(b"\x89PNG"):
            raise cannot
        return drawn

    def _known(self, path: str) -> Path:
        if self._root is None or path not in self._sources:
            raise Refused("There is no such note in the index.", status=404, code="no_such_note")
        return self._root

    def _open(self, path: str) -> Opened:
        """The note as it is now; one that was just opened is not read again."""
        root = self._known(path)
        try:
            with self._lock:
                info = locate(root, path).stat()
                key = (path, info.st_mtime_ns, info.st_size, info.st_ino)
                if key not in self._opened:
                    self._opened[key] = open_raw(root, path)
                    while len(self._opened) > _KEPT:
                        self._opened.popitem(last=False)
                return self._opened[key]
        except NotesError as error:
            raise Refused(error.what, error.remedy, status=404, code="no_such_note") from None
        except OSError:
            raise Refused("There is no such note in the index.", status=404) from None


def _within(node: Node, first: int, last: int) -> bool:
    lines = node[1].get("lines") if not isinstance(node, str) else None
    return lines is None or (lines[1] >= first and lines[0] <= last)


def _page(opened: Opened, line: int) -> int:
    """The page that a line of what was read out of a PDF stands on."""
    assert opened.parsed is not None
    lines, found = MappedLines(opened.raw), 1
    for block in opened.parsed.blocks:
        if block.number and lines.of(block.start) <= max(line, 1):
            found = block.number
    return found


def sources_of(passages: Sequence[Passage]) -> set[str]:
    """Every file that passages came from, folded repeats too."""
    return {p.source for p in passages} | {place.source for p in passages for place in p.also}
