"""Scores a reply against an item's correct answer. One family a module; `scorer` finds one by
name. Citations are scored by `citation_score`, which takes citations and no reply."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from evals.scorers.base import ItemScore, Scorer
from evals.scorers.choices import choice
from evals.scorers.citations import abstention, abstention_score, citation_score
from evals.scorers.contains import contains
from evals.scorers.equal import equal
from evals.scorers.named import named
from evals.scorers.span_scores import hotpot, korquad, squad
from pipeline.errors import DatasetError, filled

if TYPE_CHECKING:
    from pipeline.engine.base import Engine

__all__ = [
    "ItemScore",
    "Scorer",
    "abstention_score",
    "citation_score",
    "may_gate",
    "scorer",
    "scorer_names",
]

_SCORERS: dict[str, tuple[str, Scorer]] = {
    "numeric": ("the same number, however it is written", equal("number")),
    "exact": ("the same answer, however it is written", equal("auto")),
    "text": ("the same words, read as text", equal("text")),
    "yesno": ("the same yes or no", equal("yesno")),
    "date": ("the same date", equal("date")),
    "list": ("the same list, in any order", equal("list")),
    "choice": ("the right option, by letter, number or text", choice),
    "named": ("names the right candidate and no other", named),
    "contains": ("a correct answer stands in the reply", contains),
    "squad": ("SQuAD 1.1: exact match and F1 over words", squad),
    "korquad": ("KorQuAD 1.0: exact match and F1 over characters", korquad),
    "hotpot": ("HotpotQA: as SQuAD, yes and no all or nothing", hotpot),
    "abstention": ("answered what can be answered, refused the rest", abstention),
}
_CITATIONS = "precision and recall of what is cited; needs citations, not a reply"
_JUDGE = "a model's opinion; needs an engine, and is never a gate by itself"


def scorer(name: str, engine: Engine | None = None) -> Scorer:
    """The scorer of that name. `judge` needs the engine that judges.

    Raises DatasetError with the nearest name there is.
    """
    if name == "judge":
        if engine is None:
            raise DatasetError("The scorer `judge` has no model to judge with.", "Give an engine.")
        from evals.scorers.judge import judge

        return judge(engine)
    if name == "citations":
        raise DatasetError(
            "The scorer `citations` scores citations, not a reply.", "Use citation_score."
        )
    if name not in _SCORERS:
        near = difflib.get_close_matches(name, _SCORERS, n=1)
        hint = (
            filled("Did you mean `{near}`?", near=near[0])
            if near
            else filled("There are: {names}.", names=", ".join(_SCORERS))
        )
        raise DatasetError(filled("There is no scorer `{name}`.", name=name), hint)
    return _SCORERS[name][1]


def scorer_names() -> dict[str, str]:
    """Every scorer by name, with what it asks in one line."""
    named_ones = {name: said for name, (said, _) in _SCORERS.items()}
    return named_ones | {"citations": _CITATIONS, "judge": _JUDGE}


def may_gate(name: str) -> bool:
    """Whether a decision may rest on this scorer alone: on every one that is a rule."""
    return name != "judge"
