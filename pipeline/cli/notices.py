"""What a person should know beside an answer: the files that no answer can come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.cli.translation import language
from pipeline.cli.verbosity import notice

if TYPE_CHECKING:
    from pipeline.notes import Skipped

__all__ = ["show_left_out"]


def show_left_out(left_out: Sequence[Skipped]) -> None:
    """One line on standard error, where there are such files."""
    from pipeline.notes.leftout import left_out_line

    line = left_out_line(left_out, language())
    if line:
        notice(line)
