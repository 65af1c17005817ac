"""Answers to the questions of the generators, worked out from their words alone, by other means
than those that made them."""

from __future__ import annotations

import re

from evals.tasks.base import Item

__all__ = ["solve"]


def solve(item: Item) -> str:
    """The answer to a generated question."""
    ways = {
        "sums": _sum,
        "tracking-coin": _coin,
        "tracking": _balls,
        "letters": _letters,
        "comparison": _compare,
    }
    return next(way(item.question) for name, way in ways.items() if item.id.startswith(name))


def _sum(question: str) -> str:
    return str(sum(map(int, re.findall(r"\d+", question))))


def _coin(question: str) -> str:
    if "동전" in question:
        turned = len(re.findall("뒤집습니다", question))
        return "아니요" if turned % 2 else "예"
    turned = len(re.findall(r"turns it over", question))
    return "no" if turned % 2 else "yes"


def _balls(question: str) -> str:
    holds: dict[str, str]
    if re.search("[가-힣]", question):
        start, rest = question.split("을 가지고 있습니다.", 1)
        holds = dict(re.findall(r"([가-힣]{2})[은는] ([가-힣]+색) 공", start + ","))
        swaps = re.findall(r"([가-힣]{2})[과와] ([가-힣]{2})[이가] 공을 맞바꿉니다", rest)
        asked = re.findall(r"마지막에 ([가-힣]{2})[이가]", rest)[0]
    else:
        holds = dict(re.findall(r"(\w+) has a (\w+) ball", question))
        swaps = re.findall(r"(\w+) and (\w+) swap", question)
        asked = re.findall(r"that (\w+) has at the end", question)[0]
    for one, other in swaps:
        holds[one], holds[other] = holds[other], holds[one]
    return holds[asked]


def _letters(question: str) -> str:
    quoted = re.findall(r'"([^"]+)"', question)
    if "How many" in question:
        letter, words = quoted
        return str(sum(1 for character in words if character == letter))
    if "몇 글자" in question:
        return str(len(re.sub(r"\s", "", quoted[0])))
    return "".join(re.findall(r"(\w)(?!\w)", quoted[0]))


_GIVEN = (
    r"(?P<a>\w+) (?:is|has) (?P<n>\d+) (?:years old|cm tall|stamps)\.",
    r"(?P<a>[가-힣]{2})(?:은|는|의 키는)(?: 우표가)? (?P<n>\d+)(?:살입| cm입|장 있습)",
)
_RELATIVE = (
    r"(?P<a>\w+) (?:is|has) (?P<n>\d+) (?:years|cm|stamps) (?P<way>\w+) than (?P<b>\w+)\.",
    r"(?P<a>[가-힣]{2})[은는] (?P<b>[가-힣]{2})보다(?: 우표가)? "
    r"(?P<n>\d+)(?:살|장| cm) (?P<way>[가-힣])",
)
_UP = {"older", "taller", "more", "많", "큽"}
_MOST = re.compile(r"oldest|tallest|the most|가장 (?:많은|큰)")


def _compare(question: str) -> str:
    values = {m["a"]: int(m["n"]) for p in _GIVEN for m in re.finditer(p, question)}
    leaning = [m for p in _RELATIVE for m in re.finditer(p, question)]
    while leaning:
        known = next(m for m in leaning if m["b"] in values)
        leaning.remove(known)
        gap = int(known["n"]) if known["way"] in _UP else -int(known["n"])
        values[known["a"]] = values[known["b"]] + gap
    choose = max if _MOST.search(question) else min
    return choose(values, key=lambda name: values[name])
