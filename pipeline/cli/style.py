"""Colour and tables, where the reader wants them: a terminal, and NO_COLOR not set."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO, cast

from pipeline.shown import SafeStream, clean, styled

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["columns", "console", "dim", "is_coloured", "strong"]


def strong(text: str) -> str:
    """Bold."""
    return styled(text, "bold") if is_coloured() else text


def dim(text: str) -> str:
    """Grey: said, but not the point."""
    return styled(text, "dim") if is_coloured() else text


def is_coloured(stream: TextIO | None = None) -> bool:
    """Styles are shown there; standard output where no stream is named."""
    stream = sys.stdout if stream is None else stream
    return isinstance(stream, SafeStream) and stream.coloured


def columns(text: str) -> int:
    """Columns a text takes on a terminal: Korean syllables take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def console(width: int | None = None) -> Console:
    """A console of rich on standard output, for tables. A pipe has no width: there it is `width`.

    rich writes the codes of a terminal itself, so what it is given is cleaned before that.
    """
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    class Safe(Console):
        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterable[Segment]:
            for part in super().render(renderable, options):
                yield part if part.control else Segment(clean(part.text), part.style)

    out = sys.stdout
    return Safe(
        file=cast(TextIO, out.trusting) if isinstance(out, SafeStream) else out,
        highlight=False,
        markup=False,
        emoji=False,
        width=None if out.isatty() else width,
    )
