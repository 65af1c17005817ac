"""The names of files as text of one line, whatever bytes they are on disk."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata

from pipeline.notes.characters import UNSEEN

__all__ = ["escaped_name", "shown_name"]

_BREAKING = re.compile(rf"[\n\t]|{UNSEEN.pattern}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def shown_name(name: str) -> str:
    """A name as it is written in paths of notes: composed (NFC), names that the system's encoding
    could not read (UTF-8 where that is ASCII, CP949 of old archives) decoded, and what does not
    belong into a line escaped. Odd spaces, joiners and symbols newer than Python stay."""
    if _SURROGATE.search(name):
        decoded = _decoded(name)
        if decoded is None:
            return escaped_name(name)
        name = decoded
    return _BREAKING.sub(_escape, unicodedata.normalize("NFC", name))


def _decoded(name: str) -> str | None:
    for encoding in ("utf-8", "cp949"):
        with contextlib.suppress(UnicodeError):
            return os.fsencode(name).decode(encoding)
    return None


def escaped_name(name: str) -> str:
    """A name as it is on disk, with escapes for what is no text or does not belong into a line."""
    return _BREAKING.sub(_escape, name)


def _escape(match: re.Match[str]) -> str:
    letter = match.group()
    if "\udc80" <= letter <= "\udcff":  # a byte that is no text
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode()
