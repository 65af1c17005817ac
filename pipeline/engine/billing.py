"""Who pays for a prompt: one sample, the same one whatever the engine happened to remember."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from pipeline.types import Draw

__all__ = ["PromptBilling"]

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
