"""Passages that say the same, folded into one that keeps all its places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from pipeline.notes.document import Folded
from pipeline.types import Passage, Place

__all__ = ["fold", "fold_repeats"]

_SPACE = re.compile(r"\s+")


def fold(passages: Iterable[Passage]) -> list[Passage]:
    """The passages in order, each text once; the other places of a text are in `also`."""
    kept, _ = fold_repeats(list(passages))
    return kept


def fold_repeats(passages: list[Passage]) -> tuple[list[Passage], list[Folded]]:
    """As `fold`, with the list of what was folded into what."""
    first: dict[str, int] = {}
    kept: list[Passage] = []
    places: list[list[Place]] = []
    folded: list[Folded] = []
    for passage in passages:
        key = _key(passage.text)
        index = first.get(key)
        if index is None:
            first[key] = len(kept)
            kept.append(passage)
            places.append(list(passage.also))
        else:
            places[index] += [passage.place, *passage.also]
            folded.append(Folded(passage.place, passage.text, kept[index].place))
    return [
        replace(passage, also=tuple(also)) if tuple(also) != passage.also else passage
        for passage, also in zip(kept, places, strict=True)
    ], folded


def _key(text: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
