"""Run as a program: one page of a PDF as a picture, and where a quotation stands on it.

On standard input a line of JSON, `{"page": from 1, "width": in pixels, "quote": text}`, then the
file. On standard output `{"png": base64, "pages": n, "page": n, "marks": [[left, top, width,
height], ...]}`, the marks in parts of the page. As the text of a PDF, it is drawn in a process of
its own, because the native library reads what anyone may have written.
"""

from __future__ import annotations

import base64
import importlib
import json
import struct
import sys
import unicodedata
import zlib
from pathlib import Path
from typing import Any

__all__ = ["main"]

_MOST_PIXELS = 4_000_000
_MOST_MARKS = 200


def _png(data: bytes, width: int, height: int, stride: int) -> bytes:
    """Rows of RGB as a PNG file."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(
            ">I", zlib.crc32(kind + body)
        )  # fmt: skip

    rows = b"".join(b"\0" + data[y * stride : y * stride + 3 * width] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows, 6)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _letters(text: str) -> tuple[str, list[int]]:
    """The letters and figures of a text, and where each stands: how words are spaced, broken and
    hyphenated does not matter."""
    letters, places = [], []
    for at, char in enumerate(text):
        for plain in unicodedata.normalize("NFKC", char).casefold():
            if plain.isalnum():
                letters.append(plain)
                places.append(at)
    return "".join(letters), places


def _marks(page: Any, quote: str) -> list[list[float]]:
    text = page.get_textpage()
    raw = importlib.import_module("pypdfium2.raw")
    count = raw.FPDFText_CountChars(text)
    said = "".join(chr(raw.FPDFText_GetUnicode(text, at) or 32) for at in range(count))
    letters, places = _letters(said)
    wanted, _ = _letters(quote)
    found = letters.find(wanted) if wanted else -1
    if found < 0:
        return []
    first, last = places[found], places[found + len(wanted) - 1]
    left, bottom, right, top = page.get_bbox()
    wide, high = right - left, top - bottom
    marks = []
    for at in range(min(text.count_rects(first, last - first + 1), _MOST_MARKS)):
        x0, y0, x1, y1 = text.get_rect(at)
        place = [(x0 - left) / wide, (top - y1) / high, (x1 - x0) / wide, (y1 - y0) / high]
        if not page.get_rotation():
            marks.append([round(value, 4) for value in place])
    return marks


def main() -> int:
    """0, or 3 with `{"error": ...}`."""
    asked = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    sys.path.insert(0, str(Path(__file__).parent))
    importlib.import_module("worker").limit()
    pypdfium2 = importlib.import_module("pypdfium2")
    try:
        document = pypdfium2.PdfDocument(data)
        number = min(max(int(asked["page"]), 1), len(document))
        page = document[number - 1]
        wide, high = page.get_size()
        scale = min(asked["width"] / wide, (_MOST_PIXELS / (wide * high)) ** 0.5)
        picture = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
        data = bytes(picture.buffer)
        if picture.n_channels != 3:
            raise ValueError("not in colours")
        answer = {
            "png": base64.b64encode(
                _png(data, picture.width, picture.height, picture.stride)
            ).decode(),
            "page": number,
            "pages": len(document),
            "marks": _marks(page, asked["quote"]),
        }
    except (pypdfium2.PdfiumError, MemoryError, ValueError, OSError, ZeroDivisionError) as error:
        print(json.dumps({"error": str(error)[:200] or type(error).__name__}))
        return 3
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
