"""Every command in the docs is one that the command line takes as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_help import ours, taken

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_FENCE = re.compile(r" *```(.*)")
_SHELL = ("", "sh", "bash", "console")


def blocks(text: str) -> Iterator[str]:
    """The fenced blocks of a page that are shell."""
    lines: list[str] | None = None
    kind = ""
    for line in text.splitlines():
        fence = _FENCE.fullmatch(line)
        if not fence:
            if lines is not None:
                lines.append(line)
        elif lines is None:
            lines, kind = [], fence[1].strip()
        else:
            if kind in _SHELL:
                yield "\n".join(lines)
            lines = None


def commands(text: str) -> Iterator[str]:
    """The lines of shell in a page that call thinkscale."""
    for block in blocks(text):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            shell = re.sub(r"\s#.*", "", line.strip().removeprefix("$ "))
            if re.match(r"(?:[A-Z_]+=\S+ )*thinkscale |.*[|;&] *thinkscale ", shell):
                yield shell


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_its_commands_are_taken(page: Path) -> None:
    for line in commands(page.read_text("utf-8")):
        for words in ours(line):
            if "..." not in words:
                taken(words)


def test_there_are_commands_to_take() -> None:
    found = [line for page in PAGES for line in commands(page.read_text("utf-8"))]
    assert len(found) > 20
