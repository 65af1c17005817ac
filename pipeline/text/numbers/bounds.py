"""What is said around a figure and does not change its value, and what makes a bound of it: closed
classes in both languages, as parts of regular expressions."""

from __future__ import annotations

__all__ = [
    "AFTER_FIGURE",
    "AT_LEAST",
    "AT_MOST",
    "BEFORE_FIGURE",
    "BETWEEN_FIGURES",
    "COUNT_HEDGE",
    "GOES_ON",
    "HEDGE",
    "KOREAN_ASKED",
    "KOREAN_COUNTERS",
    "LABEL_HEDGE",
    "LESS_THAN",
    "MORE_THAN",
    "TIME_UNITS",
]

BEFORE_FIGURE = (
    r"about|around|approximately|approx\.?|roughly|nearly|almost|circa|ca\.|a total of|an?|the"
    r"|in|on|at|between|from|only|just|exactly|some|총|약|대략|거의|대충|모두|정확히|단|[~≈≒+]"
)
AFTER_FIGURE = "정도|쯤|가량|남짓|내외|안팎|입니다|이다|의|짜리|or so|approximately|(?:in )?total"
AT_LEAST = r"\b(?:at least|minimum|or more|no(?:t|) less than)\b|이상|최소"
AT_MOST = r"\b(?:at most|up to|maximum|or less|or fewer|no(?:t|) more than)\b|이하|최대"
MORE_THAN = r"\b(?:over|more than|above)\b|초과|넘"
LESS_THAN = r"\b(?:under|less than|fewer than|below)\b|미만"
BETWEEN_FIGURES = (
    r"(?<![A-Za-z])(?:between|from|and|or|to)(?![A-Za-z])|에서|부터|까지|와|과|및|그리고"
)
"""What joins the figures of one answer."""

GOES_ON = r"\s?[~–-]\s?\d|에서\s\d|\s(?:to|and)\s\d|\s반(?:\s|만|$)|\s?분?의\s\d|\sand a half"
"""What makes a range, a fraction or another number of the figure before it."""

HEDGE = "about |around |roughly |nearly |only |over "
COUNT_HEDGE = f"{HEDGE}|some |more than |up to |a total of "
LABEL_HEDGE = "약 |총 |모두 |about |around |roughly |some "
"""What may stand before a figure in a plain sentence, before one that counts, behind a label."""

KOREAN_ASKED = ("개", "명", "장", "권", "대", "층")
"""Counters that are asked for with 몇."""

TIME_UNITS = frozenset("s min h seconds minutes hours days weeks months years".split())
KOREAN_COUNTERS = (
    "개|명|층|장|쪽|권|대|마리|곳|가지|번|편|척|그루|주|일|년|시간|분|초|킬로미터|미터|km|m"
)
