"""PDF files written by hand: every piece of text at a place of its own. Hangul is as wide as it is
high, and other letters in the same text half as wide."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Text", "column", "pdf_of", "row", "width_of"]

_LATIN = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
_KOREAN = (
    b"<</Type/Font/Subtype/Type0/BaseFont/HYSMyeongJo-Medium/Encoding/UniKS-UCS2-H"
    b"/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/HYSMyeongJo-Medium/DW 1000"
    b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Korea1)/Supplement 1>>"
    b"/W[1 95 500]/FontDescriptor<</Type/FontDescriptor/FontName/HYSMyeongJo-Medium"
    b"/Flags 6/FontBBox[0 -148 1001 880]/ItalicAngle 0/Ascent 752/Descent -271/CapHeight 737"
    b"/StemV 58>>>>]>>"
)


# Widths of the letters of Helvetica, from the space on, in thousandths of its size.
_WIDTHS = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
]  # fmt: skip


@dataclass(frozen=True)
class Text:
    """`text` with its baseline starting `x` from the left and `y` from the top of the page, in
    points; `angle` in degrees, counter-clockwise."""

    x: float
    y: float
    text: str
    size: float = 10
    angle: float = 0


def width_of(text: str, size: float = 10) -> float:
    """The width of a text in Helvetica, in points."""
    return sum(_WIDTHS[ord(letter) - 32] for letter in text) * size / 1000


def column(
    text: str, x: float, y: float, width: float, size: float = 10, leading: float = 1.2
) -> list[Text]:
    """A text wrapped to a width."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [Text(x, y + i * leading * size, line, size) for i, line in enumerate(lines)]


def row(y: float, cells: dict[float, str], size: float = 10) -> list[Text]:
    """Texts on one baseline, by where they begin."""
    return [Text(x, y, text, size) for x, text in cells.items()]


def pdf_of(
    *pages: Iterable[Text], rotate: int = 0, width: float = 595, height: float = 842
) -> bytes:
    """A file with those pages, the texts drawn in the order given."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", _LATIN, _KOREAN]
    kids = []
    for page in pages:
        stream = b"".join(_drawn(text, height) for text in page)
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Rotate {rotate}"
            f"/Contents {number + 1} 0 R/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>>>".encode()
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>".encode()
    return pdf_file(objects)


def _drawn(text: Text, height: float) -> bytes:
    turn = math.radians(text.angle)
    cos, sin = math.cos(turn), math.sin(turn)
    place = f"{cos:.5f} {sin:.5f} {-sin:.5f} {cos:.5f} {text.x} {height - text.y} Tm"
    korean = any(letter > "\u00ff" for letter in text.text)
    shown = (
        text.text.encode("utf-16-be") if korean else text.text.encode("cp1252", "replace")
    ).hex()
    return f"BT /F{2 if korean else 1} {text.size} Tf {place} <{shown}> Tj ET\n".encode()


def pdf_file(objects: Sequence[bytes]) -> bytes:
    data = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%s endobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(data)
