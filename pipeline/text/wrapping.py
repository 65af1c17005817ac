"""What surrounds an answer without being part of it: quotation marks, markup, final stops, Korean
particles and endings. Everything here works on ranges of a text and never copies, so that an answer
can always be shown where it stands."""

from __future__ import annotations

import re
from functools import cache

from pipeline.text.patterns import pattern

__all__ = ["bare_range", "is_placeholder"]

_LAYERS = 12  # how many shells deep an answer may lie: `**"서울"입니다**.` has four
_INITIALS = pattern(r"(?:^|[ .])[A-Za-z]\.[A-Za-z]$")
_GOES_ON = pattern(r"\.\d{1,34}\.{3}$")
_VARIABLE = pattern(r"(?<![A-Za-z])[a-z]$")
_PRIME = pattern(r"[\d½⅓⅔¼¾⅕-⅞%}]$|(?<![A-Za-z])[A-Za-z]$")
_QUOTE = pattern(r"(?<!\w)['‘]")
_SIGN = pattern(r"[+%&∞∅±×÷←-⇿≠≤≥≈∈∉∪∩¬∧∨]|[<>=!]=|&&|\|\||[-=]>|<->")  # an answer by itself
_STARS = pattern(r"\*+")
_OPENING = " \t\r\n\u3000\"'“‘«「『《〈`*_[{"
_CLOSING = " \t\r\n\u3000\"'”’»」』》〉`*_]}.!?。！？,;:，；："
_PAIRS = {"(": ")", "[": "]", "{": "}", "「": "」", "『": "』", "《": "》", "〈": "〉", "（": "）"}
_MATH = pattern(r"\\\(|\\\[|\$\$?")
_STRUCK = pattern(r"~~(?=\S)[^~]*(?<=\S)~~")
_TAGGED = pattern(r"<([A-Za-z][A-Za-z0-9]{0,11})(?:\s[^<>]{0,80})?>")
_COMMAND = pattern(r"\\(?:text|boxed|mathrm|mathbf|textbf|fbox)\s?\{")
# Endings that make a noun a sentence. They are cut off wherever they stand.
_ENDING = pattern(
    r"(?:이라고|라고)\s?(?:합니다|한다|해요|할 수 있습니다|볼 수 있습니다)$"
    r"|(?:인 것|이 되는 것|가 되는 것)(?:입니다|이다)$"
    r"|(?:이었습니다|였습니다|입니다만|입니다|이에요|이예요|예요|에요|이었다|였다|이지요|이죠|이며|이다|임)$"
    r"|(?<=[^가-힣])(?:다|요|죠|야|이야)$|(?:이|가) (?:됩니다|된다|정답입니다|정답이다|답입니다)$"
)
_NO_GAME = pattern(r"[가-힣]임$")  # "게임": only after figures and Latin letters is 임 an ending
# Particles: after figures and Latin letters all of them, after Hangul only those that end no noun.
_PARTICLE_LATIN = pattern(r"(?<=[0-9A-Za-z%)°])(?:으로|에서|은|는|이|가|을|를|의|에|로|와|과|도)$")
_PARTICLE_CLOSED = pattern(r"(?<=[가-힣]{2})(?:을|은|에서|에게)$")
_PARTICLE_OPEN = pattern(r"(?<=[가-힣]{2})(?:를|는|에서|에게|에)$")


@cache
def _placeholder() -> re.Pattern[str]:
    return re.compile(
        r"[\[<{(]?\s*(?:invalid|n\s?/\s?a|null|nan|unknown|unclear|undefined|unanswerable|tbd"
        r"|not sure"
        r"|\?+|\.+|…|_+|-+|x{2,}|(?:your|final|the|my)?\s?answer(?: here| in (?:korean|english))?"
        r"|number|no answer|정답|답|답변|모름|미정)\s*[\]>})]?"
        r"|(?:i|we) (?:do not|don['’]t|cannot|can['’]t|could not|couldn['’]t) .{0,80}"
        r"|(?:it |this |that |the answer )?(?:is |was )?(?:not|isn['’]t) (?:mentioned|provided"
        r"|given|stated|specified"
        r"|known|clear|available|possible to (?:say|tell|know|determine)).{0,80}"
        r"|(?:it |this |the answer )?(?:cannot|can['’]t|could not) be (?:determined|found|answered"
        r"|known|said).{0,80}"
        r"|.{0,20}(?:모르겠|알 수 없|알 수가 없|답할 수 없|언급되지|나와 있지 않|나오지 않"
        r"|찾을 수 없|확인할 수 없|정보가 없|명시되지|제공되지).{0,30}",
        re.IGNORECASE,
    )


