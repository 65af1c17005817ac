"""Yes or no, in both languages."""

from __future__ import annotations

import re

from pipeline.text.patterns import pattern
from pipeline.text.wrapping import bare_range

__all__ = ["YES_NO_WORDS", "polarity"]

YES_NO_WORDS = r"[A-Za-z'’]+(?: (?:true|correct|not))?|[가-힣]+(?: 않\w+| 아\w+)?|[○×]"
"""The words that a yes or no is said in, as far as they may reach."""

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
