"""Finds the cell of a table that is asked for: the one whose heading the question names."""

from __future__ import annotations

import math
import re

from pipeline.notes.table_rows import CELL_BREAK, cells
from pipeline.text.answer_type import Wanted
from pipeline.text.clauses import asks_from
from pipeline.text.numbers.quantities import quantities
from pipeline.text.whole import WORD, whole_at

__all__ = ["addresses", "asked_cell", "is_listed", "leads_to", "named_cell"]


def addresses(question: str, language: str, row: str, header: str) -> bool:
    """Whether a question names a row by its first cell, or by any cell and what stands above that,
    and another cell of it by its heading.

    >>> header = "| metal | melting point | used for |"
    >>> addresses("What is the melting point of tin?", "en", "| tin | 232 °C | solder |", header)
    True
    >>> addresses("Which metal is used for solder?", "en", "| tin | 232 °C | solder |", header)
    True
    """
    found = cells(row, header) if header else []
    named = any(
        _brought(cell, question) and (at == 0 or _named(name, question, language)[0] == 1.0)
        for at, (name, cell) in enumerate(found)
    )
    return named and named_cell(question, language, row, header) == 1.0


def leads_to(said: str, question: str, language: str, row: str, header: str) -> bool:
    """Whether a sentence names a row, which the question does not, by its first cell, and the
    question another cell by its heading, of which the sentence says nothing.

    >>> header = "| metal | melting point |"
    >>> question = "What is the melting point of the metal that gutters are coated with?"
    >>> leads_to("Gutters are coated with zinc.", question, "en", "| zinc | 420 °C |", header)
    True
    """
    found = cells(row, header) if header else []
    if not found or _brought(found[0][1], question) or not _brought(found[0][1], said):
        return False
    return any(
        _named(name, question, language)[0] == 1.0 and _named(name, said, language)[0] < 1.0
        for name, cell in found[1:]
        if not _brought(cell, question)
    )


def is_listed(question: str, language: str, row: str, header: str) -> bool:
    """Whether a row is one of those that a question asks to list: it names what stands above their
    first cells, and none of their cells.

    >>> is_listed("Which metals are there?", "en", "| tin | 232 °C |", "| metal | melting point |")
    True
    """
    found = cells(row, header) if header else []
    if not found or any(_brought(cell, question) for _, cell in found):
        return False
    return _named(found[0][0], question, language)[0] == 1.0


def named_cell(question: str, language: str, row: str, header: str) -> float:
    """How well a question that has one cell of a row names the heading of another, 0 to 1: that is
    wanted then, whatever it holds ("none", for how many)."""
    found = cells(row, header) if header else []
    others = [name for name, cell in found if not _brought(cell, question)]
    if len(others) == len(found):
        return 0.0
    return max((_named(name, question, language)[0] for name in others), default=0.0)


def asked_cell(
    question: str, language: str, wanted: Wanted, row: str, header: str
) -> tuple[int, int] | None:
    """Where the cell that was asked for stands in a row that is read out
    (`pipeline.notes.table_rows.row_text`): the one whose heading the question names; else the one
    that holds the kind of answer wanted. Rather none that the question itself has."""
    scored: list[tuple[float, float, tuple[int, int]]] = []
    at = 0
    for name, cell in cells(row, header):
        said = f"{name}: {cell}" if name else cell
        span = at + len(said) - len(cell), at + len(said)
        at += len(said) + len(CELL_BREAK)
        told, last = _named(name, question, language)
        if not told and wanted.kind in ("figure", "time"):
            found = quantities(cell)
            told = 0.3 * any(wanted.admits(one, cell, name) for one in found)
        brought = 0.5 * _brought(cell, question)
        scored.append((told - brought, last, span))
    if not scored:
        return None
    told, last, span = max(scored)
    alike = [one for one in scored if one[:2] == (told, last)]
    return span if told > 0 and len(alike) == 1 else None


def _brought(cell: str, question: str) -> bool:
    """Whether the question has what a cell holds, as whole words."""
    return whole_at(cell, question) >= 0


def _named(heading: str, question: str, language: str) -> tuple[float, float]:
    """The share of a heading's words that a question has, and how likely by their place it is what
    is asked for, the most for what comes last in Korean, and in English for what comes first after
    the interrogative ("What is the density of the metal")."""
    words = WORD.findall(re.sub(r"\([^)]*\)", "", heading).casefold())
    asked = [(m.start(), m.group()) for m in WORD.finditer(question.casefold())]
    if language == "en":
        begin, end = asks_from(question, "en"), len(question)
        asked = [(-at if at >= begin else at - 2 * end, word) for at, word in asked]
    found = [[at for at, other in asked if _alike(word, other)] for word in words]
    told = sum(bool(places) for places in found) / len(words) if words else 0.0
    return told, max((max(places) for places in found if places), default=-math.inf)


def _alike(word: str, other: str) -> bool:
    """The same word in another form: a plural, or with particles and endings."""
    if "가" <= word[:1] <= "힣":
        stem = word[: max(len(word) - 1, min(len(word), 2))]
        return other.startswith(stem)
    return word.removesuffix("s") == other.removesuffix("s")
