"""Text as figures are looked for in it: one spelling of signs and spaces, LaTeX as characters.

What is found there is wanted where it stands in the text itself, so every character of the plain
form knows what it came from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.text.patterns import pattern

__all__ = ["Plain", "plain", "without_latex"]

# One character for one.
_CHARACTERS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord("−"): "-", ord("–"): "-", ord("—"): "-", ord("‑"): "-", ord("〜"): "~", ord("∼"): "~",
    ord("～"): "~", 0x3000: " ", 0xA0: " ", ord("∙"): "·", ord("⋅"): "·", ord("⁄"): "/",
    ord("∕"): "/", ord("∶"): ":", ord("≧"): "≥", ord("≦"): "≤", ord("⩾"): "≥", ord("⩽"): "≤",
    ord("\u2007"): "\u202f",
}  # fmt: skip
_THOUSANDS = pattern(r"(?<=\d)\xa0(?=\d{3}(?!\d))")  # a no-break space parts thousands

_COMMANDS = {
    "times": "×", "cdot": "·", "div": "÷", "pm": "±", "mp": "∓", "le": "≤", "leq": "≤", "ge": "≥",
    "geq": "≥", "leqslant": "≤", "geqslant": "≥", "lt": "<", "gt": ">", "ne": "≠", "neq": "≠",
    "approx": "≈", "sim": "~", "equiv": "≡", "sqrt": "√", "pi": "π", "infty": "∞", "degree": "°",
    "to": "→", "rightarrow": "→", "leftarrow": "←", "leftrightarrow": "↔", "implies": "⇒",
    "Rightarrow": "⇒", "iff": "⇔", "Leftrightarrow": "⇔", "in": "∈", "notin": "∉", "neg": "¬",
    "lnot": "¬", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨", "cup": "∪", "cap": "∩",
    "ldots": "…", "dots": "…", "cdots": "…", "prime": "′", "quad": " ", "qquad": " ", "left": "",
    "right": "", "displaystyle": "", "textstyle": "", "limits": "", "big": "", "Big": "",
}  # fmt: skip
_LATEX = pattern(
    r"\\(?:text|textrm|textbf|textit|textsf|mathrm|mathbf|mathit|mathsf|mbox|rm|bf|operatorname)"
    r"\*?\s?(?P<open>\{)"
    r"|\^\s?\{?\s?\\circ(?![A-Za-z])\s?(?P<ring>\}?)"
    r"|\\(?P<name>[A-Za-z]+)"
    r"|(?P<thousands>(?:(?<=\d)|(?<=\d,))\\[,;:! ](?=\d{3}(?!\d)))"
    r"|(?P<space>\\[,;:!> \\]|\\[()\[\]])"
    r"|\\(?P<escaped>[^A-Za-z0-9\s{}])"
    r"|(?P<brace>[{}])"
)
_DOLLARS = pattern(r"(?<!\\)(\$\$?)(?=[^\s$])([^$\n]{0,200}?(?<=[^\s\\]))\1(?!\d)")


FACTORIAL = "¡"
"""What stands in a plain text for an exclamation mark that is a factorial."""


@dataclass(frozen=True, slots=True)
class Plain:
    """`text` in its plain form; `starts[i]:ends[i]` is the range its character `i` came from. Both
    are empty where every character stands where it stood."""

    text: str
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The range of the text itself that `text[start:end]` came from."""
        if not self.starts:
            return start, end
        return self.starts[start], self.ends[end - 1]


def plain(text: str) -> Plain:
    """The plain form of a text."""
    text = _THOUSANDS.sub("\u202f", text).translate(_CHARACTERS)
    if "\\" not in text and "$" not in text:
        return Plain(text)
    dollars = {at for m in _DOLLARS.finditer(text) for n in (1, 2) for at in _edge(m, n)}
    if "\\" not in text and not dollars:
        return Plain(text)
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    pending: int | None = None  # where something left out begins that belongs to what follows

    def put(character: str, start: int, end: int) -> None:
        nonlocal pending
        if character == " " and (not out or out[-1] == " "):
            return
        out.append(character)
        starts.append(start if pending is None else pending)
        ends.append(end)
        pending = None

    depths: list[bool] = []  # for each open brace, whether it was left out
    at = 0
    while at < len(text):
        if at in dollars:
            _factorial(out)
            at += 1
            continue
        found = _LATEX.match(text, at) if text[at] in "\\^{}" else None
        if found is None:
            put(text[at], at, at + 1)
            at += 1
            continue
        start, end = found.span()
        if found["open"]:
            depths.append(True)
            pending = start if pending is None else pending
        elif found["brace"] == "{":
            depths.append(False)
            put("{", start, end)
        elif found["brace"]:
            if not depths or not depths.pop():
                put("}", start, end)
            elif ends:
                ends[-1] = end
        elif found["ring"] is not None:
            put("°", start, end)
        elif (name := found["name"]) is not None:
            replaced = _COMMANDS.get(name)
            if replaced is None:
                for i, character in enumerate(found.group()):
                    put(character, start + i, start + i + 1)
            elif replaced:
                put(replaced, start, end)
        elif found["thousands"]:
            if text[start + 1] != "!" or out[-1:] != [","]:
                for i, character in enumerate(found.group()):
                    put(character, start + i, start + i + 1)
        elif found["space"]:
            if found["space"] in ("\\)", "\\]"):
                _factorial(out)
            put(" ", start, end)
        else:
            put(found["escaped"], start, end)
        at = end
    return Plain("".join(out), tuple(starts), tuple(ends))


def _factorial(out: list[str]) -> None:
    """At the end of a formula an exclamation mark exclaims nothing."""
    if out and out[-1] == "!":
        out[-1] = FACTORIAL


def _edge(found: re.Match[str], n: int) -> range:
    """Where the opening (1) or closing (2) dollar signs of a formula stand."""
    width = len(found.group(1))
    first = found.start() if n == 1 else found.end() - width
    return range(first, first + width)


def without_latex(text: str) -> str:
    """The text with blanks for LaTeX commands, as long as before: `frac12` is no name."""
    return _NAMED.sub(lambda m: " " * len(m.group()), text) if "\\" in text else text


_NAMED = pattern(r"\\[A-Za-z]+")
