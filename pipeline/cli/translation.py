"""Translates what the command line says into the reader's language; never `--json`."""

from __future__ import annotations

import os
import re
from contextvars import ContextVar

from pipeline.text.messages import say, translate

__all__ = ["choose", "language", "tr", "translated"]

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
    return say(sentence, language(), **values)


def translated(sentence: str) -> str:
    """A sentence that the library made, in the reader's language where the catalogue has it."""
    return translate(sentence, language())
