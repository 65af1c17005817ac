"""Scores citations: the right sentences, and an answer only where there is one."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from evals.scorers.base import ItemScore, refused
from evals.tasks.base import GoldSpan, Item
from pipeline.types import Citation

__all__ = ["abstention", "abstention_score", "bears_out", "citation_score"]

_SHARED = 0.6
"""The part of the shorter quote that must be one run of the other."""


def citation_score(item: Item, citations: Sequence[Citation]) -> ItemScore:
    """Precision: the share of citations that are supporting spans. Recall: the share of the
    supporting spans that are cited; a sentence listed in `item.data["also"]` supports the answer
    by itself and counts as all of them. The value is their F1, `correct` says that both are 1.

    Where there is no supporting evidence (nothing can be answered), right is to cite nothing.
    """
    also = [
        GoldSpan(str(row["source"]), str(row["quote"]))
        for row in item.data.get("also", ())
        if isinstance(row, Mapping) and "source" in row and "quote" in row
    ]
    if not item.spans and not also:
        right = not citations
        value = float(right)
        said = "nothing to cite" if right else f"{len(citations)} cited where there is no evidence"
        return ItemScore(value, right, said, {"precision": value, "recall": 1.0})
    good = sum(any(bears_out(c, span) for span in (*item.spans, *also)) for c in citations)
    found = sum(any(bears_out(c, span) for c in citations) for span in item.spans)
    if any(bears_out(c, span) for c in citations for span in also):
        found = max(1, len(item.spans))
    precision = good / len(citations) if citations else 0.0
    recall = found / max(1, len(item.spans))
    value = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    said = f"{good} of {len(citations)} cited are evidence; {found} of {len(item.spans)} are cited"
    parts = {"precision": precision, "recall": recall}
    return ItemScore(value, precision == recall == 1.0, said, parts)


def bears_out(citation: Citation, span: GoldSpan) -> bool:
    """Whether a citation shows the words of a supporting span: the same source, and one quote is in
    the other or they share most of the shorter. White space, case and markup do not count."""
    if _path(citation.place.source) != _path(span.source):
        return False
    one, other = _folded(citation.quote), _folded(span.quote)
    if not one or not other:
        return False
    if one in other or other in one:
        return True
    match = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    return match.size >= _SHARED * min(len(one), len(other))


def abstention_score(item: Item, abstained: bool) -> ItemScore:
    """1 where an answer was given to what can be answered, or none to what cannot."""
    right = abstained is not item.answerable
    words = ("refused" if abstained else "answered", "can" if item.answerable else "cannot")
    said = f"{words[0]} what {words[1]} be answered"
    return ItemScore(float(right), right, said, {"refused": float(abstained)})


def abstention(item: Item, reply: str, extracted: str | None) -> ItemScore:
    """`abstention_score` of a reply."""
    return abstention_score(item, refused(reply, extracted))


def _path(source: str) -> str:
    return unicodedata.normalize("NFC", source).replace("\\", "/").removeprefix("./")


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
