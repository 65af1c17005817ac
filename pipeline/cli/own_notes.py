"""One's own notes: their configuration, their folder, and the files that give no answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.translation import language, tr
from pipeline.cli.verbosity import notice

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.notes import Skipped

__all__ = ["own_config", "own_config_path", "say_notes", "show_left_out", "shown_folder"]


def own_config_path() -> Path | None:
    """The nearest config.yaml in the working folder or above it; None where there is none."""
    from pipeline.config import default_config_path

    found, here = default_config_path(), Path.cwd()
    return found if found.parent in (here, *here.parents) else None


def own_config(file: Path | None) -> Config:
    """The configuration of one's own notes: `file`, or the nearest config.yaml.

    Raises ConfigError where there is none: the notes that ship are not asked unasked.
    """
    from pipeline.config import load_config
    from pipeline.errors import ConfigError

    found = file or own_config_path()
    if found is None:
        raise ConfigError(
            "There is no config.yaml in this folder or above it, so no notes of yours to ask.",
            "Make one: thinkscale init. Or try the course that comes along: thinkscale demo",
        )
    return load_config(found)


def say_notes(config: Config) -> None:
    """Which folder is asked, in one line on a terminal."""
    if sys.stderr.isatty():
        notice(tr("Notes: {folder}", folder=shown_folder(config.notes_path)))


def shown_folder(folder: Path) -> str:
    """A folder from here where it lies below, from ~ where it lies there, else in full."""
    here, home, full = Path.cwd(), Path.home(), folder.absolute()
    if full.is_relative_to(here) and full != here:
        return full.relative_to(here).as_posix()
    return f"~/{full.relative_to(home).as_posix()}" if full.is_relative_to(home) else str(full)


def show_left_out(left_out: Sequence[Skipped]) -> None:
    """The files that no answer can come from, in one line on standard error where there are any."""
    from pipeline.notes.leftout import left_out_line

    line = left_out_line(left_out, language())
    if line:
        notice(line)
