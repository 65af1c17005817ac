"""The emphasis of Markdown: runs of `*`, `_`, `~~` and `==`, paired as they open and close."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EmphasisRuns"]

_BEFORE_MARK = frozenset(["", *"([{\"'*_~|>"])


@dataclass(slots=True)
class _Run:
    """A run of one mark, shorter by what was paired."""

    mark: str
    left: int
    right: int
    opens: bool
    closes: bool


class EmphasisRuns:
    """The runs of one text, added from left to right.

    >>> text = "a *b* c"
    >>> runs = EmphasisRuns(text)
    >>> runs.add(2), runs.add(4)
    (3, 5)
    >>> runs.paired()
    [(2, 3), (4, 5)]
    """

    def __init__(self, content: str) -> None:
        self.content = content
        self.runs: list[_Run] = []

    def add(self, start: int) -> int:
        """Take the run that begins at `start`, if it is one; where to go on."""
        mark, end = self.content[start], start + 1
        while self.content.startswith(mark, end):
            end += 1
        if mark in "~=" and end - start != 2:
            return end
        before, after = self.content[start - 1] if start else "", self.content[end : end + 1]
        opens = bool(after) and not after.isspace()
        closes = bool(before) and not before.isspace()
        word_before = before.isascii() and before.isalnum()
        word_after = after.isascii() and after.isalnum()
        if mark == "_":
            opens, closes = opens and not before.isalnum(), closes and not word_after
        elif mark == "=":
            # `x==5` compares.
            opens = opens and (not before.isascii() or before.isspace() or before in _BEFORE_MARK)
            closes = closes and not word_after
        elif mark == "*" and word_before and word_after:  # `2*3*4` is a product
            opens, closes = False, closes and not (before.isdigit() and after.isdigit())
        if opens or closes:
            self.runs.append(_Run(mark, start, end, opens, closes))
        return end

    def paired(self) -> list[tuple[int, int]]:
        """The marks of all pairs: every closing run takes the openings before it, the nearest
        first."""
        found: list[tuple[int, int]] = []
        opened: dict[str, list[_Run]] = {}
        for run in self.runs:
            before = opened.setdefault(run.mark, [])
            while run.closes and before and run.left < run.right:
                opener = before[-1]
                size = min(2, opener.right - opener.left, run.right - run.left)
                found.append((opener.right - size, opener.right))
                found.append((run.left, run.left + size))
                opener.right -= size
                run.left += size
                if opener.left == opener.right:
                    before.pop()
            if run.opens and run.left < run.right:
                before.append(run)
        return found
