"""Finds where the sentences of a text begin and end, in Korean and English."""

from __future__ import annotations

import re

__all__ = ["sentences"]

# Possessive, and never tried again inside a run: a line of a million dots takes linear time.
_TERMINAL = re.compile(
    r"""(?<![.!?。？！…])[.!?。？！…]++["'”’»)\]」』*_]*+(?=\s|$)|[。？！]["'”’」』)]*+|\n+"""
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“‘])(?:[A-Za-z]|e\.g|i\.e|cf|vs|etc|al|Dr|Mr|Mrs|Ms|Prof|St|Fig|Figs|Eq|Eqs|Sec|Ch"
    r"|No|Vol|pp|ed|eds|Inc|Ltd|Co|Jr|Sr|approx|resp|incl|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept"
    r"|Oct|Nov|Dec|U\.S|Ph\.D)\.$",
)
_NUMBERING = re.compile(r"(?:^|\n)[ \t]*(?:[-*+>] +)?(?:\d{1,3}|[A-Za-z가-하ㄱ-ㅎ])\.$")
# What says in Korean that the quotation before it was said.
_QUOTATIVE = re.compile(
    r"[ \t]*+(?:이?라(?:고|는|며|면서|던)|하(?:고|며|는|여|였|던))(?![가-힣]{3})"
)
_QUOTED = ('"', "'", "”", "’", "」", "』")
# Polite endings that close a Korean sentence even where speech was written down without full stops.
# `요` alone will not do: 필요, 중요, 수요.
_POLITE = re.compile(
    r"(?:니다|[습입합됩갑봅옵십]니까|세요|어요|아요|해요|에요|예요|여요|워요|와요|봐요|줘요|돼요|나요|까요|네요|군요"
    r"|데요|래요|게요|거든요|고요|구요|지요|죠|아닙니까)(?=\s+\S)"
)


def sentences(text: str, language: str) -> list[tuple[int, int]]:
    """The character ranges of the sentences of `text`, in order, without the space around them.

    A line break always ends a sentence. `3.14`, `e.g.`, initials and list numbers do not. In
    Korean (`language == "ko"`) a polite ending before a space does, with or without a full stop.
    """
    cuts = {match.end() for match in _TERMINAL.finditer(text) if not _inside(text, match)}
    if language == "ko":
        cuts.update(match.end() for match in _POLITE.finditer(text))
    found = []
    start = 0
    for cut in [*sorted(cuts), len(text)]:
        low, high = start, cut
        while low < high and text[low].isspace():
            low += 1
        while high > low and text[high - 1].isspace():
            high -= 1
        if low < high:
            found.append((low, high))
        start = cut
    return found


def _inside(text: str, match: re.Match[str]) -> bool:
    """Is this full stop part of an abbreviation, an initial or a list number, or does it end a
    quotation that the sentence goes on from?"""
    if match.group().endswith(_QUOTED) and _QUOTATIVE.match(text, match.end()):
        return True
    if match.group()[0] != "." or len(match.group()) != 1:
        return False
    before = text[max(0, match.start() - 12) : match.start() + 1]
    if _ABBREVIATION.search(before):
        # A single capital closes a sentence where the next word starts one ("plan B. Then"), but an
        # initial is far more common in notes.
        return True
    window = text[max(0, match.start() - 8) : match.start() + 1]
    if match.start() <= 8:
        return _NUMBERING.search(window) is not None
    return "\n" in window and _NUMBERING.search(window[window.index("\n") :]) is not None
