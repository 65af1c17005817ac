"""Finds which option is named at a place of a reply, by its label or its text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.answers.choices import UNDECIDED, Label, Undecided, choice_label, label_at
from pipeline.answers.normalise import Canonical, canonical, is_same
from pipeline.text.endings import AFTER_OPTION
from pipeline.text.negation import SAID_AGAINST
from pipeline.text.patterns import pattern
from pipeline.text.wrapping import bare_range

__all__ = [
    "AGAINST",
    "ASKED",
    "LETTERS",
    "REASON",
    "NamedOption",
    "choice_in",
    "gaps",
    "index_of",
    "is_listing",
    "is_part_of_name",
    "labels_in",
    "named_exactly",
    "occurrences",
    "option_index",
]

LETTERS = "ABCDEFGHIJ"
_ORDERS = (LETTERS, "가나다라마바사", "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊ")


@dataclass(frozen=True, slots=True)
class NamedOption:
    """The option named at `text[start:end]`."""

    start: int
    end: int


def option_index(answer: str, options: Sequence[str]) -> int | None:
    """Which option an answer names, from 0: by its letter, by its text, or by its number (from 1).

    The text goes before a bare number, for options that are numbers themselves. None where it names
    none of them.
    """
    count = len(options) or len(LETTERS)
    found = label_at(answer)
    label = found if isinstance(found, Label) else None
    texts = _same_as(answer, options)
    if label is not None and not (label.plain and label.label.isdigit() and texts):
        longer = len(texts) == 1 and len(options[texts[0]].strip()) > label.end - label.start + 1
        return texts[0] if longer and label.plain else index_of(label.label, count)
    return texts[0] if len(texts) == 1 else None


def index_of(label: str, count: int) -> int | None:
    """Which of `count` options a label stands for."""
    at = next((order.index(label) for order in _ORDERS if label in order), None)
    if at is None:
        at = int(label) - 1 if label.isdigit() else None
    return at if at is not None and 0 <= at < count else None


# --- the text of an option ------------------------------------------------------------------------


def named_exactly(text: str, options: Sequence[str]) -> bool:
    """Whether a text is the text of one option and nothing else."""
    return (len(text) > 1 or text.isdigit()) and len(_same_as(text, options)) == 1


def _same_as(text: str, options: Sequence[str]) -> list[int]:
    longest = max(map(len, options), default=0)
    if len(text) > 2 * longest + 60:  # no shell is so long
        return []
    one = canonical(text)
    if one is None:
        return []
    others = [_class_of(option) for option in options]
    return [at for at, other in enumerate(others) if other is not None and is_same(one, other)]


@lru_cache(maxsize=1024)
def _class_of(option: str) -> Canonical | None:
    return canonical(option)


_BEHIND_HANGUL = rf"(?=(?:{AFTER_OPTION}){{0,3}}(?![가-힣A-Za-z0-9]))"
_BEHIND_DIGIT = r"(?![A-Za-z0-9+#]|[.,]\d|\s?[%/^])"
_BEHIND_LATIN = r"(?![A-Za-z0-9+#])"


@lru_cache(maxsize=512)
def _written(option: str) -> re.Pattern[str] | None:
    """Finds the text of an option in a reply."""
    start, end = bare_range(option, korean=False)
    words = option[start:end].split()
    if len(words) > 1 and words[0].lower() in ("a", "an", "the"):
        words = words[1:]
    if not words:
        return None
    last = words[-1][-1]
    behind = _BEHIND_HANGUL if "가" <= last <= "힣" else _BEHIND_LATIN
    behind = _BEHIND_DIGIT if last.isdigit() else behind
    text = r"\s+".join(map(re.escape, words))
    return re.compile(rf"(?<![A-Za-z0-9가-힣])(?<!\d[.,]){text}{behind}", re.IGNORECASE)


def occurrences(
    text: str, start: int, end: int, options: Sequence[str]
) -> list[tuple[int, int, int]]:
    """Where options stand in a range (start, end, which), in order, without overlap; of two that
    begin together the longer: "north" stands in "north-east"."""
    found = []
    for at, option in enumerate(options):
        if written := _written(option):
            found += [(*m.span(), at) for m in written.finditer(text, start, end)]
    kept: list[tuple[int, int, int]] = []
    for one in sorted(found, key=lambda f: (f[0], -f[1])):
        if not kept or one[0] >= kept[-1][1]:
            kept.append(one)
    return kept


def gaps(text: str, start: int, end: int, spans: Sequence[tuple[int, int, int]]) -> str:
    """What stands in a range outside of the spans."""
    pieces = []
    for low, high, _ in spans:
        pieces.append(text[start:low])
        start = high
    return " ".join([*pieces, text[start:end]])


# --- the option named at a place ------------------------------------------------------------------

ASKED = pattern(r"[)\]*\"'.\s]{0,4}\?")
"""Behind a label: it is only asked about ("is it B?")."""

_DENIED = pattern(
    r"[)\]*\"'’”\s]{0,4}(?:(?:is|was|are|seems?|looks?|can|could|does|would|must)"
    r"(?:\s(?:also|clearly|just|simply))?(?:\snot|n['’]t"
    r"|\s(?:be\s)?(?:wrong|incorrect|false|out|impossible))|cannot)(?![A-Za-z])",
    re.IGNORECASE,
)
REASON = (
    r"[,;(–—]?[ ]?(?<![A-Za-z])(?:because|since|as|for|while|whereas|but|not|unlike|rather\sthan"
    r"|instead|despite|although|though|when|if|so|which)(?![A-Za-z])|왜냐|때문|[;–—]|\s-\s|,(?:\s|$)"
)
"""Where what is said of an option begins, and the naming ends."""

_REASON = pattern(REASON, re.IGNORECASE)
AGAINST = pattern(SAID_AGAINST, re.IGNORECASE)
"""Words that say something against an option, or of another that it is none."""


def choice_in(
    text: str, start: int, end: int, options: Sequence[str] = ()
) -> NamedOption | Undecided | None:
    """The option named at the beginning of a marked range; UNDECIDED where it names several or
    says which one it is not; None where it names none."""
    label = label_at(text, start, end)
    by_text = _text_at(text, start, end, options) if options else None
    if isinstance(label, Label):
        if ASKED.match(text, label.end, end) or is_listing(text, label, end):
            return None
        if _DENIED.match(text, label.end, end):
            return UNDECIDED
        # "3" may be the text of an option, and "C major" is more than the letter C.
        if (
            label.plain
            and isinstance(by_text, NamedOption)
            and (label.label.isdigit() or by_text.end - by_text.start > label.end - label.start)
        ):
            return by_text
        known = not options or index_of(label.label, len(options)) is not None
        return NamedOption(label.start, label.end) if known else UNDECIDED
    if label is not None or by_text is not None:
        return (
            by_text if isinstance(by_text, NamedOption) else UNDECIDED
        )  # an option may be "A and B"
    clause = _clause_end(text, start, end)
    labels = labels_in(text, start, clause, options)
    if not labels:
        return None
    several = len({choice_label(text[a:b]) for a, b in labels}) > 1
    if several or AGAINST.search(text, start, clause):
        return UNDECIDED
    return NamedOption(*labels[0])


_FILLER = pattern(r"(?:[\s\"'“‘«「『*_`$(\[:]|(?:the|an?)\s){0,12}", re.IGNORECASE)


def _text_at(
    text: str, start: int, end: int, options: Sequence[str]
) -> NamedOption | Undecided | None:
    """The option whose text the range is, begins with, or names in its first clause."""
    clause = _clause_end(text, start, end)
    for stop in (end, clause):
        low, high = bare_range(text, start, stop)
        if named_exactly(text[low:high], options):
            return NamedOption(low, high)
    found = occurrences(text, start, end, options)
    filler = _FILLER.match(text, start, end)
    if found and filler and found[0][0] == filler.end():
        clause = max(clause, found[0][1])
    named = [one for one in found if one[1] <= clause]
    if not named:
        return None
    several = len({at for _, _, at in named}) > 1
    if several or AGAINST.search(gaps(text, start, clause, named)):
        return UNDECIDED
    return NamedOption(*named[0][:2])


def _clause_end(text: str, start: int, end: int) -> int:
    reason = _REASON.search(text, start + 1, end) if end > start else None
    return reason.start() if reason else end


def is_listing(text: str, label: Label, end: int) -> bool:
    """Whether the first option begins a list of them all: "A) north B) south C) east"."""
    if index_of(label.label, len(LETTERS)) != 0:
        return False
    order = next((o for o in _ORDERS if label.label in o), "123")
    line = text[label.end : min(end, label.end + 600)]
    return all(re.search(rf"(?<!\w){order[n]}\s?[).:]", line) for n in (1, 2))


@lru_cache(maxsize=1)
def _labels() -> re.Pattern[str]:
    return re.compile(
        r"[①-⑳㉠-㉴ⓐ-ⓩⒶ-Ⓩ]|[(\[（][A-Ja-j가-사ㄱ-ㅎ1-9][)\]）]"
        r"|(?<![A-Za-z0-9])(?:option|choice|Option|Choice)\s+[A-J1-9](?![A-Za-z0-9])"
        r"|(?<![\d.])[1-9]\s?번(?!째)"
        r"|(?:^|(?<=\n))\s*[A-J](?=[.):]|\s*$)"
        r"|(?<![가-힣A-Za-z])[A-J](?=[*_\"'”’]{0,3}(?:[.)!](?:\s|$)|번|입니다|이다|$))"
        r"|(?<![A-Za-z])[A-J](?=\s*(?:or|and|,|/|또는|혹은|이나)\s*[(\[]?[A-J](?![A-Za-z]))"
        r"|(?<![가-힣])[가나다라](?=[.)]|번|입니다)"
    )


_BARE = pattern(r"\s*[A-J가-사]")
# What may stand before a bare letter for it to be a label: not "vitamin C".
_BEFORE_BARE = pattern(
    r"(?:^|[^\w\s]|\n|(?<![A-Za-z])(?:is|['’]s|be|choose|pick|select|say|with|so|thus|therefore|hence"
    r"|and|or|clearly|then|left|that|because|since|but|while|only|think|believe|makes?)"
    r"|[은는이가]|므로|니까|[서고데]|지만)\s*$",
    re.IGNORECASE,
)


def labels_in(
    text: str, start: int, end: int, options: Sequence[str] = ()
) -> list[tuple[int, int]]:
    """Where labels of choices stand in running text, marked as such; none that is a part of an
    option's text or of a name."""
    texts = occurrences(text, start, end, options)
    found = []
    for label in _labels().finditer(text, start, end):
        low, high = label.span()
        within = any(a <= low and high <= b for a, b, _ in texts)
        if not within and not is_part_of_name(text, start, low, high):
            found.append((low + len(label.group()) - len(label.group().lstrip()), high))
    return found


def is_part_of_name(text: str, low: int, start: int, end: int) -> bool:
    """Whether a bare letter is the end of a name ("vitamin C"); `low`: where to look from."""
    before = text[max(low, start - 12) : start]
    return bool(_BARE.fullmatch(text, start, end)) and not _BEFORE_BARE.search(before)
