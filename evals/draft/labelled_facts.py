""" "GPT-3 (2020): 175 billion parameters" -> "How many parameters are noted for GPT-3?", and the
same in Korean: the line of a list that gives one figure to what stands before the colon."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.draft.candidate import DraftQuestion
from evals.draft.figures import answers_of
from evals.draft.leakage import MOST_OVERLAP, overlap
from evals.draft.material import Sentence
from pipeline.text.answer_type import is_time
from pipeline.text.numbers.bounds import KOREAN_ASKED, LABEL_HEDGE
from pipeline.text.numbers.quantities import Quantity, quantities
from pipeline.text.particles import with_particle

__all__ = ["label_questions"]

_LABEL = re.compile(
    r"(?P<label>[\w가-힣][\w가-힣 .&'’/-]{0,38}?)(?:\s?\([^()]{1,40}\))?\s?[:：]\s"
    rf"(?:{LABEL_HEDGE})?"
)
_NOUN_KO = re.compile(r"\s?(?:개의\s)?(?P<noun>[가-힣]{2,6})(?=\s?(?:\(|$|[,.;]))")
_NOUN_EN = re.compile(r"\s(?P<noun>[a-z][a-z-]+s)(?=\s?(?:\(|$|[,.;]))")
_WORD_KO = re.compile("(?<![가-힣])[가-힣]{1,6}$|[개명장권대층]$")
_ENDS = re.compile(r"(?:\s?\([^()]{0,60}\))?[.,;]?(?:\s|$)")


def label_questions(sentence: Sentence) -> Iterator[DraftQuestion]:
    """At most one, where a figure stands right behind the label and ends the line, or all but a
    remark in brackets does; what it counts is its noun, else the heading above."""
    text = sentence.text
    label = _LABEL.match(text)
    first = next((q for q in quantities(text) if label and q.start == label.end()), None)
    if label is None or first is None or is_time(first, text) or first.unit in ("times", "date"):
        return
    asks, end = (_korean if sentence.language == "ko" else _english)(sentence, label, first)
    if asks and _ENDS.fullmatch(text, end) and overlap(asks, text) < MOST_OVERLAP:
        yield DraftQuestion(asks, answers_of(text, first.start, first.end), "figure", (sentence,))


def _korean(sentence: Sentence, label: re.Match[str], figure: Quantity) -> tuple[str, int]:
    noun = _NOUN_KO.match(sentence.text, figure.end)
    about = label["label"].strip()
    said = _WORD_KO.search(sentence.text[figure.start : figure.end].strip())
    last = said.group() if said else ""
    if noun or len(last) > 1:
        counted = with_particle(noun["noun"] if noun else last, "은")
        return f"{about}의 {counted} 얼마인가요?", noun.end() if noun else figure.end
    heading = _heading(sentence)
    how = f"몇 {last}" if last in KOREAN_ASKED else "얼마"
    topic = with_particle(about, "은")
    return (f"“{heading}”에서 {topic} {how}인가요?" if heading else "", figure.end)


def _english(sentence: Sentence, label: re.Match[str], figure: Quantity) -> tuple[str, int]:
    noun = _NOUN_EN.match(sentence.text, figure.end)
    about = label["label"].strip()
    last = sentence.text[figure.start : figure.end].split()[-1]
    if noun:
        return f"How many {noun['noun']} are noted for {about}?", noun.end()
    if last.isalpha() and last.endswith("s") and last.islower():
        return f"How many {last} are noted for {about}?", figure.end
    heading = _heading(sentence)
    return (f"How much is {about}, under “{heading}”?" if heading else "", figure.end)


def _heading(sentence: Sentence) -> str:
    headings = sentence.passage.headings
    return headings[-1] if headings and 3 <= len(headings[-1]) <= 60 else ""
