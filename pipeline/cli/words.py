"""What the command line says, in the reader's language: English in the code, Korean beside it.

`korean.yaml` maps each English sentence to its Korean one. `tr` is for lines of the command line
itself; `translated` finds an error's sentence again by its fixed words, so that the library goes on
speaking one language. What the catalogue lacks stays English. `--json` is never translated.
"""

from __future__ import annotations

import os
import re
from contextvars import ContextVar
from functools import cache
from pathlib import Path

__all__ = ["LANGUAGES", "choose", "language", "tr", "translated"]

LANGUAGES = ("en", "ko")
_FIELD = re.compile(r"\{(\w+)\}")
# A field, what closes it, and a particle that must agree with it.
_AGREES = re.compile(
    r"\{(\w+)\}([`'\")\]]*)(이라면|라면|으로|은|는|이|가|을|를|과|와|로)?(?![가-힣])|\{(\w+)\}"
)
_chosen: ContextVar[str] = ContextVar("language", default="")


def choose(name: str) -> None:
    """Speak this language ("" for the locale's) until told otherwise."""
    _chosen.set(name)


def language() -> str:
    """`ko` where it was chosen, or where LC_ALL, LC_MESSAGES or LANG (the first that is set) says
    so; else `en`."""
    if chosen := _chosen.get():
        return chosen
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "")
    return "ko" if re.match(r"ko(?:[_.@-]|$)", locale, re.IGNORECASE) else "en"


def tr(sentence: str, /, **values: object) -> str:
    """A sentence of the command line with its values put in."""
    if language() == "ko" and (korean := _catalogue().get(sentence)):
        return _agreeing(korean, {name: str(value) for name, value in values.items()})
    return _FIELD.sub(lambda field: str(values[field[1]]), sentence)


def translated(sentence: str) -> str:
    """A sentence that the library made, in the reader's language where the catalogue has it."""
    if language() != "ko":
        return sentence
    for pattern, korean in _patterns():
        if found := pattern.fullmatch(sentence):
            return _agreeing(korean, found.groupdict())
    return sentence


def _agreeing(korean: str, values: dict[str, str]) -> str:
    """The values put in; a particle right after one takes the form that fits it."""
    from pipeline.particles import with_particle

    def put(found: re.Match[str]) -> str:
        value = values[found[1] or found[4]] + (found[2] or "")
        return with_particle(value, found[3]) if found[3] else value

    return _AGREES.sub(put, korean)


@cache
def _catalogue() -> dict[str, str]:
    import yaml

    text = Path(__file__).with_name("korean.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = yaml.safe_load(text)
    return found


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Every sentence as a pattern over what may stand in its fields, the most fixed words first."""

    def pattern(sentence: str) -> re.Pattern[str]:
        parts = _FIELD.split(sentence)  # text, field, text, ...
        return re.compile(
            "".join(f"(?P<{p}>.+?)" if i % 2 else re.escape(p) for i, p in enumerate(parts)), re.S
        )

    rows = sorted(_catalogue().items(), key=lambda row: -len(_FIELD.sub("", row[0])))
    return [(pattern(english), korean) for english, korean in rows]