def is_placeholder(text: str) -> bool:
    """Nothing, a gap to be filled in, or words for not knowing: an abstention and no answer."""
    stripped = text.strip(_OPENING + _CLOSING + "~()<>\\$")
    if not re.search(r"[^\W_]|[①-⓿㈀-㉿½-¾⅐-⅞]", stripped):
        return not _SIGN.fullmatch(text.strip())
    return bool(_placeholder().fullmatch(stripped))


def bare_range(
    text: str, start: int = 0, end: int | None = None, *, korean: bool = True
) -> tuple[int, int]:
    """The part of `text[start:end]` without its shell. Never beyond the given range; empty where
    nothing is left. Particles and endings go where no noun ends in them (`korean=False` keeps
    all)."""
    stop = len(text) if end is None else end
    for _ in range(_LAYERS):
        before = (start, stop)
        start, stop = _unwrapped(text, start, stop)
        if korean and stop > start:
            stop = _without_tail(text, start, stop)
        if (start, stop) == before:
            break
    return start, stop


def _unwrapped(text: str, start: int, stop: int) -> tuple[int, int]:
    while start < stop and text[start] in _OPENING:
        start += 1
    while stop > start and text[stop - 1] in _CLOSING and not _needed(text, start, stop):
        stop -= 1
    piece = text[start:stop]
    if (
        piece[:1] in _PAIRS
        and piece[-1:] == _PAIRS[piece[0]]
        and _PAIRS[piece[0]] not in piece[1:-1]
    ):
        return start + 1, stop - 1
    if _STRUCK.fullmatch(piece):
        return start + 2, stop - 2
    if (tag := _TAGGED.match(piece)) and piece.endswith(f"</{tag[1]}>"):
        return start + tag.end(), stop - len(tag[1]) - 3
    if opening := _MATH.match(piece):
        mark = opening.group()
        closing = {"\\(": "\\)", "\\[": "\\]"}.get(mark, mark)
        factorial = piece.endswith("!" + closing)
        if piece.endswith(closing) and len(piece) > len(mark) + len(closing) and not factorial:
            return start + len(mark), stop - len(closing)
    if (
        (command := _COMMAND.match(piece))
        and piece.endswith("}")
        and piece.count("}") == piece.count("{")
    ):
        return start + command.end(), stop - 1
    return start, stop


def _needed(text: str, start: int, stop: int) -> bool:
    """A closing mark that belongs to the answer: the brace of a LaTeX command, a bracket opened
    inside, the stop of an abbreviation ("U.S."), dots after decimals ("0.333..."), a prime ("5'"),
    a factorial ("n!"), a star that ends no emphasis ("A*")."""
    mark = text[stop - 1]
    if mark in "}]":
        opening = "{" if mark == "}" else "["
        return text.count(opening, start, stop - 1) > text.count(mark, start, stop - 1)
    piece = text[max(start, stop - 40) : stop - 1]
    if mark == ".":
        return bool(_INITIALS.search(piece[-5:]) or _GOES_ON.search(piece + mark))
    if mark == "!":
        return bool(_VARIABLE.search(piece[-2:]))
    if mark in "'’":
        line = text[max(0, text.rfind("\n", 0, start) + 1, start - 200) : stop - 1]
        return bool(_PRIME.search(piece[-2:])) and not _QUOTE.search(line)
    if mark == "*" and piece[-1:].isalnum():
        line = text[max(0, text.rfind("\n", 0, start) + 1, start - 200) : stop - 1]
        return sum(len(m.group()) == 1 for m in _STARS.finditer(line)) % 2 == 0 and not (
            stop < len(text) and text[stop] == "*"
        )
    return False


def _without_tail(text: str, start: int, stop: int) -> int:
    piece = text[start:stop]
    found = _ENDING.search(piece)
    if found and found.start() and not (found.group() == "임" and _NO_GAME.search(piece)):
        return start + found.start()
    if (found := _PARTICLE_LATIN.search(piece)) and found.start():
        return start + found.start()
    if len(piece) > 2 and "가" <= piece[-1] <= "힣":
        for pattern, wants_final in ((_PARTICLE_CLOSED, True), (_PARTICLE_OPEN, False)):
            found = pattern.search(piece)
            if found and _has_final(piece[found.start() - 1]) is wants_final:
                return start + found.start()
    return stop


def _has_final(syllable: str) -> bool:
    """Whether a Hangul syllable ends in a consonant."""
    return (ord(syllable) - 0xAC00) % 28 != 0
