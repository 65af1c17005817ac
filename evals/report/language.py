"""A report in the reader's language: its blocks say English, `korean.yaml` has the Korean of each.

A finished sentence is found again by its fixed words. What is not there (names, words of notes and
models) stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from pipeline.text.messages import agreeing

__all__ = ["Speaker", "catalogue", "in_language", "speaker"]

_FIELD = re.compile(r"\{(\w+)\}")
_SENTENCES = re.compile(r"(?<=[a-z%)\]0-9][.]) (?=[A-Z])")
_OURS = frozenset({"price", "verdict", "words"})
"""Fields that hold words of the report; others hold names and numbers, which stay."""
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


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Templates as patterns over what may stand in their fields, the most fixed words first."""

    def pattern(template: str) -> re.Pattern[str]:
        parts = _FIELD.split(template)  # text, field, text, ...
        return re.compile(
            "".join(f"(?P<{p}>.+?)" if i % 2 else re.escape(p) for i, p in enumerate(parts)), re.S
        )

    open_ = [row for row in catalogue().items() if _FIELD.search(row[0])]
    ordered = sorted(open_, key=lambda row: -len(_FIELD.sub("", row[0])))
    return [(pattern(english), korean) for english, korean in ordered]


def speaker(language: str) -> Speaker:
    """What says a sentence in a language."""
    return _korean if language == "ko" else lambda sentence: sentence


def _korean(text: str) -> str:
    """Sentence by sentence, so that no field swallows the next one."""
    parts = _SENTENCES.split(text)
    return " ".join(_looked_up(part) or part for part in parts)


@cache
def _looked_up(sentence: str) -> str | None:
    if sentence in catalogue():
        return catalogue()[sentence]
    for pattern, korean in _patterns():
        if found := pattern.fullmatch(sentence):
            values = {
                name: _korean(value) if name in _OURS else value
                for name, value in found.groupdict().items()
            }
            return agreeing(korean, values)
    return None


def in_language(block: T, language: str) -> T:
    """A block, or any of its parts, with its words in a language."""
    return _said(block, speaker(language)) if language != "en" else block


def _said(found: Any, say: Speaker) -> Any:
    if isinstance(found, str):
        return say(found) if any(c.isalpha() for c in found) else found
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
