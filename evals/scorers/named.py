"""Scores answers that name one of a few candidates: the right one, and no other."""

from __future__ import annotations

import re
import unicodedata

from evals.scorers.base import ItemScore, refusal
from evals.tasks.base import Item

__all__ = ["named"]


def named(item: Item, reply: str, extracted: str | None) -> ItemScore:
    """1 where the answer names the right one of `item.data["candidates"]`, and none of the others.

    An answer that names several names none: it has not decided. Case does not count, and in Korean
    what follows a name (a particle, a noun) does not either.
    """
    if score := refusal(item, reply, extracted):
        return score
    if extracted is None:
        return ItemScore(0.0, False, "no answer was given")
    candidates = [str(one) for one in item.data.get("candidates", ())] or list(item.answers)
    said = [one for one in candidates if _stands(one, extracted)]
    if len(said) != 1:
        what = f"names {', '.join(said)}" if said else "names none of them"
        return ItemScore(0.0, False, f"the answer {what}")
    right = said[0] in item.answers
    return ItemScore(float(right), right, f"{said[0]} is {'right' if right else 'wrong'}")


def _stands(candidate: str, answer: str) -> bool:
    wanted = re.escape(unicodedata.normalize("NFC", candidate).casefold())
    text = unicodedata.normalize("NFC", answer).casefold()
    # A sign that is attached makes another name of it: "C" is not named by "C++".
    behind = "" if "가" <= candidate[-1] <= "힣" else r"(?![0-9a-z]|[+#*]|-(?!\w))"
    return re.search(rf"(?<![0-9a-z가-힣]){wanted}{behind}", text) is not None
