"""Reads what comes through a pipe: a question, or a text that is asked in place of the notes."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = ["as_notes", "piped"]

_MOST = 32 << 20
_SURE = 0.015
"""Who puts a text beside a question has reason to think that it answers, so less is asked of it
than of a folder. Of 24 questions about five short texts in both languages, the 13 with an answer
all lie above this, and 8 of the 11 without one below."""
_KINDS = (
    (b"%PDF-", ".pdf"),
    (b"WEBVTT", ".vtt"),
    (b"<!doctype html", ".html"),
    (b"<html", ".html"),
)


def piped() -> bytes:
    """All that a pipe or a file brings on standard input; empty where it is a terminal, nothing
    (/dev/null) or closed. Raises PromptError for more than 32 MB."""
    from pipeline.errors import PromptError, filled

    try:
        number = sys.stdin.fileno()
        mode = os.fstat(number).st_mode
    except (OSError, ValueError, AttributeError):  # closed, or no stream of the system
        return b""
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        return b""
    with os.fdopen(os.dup(number), "rb") as stream:
        data = stream.read(_MOST + 1)
    if len(data) > _MOST:
        raise PromptError(
            filled("More than {most} MB came on standard input.", most=_MOST >> 20),
            "Put long texts into the notes folder.",
        )
    return data


@contextmanager
def as_notes(config: Config, data: bytes) -> Iterator[Config]:
    """The configuration with the piped text as its only note, indexed for this question alone."""
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    kind = next((kind for mark, kind in _KINDS if head.startswith(mark.lower())), ".md")
    with tempfile.TemporaryDirectory(prefix="thinkscale-") as folder:
        home = Path(folder)
        (home / "notes").mkdir()
        (home / "notes" / f"standard-input{kind}").write_bytes(data)
        chosen = config.settings
        settings = chosen.model_copy(
            update={
                "notes": chosen.notes.model_copy(update={"path": str(home / "notes")}),
                "index": chosen.index.model_copy(update={"path": str(home / "index")}),
                "ask": chosen.ask.model_copy(update={"sure": min(chosen.ask.sure, _SURE)}),
            }
        )
        yield replace(config, settings=settings)
