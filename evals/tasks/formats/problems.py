"""Lists what is wrong with a question set, and where. One line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import DatasetError, Filled, filled

__all__ = ["Fault", "Problem", "Report", "placed", "raising"]

Fault = Literal[
    "unreadable",  # no such file, no text, not UTF-8
    "unknown-schema",
    "malformed",  # not JSON, not YAML, not CSV, or not the shape that the schema asks for
    "unknown-field",
    "field",  # a field is missing, empty or of the wrong type
    "duplicate-id",
    "no-gold",
    "choice",  # the correct answer of a multiple choice is none of the options
    "span",  # supporting words do not stand where they should
    "empty",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its class, file and line (0: the file as a whole), what it is and
    what to do. A `warning` does not keep the set from being used."""

    fault: Fault
    file: str
    line: int
    what: str
    remedy: str = ""
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.error()}"

    @property
    def where(self) -> str:
        """`file:line`, or the file alone."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def error(self) -> DatasetError:
        """The same as an error."""
        return DatasetError(placed(self.where, self.what), self.remedy)


def placed(where: str, what: str) -> Filled:
    """What is wrong with its place in front.

    >>> placed("a.yaml:3", "is empty.")
    'a.yaml:3: is empty.'
    """
    said = what if isinstance(what, Filled) else filled(what)
    return filled("{where}: {what}", where=where, what=said)


Report = Callable[[Problem], None]
"""Who is told of a problem. It may raise; where it returns, reading goes on without the item."""


def raising(problem: Problem) -> None:
    """Raise the problem as a DatasetError, unless it is a warning."""
    if not problem.warning:
        raise problem.error()
