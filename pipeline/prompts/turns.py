"""Prompts of later turns: a check, a revision, a choice among replies. Data, in `turns.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from pipeline.prompts.fill import fill

__all__ = ["turn"]


@cache
def _turns() -> dict[str, dict[str, str]]:
    text = Path(__file__).with_name("turns.yaml").read_text(encoding="utf-8")
    turns: dict[str, dict[str, str]] = yaml.safe_load(text)
    return turns


def turn(name: str, language: str, **values: str) -> str:
    """The words of a turn, in English where there are none in the language; `values` fill its
    places, and braces in them are text."""
    words = _turns()[name]
    return fill(words.get(language, words["en"]), values)
