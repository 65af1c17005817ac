"""The sentences of the notes that come nearest to each unanswerable question, for a person to read.

`python -m tests.corpus.nearest` prints those that nobody has read yet, as lines of the review
(`unanswerable.jsonl`). Read each, and add it only if it does not answer the question.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from .reading import body, items, notes

__all__ = ["REVIEW", "nearest", "reviewed", "unread"]

REVIEW = Path(__file__).with_name("unanswerable.jsonl")
LOOKED_AT = 3
"""Sentences read for each question."""

_WORD = re.compile(r"[a-z][a-z0-9.-]*[a-z0-9]|\d[\d.,]*|[가-힣]+")
_CUT = re.compile(r"(?<=[.?!]) +|\n+")
_SAYS_NOTHING = frozenset(
    "a an the of in on at to for is are was were do doe did have has had how many much"
    " what which question when who why where it its with by from and or than one"
    " use used get got give per 얼마 마나 나요 인가 가요 무엇 엇인 언제 제인 누구 어느 어떤 되나"
    " 하나 했나 썼나 들었 었나 있나 는데 하는 것은 몇".split()
)


def terms(text: str) -> list[str]:
    """Words of Latin letters and figures, and pairs of Hangul syllables."""
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        if "가" <= word[0] <= "힣":
            found += [word[at : at + 2] for at in range(len(word) - 1)] or [word]
        else:
            found.append(word.rstrip("s") if len(word) > 3 else word)
    return found


@cache
def _sentences() -> tuple[tuple[str, str, Counter[str]], ...]:
    return tuple(
        (path, sentence.strip(), Counter(terms(sentence)))
        for path in notes()
        for sentence in _CUT.split(body(path))
        if len(sentence.split()) > 2
    )


@cache
def _rarity() -> dict[str, float]:
    seen = Counter(term for _, _, found in _sentences() for term in found)
    count = len(_sentences())
    return {term: math.log(1 + (count - n + 0.5) / (n + 0.5)) for term, n in seen.items()}


def nearest(question: str) -> list[tuple[str, str]]:
    """(note, sentence), the nearest first, by BM25 over all notes in both languages."""
    asked, rarity = set(terms(question)) - _SAYS_NOTHING, _rarity()
    average = sum(found.total() for _, _, found in _sentences()) / len(_sentences())
    scored = []
    for path, sentence, found in _sentences():
        length = 1.2 * (0.25 + 0.75 * found.total() / average)
        score = sum(rarity[t] * found[t] * 2.2 / (found[t] + length) for t in asked & found.keys())
        scored.append((-score, path, sentence))
    return [(path, sentence) for _, path, sentence in sorted(scored)[:LOOKED_AT]]


def reviewed() -> dict[str, set[tuple[str, str]]]:
    """For each id what a person has read and found not to answer."""
    lines = REVIEW.read_text(encoding="utf-8").splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return {row["id"]: {(source, text) for source, text in row["read"]} for row in rows}


def unread() -> dict[str, list[tuple[str, str]]]:
    """For each unanswerable question the nearest sentences that the review does not have."""
    known = reviewed() if REVIEW.exists() else {}
    found = {
        item["id"]: [
            pair for pair in nearest(item["question"]) if pair not in known.get(item["id"], ())
        ]
        for item in items()
        if not item["answerable"]
    }
    return {name: pairs for name, pairs in found.items() if pairs}


if __name__ == "__main__":
    for name, pairs in unread().items():
        print(json.dumps({"id": name, "read": pairs}, ensure_ascii=False))
