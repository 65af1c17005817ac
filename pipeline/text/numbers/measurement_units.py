"""The units of both languages, their one normal form, and which of them convert exactly.

Conventions, stated because people differ: kB, MB, GB are powers of 1,000 and KiB, MiB, GiB powers
of 1,024; a month is 1/12 year and never a number of days; counted things ("tokens", "people") do
not convert into each other.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

from pipeline.text.patterns import pattern

__all__ = ["CURRENCY_SIGNS", "PER_TIME", "dimension", "is_count", "match_unit"]

# unit -> (dimension, how many of the dimension's base unit). Exact by definition, or not listed.
_MEASURES: dict[str, tuple[str, Fraction]] = {"%": ("ratio", Fraction(1, 100))}


def _scale(dimension: str, sizes: dict[str, int | str]) -> None:
    for unit, size in sizes.items():
        _MEASURES[unit] = (dimension, Fraction(size))


_scale("per mille", {"‰": "1/1000"})
_scale("points", {"%p": 1})
_scale("data", {"bit": 1, "kbit": 10**3, "Mbit": 10**6, "Gbit": 10**9, "Tbit": 10**12})
_scale("data", {"byte": 8, "kB": 8 * 10**3, "MB": 8 * 10**6, "GB": 8 * 10**9})
_scale("data", {"TB": 8 * 10**12, "PB": 8 * 10**15, "EB": 8 * 10**18})
_scale("data", {"KiB": 8 << 10, "MiB": 8 << 20, "GiB": 8 << 30, "TiB": 8 << 40})
_scale("time", {"ns": "1/1000000000", "µs": "1/1000000", "ms": "1/1000", "s": 1, "min": 60})
_scale("time", {"h": 3600, "days": 86400, "weeks": 604800})
_scale("calendar", {"months": 1, "years": 12, "decades": 120, "centuries": 1200})
_scale("length", {"nm": "1/1000000000", "µm": "1/1000000", "mm": "1/1000", "cm": "1/100"})
_scale("length", {"m": 1, "km": 1000, "inches": "0.0254", "ft": "0.3048", "yd": "0.9144"})
_scale("length", {"miles": "1609.344"})
_scale("mass", {"mg": "1/1000", "g": 1, "kg": 1000, "t": 10**6, "lb": "453.59237"})
_scale("mass", {"oz": "28.349523125"})
_scale("area", {"mm²": "1/1000000", "ft²": "0.09290304"})
_scale("area", {"cm²": "1/10000", "m²": 1, "km²": 10**6, "ha": 10**4, "acres": "4046.8564224"})
_scale("volume", {"ml": "1/1000", "l": 1, "m³": 1000, "cm³": "1/1000", "mm³": "1/1000000"})
_scale("resistance", {"Ω": 1, "kΩ": 1000, "MΩ": 10**6})
_scale("power", {"mW": "1/1000", "W": 1, "kW": 10**3, "MW": 10**6, "GW": 10**9})
_scale("energy", {"J": 1, "kJ": 1000, "Wh": 3600, "kWh": 3600 * 10**3, "MWh": 3600 * 10**6})
_scale("frequency", {"Hz": 1, "kHz": 10**3, "MHz": 10**6, "GHz": 10**9})
_scale("work", {"FLOP": 1, "MFLOP": 10**6, "GFLOP": 10**9, "TFLOP": 10**12, "PFLOP": 10**15})
_scale("work", {"EFLOP": 10**18})
_scale("USD", {"USD": 1, "cents": "1/100"})
for _own in ("gallons", "knots", "cal", "kcal", "Pa", "V", "A", "K"):
    _MEASURES[_own] = (_own, Fraction(1))
for _own in ("KRW", "EUR", "GBP", "JPY", "CNY", "°C", "°F", "°", "dB", "fps", "rpm", "px", "mAh"):
    _MEASURES[_own] = (_own, Fraction(1))
for _own in ("ordinal", "clock", "ratio-of", "date", "month-of-year", "month-day", "decade"):
    _MEASURES[_own] = (_own, Fraction(1))

# Counted things. The question says what is counted, so an answer may leave the noun out.
_COUNTS = """
tokens: token tokens 토큰
parameters: parameter parameters param params 파라미터 패러미터 매개변수 매개|변수
weights: weight weights 가중치 웨이트
layers: layer layers 레이어 계층
heads: head heads 헤드
dimensions: dimension dimensions 차원
words: word words 단어
characters: character characters 글자
sentences: sentence sentences 문장
lines: line lines 줄
pages: page pages 페이지 쪽
samples: sample samples 샘플 표본
examples: example examples 예제 예시
questions: question questions 문제 문항
steps: step steps 단계
epochs: epoch epochs 에폭 에포크
GPUs: gpu gpus
people: person people persons 명 사람 인
times: time times 배 번 회 차례
points: point points 점
"""
_GENERIC = (
    "개 마리 대 권 장 자루 송이 그루 채 벌 켤레 가지 종류 종 건 곳 팀 쌍 조각 병 잔 그릇 판 편 곡"
    " 부 척 필 알 묶음 세트 item items piece pieces copies"
)

# Written form -> normal form. Symbols are case-sensitive; words are not.
_SYMBOLS = {
    "%p": "%p", "%": "%", "‰": "‰", "℃": "°C", "°C": "°C", "℉": "°F", "°F": "°F", "°": "°",
    "bits": "bit", "bit": "bit", "Kb": "kbit", "kb": "kbit", "Mb": "Mbit", "Gb": "Gbit",
    "Tb": "Tbit", "kB": "kB", "KB": "kB", "MB": "MB", "GB": "GB", "TB": "TB", "PB": "PB",
    "EB": "EB",
    "KiB": "KiB", "MiB": "MiB", "GiB": "GiB", "TiB": "TiB",
    "kbps": "kbit/s", "Mbps": "Mbit/s", "Gbps": "Gbit/s",
    "ns": "ns", "µs": "µs", "μs": "µs", "us": "µs", "ms": "ms", "s": "s", "h": "h",
    "nm": "nm", "µm": "µm", "μm": "µm", "mm": "mm", "cm": "cm", "m": "m", "km": "km", "ft": "ft",
    "mg": "mg", "g": "g", "kg": "kg", "t": "t", "lb": "lb", "lbs": "lb", "oz": "oz",
    "m2": "m²", "km2": "km²", "m3": "m³", "Ω": "Ω", "kΩ": "kΩ", "MΩ": "MΩ",
    "ml": "ml", "mL": "ml", "L": "l", "l": "l",
    "mW": "mW", "W": "W", "kW": "kW", "MW": "MW", "GW": "GW", "J": "J", "kJ": "kJ",
    "Wh": "Wh", "kWh": "kWh", "MWh": "MWh", "Hz": "Hz", "kHz": "kHz", "MHz": "MHz", "GHz": "GHz",
    "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₩": "KRW",
    "dB": "dB", "fps": "fps", "rpm": "rpm", "px": "px", "mAh": "mAh",
}  # fmt: skip
for _form in ("m²", "km²", "cm²", "mm²", "ft²", "m³", "cm³", "mm³"):
    _power = "23"["²³".index(_form[-1])]
    _SYMBOLS |= {_form: _form, f"{_form[:-1]}^{_power}": _form, f"{_form[:-1]}^{{{_power}}}": _form}
_WORDS = {
    "percentage points": "%p", "percentage point": "%p", "percent": "%", "per cent": "%",
    "pct": "%",
    "byte": "byte", "bytes": "byte", "kilobytes": "kB", "kilobyte": "kB", "megabytes": "MB",
    "megabyte": "MB", "gigabytes": "GB", "gigabyte": "GB", "gigs": "GB", "terabytes": "TB",
    "terabyte": "TB", "petabytes": "PB", "petabyte": "PB",
    "milliseconds": "ms", "millisecond": "ms", "microseconds": "µs", "microsecond": "µs",
    "nanoseconds": "ns", "nanosecond": "ns", "seconds": "s", "second": "s", "secs": "s", "sec": "s",
    "minutes": "min", "minute": "min", "mins": "min", "min": "min", "hours": "h", "hour": "h",
    "hrs": "h", "hr": "h", "days": "days", "day": "days", "weeks": "weeks", "week": "weeks",
    "months": "months", "month": "months", "years": "years", "year": "years", "yrs": "years",
    "decades": "decades", "decade": "decades", "centuries": "centuries", "century": "centuries",
    "millimeters": "mm", "millimetres": "mm", "centimeters": "cm", "centimetres": "cm",
    "centimeter": "cm", "meters": "m", "metres": "m", "meter": "m", "metre": "m",
    "kilometers": "km", "kilometres": "km", "kilometer": "km", "kilometre": "km",
    "inches": "inches", "inch": "inches", "feet": "ft", "foot": "ft", "yards": "yd", "yard": "yd",
    "miles": "miles", "mile": "miles", "milligrams": "mg", "grams": "g", "gram": "g",
    "kilograms": "kg", "kilogram": "kg", "kilos": "kg", "kgs": "kg", "tons": "t", "ton": "t",
    "tonnes": "t", "tonne": "t", "pounds": "lb", "pound": "lb", "ounces": "oz", "ounce": "oz",
    "liters": "l", "litres": "l", "liter": "l", "litre": "l", "milliliters": "ml",
    "hectares": "ha", "hectare": "ha", "acres": "acres", "acre": "acres", "gallons": "gallons",
    "gallon": "gallons", "knots": "knots", "calories": "cal", "kcal": "kcal", "volts": "V",
    "watts": "W", "watt": "W", "kilowatts": "kW", "megawatts": "MW", "joules": "J",
    "hertz": "Hz", "megahertz": "MHz", "gigahertz": "GHz",
    "flops": "FLOP", "flop": "FLOP", "gflops": "GFLOP", "gflop": "GFLOP", "tflops": "TFLOP",
    "tflop": "TFLOP", "teraflops": "TFLOP", "pflops": "PFLOP", "petaflops": "PFLOP",
    "eflops": "EFLOP", "exaflops": "EFLOP", "gigaflops": "GFLOP", "mflops": "MFLOP",
    "us dollars": "USD", "dollars": "USD", "dollar": "USD", "usd": "USD", "bucks": "USD",
    "cents": "cents", "cent": "cents", "won": "KRW", "krw": "KRW", "euros": "EUR", "euro": "EUR",
    "eur": "EUR", "gbp": "GBP", "yen": "JPY", "jpy": "JPY", "yuan": "CNY", "cny": "CNY",
    "degrees celsius": "°C", "degrees fahrenheit": "°F", "degrees": "°", "degree": "°",
    "pixels": "px", "decibels": "dB", "fold": "times", "folds": "times",
}  # fmt: skip
_KOREAN = {
    "퍼센트포인트": "%p", "퍼센트 포인트": "%p", "퍼센트": "%", "프로": "%",
    "비트": "bit", "바이트": "byte", "킬로바이트": "kB", "메가바이트": "MB", "기가바이트": "GB",
    "기가": "GB", "테라바이트": "TB", "메가비트": "Mbit", "기가비트": "Gbit",
    "나노초": "ns", "마이크로초": "µs", "밀리초": "ms", "초": "s", "분": "min", "시간": "h",
    "일": "days", "주일": "weeks", "주": "weeks", "개월": "months", "달": "months", "년": "years",
    "살": "years", "세": "years", "세기": "centuries",
    "밀리미터": "mm", "센티미터": "cm", "센티": "cm", "미터": "m", "킬로미터": "km",
    "인치": "inches", "피트": "ft", "마일": "miles", "밀리그램": "mg", "그램": "g",
    "킬로그램": "kg", "킬로": "kg",
    "톤": "t", "파운드": "lb", "리터": "l", "밀리리터": "ml", "제곱미터": "m²",
    "와트": "W", "킬로와트": "kW", "메가와트": "MW", "헤르츠": "Hz",
    "메가헤르츠": "MHz",
    "기가헤르츠": "GHz", "달러": "USD", "센트": "cents", "원": "KRW", "유로": "EUR", "엔": "JPY",
    "위안": "CNY", "도": "°", "픽셀": "px", "데시벨": "dB", "플롭스": "FLOP",
    "번째": "ordinal", "등": "ordinal", "위": "ordinal",
}  # fmt: skip

for _line in _COUNTS.strip().splitlines():
    _normal, _forms = _line.split(": ")
    _MEASURES[_normal] = ("count", Fraction(1))
    for _form in _forms.split():
        _form = _form.replace("|", " ")
        (_WORDS if _form.isascii() else _KOREAN).setdefault(_form, _normal)
for _form in _GENERIC.split():
    (_WORDS if _form.isascii() else _KOREAN).setdefault(_form, "")

CURRENCY_SIGNS = {
    "$": "USD",
    "US$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₩": "KRW",
    "￦": "KRW",
}

# What may follow a Korean unit: nothing Hangul, a particle, an ending or a hedge. Anything else
# means the syllable was the beginning of another word ("3대규모": not three 대).
_AFTER = (
    r"(?![가-힣])|(?=은|는|이|가|을|를|의|에|도|만|로|으로|와|과|까지|부터|보다|정도|쯤|씩|당|짜리|나|인|임|입|였"
    r"|예요|에요|라는|라고|라서|며|고|마다|처럼|밖에|뿐|가량|미만|초과|남짓|들|간|동안|전|후|사이|안|내|중|죠|요|야|여서|째)"
)


@cache
def _pattern() -> re.Pattern[str]:
    words = "|".join(re.escape(w) for w in sorted(_WORDS, key=len, reverse=True))
    korean = "|".join(re.escape(k) for k in sorted(_KOREAN, key=len, reverse=True))
    return re.compile(
        "(?P<word>" + words.replace(r"\ ", r"[\ -]") + ")(?![A-Za-z])"
        "|(?P<korean>" + korean.replace(r"\ ", " ?") + f")(?:{_AFTER})",
        re.IGNORECASE,
    )


_SYMBOL = pattern(
    "(?:"
    + "|".join(re.escape(s) for s in sorted(_SYMBOLS, key=len, reverse=True))
    + ")(?![A-Za-z0-9])"
)
PER_TIME = pattern(
    r"(?:\s?/\s?|\s+per\s+)(?:(seconds?|secs?|s|초)|(minutes?|min|분)|(hours?|hr|h|시간)|(days?|일))(?![A-Za-z])"
)
# As words of their own these are something else ("등" is "and so on").
_NEEDS_ATTACHING = frozenset({"t", "l", "L", "us", "kb", "J", "등", "위", "세", "인"})


def match_unit(text: str, at: int, *, attached: bool) -> tuple[str, int] | None:
    """The unit standing at `text[at:]`: its normal form ("" for a mere counter such as 개) and
    where it ends. `attached` says that it follows its number without a space."""
    symbol = _SYMBOL.match(text, at)
    if symbol and (attached or symbol.group() not in _NEEDS_ATTACHING):
        unit, end = _SYMBOLS[symbol.group()], symbol.end()
    else:
        found = _pattern().match(text, at)
        if not found:
            return None
        form = found.group().lower().replace("-", " ")
        if not attached and form in _NEEDS_ATTACHING:
            return None
        table = _KOREAN if found.lastgroup == "korean" else _WORDS
        unit = table[form] if form in table else table[form.replace(" ", "")]
        end = found.end()
        if form == "초" and text.startswith("과", end):
            return None  # 초과, "more than"
    rate = PER_TIME.match(text, end)
    if rate:
        unit += "/" + ("s", "min", "h", "days")[(rate.lastindex or 1) - 1]
        end = rate.end()
    return unit, end


def is_count(unit: str) -> bool:
    """A counted thing, or no unit at all."""
    return unit == "" or _MEASURES.get(unit, ("",))[0] == "count"


def dimension(unit: str) -> tuple[str, Fraction]:
    """The dimension of a unit and its size in that dimension's base unit: values of one dimension
    compare after multiplication. Counted things are a dimension each, and so is what is unknown."""
    if "/" in unit:
        top, _, bottom = unit.partition("/")
        name, size = dimension(top)
        _, per = dimension(bottom)
        return f"{name}/time", size / per
    name, size = _MEASURES.get(unit, (unit, Fraction(1)))
    return (unit if name == "count" else name), size
