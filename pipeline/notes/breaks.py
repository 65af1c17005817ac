"""Sections that end in the middle of a sentence."""

from __future__ import annotations

import re
from itertools import pairwise

from pipeline.notes.mapped import Block

__all__ = ["broken_off"]

_ENDED = re.compile(r"""[.!?。？！…:;：)\]}>|"'”’」』*`~_-]\s*$|[다요죠음함임됨]\s*$""")
_SENTENCE = re.compile(r"[^.\s]{2}[.!?。]\s")
_ADDRESS = re.compile(r"(?:://|www\.)\S+$")
_LEAST = 30
_USUAL = 0.8
"""Share of a file's paragraphs that must end like a sentence for the others to be remarkable."""


def broken_off(blocks: list[Block]) -> list[Block]:
    """The paragraphs and list items that stop in mid-sentence, in a file whose others do not."""
    prose = [b for b in blocks if b.kind in ("text", "item") and len(b.text) >= _LEAST]
    ended = [block for block in prose if _ENDED.search(block.text[-40:])]
    if len(prose) < 5 or len(ended) < _USUAL * len(prose):
        return []
    # What runs on into the next block was only divided, as a list in the middle of a sentence is,
    # or a paragraph where the page ends.
    after = {id(block): following for block, following in pairwise(blocks)}
    return [
        block
        for block in prose
        if not _ENDED.search(block.text[-40:])
        and _SENTENCE.search(block.text)
        and not _ADDRESS.search(block.text[-300:])
        and (id(block) not in after or _begins(after[id(block)], block.number))
    ]


def _begins(following: Block, number: int) -> bool:
    return following.kind in ("heading", "text") and following.number == number
