"""Colour, where the reader wants it: a terminal, and NO_COLOR not set."""

from __future__ import annotations

import os
import sys

import click

__all__ = ["dim", "strong"]


def _plain() -> bool:
    return bool(os.environ.get("NO_COLOR")) or not sys.stdout.isatty()


def strong(text: str) -> str:
    """Bold."""
    return text if _plain() else click.style(text, bold=True)


def dim(text: str) -> str:
    """Grey: said, but not the point."""
    return text if _plain() else click.style(text, dim=True)
