"""The wordings of a prompt that a repeated run asks in, and the seeds it draws with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from pipeline.prompts.fill import fill

__all__ = ["MOST_WORDINGS", "SEEDS", "passes", "worded"]

SEEDS = 2
"""Seeds that each wording is asked with: two tell the samples from the wording."""
_APART = 1_000_003  # between the seeds of passes


@cache
def _wordings() -> dict[str, list[str]]:
    text = Path(__file__).with_name("wordings.yaml").read_text(encoding="utf-8")
    found: dict[str, list[str]] = yaml.safe_load(text)
    return found


MOST_WORDINGS = 5


def passes(wordings: int, seed: int) -> list[tuple[int, int]]:
    """(wording, seed) of every pass, the run itself first."""
    return [(w, seed + s * _APART) for w in range(wordings) for s in range(SEEDS)]


def worded(question: str, language: str, wording: int) -> str:
    """The question in a wording; 0 is the question as it is."""
    known = _wordings()
    return fill(known.get(language, known["en"])[wording], {"question": question})
