"""Bytes to text: which encoding a note is in, and whether it is text at all."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from pipeline.errors import NotesError, filled
from pipeline.text.language import hangul_count

__all__ = ["Decoded", "decode"]

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MAX_BAD = 0.01
"""Share of undecodable or control characters above which a file is taken for something else."""


class Decoded(NamedTuple):
    """`text`, the raw text of all positions, has no byte order mark and `\\n` line ends only."""

    text: str
    encoding: str
    problems: list[str]


def decode(data: bytes, name: str) -> Decoded:
    """The text of a file. `name` is for the error.

    Raises NotesError where the bytes are no text in UTF-8, UTF-16, CP949 or anything
    charset-normalizer knows.
    """
    found = _decode(data)
    if found is None:
        raise NotesError(
            filled("{note}: not a text file, or in an encoding that cannot be told.", note=name),
            "Save it as UTF-8.",
        )
    text = found.text.replace("\r\n", "\n").replace("\r", "\n")
    controls = len(_CONTROL.findall(text))
    if controls > max(2, _MAX_BAD * len(text)):
        raise NotesError(
            filled("{note}: holds binary data, not text.", note=name),
            "Take it out of the notes folder.",
        )
    return Decoded(text, found.encoding, found.problems)


def _decode(data: bytes) -> Decoded | None:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding) or _mostly(data[len(mark) :], encoding)
    if 0 not in data[:4096]:
        found = _strict(data, "utf-8")
        if found:
            return found
    else:
        # UTF-16 without its mark: every other byte of ASCII is zero.
        zeros = (data[0:4096:2].count(0), data[1:4096:2].count(0))
        encoding = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        if max(zeros) > 8 * (min(zeros) + 1) or max(zeros) > 0 == min(zeros):
            found = _strict(data[: len(data) // 2 * 2], encoding)
            if found and not _CONTROL.search(found.text):
                return found
        return _strict(data, "utf-8")
    # A few broken bytes in a UTF-8 file come first: CP949 accepts almost any byte pair.
    found = _mostly(data, "utf-8")
    if found:
        return found
    korean = _strict(data, "cp949") or _mostly(data, "cp949")
    if korean and _looks_korean(korean.text):
        return korean
    wide = _strict(data, "utf-16-le") if len(data) % 2 == 0 else None
    if wide and _looks_korean(wide.text):
        return wide
    return _guess(data)


def _strict(data: bytes, encoding: str) -> Decoded | None:
    try:
        return Decoded(data.decode(encoding), encoding, [])
    except UnicodeDecodeError:
        return None


def _mostly(data: bytes, encoding: str) -> Decoded | None:
    """Decoded with the broken characters marked, where they are few."""
    text = data.decode(encoding, "replace")
    bad = text.count("\ufffd")
    if not bad or bad > max(1, _MAX_BAD * len(text)):
        return None
    line = text.count("\n", 0, text.index("\ufffd")) + 1
    many = "1 character is" if bad == 1 else f"{bad} characters are"
    return Decoded(text, encoding, [f"{many} not valid {encoding}, the first on line {line}"])


def _looks_korean(text: str) -> bool:
    """Korean text is mostly everyday syllables, not the rare ones random byte pairs decode to."""
    foreign = sum(1 for c in text if ord(c) > 127)
    common = sum(1 for c in text if "가" <= c <= "힣" and _everyday(c))
    return foreign > 0 and common >= 0.7 * foreign and hangul_count(text) > 0


def _everyday(syllable: str) -> bool:
    """Is it one of the 2,350 syllables of KS X 1001?"""
    try:
        return len(syllable.encode("euc-kr")) == 2
    except UnicodeEncodeError:
        return False


def _guess(data: bytes) -> Decoded | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:200_000]).best()
    if best is None or best.percent_chaos > 10 or best.encoding == "utf_8":
        return None
    found = _strict(data, best.encoding) or _mostly(data, best.encoding)
    if found is None:
        return None
    return found._replace(
        problems=[*found.problems, f"taken for {best.encoding}: check its letters"]
    )
