"""Reads what around a figure changes its value: a root, a power, a letter, an operator.

A figure in the middle of an expression is not what the expression says: 2 is not the value of
`2√3`, nor 3 that of `3 + 4i`. So whatever a number reader did not take in is looked at here. Only
closed sets are named: signs, functions, words of arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

from pipeline.text.patterns import pattern
from pipeline.text.plain import FACTORIAL

__all__ = ["NumberContext", "standings"]


class NumberContext(IntEnum):
    """How a figure stands in its text."""

    ALONE = 0
    """All that changes its value has been read."""
    OPERAND = 1
    """It is understood and part of something larger ("3 + 5", "5 to 6", "not 5")."""
    UNREAD = 2
    """It is a part of what could not be read ("2√3", "x^2")."""


_FUNCTIONS = (
    "sqrt|cbrt|log|ln|lg|exp|sin|cos|tan|cot|csc|arcsin|arccos|arctan|sinh|cosh|tanh|gcd|lcm|floor"
    "|ceil|abs|det|mod"
)
# Greek, superscripts and subscripts, marks over a figure.
_GREEK = "\u0370-\u03ff"
_RAISED = "⁰ⁱ⁴-⁾ⁿ₀-₎²³¹"
_OVER = "\u0300-\u036f\u20d0-\u20ff"
# A letter that is a variable: alone, and neither an article nor "I".
_VARIABLE = r"(?:[B-HJ-Zb-hj-z](?![A-Za-z'’]|\.[a-z])|[aAiI](?=[ ]?(?:[-+*/^=)}\]]|$)))"
# LaTeX that no sign of its own stands for in a plain text.
_COMMANDS = (
    "[dtc]?frac|[dt]?binom|overline|bar|hat|vec|mathbb|mathcal|log|ln|sin|cos|tan|exp|sum|int|prod|lim"
    "|alpha|beta|gamma|delta|(?:var)?epsilon|zeta|eta|theta|lambda|mu|nu|xi|rho|sigma|tau|phi|chi|psi"
    "|omega|Gamma|Delta|Theta|Lambda|Sigma|Phi|Psi|Omega"
)
_TIGHT_RIGHT = pattern(
    rf"[ ]?[√∛∜π∞]|[{_GREEK}{_OVER}∑∏∫′″‴{FACTORIAL}]|[ ]?\^|_(?=[\w({{])"
    rf"|['’](?=\d)|\.\(\d|\.?[ ]?\\(?:{_COMMANDS})(?![A-Za-z])|[ ]?%"
    r"|[ ][A-Za-z](?=[ ]?[-+*/^=×·÷])|!(?=[ ]?[-+*/×·÷=^!])"
    r"|[ ](?:i|pi)(?=[ ]?(?:$|[-+*/=.,;)}\]]))"
)
_TIGHT_LEFT = pattern(
    rf"[√∛∜∑∏∫¬](?:\[\d{{1,3}}\])?[ ]?[({{\[]?[ ]?$|[{_GREEK}]$"
    r"|(?<=[\w)}\]])[_^][({]?$|(?<=[\w)}\]])\^-$"
    rf"|\\(?:{_COMMANDS})[ ]?\{{?[ ]?$|\}}\{{$"
    rf"|(?<![A-Za-z])(?:{_FUNCTIONS})(?:_\{{?\d{{1,3}}\}}?)?[ ]?[({{]?[ ]?$"
    r"|(?<![A-Za-z])(?:[A-Za-z]|max|min)\($"
)
_RUN_ON = pattern(r"\d[.,'’_]?$")
_POWER = pattern(r"\*\*(?=\d|\(|[a-z](?![a-z]))")
_REPEATING = pattern(r"\.\.\.|…|\(\d")
_FOOTNOTE = pattern(r"(?:[A-Za-z]{4}|[가-힣])$")
_SUPERSCRIPT = pattern(f"[{_RAISED}]")
_PRIME = pattern(r"['’](?!\w)")
_OPENING_QUOTE = pattern(r"(?<!\w)['‘’]")
_LETTER = pattern("[A-Za-z]")

_SIGN = r"(?:[-+*×·÷/±∓~⊕⊗∪∩∧∨]|(?<=\d)[xX](?=\d)|(?<=[\d ])[xX](?= ?\d))"
_OPERATOR = pattern(rf"[ ]{_SIGN}[ ]?(?=\S)|{_SIGN}(?:[ ](?=[\d.(√])|(?=\S))")
_OPERAND = pattern(
    rf"(?P<figure>[.$€£¥₩]?\d|[½⅓⅔¼¾⅕-⅞]|[-+](?=\d))|(?P<bracket>[({{\[])|(?P<other>[√∛∜π∞{_GREEK}\\]"
    rf"|{_VARIABLE})"
)
_OPERATOR_LEFT = pattern(
    rf"(?:(?P<bracket>[)}}\]|])|(?P<other>[π∞{_GREEK}{_RAISED}]|(?<![A-Za-z'’])[A-Za-z]|\d))"
    rf"(?P<gap>[ ]?)(?P<sign>{_SIGN})(?P<after>[ ]?)$"
)
_ALONE_LEFT = pattern(
    r"(?:--|[±∓≠≢≡∉∈]|!=|=/=|<>|(?<=\w)[ ]-[ ])[ ]?$|(?:\bnot|n['’]t)(?: equal to| quite)? $"
    r"|\b(?:root|square|cube|reciprocal|factorial|logarithm|log|absolute value) of (?:the )?$"
    r"|루트 ?$|[)}\]]$"
)
_ALONE_RIGHT = pattern(
    r"[ ](?:squared|cubed|factorial|quarters?|pi|to the power|choose|mod)(?![a-z])|[ ]?\(mod"
    r"|\|(?=\w)"
    r"|(?:의)?[ ]?(?:[세네]?제곱|팩토리얼|역수)|(?:이|가|은|는)?[ ]?아[니닙]"
    r"|(?<=[\d)\]}%½⅓⅔¼¾⅕-⅞])[({\[][ ]?-?(?:\d|[A-Za-z][ ]?[-+*/^=)])"
)
# Between two figures.
_JOINING_WORDS = pattern(
    r"[ ](?:plus|minus|times|over|mod|choose|divided by|multiplied by|to the power of|to|or|and"
    r"|out of|x)[ ](?:an? |the )?"
    r"|[ ]?(?:더하기|빼기|곱하기|나누기|에서|부터|대|와|과|나|이나|또는|혹은|및)[ ]?"
    r"|[ ]{0,2}|[,:]|\)\(|\)|\("
)
_TIGHT_JOIN = pattern(r"['’_.]|\\[,;:! ]?")
_LISTED = pattern(r"[,;][ ]?")


def standings(
    text: str, spans: Sequence[tuple[int, int]], sums: Sequence[bool]
) -> list[NumberContext]:
    """How the figures at `spans` (in order, without overlap) stand in a plain text. `sums[i]` says
    that figure i and the next are one amount written in two units ("1 hour 30 minutes")."""
    found = [NumberContext.ALONE] * len(spans)
    strong = [False] * len(spans)  # joined to the next by an operator
    listed = False
    for i, (start, end) in enumerate(spans):
        behind = spans[i + 1][0] if i + 1 < len(spans) else None
        before = spans[i - 1][1] if i else 0
        first, last = _wrapped(text, start, end)
        found[i] = max(found[i], _left(text, first, start, before), _right(text, start, end, last))
        operator = _OPERATOR.match(text, last)
        operand = _operand(text, operator) if operator else None
        if operand and behind is not None and operand.start() <= behind <= operand.start() + 2:
            strong[i] = True
            found[i] = found[i + 1] = max(found[i], NumberContext.OPERAND)
        elif operand:
            standing = NumberContext.OPERAND if operand["bracket"] else NumberContext.UNREAD
            found[i] = max(found[i], standing)
        if behind is None:
            continue
        gap = text[end:behind]
        opened = text[start - 1 : start] in ("(", "[") and start > 0
        listed = (listed or opened) and _LISTED.fullmatch(gap) is not None
        if _TIGHT_JOIN.fullmatch(gap):
            found[i] = found[i + 1] = NumberContext.UNREAD
        elif listed or (not sums[i] and _JOINING_WORDS.fullmatch(gap)):
            found[i] = max(found[i], NumberContext.OPERAND)
            found[i + 1] = max(found[i + 1], NumberContext.OPERAND)
    for order in (range(len(spans) - 1), range(len(spans) - 2, -1, -1)):
        for i in order:
            if strong[i] and NumberContext.UNREAD in found[i : i + 2]:
                found[i] = found[i + 1] = NumberContext.UNREAD
    return found


def _operand(text: str, operator: re.Match[str]) -> re.Match[str] | None:
    """What an operator joins a figure to; None for a dash ("5 - B cells") and a rate ("30/s")."""
    operand = _OPERAND.match(text, operator.end())
    if operand and (letter := operand["other"] or "").isalpha():
        sign = operator.group()
        if (sign == "/" and letter in "smhd") or (sign == " - " and letter.isupper()):
            return None
    return operand


def _wrapped(text: str, start: int, end: int) -> tuple[int, int]:
    """The range with the brackets that hold this figure and nothing else."""
    for _ in range(4):
        pair = text[start - 1 : start] + text[end : end + 1]
        if start == 0 or pair not in ("()", "[]", "{}"):
            break
        start, end = start - 1, end + 1
    return start, end


def _left(text: str, first: int, start: int, before: int) -> NumberContext:
    """What the characters before a figure make of it. `before`: where the last figure ends."""
    low = max(before, first - 24)
    if _TIGHT_LEFT.search(text, low, first) or _TIGHT_LEFT.search(text, low, start):
        return NumberContext.UNREAD
    if _RUN_ON.search(text, low, start):
        return NumberContext.UNREAD
    signed = text[first] in "-+" and re.search(r"(?<![A-Za-z'’])[B-HJ-Zb-hj-z] ?$", text[low:first])
    if signed:
        return NumberContext.UNREAD  # "x -5"
    if (operator := _OPERATOR_LEFT.search(text, low, first)) and _balanced(operator):
        return NumberContext.OPERAND if operator["bracket"] else NumberContext.UNREAD
    if _ALONE_LEFT.search(text, low, first):
        return NumberContext.OPERAND
    if first < start and text[first - 1 : first] == "-":
        return NumberContext.OPERAND
    return NumberContext.ALONE


def _balanced(operator: re.Match[str]) -> bool:
    """Whether a sign joins two operands: "k - 5", "k-5", "k -5"; not "A+ 5", nor "plan B - 5"."""
    other, sign = operator["other"] or "", operator["sign"]
    if operator["after"] and not operator["gap"]:
        return False
    return not (operator["gap"] and sign in "-~" and (other.isupper() or other in "ai"))


def _right(text: str, start: int, end: int, last: int) -> NumberContext:
    """What the characters behind a figure make of it."""
    digit = text[end - 1].isdigit()
    for at in {end, last}:
        if _TIGHT_RIGHT.match(text, at):
            return NumberContext.UNREAD
        if _POWER.match(text, at) and "**" not in text[max(0, start - 200) : start]:
            return NumberContext.UNREAD
        if _SUPERSCRIPT.match(text, at) and not _FOOTNOTE.search(text, max(start, at - 4), at):
            return NumberContext.UNREAD
    decimal = digit and "." in text[start:end]
    if decimal and _REPEATING.match(text, end):
        return NumberContext.UNREAD
    if (
        not text[end - 1].isalpha()
        and _PRIME.match(text, end)
        and not _OPENING_QUOTE.search(text, max(0, start - 80), start)
    ):
        return NumberContext.UNREAD
    if (not text[end - 1].isalpha() or last > end) and _LETTER.match(text, last):
        return NumberContext.UNREAD
    if text[start - 1 : start] == "|" == text[end : end + 1] and start:
        return NumberContext.OPERAND
    if _ALONE_RIGHT.match(text, end) or _ALONE_RIGHT.match(text, last):
        return NumberContext.OPERAND
    return NumberContext.ALONE
