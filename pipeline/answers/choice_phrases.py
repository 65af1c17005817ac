"""Finds where a reply says which option is right, and what a reply without such a place says.

What stands behind "the answer is" decides, and what "is correct"; letters in reasons never do.
Without such words a reply must begin with a label or with an option's text, or its last sentence
name exactly one and say nothing against it. A listing of the options chooses none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.answers.choices import Label, choice_label, label_at
from pipeline.answers.option_labels import (
    AGAINST,
    ASKED,
    REASON,
    NamedOption,
    gaps,
    index_of,
    is_listing,
    is_part_of_name,
    labels_in,
    named_exactly,
    occurrences,
)
from pipeline.text.clauses import KOREAN_SO, SO
from pipeline.text.patterns import pattern
from pipeline.text.wrapping import bare_range

__all__ = ["concluded", "markers"]

_ADVERBS = (
    r"(?:\s(?:therefore|thus|hence|simply|clearly|obviously|definitely|indeed|actually|probably"
    r"|likely|most\slikely|then|so)){0,3}"
)
_IS = r"(?:is|was|would\sbe|should\sbe|must\sbe|will\sbe|has\sto\sbe)(?![A-Za-z])"
# A label without "is" or a colon before it: "Answer (B)", "정답 ②".
_LABEL_AHEAD = (
    r"[(\[*'\"‘“「`]{0,3}(?:[A-J](?![A-Za-z])|[①-⑳]|[1-9]\s?번|[가-사][)\].'\"’”」]|[ㄱ-ㅊ](?![가-힣])"
    r"|[가나다라마바사](?=[.\s]{0,3}(?:$|\n)))"
)
_AHEAD = pattern(
    # "The answer is", "Correct option:"
    r"(?<![A-Za-z])(?:ans\.?|answer|solution|(?:(?:final|correct|right|best|chosen|likely|my|your)\s"
    r"|(?:^|(?<=\n)|(?<=[.!?]\s))[*_# ]{0,8})(?:choice|option|letter|selection|pick))"
    r"(?:\s(?:choice|option|letter|key))?(?:\s(?:to|for|of|here|among|from)(?:\s[^.\n:]{1,80}?)?)?"
    rf"[*_\"'’`\]\s]{{0,8}}(?:(?<=\s){_IS}{_ADVERBS}[:：\s]*|[:：=]\s*"
    r"|(?:-{1,2}>|=>|→|⇒|[-–—]\s)\s*)(?:it(?:['’]s|\sis)\s)?"
    rf"|(?<![A-Za-z])(?:answer[*_]{{0,3}}|ans\.)\s{{1,3}}(?=(?:option\s)?{_LABEL_AHEAD})"
    # "I would choose"
    r"|(?<![A-Za-z])(?:I|we)(?:['’](?:d|ll|m)|\s(?:would|will|must|should|can|shall|am))?\s(?:choose"
    r"|pick|select|go(?:ing)?\swith|say|vote\sfor|opt\sfor|(?:think|believe)\s(?:that\s)?"
    r"it(?:['’]s|\sis))\s+"
    r"|(?:^|(?<=\n))[*_ ]{0,6}correct[*_]{0,3}\s?[:：][*_]{0,3}\s*"
    # "정답은", "답:", "정답 ②"
    r"|(?<![가-힣])(?:최종\s?)?(?:정답|답변|답안|해답|답|결론|선택)(?:\s?번호)?(?:[*_\]】>]{0,3}\s?[:：=>]"
    r"|[\]】>]\s?|[*_]{0,3}(?:은|는)[,\s]*[:：]?(?:바로\s)?|을?\s?(?:고르|말하)(?:면|자면)[,\s]*|->|→"
    rf"|(?=\s?{_LABEL_AHEAD}))[*_]{{0,3}}\s*"
    r"|(?m:^)[ \t]*#{1,6}[ \t]*(?:final\s+)?(?:answer|정답|답|최종\s?답)[ \t]*\n+",
    re.IGNORECASE,
)
_LABEL = (
    r"[(\[（*\"'“‘「]{0,4}(?:[A-J]|10|[1-9](?=[)\]）*]|\s?번|\sis\s)|[①-⑳㉠-㉴ⓐ-ⓩⒶ-Ⓩ]"
    r"|[가-사](?=[)\]）*])|[ㄱ-ㅊ])(?![A-Za-z0-9+#])[)\]）*\"'”’」]{0,4}(?:\s?번)?"
)
# What says of an option before it that it is the answer.
_RIGHT = (
    r"(?:\s(?:is|must\sbe|has\sto\sbe|would\sbe|looks|seems)(?:\s(?:therefore|thus|clearly|obviously"
    r"|definitely|indeed|actually|probably))?\s(?:the\s)?(?:only\s|most\s|final\s|one\sthat\sis\s)?"
    r"(?:correct|right|best|answer|true|one|my\s(?:answer|choice|pick))(?![A-Za-z])"
    r"(?!\s(?:about|in|that|when|only|if|but|of))"
    r"|\s(?:the\s)?(?:right|correct|best)\s(?:answer|choice|option)"
    r"|\s?(?:이|가)\s?(?:가장\s|바로\s)?(?:정답|답(?!이\s?아)|맞(?!지)|옳(?!지)|적절(?!하지)"
    r"|올바(?!르지)|알맞(?!지))|\s?(?:을|를)\s?(?:고르겠|고른다|고릅니다|선택하|선택한|선택합|골라야))"
)
_BEHIND = pattern(
    rf"(?<![A-Za-z0-9가-힣])(?P<label>(?:option\s|choice\s)?{_LABEL}){_RIGHT}", re.IGNORECASE
)
_RIGHT_AFTER = pattern(rf"[\"'”’»」*_)`]{{0,3}}{_RIGHT}", re.IGNORECASE)
# Before that it is supposed, asked or reported only: "if B is correct".
_SUPPOSED = pattern(
    r"(?:\b(?:if|whether|why|thinks?|thought|claims?|says?|suggests?|means?|true|false|doubt)\b"
    r"|만약|만일)\s[^.\n]{0,16}$",
    re.IGNORECASE,
)


def markers(
    text: str, low: int, high: int, options: Sequence[str] = ()
) -> Iterator[tuple[int, int, str]]:
    """Where a reply says which option it is: the start of the naming, how far it may reach, and
    what marks it. What stands before an answer comes first, the latest first."""
    for found in reversed(list(_AHEAD.finditer(text, low, high))):
        yield found.end(), high, f"after {found.group().strip()!r}"
    texts = occurrences(text, low, high, options)
    behind = [(start, end) for start, end, _ in texts if _RIGHT_AFTER.match(text, end, high)]
    for found in _BEHIND.finditer(text, low, high):
        start, end = found.span("label")
        within = any(a <= start and end <= b for a, b, _ in texts)
        if not within and not is_part_of_name(text, low, start, end):
            behind.append((start, end))
    for start, end in sorted(behind, reverse=True):
        if not _SUPPOSED.search(text, max(low, start - 30), start):
            yield start, end, "before 'correct'"


# --- without a marker -----------------------------------------------------------------------------

_ENTRY = pattern(
    r"^[ \t]{0,12}(?:[-*•][ \t]{0,4})?[*_]{0,2}[(\[]?([A-J]|[1-9]|[①-⑩]|[가-마ㄱ-ㅁ])[)\].:]"
    r"[*_]{0,2}[ \t]{1,4}\S",
    re.MULTILINE,
)
_CONCLUDES = pattern(
    rf"\s*(?:{SO}|finally|{KOREAN_SO})(?![가-힣A-Za-z])[,\s]*"
    r"(?:(?:it|that|this)(?:['’]s|\sis|\smust\sbe)\s|I(?:['’]d|\swould)?\s(?:say|think|choose|pick)\s)?",
    re.IGNORECASE,
)


def concluded(
    text: str, low: int, high: int, ranges: Sequence[tuple[int, int]], options: Sequence[str] = ()
) -> NamedOption | None:
    """The option that a reply without a marker names. `ranges` are its sentences."""
    listed = len({m[1] for m in _ENTRY.finditer(text, low, high)}) > 1
    if not listed and (
        opening := _opening(text, low, high, ranges[0][1] if ranges else high, options)
    ):
        return opening
    for start, end in reversed(ranges):
        labels = labels_in(text, start, end, options)
        lead = _CONCLUDES.match(text, start, end)
        label = label_at(text, lead.end(), end) if lead else None
        if not labels and not isinstance(label, Label):
            continue
        if AGAINST.search(text, start, end) or (listed and _ENTRY.search(text, start, end)):
            return None
        if not isinstance(label, Label):
            if len({choice_label(text[a:b]) for a, b in labels}) > 1:
                return None
            label = label_at(text, *labels[-1])
        # Of what is only talked about ("(B) is too long") more is said than its name.
        if isinstance(label, Label) and _is_all(text, label.end, end, options):
            return NamedOption(label.start, label.end)
        return None
    return _only_text(text, low, high, ranges, options) if options and not listed else None


_VERB_WORDS = (
    "is|are|was|were|has|have|had|can|could|will|would|does|do|did|may|might|must|should|looks?"
    "|seems?|says?|means?"
)
_VERB = pattern(rf"(?:{_VERB_WORDS})(?![A-Za-z])|[은는이가도]\s")
_TALKED_ABOUT = pattern(rf"[)\]*_\"'”’]{{0,4}}\s(?:{_VERB_WORDS})(?![A-Za-z])|[은는도]\s")
_NOTHING_MORE = pattern(
    r"[\s\"'”’»」*_`~$\])}）>.!:-]*(?:입니다|이다|이에요|예요|임|번)?[\s*_`.!\"'”’]*"
)


def _is_all(text: str, start: int, end: int, options: Sequence[str]) -> bool:
    """Whether nothing is said behind a label but the text of an option, or a gloss."""
    behind = _NOTHING_MORE.match(text, start, end)
    at = behind.end() if behind else start
    if at >= end:
        return True
    found = occurrences(text, at, end, options)
    if found and found[0][0] - at <= 6:
        rest = _NOTHING_MORE.match(text, found[0][1], end)
        return rest is not None and rest.end() >= end
    marked = text[start:at].strip(" *_\"'`")[:1] in (":", ")", ".", "]", "）")
    return not options and marked and not _VERB.match(text, at, end)


_MARKS_ONLY = pattern(r"(?:[\s\"'”’»*_`~$\])}）>.!]|</[a-z]{1,6}>)*")
_SAID = pattern(rf"{REASON}|(?<=[\w)\"'”’*])[.!?]\s", re.IGNORECASE)


def _opening(
    text: str, low: int, high: int, sentence_end: int, options: Sequence[str]
) -> NamedOption | None:
    """The label or option that the whole reply is, or that it begins with as an answer does: "B",
    "(B) south", "B because ..."; not as one that is talked about ("B is wrong")."""
    label = label_at(text, low, high)
    if options and (not isinstance(label, Label) or label.plain):
        for stop in (high, sentence_end):
            start, end = bare_range(text, low, stop)
            if named_exactly(text[start:end], options):
                return NamedOption(start, end)
    if not isinstance(label, Label) or is_listing(text, label, high):
        return None
    line = text.find("\n", label.end, high)
    line = high if line < 0 else line
    rest = text[label.end : line]
    said = rest[: m.start()] if (m := _SAID.search(rest)) else rest
    if label.plain and not _MARKS_ONLY.fullmatch(said):
        return None
    talked_about = _TALKED_ABOUT.match(rest) or AGAINST.search(said)
    if talked_about or ASKED.match(text, label.end, high):
        return None
    if (
        label.label.isdigit()
        and rest[:1] in (".", ":")
        and not _is_all(text, label.end, line, options)
    ):
        return None  # the number of a line
    if options and index_of(label.label, len(options)) is None:
        return None
    return NamedOption(label.start, label.end)


def _only_text(
    text: str, low: int, high: int, ranges: Sequence[tuple[int, int]], options: Sequence[str]
) -> NamedOption | None:
    """The one option whose text stands in the reply, in its last sentence too."""
    found = occurrences(text, low, high, options)
    if len({one[2] for one in found}) != 1 or not ranges:
        return None
    start, end = ranges[-1]
    last = [one for one in found if start <= one[0] < end]
    denied = AGAINST.search(gaps(text, start, end, last))
    return NamedOption(*last[-1][:2]) if last and not denied else None
