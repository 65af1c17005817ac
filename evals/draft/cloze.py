"""Cloze questions: a sentence with its figure or name left out.

It reads like the note by nature, so only a few words on each side are kept: fewer until it copies
no more of the note than any question may."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.draft.candidate import DraftQuestion
from evals.draft.leakage import MOST_OVERLAP, overlap
from evals.draft.material import Sentence
from pipeline.text.entities import names
from pipeline.text.numbers.bounds import GOES_ON
from pipeline.text.numbers.quantities import quantities

__all__ = ["BLANK", "cloze_questions"]

BLANK = "____"
_ASK = {"en": "Fill in the blank:", "ko": "빈칸에 들어갈 말은 무엇인가요?"}
_RANGE = re.compile(GOES_ON)
_RANGE_END = re.compile(r"\d[^\s]*(?:\s?[~–-]\s?|에서\s|\s(?:to|and)\s)$")
_FORMULA = re.compile(r"[×÷=^*]|\s\+\s|\)\w|\sx\s.*\sx\s")
_TOPIC = re.compile(
    r"(?P<topic>[가-힣A-Za-z0-9][^,.;:\n]{0,30}?[가-힣A-Za-z0-9)])(?:은|는|이|가)\s"
)
_SIDE, _HEAD = 9, 5
_FEW = 2
_FEWEST = 5
"""Words of the note that must be left, or the blank could be anything."""


def cloze_questions(
    sentence: Sentence, common: frozenset[str] = frozenset()
) -> Iterator[DraftQuestion]:
    """One for each figure with a name before it, then for each name that is said once and is none
    of the `common` ones."""
    text = sentence.text
    for start, end in _gaps(text, common):
        answer = text[start:end].strip()
        question = _question(text, start, end, sentence.language)
        if question and answer not in question:
            yield DraftQuestion(question, (answer,), "cloze", (sentence,))


def _gaps(text: str, common: frozenset[str]) -> Iterator[tuple[int, int]]:
    named = names(text)
    if _FORMULA.search(text):
        return
    for q in quantities(text):
        before = [name for name in named if name.end <= q.start]
        if _RANGE.match(text, q.end) or _RANGE_END.search(text, 0, q.start):
            continue
        digits = re.sub(r"\D", "", text[q.start : q.end])
        if not q.unit and len(digits) < 2:
            continue  # a bare "1", or a word that may be no number at all
        if not digits and q.value <= _FEW:
            continue  # "between two points"
        behind = before[-1].end if before else _topic_end(text, q.start)
        if behind and q.unit != "ordinal" and q.start - behind > 1:
            yield q.start, q.end  # right behind a name it is part of one ("PaLM 540B")
    for name in named:
        if name.text in common:
            continue
        if text.count(name.text) == 1 and name.start > 0 and len(name.text) > 2:
            yield name.start, name.end


def _topic_end(text: str, before: int) -> int:
    """Where the words end that a Korean sentence says something of; 0 where there are none."""
    found = _TOPIC.match(text, 0, before)
    return found.end("topic") if found else 0


def _question(text: str, start: int, end: int, language: str) -> str:
    """The blank with what stands around it, cut until it copies little enough."""
    ask = _ASK["ko" if language == "ko" else "en"]
    left, right = text[:start].split(), text[end:].split()
    lead = left.pop() if left and not text[start - 1 : start].isspace() else ""
    if re.search(r"\w$", lead):
        return ""
    glued = "" if text[end : end + 1].isspace() else " ".join(right[:1])
    if glued:
        right = right[1:]
    tail = glued if re.fullmatch(r"[^\w]*|[가-힣]{1,4}[^\w]*", glued) else ""
    if glued and not tail:
        return ""
    for side in range(_SIDE, 1, -1):
        for other in range(side, -1, -1):
            for low, high in ((side, other), (other, side)):
                shown = _shown(left, right, (low, high), (lead, tail))
                question = f"{ask} {shown}"
                kept = min(low, len(left)) + min(high, len(right))
                if kept >= _FEWEST and overlap(question, text) < MOST_OVERLAP:
                    return question
    return ""


def _shown(
    left: list[str], right: list[str], sides: tuple[int, int], glued: tuple[str, str]
) -> str:
    """So many words on each side of the blank, and those that the sentence begins with, which say
    what it is about; `glued` is what touches the blank ("(", a particle)."""
    before = left[-sides[0] :] if sides[0] else []
    cut = len(left) - len(before)
    head = left[: min(cut, _HEAD)]
    start = [*head, "…"] if cut > len(head) else head
    after = [*right[: sides[1]], *(["…"] if len(right) > sides[1] else [])]
    return " ".join([*start, *before, glued[0] + BLANK + glued[1], *after])
