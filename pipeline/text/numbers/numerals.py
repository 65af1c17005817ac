"""Numbers in words: English ("one hundred seventy-five billion"), Sino-Korean and native Korean,
and Korean magnitudes after digits ("1조 7,600억").

Each function reads a numeral that starts at one place of a text and says where it ends. Whether the
words are a number there at all, `spelled` decides.
"""

from __future__ import annotations

import re
from fractions import Fraction

from pipeline.text.patterns import pattern

__all__ = [
    "DIGITS",
    "PARTS",
    "SPACED_DIGITS",
    "digits_value",
    "english",
    "english_scale",
    "korean",
    "korean_native",
]

# What may part the groups of three in a long number. A number keeps to one of them.
_MARK = r",\\!|\{,\}|\\[,;:!]|\\ |[,'’_\u00a0\u2007\u2009\u202f]"
# Longer runs of figures are no number anyone means, and arithmetic on them is not free.
_TAIL = r"(?!\d)(?:\.\d{1,60}(?!\d))?"
# A comma before decimals stands only where another mark parts the thousands ("1.234,56").
_COMMA = r",(?!\d{3}(?!\d))\d{1,60}(?!\d)"
_FORMS = (
    rf"[1-9]\d{{0,2}}(?:(?:\.\d{{3}}){{1,20}}|(?:[\u2009\u202f]\d{{3}}){{1,20}}){_COMMA}"
    rf"|[1-9]\d{{0,2}}(?P<mark>{_MARK})\d{{3}}(?:(?P=mark)\d{{3}}){{0,19}}{_TAIL}"
    # 1,00,000, as in India, where a nought shows that it is no list.
    r"|[1-9]\d?(?=(?:,\d\d){0,8},0\d)(?:,\d\d){1,8},\d{3}(?![\d,])(?:\.\d{1,60}(?!\d))?"
    rf"|\d{{1,60}}{_TAIL}|\.\d{{1,60}}(?!\d)"
)
_APART = r"(?<!\d )[1-9]\d{0,2}"
DIGITS = pattern(
    # With plain spaces only where it cannot be a row of numbers: three groups, or one that begins
    # with a nought.
    rf"{_APART}(?:(?: \d{{3}}){{2,20}}| 0\d\d)(?:{_COMMA}|(?! ?\d|,\d){_TAIL})|{_FORMS}"
)
SPACED_DIGITS = pattern(rf"{_APART}(?: \d{{3}}){{1,20}}(?:{_COMMA}|(?! ?\d|,\d){_TAIL})|{_FORMS}")
"""As `DIGITS`, and a space parts thousands wherever it can: for a text that is an answer."""
_COMMA_DECIMALS = pattern(r"[.\s]\d{3},\d+$")
_JUNK = pattern(r"[^\d.]")

_SINO = {c: i for i, c in enumerate("영일이삼사오육칠팔구")} | {"공": 0, "륙": 6}
_SMALL = {"십": 10, "백": 100, "천": 1000}
_BIG = {"만": 10**4, "억": 10**8, "조": 10**12, "경": 10**16, "해": 10**20}


def digits_value(text: str) -> Fraction:
    """The value of what `DIGITS` or `SPACED_DIGITS` matched."""
    if _COMMA_DECIMALS.search(text):
        text = text.replace(".", "").replace(",", ".")
    cleaned = _JUNK.sub("", text)
    return Fraction("0" + cleaned if cleaned.startswith(".") else cleaned)


