"""Single key presses from a terminal, keys typed ahead included."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

__all__ = ["STOP", "read_key"]

STOP = "\x03"
"""What an interrupt, the end of input and Escape come back as."""


def read_key(prompt: str) -> str:
    """The key pressed after `prompt`, as text; an empty one for a key that writes nothing."""
    try:
        with _by_key(sys.stdin.fileno()) as fd:
            click.echo(prompt, nl=False)
            return _read(fd)
    except ImportError:  # no termios: not a POSIX system
        click.echo(prompt, nl=False)
        return click.getchar()
    except (EOFError, KeyboardInterrupt):
        return STOP


@contextmanager
def _by_key(fd: int) -> Iterator[int]:
    """The terminal hands over single keys. Draining instead of flushing keeps what is waiting,
    which click's own reader throws away."""
    import termios
    import tty

    before = termios.tcgetattr(fd)
    tty.setcbreak(fd, termios.TCSADRAIN)
    try:
        yield fd
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def _read(fd: int) -> str:
    first = os.read(fd, 1)
    if first in (b"", b"\x04"):
        return STOP
    if first == b"\x1b":  # alone it is Escape; with more behind it an arrow or the like
        more = False
        while select.select([fd], [], [], 0.05)[0] and os.read(fd, 1):
            more = True
        return "" if more else STOP
    length = 4 if first >= b"\xf0" else 3 if first >= b"\xe0" else 2 if first >= b"\xc0" else 1
    while len(first) < length and (byte := os.read(fd, 1)):
        first += byte
    return first.decode("utf-8", "replace")
