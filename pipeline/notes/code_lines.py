"""Lines of code, calculations and comments in a text that belong together, told by their form."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["goes_with", "is_statement"]

_COMMENT = re.compile(r"\s*(?://|--(?=[ \t])|/\*|#[ \t])")
_OPERATOR = re.compile(r"\s*(?:=>?(?!=)|-{1,2}>|[+×÷≈≒⇒∴→](?=[ \t]))[ \t]*\S")
"""Begins a line that goes on with the calculation above it."""
_ENDED = re.compile(r"[;{}\\]\s*$")
"""Ends a line of code that another may follow."""
_CODE = re.compile(r"[(){}\[\];=<>]")
_SAID = re.compile(r"[.!?。]\s*$|[다요죠]\s*$")
_OPENED = re.compile(r"[(\[{,]\s*$")
_MOST = 40
"""Lines of one statement."""


def goes_with(lines: Sequence[str]) -> list[bool]:
    """Of each line whether it belongs to the one before it: a comment to the code below it or
    above, the lines within a bracket to what opens it, a step of a calculation to what it goes on
    from, a statement to the one before it.

    >>> goes_with(["// area", "A = 2 * 3", "  = 6", "It is small."])
    [False, True, True, False]
    """
    joined = [False] * len(lines)
    depth = since = 0
    for at in range(1, len(lines)):
        before, line = lines[at - 1], lines[at]
        if depth <= 0 or at - since > _MOST:
            depth, since = 0, at
        depth += _brackets(before)
        within = depth > 0 and (at - since > 0 or _OPENED.search(before) is not None)
        joined[at] = within or _follows(before, line)
        if not joined[at]:
            depth = 0
    return joined


def is_statement(text: str) -> bool:
    """Whether each line of a text is code by its end, or a comment; none of it a formula.

    >>> is_statement("let tide = 1;"), is_statement("The tide turns.")
    (True, False)
    """
    lines = [line for line in text.splitlines() if line.strip()]
    formula = "$" in text.replace("${", "") or "\\" in text
    coded = [_ends(line) or _COMMENT.match(line) is not None for line in lines]
    return bool(coded) and all(coded) and not formula


def _ends(line: str) -> bool:
    """A line ends as code does, before a comment beside it."""
    return _ENDED.search(line.partition(" //")[0]) is not None


def _follows(before: str, line: str) -> bool:
    if _OPERATOR.match(line):
        return not _SAID.search(before)
    told, tells = _COMMENT.match(line) is not None, _COMMENT.match(before) is not None
    if told and tells:
        return True
    if told or tells:
        return _is_code(before if told else line)
    return _is_code(before) and _is_code(line) and _ENDED.search(before) is not None


def _is_code(line: str) -> bool:
    return _CODE.search(line) is not None and not _SAID.search(line)


def _brackets(line: str) -> int:
    return sum((mark in "([{") - (mark in ")]}") for mark in line)
