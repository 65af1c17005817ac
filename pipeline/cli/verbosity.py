"""Decides how much is said beside an answer: -q leaves notices and progress out, -v adds details.

Both stand before the verb or after it. What is said goes to standard error, so that standard output
is the same whatever was chosen.
"""

from __future__ import annotations

from contextvars import ContextVar

import click

from pipeline.cli.translation import translated

__all__ = ["choose", "detail", "is_quiet", "is_verbose", "notice", "options"]

_level: ContextVar[int] = ContextVar("verbosity", default=0)


def choose(level: int) -> None:
    """-1 is quiet, 0 as usual, 1 verbose."""
    _level.set(level)


def is_quiet() -> bool:
    return _level.get() < 0


def is_verbose() -> bool:
    return _level.get() > 0


def notice(line: str) -> None:
    """Something a person should know; not with -q."""
    if not is_quiet():
        click.echo(line, err=True)


def detail(line: str) -> None:
    """How it was done: figures, settings. Only with -v."""
    if is_verbose():
        click.echo(translated(line), err=True)


def options() -> list[click.Parameter]:
    """The two options; they only choose the level."""
    words = {-1: "No notices and no progress.", 1: "Say how it was done."}
    names = {-1: ["-q", "--quiet"], 1: ["-v", "--verbose"]}

    def chosen(level: int) -> click.Option:
        def take(ctx: click.Context, _: click.Parameter, value: bool) -> None:
            if value and not ctx.resilient_parsing:
                choose(level)

        return click.Option(names[level], is_flag=True, expose_value=False, callback=take,
                            help=words[level])  # fmt: skip

    return [chosen(-1), chosen(1)]
