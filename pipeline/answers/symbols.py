"""Texts as they are compared: without case, articles and punctuation, and with every sign that
means something.

C++ is not C#, A+ is not A-, x >= 5 is not x <= 5. Signs of mathematics, logic, currency and
programming stay, with what they are attached to: "a+b" and "a + b" are one, and "a+" is another.
Full stops, commas, quotation marks, dashes, emphasis, and brackets in prose go.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from pipeline.text.patterns import pattern
from pipeline.text.plain import FACTORIAL, plain

__all__ = ["MARKS", "folded", "spelled_out"]

MARKS = "\ue000-\uf8ff"
"""Characters that stand for a whole word (a name, a figure) in a text that is folded."""

# --- one spelling for each sign -------------------------------------------------------------------

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-")
_CHARGE = pattern(r"([⁰¹²³⁴-⁹]*[⁺⁻])|\^\{?(\d?[+-])\}?(?![\w(])")
_POWER = pattern(r"[⁰¹²³⁴-⁹]+")
_INDEX = pattern(r"(?<=[A-Za-z)])[₀-₉₊₋]+")
_SPELLINGS = (
    (pattern(r"<-{1,2}>|⟷"), "↔"), (pattern(r"<={1,2}>|⟺"), "⇔"), (pattern(r"-{1,2}>|⟶"), "→"),
    (pattern(r"={1,2}>(?!=)|⟹"), "⇒"), (pattern(r">=|≧|⩾"), "≥"), (pattern(r"<=|=<|≦|⩽"), "≤"),
    (pattern(r"!==?|=/=|<>"), "≠"), (pattern(r"\+/?-(?=[\d\s])"), "±"),
    (pattern(r"(?<=[\w)])\*\*(?=[\w(])"), "^"), (pattern(r"(?<=\d)\s?[*·]\s?(?=\d)"), "×"),
    (pattern("(?<=[A-Za-z])♯"), "#"),
)  # fmt: skip


def spelled_out(text: str) -> str:
    """A text with one spelling for each sign: LaTeX commands, arrows and comparisons in ASCII,
    superscripts as powers ("x²" is "x^2"), charges as they are written in a line ("Na⁺" is
    "Na+")."""
    text = _DASH.sub(" ", text)
    text = plain(text).text.replace(FACTORIAL, "!")
    text = _CHARGE.sub(lambda m: (m[1] or m[2]).translate(_RAISED), text)
    text = _POWER.sub(lambda m: "^" + m[0].translate(_RAISED), text)
    text = _INDEX.sub(lambda m: m[0].translate(_LOWERED), text)
    for written, sign in _SPELLINGS:
        text = written.sub(sign, text)
    return text


_DASH = pattern(r"(?<=\s)[–—](?=\s)|(?<=[^\W\d])[–—](?=[^\W\d])")

# --- what is no part of what is said --------------------------------------------------------------

# "An" and "the" wherever they stand; "a" before a word; "A" only where a sentence begins with it,
# for elsewhere it is a label ("vitamin A deficiency").
_ARTICLES = pattern(
    r"(?<![\w\-'’])(?:(?i:an|the)(?=\s+\S)"
    rf"|(?:a|(?:(?<=^)|(?<=[.!?:]\s)|(?<=[\n\"“‘(*]))A)(?=\s+(?:[\"“'‘(*]{{0,3}}[^\W\d_]{{2}}|[{MARKS}])))"
)
_SHOUTED = pattern(r"(?<![\w\-'’])A(?=\s+[A-Z]{2})")
_EMPHASIS = pattern(r"(?<![\w*~])(\*{1,3}|~~)(?=[^\s*~])([^*~\n]{1,400})(?<=[^\s*~])\1(?![\w*~])")
_PAIRED_TAG = pattern(r"</[A-Za-z][A-Za-z0-9]{0,11}>|<br\s?/?>")
_TAG = pattern(r"</?[A-Za-z][A-Za-z0-9]{0,11}(?:\s[^<>]{0,80})?/?>")
_POSSESSIVE = pattern(r"['’]s(?=\s)")


def folded(text: str) -> str:
    """The words and signs of a text, one space between them; what is attached stays attached."""
    if _PAIRED_TAG.search(text):
        text = _TAG.sub(" ", text)
    text = _ARTICLES.sub(" ", _EMPHASIS.sub(r"\2", text))
    if text.isupper():
        text = _SHOUTED.sub(" ", text)
    text = _POSSESSIVE.sub(" ", text)
    return " ".join("".join(_pieces(text)).split())


# --- words and signs ------------------------------------------------------------------------------

_SIGNS = "-+*/=<>^~%&@#$|§°‰€£¥₩₿←-⇿∀-⋿×÷±¬⌈-⌋"
_TOKEN = pattern(
    rf"(?P<word>(?:[^\W_]|[{MARKS}]|(?<=\d)\.(?=\d)|(?<![^\s(])\.(?=[A-Z]{{2}}))+)|(?P<sign>[{_SIGNS}]+|[√∛∜])"
    r"|(?P<bracket>[()\[\]{}])|(?P<tick>['’′!])"
)
_ALWAYS = pattern(r"[=<>√∛∜←-⇿∀-⋿×÷±¬⌈-⌋]")
_OPENS_QUOTE = pattern(r"(?<!\w)['‘]")


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int
    kept: str = ""
    """How it is written in the folded text, with the spaces it needs; "" is not at all."""


def _pieces(text: str) -> list[str]:
    tokens = [
        _Token(m.lastgroup or "", m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text)
    ]
    brackets: list[int] = []
    last = len(tokens) - 1
    for n, token in enumerate(tokens):
        left = tokens[n - 1] if n else None
        right = tokens[n + 1] if n < last else None
        if token.kind == "word":
            token.kept = unicodedata.normalize("NFKC", token.text).casefold()
        elif token.kind == "sign":
            token.kept = _sign(token, left, right)
        elif token.kind == "tick":
            token.kept = _tick(text, token, left, right)
        elif token.text in "([{":
            brackets.append(n)
        elif brackets:
            opening = brackets.pop()
            if _grouping(text, tokens[opening : n + 1]):
                tokens[opening].kept, token.kept = " ( ", " ) "
    out: list[str] = []
    at = 0
    for token in tokens:
        if token.start > at:
            out.append(" ")
        out.append(token.kept or " ")
        at = token.end
    return out


def _grouping(text: str, tokens: list[_Token]) -> bool:
    """Whether a pair of brackets holds an expression together, which brackets in prose do not:
    "(a+b)c", "x^{2y}"."""
    opening, *inside, _ = tokens
    if opening.text == "{" and len(inside) > 1 and text[opening.start - 1 : opening.start].strip():
        return True
    return any(t.kind == "sign" and t.kept.startswith(" ") for t in inside)


def _sign(token: _Token, left: _Token | None, right: _Token | None) -> str:
    """A run of signs as it is kept: attached to the word before or behind it, between two, or not
    at all where it is markup or a dash."""
    sign = token.text
    before = left is not None and left.end == token.start and left.text not in "([{"
    behind = right is not None and right.start == token.end and right.text not in ")]}'’!"
    small = _small(left) and _small(right)  # operands: "x - y", "2 * 3"
    if _ALWAYS.search(sign):
        quoted = sign == ">" and not before and left is None
        return "" if quoted else f" {sign} "
    if sign == "&":
        return " and "
    if set(sign) == {"-"}:
        if before == behind:
            return " - " if small and sign == "-" else ""
        word = (left if before else right) or token
        if before:
            return sign if len(word.text) < 3 or word.text[0].isupper() else ""
        return sign if word.text.islower() or len(word.text) == 1 else ""
    if before and behind:
        return f" {sign} "
    if before:
        return sign if sign not in ("~", "/", "**") else ""
    if behind:
        return sign if sign[0] != "*" else ""
    operator = not sign.strip("+/%") or sign in ("||", "&&")
    return f" {sign} " if operator or (small and sign != "|") else ""


def _small(token: _Token | None) -> bool:
    return token is not None and (
        len(token.text) == 1 or token.text.isdigit() or token.text in ")("
    )


def _tick(text: str, token: _Token, left: _Token | None, right: _Token | None) -> str:
    """A prime ("5′", "f'"), a factorial ("n!"), a negation ("!x"); else a quotation mark or an
    exclamation, which are not kept."""
    before = left is not None and left.end == token.start
    behind = right is not None and right.start == token.end
    if token.text == "!":
        if behind and right is not None and right.kind == "word":
            return (
                "!" if not before and text[token.start - 1 : token.start] in ("", " ", "(") else ""
            )
        if before and left is not None and left.kind == "word":
            letter = len(left.text) == 1 and left.text.islower() and left.text.isascii()
            operand = right is not None and right.kind == "sign"
            return "!" if letter or (left.text.isdigit() and operand) else ""
        return ""
    if not before or left is None or left.kind not in ("word", "tick"):
        return ""
    if behind and right is not None and right.kind == "word":
        return ""
    quoted = token.text != "′" and _OPENS_QUOTE.search(text, 0, left.start)
    prime = left.text.isdigit() or len(left.text) == 1 or left.kept == "′"
    return "′" if prime and not quoted else ""
