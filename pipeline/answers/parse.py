"""The final answer in what a model wrote.

What says "this is the answer" is looked for first, the clearest sign first: a LaTeX box, a `####`
line, a marker ("the answer is", "정답은", "답:"; the last one, for models correct themselves), a
line that begins with "A:". Only without any does the kind asked for decide: the last figure,
choice, date and so on. The answer is always a range of the text, so it can be shown where it
stands; where there is none, or the model says that it does not know, the result is None, never a
placeholder.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

from pipeline.answers import answer_spans as pick
from pipeline.answers.answer_spans import Range
from pipeline.answers.choice_phrases import concluded, markers
from pipeline.answers.choices import UNDECIDED, Label, label_at
from pipeline.answers.normalise import AnswerKind, canonical
from pipeline.answers.option_labels import NamedOption, choice_in
from pipeline.text.patterns import pattern
from pipeline.text.wrapping import bare_range, is_placeholder

__all__ = ["AnswerKind", "Extracted", "extract"]


@dataclass(frozen=True, slots=True)
class Extracted:
    """An answer: `text` is what stands in the sample from `start` to `end`; `reason` is what made
    it the answer, and it was `marked` where the reply says that it is (a box, "the answer is")."""

    text: str
    start: int
    end: int
    reason: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """A range that was marked as the answer, and by what. `whole`: it ends where the range does."""

    start: int
    end: int
    reason: str
    whole: bool = False


def extract(
    text: str, kind: AnswerKind = "auto", language: str = "", options: Sequence[str] = ()
) -> Extracted | None:
    """The final answer in `text`, or None where there is none of this kind. `language` ("ko", "en"
    or "") decides only what the text itself leaves open. `options` are the texts of a multiple
    choice: one may be named by its text then."""
    low, high = _scope(text)
    if kind == "choice":
        return _choice(text, low, high, options)
    marked = False
    for found in islice(_marked(text, low, high), _TRIES):
        if answer := _refined(text, found, kind, language):
            return replace(answer, marked=True)
        end = found.end if found.whole else pick.sentence_end(text, found.start, found.end)
        said = text[slice(*bare_range(text, found.start, end))]
        if not marked and said and is_placeholder(said):
            return None  # the last word was that there is no answer
        if kind == "number" and said and pick.has_figures(text, found.start, end):
            return None  # what is marked as the answer has a value that is not understood
        marked = marked or bool(said)
    if marked and kind in ("auto", "text"):
        return None
    return _unmarked(text, low, high, kind, language)


# How many marked places are looked at, and how far an answer may reach behind its marker.
_TRIES, _REACH = 6, 2_000

# --- where to look --------------------------------------------------------------------------------

_NEXT_QUESTION = pattern(
    r"\n[ \t]{0,8}(?:#{1,4}\s?)?(?:\*\*)?(?:Q|Question|Problem|Human|User|질문|문제)\s?\d{0,3}\s?"
    r"(?:\*\*)?[:：.]"
)
_HASHES = pattern(r"####[ \t]*(?P<answer>[^\n]*)")
_PLAIN_A = pattern(r"^[ \t]*A[ \t]*[:：][ \t]*", re.MULTILINE)
_TAGS = pattern(
    r"<(?P<tag>(?:final[_ -]?)?answer)>(?P<answer>[^<]{0,2000})</(?P=tag)>", re.IGNORECASE
)
_BRACE = pattern("[{}]")
_BOX = pattern(r"\\(?:boxed|fbox)\s?\{")


def _scope(text: str) -> Range:
    """Without the thinking before the reply, and without the questions a base model goes on to ask
    itself after it."""
    low = text.rfind("</think>")
    low = 0 if low < 0 else low + len("</think>")
    for drift in _NEXT_QUESTION.finditer(text, low):
        if text[low : drift.start()].strip():
            return low, drift.start()
    return low, len(text)


@cache
def _ahead() -> re.Pattern[str]:
    """What stands before an answer."""
    return re.compile(
        r"(?<![A-Za-z])(?:(?:final|correct|right|best|short)\s+)?answer(?:\s+(?:choice|option))?"
        r"(?:\s+to\s+[^.\n:]{1,80}?)?[*_\s]*"
        r"(?:\s(?:is|was|will be|would be|should be|must be)(?:\s+(?:therefore|thus|simply|indeed"
        r"|actually|option|choice))?(?![A-Za-z])[:：\s]*|[:：=]\s*)"
        r"|(?<![가-힣])(?:최종\s?)?(?:정답|답변|답안|해답|답|결론)"
        r"(?:[*_]*\s*[:：=]|[*_]*(?:은|는)[,\s]*[:：]?)[*_]*\s*"
        r"|(?m:^)[ \t]*#{1,6}[ \t]*(?:final\s+)?(?:answer|정답|답|최종\s?답)[ \t]*\n+",
        re.IGNORECASE,
    )


@cache
def _behind() -> re.Pattern[str]:
    """What stands behind an answer."""
    return re.compile(
        r"(?<!\s)\s{1,4}is\s{1,4}(?:therefore\s)?the\s(?:(?:final|correct|right)\s)?answer(?![A-Za-z])"
        r"|(?:이|가)\s?(?:정답|답)(?:입니다|이다|이에요|임|이며)",
        re.IGNORECASE,
    )


def _marked(text: str, low: int, high: int) -> Iterator[_Found]:
    """Ranges that are marked as the answer: the clearest sign first, the latest first."""
    yield from _set_apart(text, low, high)
    said = []
    for found in deque(_ahead().finditer(text, low, high), maxlen=_TRIES):
        said.append(
            _Found(found.end(), min(high, found.end() + _REACH), f"after {found.group().strip()!r}")
        )
    for found in deque(_behind().finditer(text, low, high), maxlen=_TRIES):
        line = text.rfind("\n", low, found.start()) + 1
        start = pick.sentence_start(text, max(low, line), found.start())
        said.append(_Found(start, found.start(), "before 'the answer'", whole=True))
    yield from sorted(said, key=lambda f: f.start, reverse=True)
    for found in reversed(list(_PLAIN_A.finditer(text, low, high))):
        yield _Found(found.end(), min(high, found.end() + _REACH), "after 'A:'")


def _set_apart(text: str, low: int, high: int) -> Iterator[_Found]:
    """Answers in boxes, in tags and behind `####`."""
    yield from reversed(list(_boxes(text, low, high)))
    for found in reversed(list(_TAGS.finditer(text, low, high))):
        yield _Found(*found.span("answer"), "in tags", whole=True)
    for found in reversed(list(_HASHES.finditer(text, low, high))):
        yield _Found(*found.span("answer"), "after ####")


def _boxes(text: str, low: int, high: int) -> Iterator[_Found]:
    """The contents of LaTeX boxes, in order of their ends; one that is never closed is none."""
    openings = {m.end() - 1: m.end() for m in _BOX.finditer(text, low, high)}
    if not openings:
        return
    depths: list[int] = []  # where each open brace stands
    for brace in _BRACE.finditer(text, low, high):
        if brace.group() == "{":
            depths.append(brace.start())
        elif depths and (start := openings.get(depths.pop())):
            yield _Found(start, brace.start(), "in a box", whole=True)


# --- choices ------------------------------------------------------------------------------------


def _choice(text: str, low: int, high: int, options: Sequence[str]) -> Extracted | None:
    """The option named at the clearest sign; the last one of its kind counts."""
    for found in islice(_choice_marks(text, low, high, options), _TRIES):
        end = found.end if found.whole else pick.sentence_end(text, found.start, found.end)
        choice = choice_in(text, found.start, end, options)
        if isinstance(choice, NamedOption):
            return _chosen(text, choice, found.reason, marked=True)
        if choice is UNDECIDED or _says_nothing(text, found.start, end):
            return None
    ranges = pick.sentences(text, low, high)
    concluding = concluded(text, low, high, ranges, options)
    return _chosen(text, concluding, "the choice made", marked=False) if concluding else None


def _choice_marks(text: str, low: int, high: int, options: Sequence[str]) -> Iterator[_Found]:
    yield from _set_apart(text, low, high)
    for start, end, reason in markers(text, low, high, options):
        yield _Found(start, end, reason, whole=end < high)
    for found in reversed(list(_PLAIN_A.finditer(text, low, high))):
        if isinstance(label_at(text, found.end(), high), Label):
            yield _Found(found.end(), high, "after 'A:'")


def _says_nothing(text: str, start: int, end: int) -> bool:
    said = text[slice(*bare_range(text, start, end))]
    return bool(said) and is_placeholder(said)


def _chosen(text: str, choice: NamedOption, reason: str, *, marked: bool) -> Extracted:
    piece = text[choice.start : choice.end]
    return Extracted(piece, choice.start, choice.end, reason, marked)


# --- the answer in a marked range -----------------------------------------------------------------

_ASIDE = pattern(
    r",?[ \t]+(?:because|since|as it|as they|which|so that|왜냐하면)\s|[ \t]+[-–—][ \t]+|;\s"
)
_BULLET = r"[ \t]*(?:[-*•·]|\d{1,2}[.)]|[①-⑳])[ \t]+\S[^\n]*"
_BULLET_LINES = pattern(rf"^{_BULLET}", re.MULTILINE)
_NEXT_BULLET = pattern(rf"\s*\n?{_BULLET}")
_LIST_LIKE = pattern("[,、]|및| and ")


def _refined(text: str, found: _Found, kind: AnswerKind, language: str) -> Extracted | None:
    """The answer of this kind in a marked range, without its shell."""
    end = found.end if found.whole else pick.sentence_end(text, found.start, found.end)
    span: Range | None = (found.start, end)
    if kind in ("list", "auto"):
        bullets = _bullets_end(text, found.start, found.end)
        if bullets:
            return _answer(text, (found.start, bullets), found.reason, kind, language)
    if kind == "number":
        span = pick.number_in(text, found.start, end)
    elif kind == "date":
        span = pick.date_in(text, found.start, end)
    elif kind == "yesno":
        span = pick.yes_no_in(text, found.start, end)
    elif not found.whole and (aside := _ASIDE.search(text, found.start, end)):
        span = (found.start, aside.start() if text[found.start : aside.start()].strip() else end)
    return _answer(text, span, found.reason, kind, language)


def _answer(
    text: str, span: Range | None, reason: str, kind: AnswerKind, language: str
) -> Extracted | None:
    if span is None:
        return None
    start, end = bare_range(text, *span, korean=kind != "list")
    piece = text[start:end]
    if is_placeholder(piece) or canonical(piece, kind, language) is None:
        return None
    return Extracted(piece, start, end, reason)


def _bullets_end(text: str, start: int, high: int) -> int:
    """Where a list of at least two bullets ends that begins at `start`; 0 where there is none."""
    end, lines = start, 0
    while line := _NEXT_BULLET.match(text, end, high):
        end, lines = line.end(), lines + 1
    return end if lines > 1 else 0


# --- without a marker -----------------------------------------------------------------------------


def _unmarked(text: str, low: int, high: int, kind: AnswerKind, language: str) -> Extracted | None:
    ranges = pick.sentences(text, low, high)
    if not ranges:
        return None
    span: Range | None
    if kind in ("auto", "text"):
        span, reason = ranges[-1], "the last sentence" if len(ranges) > 1 else "the whole reply"
        if kind == "auto" and len(ranges) > 1 and pick.is_conclusion(text, *span):
            span, reason = pick.last_number(text, [span]) or span, "the conclusion"
    elif kind == "number":
        span, reason = pick.last_number(text, ranges), "the last figure"
    elif kind == "list":
        lines = [m.span() for m in _BULLET_LINES.finditer(text, low, high)]
        likely = [r for r in ranges if _LIST_LIKE.search(text, *r)] or ranges
        span, reason = (lines[0][0], lines[-1][1]) if lines else likely[-1], "the last list"
    else:
        finders = {"yesno": pick.last_yes_no, "date": pick.last_date}
        span, reason = finders[kind](text, ranges), f"the last {kind}"
    return _answer(text, span, reason, kind, language)
