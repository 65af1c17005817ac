"""Is a question asked as it is, or as one of its readings? What the notes hold decides.

A reading adds words of an earlier turn to a question. It is better only where some passage has
those words and the question's own together; where the question alone finds as much, it is asked as
it is. Weights are those of the search index: a word that a single passage has counts 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.answering.conversation.followup import Interpretation

__all__ = ["choose"]

Overlap = Callable[[str], tuple[float, float]]
"""The weight of a text's words, and the most of it that one passage has."""

_MUCH = 1.75
"""A question whose words weigh more than this in one passage says itself what it is about."""

_LITTLE = 0.75
"""The same of one whose subject may have been left out: nothing in it points back."""

_TOGETHER = 0.6
"""The part of what a reading adds that must stand with the question's own words."""


def choose(
    question: str, found: Sequence[Interpretation], overlap: Overlap
) -> Interpretation | None:
    """The reading that the notes hold best; None where the question is asked as it is."""
    whole, alone = overlap(question)
    better: list[tuple[float, Interpretation]] = []
    for reading in found:
        all_, together = overlap(reading.text)
        added, gained = all_ - whole, together - alone
        joined = added > 0 and gained >= _TOGETHER * added
        if reading.lean == "left out":
            known = all(overlap(noun)[0] for noun in reading.own)
            good = joined and known and alone <= _LITTLE
        elif reading.lean == "empty":
            good = together > 0
        elif alone <= _MUCH:
            # It cannot stand alone, and says little: nothing is lost if what is added is there.
            good = together > 0 and gained >= 0
        else:
            good = joined
        if good:
            better.append((2 * together - all_, reading))
    return max(better, key=lambda pair: pair[0], default=(0.0, None))[1]
