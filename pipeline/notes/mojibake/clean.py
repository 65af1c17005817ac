"""Mis-decoded text that lost nothing: undone exactly, line by line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

__all__ = ["korean", "undo"]

_SUSPECT = re.compile(
    r"[\x80-\xff\u0100-\u017f\u0192\u02c6\u02dc\u0370-\u04ff\u2010-\u203a\u20ac\u2122]"
)
# Korean CP949 read as Latin-1 is one accented letter after the other.
_PAIRS = re.compile(r"[\u00a1-\u00fe]{4,}")
_MAX_LINE = 20_000


def undo(line: str, still_bad: Callable[[str], bool]) -> list[tuple[int, int, str]]:
    """What to replace in a line (start, end, by what): the runs between its spaces that were
    mis-decoded. Empty where the line is sound, or could not be mended whole (`still_bad` of it)."""
    if not _SUSPECT.search(line) or len(line) > _MAX_LINE:
        return []
    pairs = list(korean(line))
    if pairs:
        return pairs
    from ftfy import fix_encoding
    from ftfy.badness import is_bad

    if not is_bad(line):
        return []
    fixed: str = fix_encoding(line)
    if fixed == line or is_bad(fixed) or still_bad(fixed):
        return []
    return _by_word(line, fixed, fix_encoding)


def korean(line: str) -> Iterator[tuple[int, int, str]]:
    """What to replace where Korean in CP949 was read as Latin-1."""
    for match in _PAIRS.finditer(line):
        try:
            text = match.group().encode("latin-1").decode("euc-kr")
        except UnicodeError:
            continue
        if sum("가" <= character <= "힣" for character in text) >= 0.8 * len(text):
            yield match.start(), match.end(), text


def _by_word(line: str, fixed: str, fix: Callable[[str], str]) -> list[tuple[int, int, str]]:
    """One replacement a word where the words mend alone as they do together, else one in all."""
    edits = []
    parts = []
    at = 0
    for match in re.finditer(r"[^ \t]+", line):
        word = match.group()
        mended = fix(word)
        parts += [line[at : match.start()], mended]
        at = match.end()
        if mended != word:
            edits.append((match.start(), match.end(), mended))
    parts.append(line[at:])
    return edits if "".join(parts) == fixed else [(0, len(line), fixed)]
