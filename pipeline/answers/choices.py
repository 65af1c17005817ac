"""Labels of choices ("③", "(B)", "3번", "다"), and where a text begins with one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pipeline.text.endings import AFTER_LABEL
from pipeline.text.patterns import pattern
from pipeline.text.wrapping import bare_range

__all__ = [
    "UNDECIDED",
    "Label",
    "Undecided",
    "choice_label",
    "is_marked_choice",
    "label_at",
]

_CIRCLED = {chr(0x2460 + n): str(n + 1) for n in range(20)}
_CIRCLED |= {chr(0x24D0 + n): chr(65 + n) for n in range(26)}
_CIRCLED |= {chr(0x24B6 + n): chr(65 + n) for n in range(26)}
_CIRCLED |= {chr(0x2474 + n): str(n + 1) for n in range(20)} | {
    chr(0x249C + n): chr(65 + n) for n in range(26)
}
_CIRCLED |= dict(zip("㉠㉡㉢㉣㉤㉥㉦㉧㉨㉩", "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊ", strict=True))
_CIRCLED |= dict(zip("㉮㉯㉰㉱㉲㉳㉴", "가나다라마바사", strict=True))
_CIRCLED |= dict(zip("㈎㈏㈐㈑㈒㈓㈔", "가나다라마바사", strict=True))


@dataclass(frozen=True, slots=True)
class Label:
    """The label of a choice at `text[start:end]`. `plain`: nothing marks it as one, so a figure
    ("3") may also be the text of an option."""

    label: str
    start: int
    end: int
    plain: bool


class Undecided:
    """Labels stand there, and not one of them is chosen: "A or B", "not C"."""


UNDECIDED = Undecided()

# What may surround a label: quotation marks, brackets, markup, LaTeX.
_TAG = r"</?(?:b|i|em|strong|u|p|span|mark)>"
_SHELL = (
    rf"(?:{_TAG}|[\s\"'“”‘’«「『*_`~$\[{{(（:：#]|<(?![a-z]{{1,6}}>)|\\[(\[]"
    r"|\\(?:boxed|fbox|text|textbf|textit|mathrm|mathbf|mathsf|rm|bf|Box)\s?\{?){0,20}"
)
_CLOSERS = r"[\s\"'”’»」』*_`~$\])}）>]{0,8}"
_NOUN = (
    r"(?P<noun>(?:the\s)?(?:(?:correct|right|best)\s)?(?:option|choice|letter|answer|alternative"
    r"|number|no\.)|선택지|보기|항목|번호)\s?(?:(?:is|was)(?![a-z])|[:：#])?"
)
_CHARACTER = (
    r"(?P<label>10(?!\d)|[1-9](?!\d)|[A-Ja-jＡ-Ｊａ-ｊ]|[가나다라마바사]|[ㄱ-ㅊ]"
    rf"|[{''.join(_CIRCLED)}])"
)
_NAMED = rf"{_SHELL}(?:{_NOUN}{_SHELL})?{_CHARACTER}"
_HEAD = pattern(_NAMED, re.IGNORECASE)
_CLOSE = pattern(r"\s?[)\]）]|\s?번(?!째|호)|항(?![가-힣])|[.:：](?!\d|[A-Za-z])")
# What may follow a label without a space in Korean: particles and endings.
_ENDING = pattern(rf"(?:{AFTER_LABEL})(?![A-Za-z])")
_HANGUL_ENDING = pattern(r"(?:입니다|이다|이에요|예요|에요|임|이며|이고|번|항|이라고|라고)")
# Glued to a letter these make a name of it: "C++", "A-level", "B.C.", "I'm".
_NAME = pattern(
    r"[A-Za-z0-9+#&=°%]|-[A-Za-z0-9]|\.[A-Za-z0-9]|['’][A-Za-z]|/[A-Za-z]{2}|_[A-Za-z0-9]"
)
# After a bare "A" these words show that it is no article.
_NO_ARTICLE = pattern(
    r"\s*(?:$|[^\sA-Za-z]|[A-Z]|(?:because|since|as|is|was|are|for|which|due|so|and|or|with|given|by"
    r"|therefore|thus|where|that|from|based|when|if|over|rather|instead|but|while|not)(?![A-Za-z]))"
)
_HANGUL = pattern("[가-힣]")
_FORMULA = pattern(r"\s?(?:[=>≤≥×÷^]|<(?!/))|\s?[+*/-]\s?\d")  # "E = mc²"
_AWAY = pattern(r"\s*(?:$|[^\s\w]|(?:입니다|이다|이에요|예요))")  # an end or a mark, no word
_OTHER = pattern(
    rf"{_CLOSERS}(?P<join>(?:,\s?)?(?:and|or)(?![A-Za-z])|,|/|&|\+|와|과|또는|혹은|이나|나|및|~|[-–—]"
    rf"|to(?![A-Za-z])|){_NAMED}"
)
_CLAUSE = pattern(r"[\s)\].]*\s[A-Za-z가-힣]|(?:이|가|은|는|도)\s")
_DENIED = pattern(r"\s?번?\s?(?:이|가|은|는)?\s?아[니닌닙]")
_KOREAN_BUT = pattern(r"\s?번?\s?(?:이|가|은|는)?\s?아니(?:라|고|며)[,\s]*")
_DENIAL = pattern(
    rf"{_SHELL}(?:(?:definitely|certainly|clearly|probably)\s)?(?:not|never|neither)\s",
    re.IGNORECASE,
)
_BUT = pattern(
    r"[\s,;.)\]–—-]*(?:but|rather|instead|it\sis|it['’]s|it\smust\sbe)\s(?:rather\s|it\sis\s)?",
    re.IGNORECASE,
)
_SEVERAL = pattern(rf"{_SHELL}(?:either|both)\s", re.IGNORECASE)


def label_at(text: str, start: int = 0, end: int | None = None) -> Label | Undecided | None:
    """The label that `text[start:end]` begins with; UNDECIDED where it begins with several, or
    says which one it is not; None where it begins with none."""
    stop = len(text) if end is None else end
    if denial := _DENIAL.match(text, start, stop):
        denied = _head(text, denial.end(), stop)
        but = _BUT.match(text, denied.end, stop) if denied else None
        return _decided(text, but.end(), stop) if but else UNDECIDED if denied else None
    if several := _SEVERAL.match(text, start, stop):
        return UNDECIDED if _head(text, several.end(), stop) else None
    return _decided(text, start, stop)


def _decided(text: str, start: int, stop: int) -> Label | Undecided | None:
    found = _head(text, start, stop)
    if found is None:
        return None
    if _DENIED.match(text, found.end, stop):
        but = _KOREAN_BUT.match(text, found.end, stop)
        return (_decided(text, but.end(), stop) if but else None) or UNDECIDED
    other = _OTHER.match(text, found.end, stop)
    if other:
        second = _head(text, other.start("label"), stop)
        label = _label(other["label"])
        clause = other["join"] in ("", ",", "-", "–", "—") and _CLAUSE.match(
            text, other.end(), stop
        )
        glued = other["join"] == "" and text[found.end : found.end + 1] == "."
        if second and label != found.label and not clause and not glued:
            return UNDECIDED
    return found


def _head(text: str, start: int, stop: int) -> Label | None:
    """The label that a range begins with, whatever follows."""
    found = _HEAD.match(text, start, stop)
    if not found:
        return None
    at, end = found.span("label")
    raw, label, noun = found["label"], _label(found["label"]), found["noun"]
    close = _CLOSE.match(text, end, stop)
    if close and raw.isdigit() and close.group() in ".:" and not text[close.end() : stop].strip():
        close = None  # the end of a sentence
    opened = at > start and text[at - 1] in "([（<"
    marked = raw in _CIRCLED or noun is not None or close is not None or opened
    shut = close is not None and text[close.end() - 1] in ")]）번"
    if raw not in _CIRCLED and not shut and _NAME.match(text, end, stop):
        return None
    if not marked and _FORMULA.match(text, end, stop):
        return None
    hangul = _HANGUL.match(text, end, stop)
    if hangul and not (_HANGUL_ENDING if _HANGUL.match(raw) else _ENDING).match(text, end, stop):
        return None
    if not marked and raw in "AI" and not _NO_ARTICLE.match(text, end, stop):
        return None
    word_like = raw.islower() or raw.isdigit() or _HANGUL.match(raw)  # "a", "3", "나"
    if not marked and word_like and not hangul and not _AWAY.match(text, end, stop):
        return None
    if noun and raw in "aA" and not close and not _NO_ARTICLE.match(text, end, stop):
        return None  # "the answer is a river"
    if close and "번" in close.group():
        end = close.end()
    if close and opened and raw.isdigit():
        at, end = at - 1, close.end()  # a bare figure could be the text of an option
    named = noun and not noun.lower().startswith("the")
    return Label(label, found.start("noun") if named else at, end, plain=not marked)


def _label(raw: str) -> str:
    if raw in _CIRCLED or "ㄱ" <= raw <= "힣":
        return _CIRCLED.get(raw, raw)
    return unicodedata.normalize("NFKC", raw).upper()


_MARKED = pattern(r"\s*[(\[]?[A-J][)\].]{0,2}\s*|.{0,3}\([가나다라ㄱ-ㅎ]\).{0,2}")


def is_marked_choice(text: str) -> bool:
    """Whether a text is one choice and says so: a circled label, a capital letter, a bracket."""
    start, end = bare_range(text)
    if text[start:end] in _CIRCLED:
        return True
    return bool(_MARKED.fullmatch(text))


def choice_label(text: str) -> str | None:
    """The label of a choice: "A" to "J", a number, 가 나 다 or ㄱ ㄴ ㄷ. None where the text does
    not begin with exactly one."""
    found = label_at(text)
    return found.label if isinstance(found, Label) else None
