"""Equal answers, however they are written: the equivalence classes that votes are counted in.

Every answer gets a key and the reason for it in words. Two answers are one class exactly when their
keys are equal, and a key is made so that it cannot join different numbers: values are exact
fractions, and figures inside of text are part of the key too. What is joined on purpose:

- ways of writing one number ("1,750억", "175B", "one hundred seventy-five billion", "50 %"), units
  of one dimension where they convert exactly, a hedge ("약"), the noun of what is counted;
- dates, times of day, yes and no, list items in any order, choices, in either language;
- text up to case, punctuation, articles, particles, the spacing of Korean, the spelling of names.

A bound ("over 100", "100 이상") is not the number itself, and a name never loses its version.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from pipeline.answers.choices import choice_label, is_marked_choice
from pipeline.answers.equivalence import Canonical, Equivalence, is_same, leaves_unit_out
from pipeline.answers.number_classes import (
    date_class,
    number_class,
    quantity_class,
    whole_number_class,
)
from pipeline.answers.symbols import MARKS, folded, spelled_out
from pipeline.text.clauses import BEFORE_LAST_ITEM
from pipeline.text.entities import name_key, numbered_names
from pipeline.text.numbers.quantities import quantities
from pipeline.text.patterns import pattern
from pipeline.text.polarity import polarity
from pipeline.text.wrapping import bare_range, is_placeholder

__all__ = [
    "AnswerKind",
    "Canonical",
    "Equivalence",
    "canonical",
    "is_same",
    "leaves_unit_out",
    "same",
]

AnswerKind = Literal["auto", "number", "choice", "yesno", "date", "list", "text"]


@lru_cache(maxsize=4096)  # votes are counted anew with every sample
def canonical(answer: str, kind: AnswerKind = "auto", language: str = "") -> Canonical | None:
    """The class of `answer`, or None where it is no answer of this kind (empty, a placeholder, "I
    don't know", a text where a number is asked for). `language` is "ko", "en" or "" for either; it
    decides only what cannot be told from the answer itself."""
    text = unicodedata.normalize("NFC", answer)
    # Spaces are told apart from line breaks and not counted: a run of them costs nothing below.
    text = "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    if is_placeholder(text):
        return None
    readers = {
        "number": (number_class,),
        "choice": (_choice,),
        "yesno": (_yes_no,),
        "date": (date_class,),
        "list": (_list,),
        "text": (_text,),
        "auto": (_marked_choice, _strict_yes_no, whole_number_class, _tuple, _auto_list, _text),
    }
    for reader in readers[kind]:
        if found := reader(text):
            return found
    return None


def same(a: str, b: str, kind: AnswerKind = "auto", language: str = "") -> Equivalence:
    """Whether two answers to one question are the same. Beyond equal classes, a number that leaves
    its unit out is the same as that number with one ("18" and "$18"), but "50" is not "50 %"."""
    one, other = canonical(a, kind, language), canonical(b, kind, language)
    if one is None or other is None:
        return Equivalence(False, f"{(a if one is None else b)!r} is no answer of this kind")
    if one.key == other.key:
        return Equivalence(True, f"both are {one.reason}")
    if is_same(one, other):
        return Equivalence(True, f"{one.reason} and {other.reason}: one leaves the unit out")
    return Equivalence(False, f"{one.reason} is not {other.reason}")


# --- choices, yes and no --------------------------------------------------------------------------


def _choice(text: str) -> Canonical | None:
    label = choice_label(text)
    if label is None:
        return None
    if label.isdigit():
        return Canonical(f"n:{label}", f"the number {label}", Fraction(int(label)))
    return Canonical(f"choice:{label}", f"choice {label}")


def _marked_choice(text: str) -> Canonical | None:
    """In an answer of unknown kind, only what is marked as a choice is one: "③", "(B)", "B."."""
    return _choice(text) if is_marked_choice(text) else None


def _yes_no(text: str) -> Canonical | None:
    return _said(polarity(text, letters=True))


def _strict_yes_no(text: str) -> Canonical | None:
    return _said(polarity(text, strict=True))


def _said(yes: bool | None) -> Canonical | None:
    return None if yes is None else Canonical(*(("yes", "yes") if yes else ("no", "no")))


# --- lists and text -------------------------------------------------------------------------------

_BULLETS = pattern(r"(?:^|\n)\s*(?:[-*•·]|\d{1,2}[.)]|[①-⑳])\s+")
_COMMAS = pattern(
    rf"\s*[;；、\n]\s*|,(?!\d{{3}}(?!\d))\s*(?:{BEFORE_LAST_ITEM})?|，\s*|\s+(?:and|및|그리고|&)\s+"
)
_KO_AND = pattern(r"(?<=[가-힣A-Za-z0-9])(?:와|과|하고|이랑)\s+")


def _items(text: str) -> list[str]:
    start, end = bare_range(text)
    piece = text[start:end]
    separator = _BULLETS if len(_BULLETS.findall(text)) > 1 else _COMMAS
    source = text if separator is _BULLETS else piece
    return [item for item in separator.split(source) if re.search(r"\w", item)]


def _list(text: str) -> Canonical | None:
    items = _items(text)
    items = [part for item in items for part in _KO_AND.split(item) if part.strip()]
    classes = sorted((c for item in items if (c := canonical(item))), key=lambda c: c.key)
    if not classes:
        return None
    if len(classes) == 1:
        return classes[0]
    key = "".join(f"[{len(c.key)}:{c.key}]" for c in classes)
    return Canonical(f"list:{key}", "the list " + ", ".join(c.reason for c in classes))


_BRACKETED = pattern(r"(\(|\[)([^()\[\]]+)(\)|\])")


def _tuple(text: str) -> Canonical | None:
    """A point or an interval: "(3, 4)" is not "(4, 3)", nor "[5, 6)" the same as "(5, 6]"."""
    found = _BRACKETED.fullmatch(text.strip(" \t\n.$"))
    if not found or found[1] + found[3] == "[]":
        return None
    items = [canonical(item) for item in found[2].split(",")]
    if len(items) < 2 or any(item is None or item.value is None for item in items):
        return None
    inside = "".join(f"[{len(c.key)}:{c.key}]" for c in items if c)
    said = ", ".join(c.reason for c in items if c)
    return Canonical(f"tuple:{found[1]}{inside}{found[3]}", f"{found[1]}{said}{found[3]}")


def _auto_list(text: str) -> Canonical | None:
    """A list if it plainly is one: short items with separators, or bullets."""
    items = _items(text)
    if len(items) < 2 or any(len(i.split()) > 5 for i in items):
        return None
    return _list(text)


_GLOSS = pattern(r"\s*[(（]([^()（）]{1,60})[)）]")
_SIZE = pattern(r"\d+(?:\.\d+)?[BbMm]")
_ATTACHED = pattern(
    rf"(?<=[{MARKS}])(?=[^\W_])|(?<=[^\W_])(?=[{MARKS}])|(?<=[{MARKS}])(?=[{MARKS}])"
)
_MOST_MARKS = 6_000  # there are so many characters to stand for them
_HANGUL_GAP = pattern(r"(?<=[가-힣]) (?=[가-힣])")


def _text(text: str) -> Canonical | None:
    start, end = bare_range(text)
    piece = text[start:end]
    if not piece:
        return None
    without = _without_gloss(piece)
    key = _folded(without)
    if not key:
        return None
    return Canonical(f"t:{key}", f"the text {key!r}")


def _without_gloss(piece: str) -> str:
    """ "서울(Seoul)" without the bracket: the same name in the other script, no figure in it."""
    found = _GLOSS.search(piece)
    if not found or re.search(r"\d", found.group(1)) or found.end() != len(piece):
        return piece
    inside, outside = found.group(1), piece[: found.start()]
    hangul = bool(re.search("[가-힣]", inside)), bool(re.search("[가-힣]", outside))
    return outside if hangul[0] is not hangul[1] else piece


def _folded(piece: str) -> str:
    """Text as a key: names and quantities by their own keys, the rest folded."""
    piece = spelled_out(piece)
    keys: list[str] = []
    out: list[str] = []
    at = 0
    for start, end, key in _marks(piece)[:_MOST_MARKS]:
        out += [piece[at:start], chr(ord(MARKS[0]) + len(keys))]
        keys.append(key)
        at = end
    out.append(piece[at:])
    text = folded(_ATTACHED.sub(" ", "".join(out)))
    for n, key in enumerate(keys):
        text = text.replace(chr(ord(MARKS[0]) + n), key)
    return _HANGUL_GAP.sub("", text)


def _marks(piece: str) -> list[tuple[int, int, str]]:
    """The names and quantities of a text with their keys, in order, without overlap."""
    named = [(s, e, name_key(piece[s:e])) for s, e in numbered_names(piece)]
    found = []
    for q in quantities(piece):
        written = piece[q.start : q.end]
        before = next((n for n in named if n[1] + 1 == q.start), None)
        if before and piece[before[1]] == " " and _SIZE.fullmatch(written):
            named.remove(before)  # "Llama 3 8B": the size of a model is part of its name
            named.append((before[0], q.end, f"{before[2]}-{written.casefold()}"))
        elif amount := quantity_class(q):
            found.append((q.start, q.end, amount.key))
    marks: list[tuple[int, int, str]] = []
    for start, end, key in sorted(named + found):
        if not marks or start >= marks[-1][1]:
            marks.append((start, end, f"⟪{key}⟫"))
    return marks