def korean(text: str, at: int) -> tuple[Fraction, int] | None:
    """A Korean numeral at `at`: digits with magnitudes ("1억 1,700만", "6천억", "1만 2000") or
    Sino-Korean syllables ("백이십", "삼점일사"). Plain digits without a magnitude are not one."""
    led_by_digits = text[at : at + 1].isdigit() or text[at : at + 1] == "."
    total = section = Fraction(0)
    current: Fraction | None = None
    least_big, least_small = 10**24, 10**4
    best: tuple[Fraction, int] | None = None
    i, magnitudes = at, 0
    while i < len(text):
        character = text[i]
        spaced = i > at and text[i - 1] == " "
        if current is None and (number := DIGITS.match(text, i)):
            value = digits_value(number.group())
            if (section or total) and value >= min(least_small, least_big):
                break
            i = number.end()
            follows = text[i : i + 1]
            if magnitudes and follows not in _SMALL and follows not in _BIG:
                if not spaced or (value >= 100 and not re.match(r"\s?년", text[i:])):
                    best = (total + section + value, i)
                break
            current = value
        elif character in _SMALL and _SMALL[character] < least_small:
            section += (1 if current is None else current) * _SMALL[character]
            least_small, current = _SMALL[character], None
            magnitudes, i = magnitudes + 1, i + 1
            best = (total + section, i)
        elif character in _BIG and _BIG[character] < least_big:
            section += current or 0
            total += (section or 1) * _BIG[character]
            least_big, least_small = _BIG[character], 10**4
            section, current = Fraction(0), None
            magnitudes, i = magnitudes + 1, i + 1
            best = (total, i)
        elif character in _SINO and current is None and not led_by_digits:
            current = Fraction(_SINO[character])
            i += 1
            if not _swallows_particle(text, i):
                best = (total + section + current, i)
        elif character == "점" and current is not None and not magnitudes and not led_by_digits:
            run = re.compile("[영공일이삼사오육칠팔구]+").match(text, i + 1)
            if run:
                decimals = "".join(str(_SINO[c]) for c in run.group())
                best = (current + Fraction(int(decimals), 10 ** len(decimals)), run.end())
            break
        elif character == " " and magnitudes and current is None and text[i - 1] != " ":
            # A space may part one magnitude from the next, smaller one.
            rest = re.compile(
                r"[\d,.]+\s?[십백천만억조]?|[일이삼사오육칠팔구]?[십백천만억]+"
            ).match(text, i + 1)
            if not rest or not (led_by_digits or re.search("[십백천만억]", rest.group())):
                break
            if led_by_digits and not rest.group()[0].isdigit():
                break
            i += 1
        else:
            break
    if led_by_digits and not magnitudes:
        return None
    return best


def _swallows_particle(text: str, end: int) -> bool:
    """The digit read last, `text[end-1]`, is rather a particle: 이 after 백, 천, 만 ("백만이"),
    unless a counter is attached to it ("백이개")."""
    if text[end : end + 1] and text[end] in "개명원":
        return False
    return text[end - 1] == "이" and end >= 2 and text[end - 2] in "백천만억조"


_TENS = {
    "열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70,
    "여든": 80, "아흔": 90,
}  # fmt: skip
_ONES = {
    "하나": 1, "둘": 2, "셋": 3, "넷": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
    "한": 1, "두": 2, "세": 3, "네": 4, "석": 3, "넉": 4,
}  # fmt: skip
_NATIVE = pattern(
    f"(?P<hundred>백)?(?P<tens>{'|'.join(_TENS)})(?P<ones>{'|'.join(_ONES)})?|(?P<lone>{'|'.join(_ONES)})"
)


def korean_native(text: str, at: int) -> tuple[Fraction, int, str] | None:
    """A native numeral at `at` ("쉰", "스물셋", "열두"): its value, its end, how it is written."""
    found = _NATIVE.match(text, at)
    if not found:
        return None
    value = 100 if found["hundred"] else 0
    value += _TENS.get(found["tens"] or "", 0)
    value += _ONES.get(found["ones"] or found["lone"] or "", 0)
    return Fraction(value), found.end(), found.group()


_UNIT_WORDS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: value for value, word in enumerate(_UNIT_WORDS.split())}
_TENS_EN = {word: 10 * value for value, word in enumerate(_TENS_WORDS.split(), start=2)}
_SCALES = {
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "quadrillion": 10**15, "lakh": 10**5, "crore": 10**7,
}  # fmt: skip
_SMALL_SCALES = {"dozen": 12, "hundred": 100}
_ABBREVIATED = {"k": 10**3, "mn": 10**6, "mil": 10**6, "bn": 10**9, "tn": 10**12, "trn": 10**12}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50,
    "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
_PART_WORDS = "half third quarter fifth sixth seventh eighth ninth tenth"
PARTS = {word: value for value, word in enumerate(_PART_WORDS.split(), start=2)} | {
    "fourth": 4, "hundredth": 100, "thousandth": 1000, "halve": 2,
}  # fmt: skip
_WORD = pattern(r"(?:[ \t\u00a0]{1,3}|-)?\n?[ \t]{0,2}([A-Za-z]+)")
_SCALE_AFTER = pattern(
    r"(?:[ \t\u00a0]?|-)"
    r"(hundred|thousand|million|billion|trillion|quadrillion|dozen|lakh|crore|mn|mil|bn|tn|trn)"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)


def english_scale(text: str, at: int) -> tuple[int, int] | None:
    """Scale words after digits ("million", "hundred thousand", "bn"): their product and end."""
    product, end = 1, at
    while found := _SCALE_AFTER.match(text, end):
        word = found.group(1).lower()
        product *= _SMALL_SCALES.get(word) or _SCALES.get(word) or _ABBREVIATED[word]
        end = found.end()
    return (product, end) if end > at else None


def _words(text: str, at: int) -> list[tuple[str, int]]:
    """The run of words from `at`, lower case, each with its end: parted by one space or hyphen."""
    run: list[tuple[str, int]] = []
    found = re.compile(r"[A-Za-z]+").match(text, at)
    while found and len(run) < 24:
        run.append((found.group(found.lastindex or 0).lower(), found.end()))
        found = (
            _WORD.match(text, found.end())
            if text[found.end() : found.end() + 1] in " -\n"
            else None
        )
    return run


