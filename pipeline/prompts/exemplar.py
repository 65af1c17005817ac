"""A worked example that may stand before a question in a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

__all__ = ["Exemplar", "exemplar_set"]

_FILE = Path(__file__).with_name("exemplars.yaml")


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A question with its answer, and how one gets there in words.

    `answer` is the bare answer ("17"). `reasoning` holds the steps alone, in the language of the
    question ("3 + 5 = 8. 8 + 9 = 17."): the words that lead to the final answer are the template's.
    It is empty where there is nothing to think about.
    """

    question: str
    answer: str
    reasoning: str = ""


def exemplar_set(name: str, language: str) -> tuple[dict[str, str], ...]:
    """The shipped examples of that name, as they stand in the file."""
    return tuple(_sets()[name][language])


@cache
def _sets() -> dict[str, dict[str, list[dict[str, str]]]]:
    sets: dict[str, dict[str, list[dict[str, str]]]]
    sets = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return sets
