"""Choices ("③", "(B)", "3번", "다") and yes or no, in both languages."""

from __future__ import annotations

import re

from pipeline.answers.patterns import pattern
from pipeline.answers.shell import bare_range

__all__ = ["choice_label", "is_marked_choice", "polarity"]

_CIRCLED = {chr(0x2460 + n): str(n + 1) for n in range(20)}
_CIRCLED |= {chr(0x24D0 + n): chr(65 + n) for n in range(26)}
_CIRCLED |= {chr(0x24B6 + n): chr(65 + n) for n in range(26)}
_CIRCLED |= {chr(0x2474 + n): str(n + 1) for n in range(20)} | {
    chr(0x249C + n): chr(65 + n) for n in range(26)
}
_CIRCLED |= dict(zip("㉠㉡㉢㉣㉤㉥㉦㉧㉨㉩", "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊ", strict=True))
_CIRCLED |= dict(zip("㉮㉯㉰㉱㉲㉳㉴", "가나다라마바사", strict=True))
_MARKED = pattern(r"\s*[(\[]?[A-J][)\].]{0,2}\s*|.{0,3}\([가나다라ㄱ-ㅎ]\).{0,2}")
_LABEL = pattern(
    r"(?:(?:option|choice|answer|선택지|보기)\s*)?[(\[（]?\s*"
    r"(?P<label>[A-Ja-j]|10|[1-9]|[가나다라마바사]|[ㄱ-ㅎ])\s*(?P<close>[)\]）]|번|[.:](?!\d))?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)


def is_marked_choice(text: str) -> bool:
    """Whether a text is one choice and says so: a circled label, a capital letter, a bracket."""
    start, end = bare_range(text)
    if text[start:end] in _CIRCLED:
        return True
    return bool(_MARKED.fullmatch(text))


def choice_label(text: str) -> str | None:
    """The label of a choice: "A" to "J", a number, 가 나 다 or ㄱ ㄴ ㄷ. None where the text does
    not begin with exactly one."""
    stripped = text.strip(" \t\r\n\"'“”‘’`*_$").removeprefix("\\(")
    if stripped[:1] in _CIRCLED:
        label: str | None = _CIRCLED[stripped[0]]
        rest = stripped[1:]
    else:
        found = _LABEL.fullmatch(stripped)
        if not found:
            return None
        rest = found["rest"]
        opened = stripped[:1] in "([（" or bool(re.match("option|choice|선택|보기", stripped, re.I))
        marked = bool(found["close"]) or opened
        start, end = bare_range(rest)
        if (
            not marked
            and (start < end or re.match(r"\w", rest))
            and not re.match(r"\s*(?:입니다|이다|이에요|예요|[.!,]|is\b)", rest)
        ):
            return None
        label = found["label"].upper()
    others = {_CIRCLED[c] for c in rest if c in _CIRCLED}
    others |= set(
        re.findall(r"(?:\bor|\band|또는|혹은|,|/)\s*[(\[]?([A-J]|[1-9])(?=[)\].,\s]|번|$)", rest)
    )
    return None if others - {label} else label


_LETTERS = {"O": True, "○": True, "Y": True, "X": False, "×": False, "N": False}
# "네 가지" counts; "네" affirms.
_COUNTED = r"\s+(?:가지|개|명|번|배|시|장|권|살|종류|단계|층|곳)"
_YES = (
    "yes|yeah|yep|yup|true|correct|that['’]s (?:right|correct)|affirmative"
    rf"|네(?!{_COUNTED})|예|응|그래|그렇다|그렇습니다|그래요|맞다|맞습니다|맞아요|맞음|참|옳다|옳습니다"
    "|사실입니다|사실이다"
)
_NO = (
    "no|nope|nah|false|incorrect|wrong|untrue|not true|not correct|아니요|아니오|아뇨|아니|아니다"
    "|아닙니다|아니에요|그렇지 않다|그렇지 않습니다|그렇지 않아요"
    "|틀리다|틀립니다|틀렸습니다|틀렸다"
    "|틀림|틀려요|거짓|맞지 않습니다|맞지 않다"
    "|사실이 아닙니다|사실이 아니다|옳지 않습니다|옳지 않다"
)
# Yes and no only as the reply to such a question; elsewhere they are answers of their own.
_YES_LOOSE = "있습니다|있다|가능합니다|가능하다"
_NO_LOOSE = "없습니다|없다|불가능합니다|불가능하다"
_EDGE = r"(?:입니다|이다|이에요|예요|이야)?(?![A-Za-z가-힣])"
_STRICT = pattern(rf"(?:(?P<no>{_NO})|(?P<yes>{_YES})){_EDGE}", re.IGNORECASE)
_LOOSE = pattern(
    rf"(?:(?P<no>{_NO}|{_NO_LOOSE})|(?P<yes>{_YES}|{_YES_LOOSE})){_EDGE}", re.IGNORECASE
)
# What may follow yes or no without adding to it: "Yes, it is."
_ECHO = pattern(
    r"(?:it|they|that|he|she) (?:is|does|do|are|was|has|can)(?P<no>n['’]t| not)?(?![A-Za-z])",
    re.IGNORECASE,
)
_BETWEEN = pattern(r"(?:[\s,.!/]|(?:and|or|그건)(?=\s))+", re.IGNORECASE)


def polarity(text: str, *, strict: bool = False, letters: bool = False) -> bool | None:
    """Yes (True) or no (False), or None where the text begins with neither. `strict`: nothing but
    yes or no may be said ("Yes, it is." may). `letters`: O, X, Y and N alone count too."""
    if letters and (mark := text.strip(" \t\r\n.\"'()").upper()) in _LETTERS:
        return _LETTERS[mark]
    said_so = _STRICT if strict else _LOOSE
    start, _ = bare_range(text, korean=False)
    found = said_so.match(text, start)
    if not found:
        return None
    said = found["yes"] is not None
    at = found.end()
    while more := _BETWEEN.match(text, at):
        at = more.end()
        echo = _ECHO.match(text, at)
        further = echo or said_so.match(text, at)
        if not further:
            break
        if (further["no"] is None) is not said:
            return None
        at = further.end()
    if strict and re.search(r"\w", text[at:]):
        return None
    return said
