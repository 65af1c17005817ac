"""Words that were broken at a line end, made whole.

Whether the hyphen or the break was part of the word is told by the words of the document itself,
then by those of the notes that ship; Korean, which many programs break between any two syllables,
by the room that was left on the lines and by the morphological analyser.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from pipeline.notes.formats.pdf.paragraphs import Paragraph

__all__ = ["mend_line_breaks"]

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HYPHENS = "-‐"
_NO_SPACES = re.compile(r"[\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff9f]")
"""Chinese and Japanese, which have no spaces between words."""
_CONTEXT = 16
"""Syllables on each side of a break that the analyser is given."""
_ROOM = 1.5
"""A syllable would have fitted into so much room (in units of the text's size)."""
_BY_WORDS = 0.2
"""Share of lines with such room from which on a text was broken between words only."""

_Break = tuple[Paragraph, int]


def mend_line_breaks(paragraphs: Sequence[Paragraph]) -> None:
    """Puts the rest of a broken word on the line it began on, in place. Every other line break, and
    what stands in tables, is left alone."""
    prose = [p for p in paragraphs if p.kind not in ("table", "furniture")]
    words = _Words(prose)
    glued = {
        (id(p), i): whole
        for p in prose
        for i, (before, after) in enumerate(pairwise(p.lines))
        if (whole := _hyphenated(before, after, words)) is not None
    }
    glued |= {(id(p), i): p.lines[i] for p, i in _broken_korean(prose, words)}
    glued |= {
        (id(p), i): before
        for p in prose
        for i, (before, after) in enumerate(pairwise(p.lines))
        if p.wrapped[i] and _NO_SPACES.match(before[-1]) and _NO_SPACES.match(after)
    }
    for paragraph in prose:
        _glue(paragraph, {i: whole for (of, i), whole in glued.items() if of == id(paragraph)})


def _glue(paragraph: Paragraph, glued: dict[int, str]) -> None:
    """glued: the lines that end in a broken word, as they are to be before its rest."""
    lines, wrapped = [paragraph.lines[0]], []
    for index, line in enumerate(paragraph.lines[1:]):
        if index not in glued:
            lines.append(line)
            wrapped.append(paragraph.wrapped[index])
            continue
        # The line may itself have been made by an earlier break: only its end changes.
        cut = len(paragraph.lines[index]) - len(glued[index])
        rest, _, left = line.partition(" ")
        lines[-1] = lines[-1][: len(lines[-1]) - cut] + rest
        if left:
            lines.append(left)
            wrapped.append(True)
    paragraph.lines, paragraph.wrapped = lines, wrapped


class _Words:
    """What is known of the words of a document, those at broken line ends aside."""

    def __init__(self, paragraphs: Sequence[Paragraph]) -> None:
        self.own: Counter[str] = Counter()
        for paragraph in paragraphs:
            broken = False
            for line in paragraph.lines:
                text = line.partition(" ")[2] if broken else line
                broken = line[-1] in _HYPHENS
                if broken:
                    text = text.rpartition(" ")[0]
                self.own.update(_WORD.findall(text.lower()))

    def knows(self, word: str) -> bool:
        return word in self.own or word in _shipped_words()


@lru_cache(maxsize=1)
def _shipped_words() -> frozenset[str]:
    """The words of the notes that come with the package."""
    from pipeline.notes.mojibake.background import shipped_corpus

    corpus = shipped_corpus()
    files = sorted(corpus.rglob("*.md")) if corpus else []
    texts = (file.read_text(encoding="utf-8", errors="replace") for file in files)
    return frozenset(word for text in texts for word in _WORD.findall(text.lower()))


def _hyphenated(before: str, after: str, words: _Words) -> str | None:
    """The line as it is before the rest of its last word, with its hyphen or without; None where it
    does not end in a broken word."""
    if before[-1] not in _HYPHENS or not before[-2:-1].isalnum() or not after[0].isalnum():
        return None
    first, second = _last(before[:-1]), _first(after)
    if not first or not second:
        return before  # 23-|bit, 1914-|1918
    ahead = before[-len(first) - 2 : -len(first) - 1]
    if (ahead and ahead in "-/.@_") or not second[0].islower() or not first[1:].islower():
        return before  # state-of-|the-art, https://a-|b, GPT-|based, Meyer-|Schmidt
    joined, apart = f"{first}{second}".lower(), f"{first}-{second}".lower()
    if words.own[joined] or words.own[apart]:
        keeps = words.own[apart] > words.own[joined]
    elif words.knows(joined):
        keeps = False
    else:
        parts = first.lower(), second.lower()
        keeps = words.knows(apart) or all(len(part) > 2 and words.knows(part) for part in parts)
    return before if keeps else before[:-1]


def _last(text: str) -> str:
    """The letters at the end."""
    start = len(text)
    while start and text[start - 1].isalpha():
        start -= 1
    return text[start:]


def _first(text: str) -> str:
    """The letters at the beginning."""
    end = 0
    while end < len(text) and text[end].isalpha():
        end += 1
    return text[:end]


def _is_hangul(letter: str) -> bool:
    return "가" <= letter <= "힣"


def _broken_korean(paragraphs: Sequence[Paragraph], words: _Words) -> list[_Break]:
    """The line breaks inside of Korean words."""
    breaks = [
        (p, i)
        for p in paragraphs
        for i, (before, after) in enumerate(pairwise(p.lines))
        if p.wrapped[i] and _is_hangul(before[-1]) and _is_hangul(after[0])
    ]
    roomy = sum(p.rooms[i] > _ROOM for p, i in breaks)
    if not breaks or roomy > _BY_WORDS * len(breaks):
        return []  # broken between words
    return [(p, i) for p, i in breaks if _is_one_word(p.lines[i], p.lines[i + 1], words)]


def _is_one_word(before: str, after: str, words: _Words) -> bool:
    from pipeline.notes.mojibake.lexicon import analyser

    if words.own[_last(before) + _first(after)]:
        return True
    parts = [before[-_CONTEXT:], after[:_CONTEXT]]
    _, spaced = analyser().glue(parts, return_space_insertions=True)
    return not spaced[0]
