"""Questions to begin with, made from the headings of the notes that are asked."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import zip_longest

from pipeline.text.particles import with_particle
from pipeline.types import Passage

__all__ = ["example_questions", "question_of"]

_SHORTEST, _LONGEST = 3, 48  # letters of a heading
_TRIED = 24
_NUMBERED = re.compile(r"\A(?:[\d.]+[.)]?|[IVX]+\.|제?\d+[장절])\s+")
_ARTICLE = re.compile(r"\A(?:The|An?)(?=\s)")
_CAPITAL = re.compile(r"[A-Z][a-z]*(?![\w'-])")
_SMALL = re.compile(r"(?<![\w'-])[a-z]+(?![\w'-])")
_LOOKED_AT = 2000  # passages, for the words they have


def question_of(heading: str, language: str, written_small: Collection[str] = ()) -> str:
    """What one would ask to read what stands under a heading. A first word is no name, and loses
    its capital, where the notes have it `written_small`."""
    heading = _NUMBERED.sub("", " ".join(heading.split())).strip(" :.-*`")
    if heading.endswith("?"):
        return heading
    if language == "ko":
        return f"{with_particle(heading, '은')} 무엇인가요?"
    first = _CAPITAL.match(heading)
    if first and (_ARTICLE.match(heading) or first[0].lower() in written_small):
        heading = heading[0].lower() + heading[1:]
    return f"What is {heading}?"


def example_questions(
    passages: Iterable[Passage],
    languages: Sequence[str],
    answerable: Callable[[str], bool],
    most: int = 4,
) -> list[str]:
    """Up to `most` questions, each about another note where there are so many, that the notes
    answer. A heading that stands in several notes ("Summary") says nothing about one."""
    passages = list(passages)
    small = {word for one in passages[:_LOOKED_AT] for word in _SMALL.findall(one.text)}
    by_source: dict[str, dict[str, str]] = defaultdict(dict)
    notes_with: Counter[str] = Counter()
    for passage in passages:
        heading = passage.headings[-1].strip() if passage.headings else ""
        if passage.language not in languages or not _SHORTEST <= len(heading) <= _LONGEST:
            continue
        if heading not in by_source[passage.source]:
            by_source[passage.source][heading] = passage.language
            notes_with[heading] += 1
    own = [
        [(h, language) for h, language in found.items() if notes_with[h] == 1 and _is_said(h)]
        for found in by_source.values()
    ]
    own = [headings[1:] + headings[:1] for headings in own]  # the title last: it is the broadest
    rounds = (pair for group in zip_longest(*own) for pair in group if pair is not None)
    questions: dict[str, None] = {}
    for tried, (heading, language) in enumerate(rounds):
        if tried >= _TRIED or len(questions) >= most:
            break
        question = question_of(heading, language, small)
        if question not in questions and answerable(question):
            questions[question] = None
    return list(questions)


def _is_said(heading: str) -> bool:
    """Words, not a figure or a listing."""
    letters = sum(char.isalpha() or char.isspace() for char in heading)
    return letters >= 0.7 * len(heading)