def english(text: str, at: int) -> tuple[Fraction, int, bool] | None:
    """An English numeral in words at `at`: value, end, and whether it is an ordinal ("third").
    "Hundreds", "millions of" and other vague plurals are none; neither is "a" or "one" alone here:
    the caller decides about "one"."""
    words = _words(text, at)
    if not words:
        return None
    half = _half(words)
    if half:
        return half
    total = current = 0
    least = 10**18
    best: tuple[Fraction, int, bool] | None = None
    last = ""  # the kind of the word before
    for n, (word, end) in enumerate(words):
        ahead = words[n + 1][0] if n + 1 < len(words) else ""
        if word in ("a", "an") and n == 0 and (ahead in _SCALES or ahead in ("hundred", "dozen")):
            current, last = 1, "article"
            continue
        if word == "and" and last in ("hundred", "scale", "unit", "tens"):
            part = _and_part(words, n)
            if part and last in ("unit", "tens", "hundred", "scale"):
                fraction, stop = part
                scale = english_scale(text, stop)
                value = (total + current + fraction) * (scale[0] if scale else 1)
                return value, scale[1] if scale else stop, False
            if last in ("hundred", "scale") and (ahead in _UNITS or ahead in _TENS_EN):
                continue
            break
        if word == "point" and last in ("unit", "tens") and ahead in _UNITS:
            digits, stop = "", end
            for later, later_end in words[n + 1 :]:
                if _UNITS.get(later, 10) > 9:
                    break
                digits, stop = digits + str(_UNITS[later]), later_end
            value = total + current + Fraction(int(digits), 10 ** len(digits))
            scale = english_scale(text, stop)
            return value * (scale[0] if scale else 1), scale[1] if scale else stop, False
        if word in _UNITS and last in ("", "hundred", "scale", "tens"):
            if last == "tens" and not 0 < _UNITS[word] < 10:
                break
            current, last = current + _UNITS[word], "unit"
        elif word in _TENS_EN and last in ("", "hundred", "scale"):
            current, last = current + _TENS_EN[word], "tens"
        elif word in _TENS_EN and last == "unit" and 13 <= total + current <= 20:
            current, last = current * 100 + _TENS_EN[word], "tens"  # a year: nineteen eighty-four
        elif word == "hundred" and last in ("unit", "tens", "article") and current < 100:
            current, last = current * 100, "hundred"
        elif word == "dozen" and last in ("unit", "tens", "article"):
            return Fraction((total + current) * 12), end, False
        elif word in _SCALES and last in ("unit", "tens", "hundred", "article", "scale"):
            if last == "scale":
                total *= _SCALES[word]
            elif _SCALES[word] < least:
                total, current, least = total + current * _SCALES[word], 0, _SCALES[word]
            else:
                break
            last = "scale"
        elif word in _ORDINALS and last in ("", "tens", "hundred", "scale"):
            rank = _ORDINALS[word]
            if last == "tens" and rank > 9:
                break
            return Fraction(total + current + rank), end, True
        elif last in ("unit", "tens") and word.rstrip("s") in PARTS and word != "seconds":
            return Fraction(total + current, PARTS[word.rstrip("s")]), end, False
        else:
            break
        best = (Fraction(total + current), end, False)
    return best


def _half(words: list[tuple[str, int]]) -> tuple[Fraction, int, bool] | None:
    """ "half", "a half", "half a million", "a quarter", "a third"."""
    first, end = words[0]
    if first == "half":
        if len(words) > 2 and words[1][0] == "a":
            scale = _SCALES.get(words[2][0]) or {"dozen": 12, "hundred": 100}.get(words[2][0])
            if scale:
                return Fraction(scale, 2), words[2][1], False
        return Fraction(1, 2), end, False
    if first in ("a", "one") and len(words) > 1 and words[1][0] in PARTS:
        word, stop = words[1]
        of = len(words) > 2 and words[2][0] == "of"
        if word == "half" or first == "one" or of or len(words) == 2:
            return Fraction(1, PARTS[word]), stop, False
    return None


def _and_part(words: list[tuple[str, int]], n: int) -> tuple[Fraction, int] | None:
    """What follows in "two and a half", "three and three quarters"."""
    if len(words) <= n + 2 or words[n + 2][0].rstrip("s") not in PARTS:
        return None
    count = 1 if words[n + 1][0] in ("a", "an") else _UNITS.get(words[n + 1][0], 0)
    if not count:
        return None
    return Fraction(count, PARTS[words[n + 2][0].rstrip("s")]), words[n + 2][1]
