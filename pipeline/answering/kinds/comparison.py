"""Comparisons: what says how two things differ, then what says most of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from pipeline.answering.kinds.base import (
    APART,
    COVERED,
    Asked,
    Composition,
    Course,
    Part,
    overlaps,
    share,
    terms_of,
)
from pipeline.answering.kinds.lists import listed
from pipeline.evidence.answerability import answerability
from pipeline.evidence.gather import Evidence, gather, inquire
from pipeline.notes.code_lines import is_statement
from pipeline.text.sides import content, sides
from pipeline.text.terms import terms
from pipeline.types import Cost, Search

__all__ = ["compare", "comparison", "sides_known"]

_SIDE = 3
"""Passages searched for each side of a comparison."""

_SAID = 0.8
_BEYOND = 2
"""A sentence with this share of the question's terms says all that was asked, where so many of them
are of neither side ("How does A compare B with C?")."""
_MAY = 0.5
"""So much less sure need it be that a sentence answers, where the notes speak of both."""


def comparison(asked: Asked) -> Course:
    """Both sides of a comparison, or the list of what differs."""
    parts = yield from _compared(asked)
    if parts is None and asked.found and asked.evidence[0].unit.kind == "lead":
        return (yield from listed(asked))
    return parts


def _compared(asked: Asked) -> Course:
    language = asked.inquiry.language
    pair = sides_known(sides(asked.inquiry.text, language), asked.evidence)
    if pair is None or (asked.found and _says_all(asked, pair)):
        return None
    both = yield [Search(side, _SIDE, asked.index) for side in pair]
    alone = [
        gather(inquire(side, language), one.hits) for side, one in zip(pair, both, strict=True)
    ]
    glossed = all(any(one.glossed for one in some) for some in alone)
    if not (asked.found or glossed or _both_found(asked, pair, alone)):
        return None  # no sentence is likely to answer, and the notes do not speak of both
    parts = compare(pair, asked.evidence, alone)
    cost = sum((one.cost for one in both), Cost())
    return Composition("comparison", parts, cost=cost) if parts else None


def _both_found(asked: Asked, pair: tuple[str, str], alone: Sequence[Sequence[Evidence]]) -> bool:
    """Whether the notes may well answer, speak of each of the two by itself, and know every other
    word of the question but those that only compare."""
    language = asked.inquiry.language
    if asked.sure < _MAY * asked.least:
        return False
    if any(
        answerability(inquire(side, language), found) < asked.least
        for side, found in zip(pair, alone, strict=True)
    ):
        return False
    known = frozenset().union(*map(terms_of, (*asked.evidence, *chain(*alone))))
    return all(
        terms(word, question=True) <= known for word in content(asked.inquiry.text, language)
    )


def _says_all(asked: Asked, pair: tuple[str, str]) -> bool:
    """Whether the best sentence has what was asked about both sides, and not only the two: what
    else is said of each would lead away from that."""
    left, right = terms(pair[0]), terms(pair[1])
    if left <= right or right <= left:
        return False  # one name within the other: what has the longer need not speak of both
    wanted = terms(asked.inquiry.text, question=True)
    said = wanted & terms_of(asked.evidence[0])
    beyond = said - left - right
    return len(said) >= _SAID * len(wanted) and len(beyond) >= _BEYOND


def sides_known(
    pairs: Sequence[tuple[str, str]], evidence: Sequence[Evidence]
) -> tuple[str, str] | None:
    """The pair that the passages found know best: most of its terms stand there, on both sides. Of
    pairs that are known alike, the one of fewest words."""
    found = [terms_of(one) for one in evidence]
    texts = [f"{one.passage.heading}\n{one.passage.text}".casefold() for one in evidence]

    def known(side: str) -> float:
        wanted = terms(side)
        seen = max((len(wanted & here) for here in found), default=0)
        # "Compare symmetric" stands nowhere, though both words may: it is no name of anything.
        apart = " " in side and not any(side.casefold() in text for text in texts)
        return seen - 0.75 * (len(wanted) - seen) - apart if wanted else -1.0

    scored = [
        (min(known(a), known(b)), known(a) + known(b), -len(f"{a} {b}".split()), (a, b))
        for a, b in pairs
        if not _one_name(a, b, texts)
    ]
    least, _, _, best = max(scored, default=(0.0, 0.0, 0, ("", "")))
    return best if least > 0 else None


def _one_name(left: str, right: str, texts: Sequence[str]) -> bool:
    """Whether two words are one name ("search and replace"): one of them stands in the texts only
    where they are joined. Names of several words are two ("range-based and hashed sharding")."""
    if " " in left or " " in right:
        return False
    left, right = re.escape(left.casefold()), re.escape(right.casefold())
    joined = re.compile(rf"{left}\W+(?:[^\W\d_]{{1,3}}\W+)?{right}")
    both = sum(len(joined.findall(text)) for text in texts)
    return both > 0 and any(
        sum(len(re.findall(side, text)) for text in texts) == both for side in (left, right)
    )


def compare(
    pair: tuple[str, str], evidence: Sequence[Evidence], alone: Sequence[Sequence[Evidence]]
) -> tuple[Part, ...]:
    """What says how two things differ, then what says most of each. Empty where one of the two is
    not spoken of. `alone` is what was found for each of the two by itself."""
    left, right = (terms(side) for side in pair)
    evidence, alone = _told(evidence), [_told(found) for found in alone]
    parts: list[Part] = []
    if evidence and min(share(left, evidence[0]), share(right, evidence[0])) >= COVERED:
        parts.append(Part(evidence[0]))
    else:
        near = (one for one in evidence if one.score >= evidence[0].score - APART)
        both = next((one for one in near if left | right <= terms(one.text)), None)
        parts += [Part(both)] if both is not None else []
    for mine, other, found, label in (
        (left, right - left, alone[0], pair[0]),
        (right, left - right, alone[1], pair[1]),
    ):
        ranked = [
            (one.score + 2 * _said(mine, one) - 2 * _said(other, one), -at, one)
            for at, one in enumerate(found)
            if share(mine, one) >= COVERED and not overlaps(one, parts)
        ]
        if ranked:
            parts.append(Part(max(ranked, key=lambda row: row[:2])[2], label))
        elif not any(share(mine, part.evidence) >= COVERED for part in parts):
            return ()
    return tuple(parts)


def _told(found: Sequence[Evidence]) -> Sequence[Evidence]:
    """What was found but for lines of code, which show a thing and do not say how it differs; all
    where there is nothing else."""
    return [one for one in found if not is_statement(one.text)] or found


def _said(wanted: frozenset[str], one: Evidence) -> float:
    """The share of some terms that a sentence has itself, whatever it stands under."""
    said = terms(one.passage.text[one.unit.start : one.unit.end])
    return len(wanted & said) / len(wanted) if wanted else 0.0
