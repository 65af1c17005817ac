"""Run as a program: a PDF on standard input, its text runs with their places as JSON.

PDF is read by a native library; a hostile file that kills it, fills the memory or never ends must
not take the reader with it, so it runs in a process of its own with limits.

A run is text that was set in one go: one baseline, one size, no gap wider than a letter. It is
given as `[text, left, right, baseline, size, angle]` in points, with `baseline` counted downwards
and all of them in the frame in which the text is horizontal (`angle` is in degrees). A leading
space says that the file itself has one before the run.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import math
import sys
import time
from typing import Any

__all__ = ["limit", "main"]

_MEMORY = 2 * 1024**3
_CPU_SECONDS = 60
_ENOUGH_SECONDS = 40
"""Reading stops here, and what was read is kept."""
_MAX_PAGES = 3000
_MAX_CHARACTERS = 8_000_000
_EDGE = 5.0
"""Points by which a letter may begin outside of the page."""
_HYPHEN = "\x02"  # what pdfium makes of a hyphen at a line end; U+FFFE in other versions
_TO_HYPHEN = str.maketrans({_HYPHEN: "-", "\ufffe": "-", "\xad": "-"})


def limit() -> None:
    """Bound the memory and the time of this process, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _Page:
    """Collects the runs of one page, character by character."""

    def __init__(self, raw: Any, page: Any) -> None:
        self._raw = raw
        self._page = page
        self._text = page.get_textpage()
        self._box = page.get_bbox()
        self.runs: list[list[Any]] = []
        self._letters: list[str] = []
        self._open: list[Any] = []  # left, right, baseline, height, size, angle
        self._latest = 0.0  # where the last letter begins
        self._space = False

    def read(self) -> list[list[Any]]:
        raw, text = self._raw, self._text
        x, y, box = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF()
        at_x, at_y, at_box = ctypes.byref(x), ctypes.byref(y), ctypes.byref(box)
        left, bottom, right, top = self._box
        left, bottom, right, top = left - _EDGE, bottom - _EDGE, right + _EDGE, top + _EDGE
        for index in range(raw.FPDFText_CountChars(text)):
            letter = chr(raw.FPDFText_GetUnicode(text, index))
            if letter.isspace() or letter == "\0":
                if letter == "\u3000" and not self._space:
                    self._wide_space()
                self._space = True
                continue
            raw.FPDFText_GetCharOrigin(text, index, at_x, at_y)
            if not (left <= x.value <= right and bottom <= y.value <= top):
                continue  # outside what is shown of the page
            raw.FPDFText_GetLooseCharBox(text, index, at_box)
            angle = raw.FPDFText_GetCharAngle(text, index)
            self._put(letter, index, angle, (x.value, y.value), box)
        self._end()
        return self.runs

    def _put(
        self, letter: str, index: int, radians: float, origin: tuple[float, float], box: Any
    ) -> None:
        angle = -round(math.degrees(radians)) % 360  # pdfium counts clockwise
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        ends = [box.left * cos + box.bottom * sin, box.right * cos + box.top * sin]
        first, last = min(ends), max(ends)
        base = origin[0] * sin - origin[1] * cos
        height = abs(box.top - box.bottom) if angle % 180 < 45 else abs(box.right - box.left)
        if not all(map(math.isfinite, (first, last, base, height))):
            return
        latest, self._latest = self._latest, first
        if self._open:
            _, right, held_base, held_height, size, held_angle = self._open
            # The letters of a ligature share one place.
            near = first > latest - 0.1 * size and first - right < 0.9 * size
            level = abs(base - held_base) < 0.1 * size
            if near and level and angle == held_angle and abs(height - held_height) < 0.15 * size:
                if self._space:
                    self._letters.append(" ")
                self._letters.append(letter)
                self._open[1] = max(right, last)
                self._space = False
                return
        self._end()
        self._open = [first, last, base, height, self._size(index) or height or 1.0, angle]
        self._letters = [" " if self._space else "", letter]
        self._space = False

    def _wide_space(self) -> None:
        """A space as wide as a letter is a word's end, not a gap between cells."""
        if self._open:
            self._open[1] += self._open[4]

    def _size(self, index: int) -> float:
        """Of the letters as they appear on the page."""
        matrix = self._raw.FS_MATRIX()
        size = float(self._raw.FPDFText_GetFontSize(self._text, index))
        if self._raw.FPDFText_GetMatrix(self._text, index, ctypes.byref(matrix)):
            size *= math.hypot(matrix.c, matrix.d)
        return abs(size) if math.isfinite(size) else 0.0

    def _end(self) -> None:
        if self._open:
            text = "".join(self._letters).translate(_TO_HYPHEN)
            # Letters beyond the first plane may come as two halves.
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            left, right, base, _, size, angle = self._open
            places = [round(value, 2) for value in (left, right, base, size)]
            self.runs.append([text, *places, angle])
        self._open = []


def main() -> int:
    """0 with `{"pages": [[run, ...], ...], "more": bool}`, or 3 with `{"error": ...}`."""
    data = sys.stdin.buffer.read()
    limit()
    pypdfium2 = importlib.import_module("pypdfium2")
    raw = importlib.import_module("pypdfium2.raw")
    try:
        document = pypdfium2.PdfDocument(data)
        pages: list[list[list[Any]]] = []
        size = 0
        for number in range(min(len(document), _MAX_PAGES)):
            page = document[number]
            runs = _Page(raw, page).read()
            page.close()
            size += sum(len(run[0]) for run in runs)
            pages.append(runs)
            if size > _MAX_CHARACTERS or time.process_time() > _ENOUGH_SECONDS:
                break
        answer = {"pages": pages, "more": len(pages) < len(document)}
    except (pypdfium2.PdfiumError, MemoryError, ValueError, OSError) as error:
        print(json.dumps({"error": str(error)[:200] or type(error).__name__}))
        return 3
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
