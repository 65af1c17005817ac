"""The official scores of answers that are spans of a passage: SQuAD, KorQuAD 1.0, HotpotQA.

Each follows the rules of the set's own evaluation script, so that figures can be put beside
published ones. They differ in what is folded away and in what F1 counts:

            articles   particles   punctuation        F1 over
SQuAD       dropped    -           ASCII, deleted     words between spaces
KorQuAD     kept       kept        a few to spaces,   characters
                                   then ASCII deleted
HotpotQA    dropped    -           ASCII, deleted     words; yes, no and noanswer all or nothing

The value of a score is F1, `correct` is exact match, both the best over the correct answers. A
reply without an answer is the empty string, as the scripts have it.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

from evals.scorers.base import ItemScore, best, refusal
from evals.tasks.base import Item

__all__ = [
    "hotpot",
    "korquad",
    "korquad_f1",
    "normalise_korquad",
    "normalise_squad",
    "overlap_f1",
    "spaceless",
    "squad",
    "squad_f1",
]

_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)
_KORQUAD_SPACES = str.maketrans(dict.fromkeys("'\"《》<>〈〉()‘’", " "))
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_ALL_OR_NOTHING = ("yes", "no", "noanswer")


def normalise_squad(text: str) -> str:
    """Lower case, no ASCII punctuation, no articles, single spaces; in this order."""
    bare = text.lower().translate(_ASCII_PUNCTUATION)
    return " ".join(_ARTICLE.sub(" ", bare).split())


def normalise_korquad(text: str) -> str:
    """Quotation marks and brackets to spaces, lower case, no other ASCII punctuation, single
    spaces. Particles stay: "서울은" is not "서울"."""
    return " ".join(text.translate(_KORQUAD_SPACES).lower().translate(_ASCII_PUNCTUATION).split())


def spaceless(text: str) -> str:
    """As `normalise_korquad`, without spaces: "지식 증류" and "지식증류" are one."""
    return "".join(normalise_korquad(text).split())


def overlap_f1(found: Sequence[str], gold: Sequence[str]) -> float:
    """F1 of two bags; 0 where they share nothing, also where both are empty."""
    shared = sum((Counter(found) & Counter(gold)).values())
    return 2 * shared / (len(found) + len(gold)) if shared else 0.0


def squad_f1(found: str, gold: str) -> float:
    """F1 over the words of SQuAD's normal form."""
    return overlap_f1(normalise_squad(found).split(), normalise_squad(gold).split())


def korquad_f1(found: str, gold: str) -> float:
    """F1 over the characters of KorQuAD's normal form, spaces not counted."""
    return overlap_f1(spaceless(found), spaceless(gold))


def hotpot_f1(found: str, gold: str) -> float:
    """As `squad_f1`, but yes, no and noanswer only ever match themselves."""
    one, other = normalise_squad(found), normalise_squad(gold)
    if one != other and (one in _ALL_OR_NOTHING or other in _ALL_OR_NOTHING):
        return 0.0
    return overlap_f1(one.split(), other.split())


def squad(item: Item, reply: str, extracted: str | None) -> ItemScore:
    """SQuAD 1.1 exact match and F1. Where there is no answer to give, right is to give none, as in
    SQuAD 2.0."""
    return _scored(item, reply, extracted, normalise_squad, squad_f1)


def hotpot(item: Item, reply: str, extracted: str | None) -> ItemScore:
    """HotpotQA's answer exact match and F1."""
    return _scored(item, reply, extracted, normalise_squad, hotpot_f1)


def korquad(item: Item, reply: str, extracted: str | None) -> ItemScore:
    """KorQuAD 1.0 exact match and F1; `parts["em_spaceless"]` is the exact match when spaces do not
    count, which the official script does not have."""
    score = _scored(item, reply, extracted, normalise_korquad, korquad_f1)
    if item.answerable:
        found = spaceless(extracted or "")
        score.parts["em_spaceless"] = float(any(found == spaceless(g) for g in item.answers))
    return score


def _scored(
    item: Item,
    reply: str,
    extracted: str | None,
    normal: Callable[[str], str],
    f1: Callable[[str, str], float],
) -> ItemScore:
    if score := refusal(item, reply, extracted):
        return score
    found = extracted or ""
    matches = [normal(found) == normal(gold) for gold in item.answers]
    # The two maxima are taken apart, as the scripts do: they may be of different correct answers.
    em, value = float(any(matches)), max((f1(found, gold) for gold in item.answers), default=0.0)
    top = best([ItemScore(f1(found, g), m, g) for g, m in zip(item.answers, matches, strict=True)])
    said = f"{'is' if em else 'is not'} {top.detail!r}; F1 {value:.2f}"
    return ItemScore(value, bool(em), said, {"em": em, "f1": value})
