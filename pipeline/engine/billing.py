"""Divides the price of what several requests share, whatever the engine happened to remember."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from pipeline.types import Draw

__all__ = ["PromptBilling", "shared"]

_REMEMBERED = 4096


class PromptBilling:
    """Draw 0 pays for the prompt of its kind (prompt, sampling, item, parent); where no sample 0
    was asked for, the first that was. Prices of a run then do not depend on what ran before it."""

    def __init__(self) -> None:
        self._paid: OrderedDict[int, None] = OrderedDict()
        self._lock = threading.Lock()

    def payers(self, requests: Sequence[Draw]) -> list[bool]:
        """For each request of one call: does it pay?"""
        kinds = [
            # A sample that may be stopped early reads the same prompt as one that may not.
            hash((r.prompt, replace(r.params, stop_below=0.0, group=0), r.item, r.parent))
            for r in requests
        ]
        zero = {kind for kind, r in zip(kinds, requests, strict=True) if r.draw == 0}
        pays = []
        with self._lock:
            for kind, request in zip(kinds, requests, strict=True):
                pays.append(request.draw == 0 or (kind not in zero and kind not in self._paid))
                self._paid[kind] = None
                self._paid.move_to_end(kind)
            while len(self._paid) > _REMEMBERED:
                self._paid.popitem(last=False)
        return pays


def shared(texts: Iterable[tuple[Hashable, Sequence[Hashable]]]) -> list[int | None]:
    """Of each text after a prompt, as (prompt, tokens), how many of its first tokens those before
    it after the same prompt begin with; None where there are none, so that it pays for the prompt.

    >>> shared([("p", "ab"), ("p", "ac"), ("q", "ab"), ("p", "abc")])
    [None, 1, None, 2]
    """
    trees: dict[Hashable, dict[Hashable, Any]] = {}
    found: list[int | None] = []
    for prompt, tokens in texts:
        first = prompt not in trees
        at = trees.setdefault(prompt, {})
        common = 0
        for token in tokens:
            common += token in at
            at = at.setdefault(token, {})
        found.append(None if first else common)
    return found
