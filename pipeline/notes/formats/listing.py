"""Listings that hold no code: a fence put around steps or items in words."""

from __future__ import annotations

import re

__all__ = ["LISTED", "is_list"]

LISTED = re.compile(r"[ \t]|(?:[-*+•]|\(?\d{1,3}[.)])[ \t]")
"""A line that needs no mark: it has one, or goes on from the line above."""
_MARK = re.compile(r"[ \t]*(?:(?:[-*+•]|\(?\d{1,3}[.)])[ \t]+)?[*_]*")
_CODE = re.compile(r"\w\(|[{};=<>|\\$@#`]|\w_\w|::|--|//")
_ARROW = re.compile(r"(?<![-=])[-=]+>")
_SAID = 0.8
"""The share of letters, figures and spaces in a line of words."""


def is_list(content: str) -> bool:
    """Whether the lines of a fence are in words, most of them beginning as sentences do: two or
    more of them are a list.

    >>> is_list("Salt the water\\nAdd the pasta")
    True
    >>> is_list("apt update\\napt install jq")
    False
    """
    lines = [_MARK.sub("", line, count=1) for line in content.split("\n") if line.strip()]
    begun = sum(_begins(line) for line in lines)
    return len(lines) > 1 and 2 * begun > len(lines) and all(_says(line) for line in lines)


def _begins(line: str) -> bool:
    """With a capital, and no word in capitals; or in a script that has none."""
    word = line.split(" ", 1)[0]
    first = word[:1]
    if first.isascii():
        return first.isupper() and not (len(word) > 1 and word.isupper())
    return first.isalpha()


def _says(line: str) -> bool:
    plain = _ARROW.sub(" ", line)
    letters = sum(char.isalnum() or char.isspace() for char in plain)
    return len(line.split()) > 1 and letters >= _SAID * len(plain) and not _CODE.search(plain)
