"""Ways of writing one number, for property tests: each returns text that means exactly `value`."""

from __future__ import annotations

from collections.abc import Callable

_SINO = "영일이삼사오육칠팔구"
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety"
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_BIG = ((10**12, "조"), (10**8, "억"), (10**4, "만"), (1, ""))


def plain(value: int) -> str:
    return str(value)


def separated(value: int) -> str:
    return f"{value:,}"


def korean_mixed(value: int) -> str:
    """ "1억 1,700만 5", as newspapers write."""
    parts = []
    for size, unit in _BIG:
        part, value = divmod(value, size)
        if part:
            parts.append(f"{part:,}{unit}")
    # A last group of one or two figures is written on: "1만5", for "1만 5" may be two numbers.
    if len(parts) > 1 and parts[-1].isdigit() and len(parts[-1]) < 3:
        parts[-2:] = [parts[-2] + parts[-1]]
    return " ".join(parts)


def korean_words(value: int) -> str:
    """ "천칠백오십억"; 1 before 십, 백, 천 is left out, as is usual."""
    out = ""
    for size, unit in _BIG:
        part, value = divmod(value, size)
        if part:
            out += _group(part) + unit
    return out + "개"


def _group(part: int) -> str:
    out = ""
    for size, unit in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit, part = divmod(part, size)
        if digit:
            out += ("" if digit == 1 and unit else _SINO[digit]) + unit
    return out


def english_words(value: int) -> str:
    words = []
    for size, name in _SCALES:
        part, value = divmod(value, size)
        if part:
            words.append(f"{_hundreds(part)} {name}")
    if value:
        words.append(_hundreds(value))
    return " ".join(words)


def _hundreds(part: int) -> str:
    ones, tens = _ONES.split(), _TENS.split()
    words = []
    if part >= 100:
        words.append(f"{ones[part // 100]} hundred")
        part %= 100
    if part >= 20:
        words.append(tens[part // 10] + (f"-{ones[part % 10]}" if part % 10 else ""))
    elif part:
        words.append(ones[part])
    return " ".join(words)


def scientific(value: int) -> str:
    digits = str(value).rstrip("0")
    exponent = len(str(value)) - 1
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{mantissa}e{exponent}" if exponent else mantissa


def billions(value: int) -> str:
    return _decimal(value, 9) + "B"


def millions(value: int) -> str:
    return _decimal(value, 6) + " million"


def eok(value: int) -> str:
    return _decimal(value, 8) + "억"


def percent(value: int) -> str:
    return f"{value * 100}%"


def _decimal(value: int, places: int) -> str:
    digits = str(value).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")


WRITINGS: tuple[Callable[[int], str], ...] = (
    plain,
    separated,
    korean_mixed,
    korean_words,
    english_words,
    scientific,
    billions,
    millions,
    eok,
    percent,
)
