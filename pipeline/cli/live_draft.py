"""What is seen while an answer is being found: one line on standard error that goes away.

On a terminal it shows the draft as the model writes it. A draft is not the answer: it has not been
verified yet, so it never stays and never reaches standard output.
"""

from __future__ import annotations

import shutil
import sys
import time
import unicodedata
from typing import TYPE_CHECKING

import click

from pipeline.cli.progress import ProgressBar
from pipeline.cli.translation import tr
from pipeline.shown import SWEEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.types import Draw, Sample, Vote

__all__ = ["LiveDraft"]


class LiveDraft:
    """Called with the stages of indexing, then told of tokens and finished draws."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._bar = ProgressBar()
        self._building = False
        self._text = ""
        self._done = 0
        self._votes = ""
        self._last = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        if not self._building:
            self._building = True
            words = tr("Building the search index of your notes; only changes cost later.")
            click.echo(words, err=True)
        self._bar(stage, done, total)

    def token(self, request: Draw, piece: str) -> None:
        """A piece of one draw: shown for the first draw still being written."""
        if not self._shown or request.draw != self._done:
            return
        self._text += piece
        now = time.monotonic()
        if now - self._last > 0.05:
            self._last = now
            self._line(f"{self._votes}draft {self._done + 1}: ", self._text)

    def sample(self, _: Sample) -> None:
        """One draw is finished."""
        self._done += 1
        self._text = ""

    def votes(self, votes: Sequence[Vote], draws: int) -> None:
        """How the votes stand: the two answers that most draws gave."""
        if not self._shown or draws < 2:
            return
        lead = " · ".join(f"{_short(vote.answer)} {vote.count}" for vote in votes[:2])
        self._votes = f"{draws} draws: {lead or 'none counts yet'} · "
        self._line(self._votes, "")

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo(SWEEP, nl=False, err=True)

    def _line(self, head: str, words: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        while _width(head) > width:
            head = head[:-1]
        text = " ".join(words.split())
        while text and _width(head) + _width(text) > width:  # the end is what is being written
            text = text[1:]
        click.echo(f"{SWEEP}{head}{text}", nl=False, err=True)


def _short(answer: str) -> str:
    """An answer in few columns."""
    words = " ".join(answer.split())
    return words if len(words) <= 32 else f"{words[:31]}…"


def _width(text: str) -> int:
    """Columns a text takes: Korean syllables take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
