"""Headings as questions: what a list below a heading lists, and headings that ask themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.draft.candidate import DraftQuestion
from evals.draft.material import Material, Sentence, lists, usable
from pipeline.text.clauses import INTERROGATIVE

__all__ = ["heading_questions"]

_LEAD = re.compile(r"(?:\*\*)?(?P<lead>[^:：*]{2,40}?)(?:\*\*)?\s?[:：]\s(?=\S)")
_FEWEST, _MOST = 3, 6
_ASKS_KO = re.compile(r"(?:가|까|나|지)\??$")
_ASKS_EN = re.compile(rf"(?:{INTERROGATIVE})\b", re.I)
_SHORT_WORDS = 16


def heading_questions(material: Material) -> Iterator[DraftQuestion]:
    """From the lists whose items have a name in front, and from headings that are questions."""
    yield from _of_lists(material)
    yield from _of_questions(material)


def _of_lists(material: Material) -> Iterator[DraftQuestion]:
    for heading, items in lists(material):
        leads = [_LEAD.match(item.text) for item in items]
        parts = tuple(lead["lead"].strip() for lead in leads if lead)
        if not _FEWEST <= len(items) <= _MOST or len(parts) != len(items) or not _plain(heading):
            continue
        if len(set(parts)) < len(parts) or any(len(part.split()) > 5 for part in parts):
            continue
        joined, above = ", ".join(parts), _above(items[0])
        if items[0].language == "ko":
            question = f"{above}“{heading}”에 적힌 {len(parts)}가지는 무엇인가요?"
        else:
            question = f"Which {len(parts)} things are listed under “{heading}”{above}?"
        yield DraftQuestion(question, (joined,), "list", items, parts)


def _of_questions(material: Material) -> Iterator[DraftQuestion]:
    """A heading that asks, answered by a short first sentence below it."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for sentence in material.sentences:
        passage = sentence.passage
        key = (passage.source, passage.headings)
        if not passage.headings or key in seen:
            continue
        seen.add(key)
        heading = passage.headings[-1]
        if _asks(heading, sentence) and _is_short(sentence):
            title = passage.headings[0] if len(passage.headings) > 1 else ""
            question = heading.rstrip("?？ ") + "?" + (f" ({title})" if title else "")
            yield DraftQuestion(question, (sentence.text.rstrip(". "),), "fact", (sentence,))


def _asks(heading: str, sentence: Sentence) -> bool:
    words = heading.rstrip("?？ ").split()
    if not 3 <= len(words) <= 14:
        return False
    if sentence.language == "ko":
        return _ASKS_KO.search(heading) is not None
    return heading.endswith("?") and _ASKS_EN.match(heading) is not None


def _is_short(sentence: Sentence) -> bool:
    return usable(sentence) and len(sentence.text.split()) <= _SHORT_WORDS


def _above(item: Sentence) -> str:
    """The note that a heading stands in, as the question names it: few headings say enough."""
    headings = item.passage.headings
    if len(headings) < 2 or not _plain(headings[0]):
        return ""
    return f"“{headings[0]}”의 " if item.language == "ko" else f" in “{headings[0]}”"


def _plain(heading: str) -> bool:
    return 3 <= len(heading) <= 60 and "\n" not in heading
