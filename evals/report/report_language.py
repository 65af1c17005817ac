"""A report in the reader's language: its blocks say English, `korean.yaml` has the Korean of each.

A sentence with values in it carries its template (`errors.filled`) and is looked up by that. What
is not there (names, words of notes and models) stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from pipeline.text.messages import translate

__all__ = ["Speaker", "catalogue", "in_language", "speaker"]

_NEVER = frozenset({"anchor", "verdict", "tone"})
T = TypeVar("T")

Speaker = Callable[[str], str]
"""A sentence of the report in the reader's language."""


@cache
def catalogue() -> dict[str, str]:
    """English to Korean, as templates."""
    text = Path(__file__).with_name("korean.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = yaml.safe_load(text)
    return found


def speaker(language: str) -> Speaker:
    """What says a sentence in a language."""
    return lambda sentence: translate(sentence, language, catalogue())


def in_language(block: T, language: str) -> T:
    """A block, or any of its parts, with its words in a language."""
    return _said(block, speaker(language)) if language != "en" else block


def _said(found: Any, say: Speaker) -> Any:
    if isinstance(found, str):
        return say(found)
    if isinstance(found, tuple):
        return tuple(_said(one, say) for one in found)
    if is_dataclass(found) and not isinstance(found, type):
        return replace(
            found,
            **{
                f.name: _said(getattr(found, f.name), say)
                for f in fields(found)
                if f.name not in _NEVER
            },
        )
    return found
