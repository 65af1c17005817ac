"""Detects which code page a text was wrongly read as, and which of its lines show it."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.notes.mojibake.codepages import CODE_PAGES, code_page

__all__ = ["damaged_lines", "damaged_page"]

_HANGUL = re.compile(r"[가-힣]")
_LEAST = 3
"""Damaged characters a text must show at the least: `5 μm` is no damage."""


def damaged_page(text: str) -> str:
    """`cp1253` or `cp1252` where the text holds Korean that was read as that, else empty.

    What tells damage from Greek or French: after the letter of a first byte stands a sign or a
    symbol (κ°, μ„, ë‹), hardly ever a letter of a word or a space, and other letters are few.
    """
    if text.isascii():
        return ""
    best = ("", 0)
    for name in CODE_PAGES:
        leads, followed, other = _evidence(text, name)
        if followed >= _LEAST and followed >= 0.6 * leads and followed >= other and leads > best[1]:
            best = (name, leads)
    return best[0]


def damaged_lines(text: str, name: str) -> list[bool]:
    """For each line of a text damaged as `name`, whether it is itself: it shows at least one first
    byte with a sign behind it (or nothing but such letters), and no whole Hangul but for a word."""
    found = []
    for line in text.split("\n"):
        if line.isascii():
            found.append(False)
            continue
        leads, followed, _ = _evidence(line, name)
        whole = len(_HANGUL.findall(line))
        found.append(leads > 0 and 2 * followed >= leads and leads > whole)
    return found


@lru_cache(maxsize=4)
def _patterns(name: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    page = code_page(name)
    lead = "".join(sorted(page.leads))
    tails = sorted(page.tails)
    tail = re.escape("".join(tails) + "\ufffd")
    return (
        re.compile(f"[{lead}]"),
        re.compile(f"[{lead}][{tail}]"),
        # Letters that stand for no byte of Hangul: plenty of them in a real text of that alphabet.
        re.compile(f"[^\\W\\d_a-zA-Z{lead}{tail}가-힣ㄱ-ㅣ一-鿿]"),
    )


def _evidence(text: str, name: str) -> tuple[int, int, int]:
    """First bytes, first bytes with a continuation behind them, letters that fit neither."""
    lead, pair, other = _patterns(name)
    leads = len(lead.findall(text))
    if leads == 0:
        return 0, 0, 0
    return leads, len(pair.findall(text)), len(other.findall(text))
