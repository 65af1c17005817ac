"""Shows an answer while it is being found: one line on standard error that goes away.

On a terminal it shows the draft as the model writes it. A draft is not the answer: it has not been
verified yet, so it never stays and never reaches standard output.
"""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

import click

from pipeline.cli.progress import ProgressBar
from pipeline.cli.style import columns
from pipeline.cli.translation import tr
from pipeline.cli.verbosity import is_quiet, notice
from pipeline.shown import SWEEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.types import Answer, Draw, Sample, Vote

__all__ = ["LiveDraft"]


class LiveDraft:
    """Called with the stages of indexing, then told of tokens and finished samples."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty() and not is_quiet()
        self._bar = ProgressBar()
        self._building = False
        self._text = ""
        self._writing: Draw | None = None
        self._done = 0
        self._votes = ""
        self._last = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        if not self._building:
            self._building = True
            notice(tr("Building the search index of your notes; only changes cost later."))
        self._bar(stage, done, total)

    def thinking(self) -> None:
        """The model is loaded and reads; its first word takes this line away."""
        self._bar("think")

    def token(self, request: Draw, piece: str) -> None:
        """A piece of one sample: shown for the first one still being written."""
        if self._writing is None:
            self._writing = request
        if not self._shown or request != self._writing:
            return
        self._bar.close()
        self._text += piece
        now = time.monotonic()
        if now - self._last > 0.05:
            self._last = now
            head = tr("draft {number}: ", number=self._done + 1)
            self._line(f"{self._votes}{head}", self._text)

    def sample(self, sample: Sample) -> None:
        """One sample is finished."""
        self._done += 1
        if sample.request == self._writing:
            self._writing, self._text = None, ""

    def votes(self, votes: Sequence[Vote], samples: int) -> None:
        """How the votes stand: the two answers that most samples gave."""
        if not self._shown or samples < 2:
            return
        self._bar.close()
        lead = " · ".join(f"{_short(vote.answer)} {vote.count}" for vote in votes[:2])
        head = tr("{count} samples: ", count=samples)
        self._votes = f"{head}{lead or tr('none counts yet')} · "
        self._line(self._votes, "")

    def best(self, answer: Answer) -> None:
        """The best answer so far: what is marked in its quotation, or all of it."""
        if not self._shown:
            return
        self._bar.close()
        words = answer.text[slice(*answer.marked)] if answer.marked else answer.text
        self._votes = f"{tr('best so far')}: {_short(words)} · "
        self._line(self._votes, "")

    def clear(self) -> None:
        """Take the line away."""
        self._bar.close()
        if self._shown:
            click.echo(SWEEP, nl=False, err=True)

    def _line(self, head: str, words: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        while columns(head) > width:
            head = head[:-1]
        text = " ".join(words.split())
        while text and columns(head) + columns(text) > width:  # the end is what is being written
            text = text[1:]
        click.echo(f"{SWEEP}{head}{text}", nl=False, err=True)


def _short(answer: str) -> str:
    """An answer in few columns."""
    words = " ".join(answer.split())
    return words if len(words) <= 32 else f"{words[:31]}…"
