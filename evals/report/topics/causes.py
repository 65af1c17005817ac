"""Finds why an answer was wrong: the first cause that holds, in the order things go wrong.

Each is a rule over what was stored, not an opinion; `MEANS` says in words what it asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evals.report.topics.cells import Cell
from evals.report.topics.streams import method_of
from evals.run.records import Outcome, QuestionRecord, Run, SampleRecord
from evals.scorers.contains import stands

__all__ = ["MEANS", "Causes", "causes"]

MEANS: Mapping[str, str] = {
    "made up": "the question cannot be answered, and it was",
    "retrieval missed": "no right passage was among those found",
    "cut off": "at least half of the samples hit the limit of tokens, and none was right",
    "outvoted": "a sample was right, and the vote went to another answer or to none",
    "extraction": "the correct answer stands in a deciding sample, and another answer was read "
    "from it",
    "refused": "no answer was given",
    "passage unused": "the right passage was shown, and the answer stands in no passage shown, or "
    "is the one given without passages",
    "reasoning": "none of the above: the model thought wrongly",
}
_LOOKED_AT = 8  # draws behind an answer whose words are searched for the correct answer


@dataclass(frozen=True, slots=True)
class Causes:
    """For one strategy: how many answers were right, and how many wrong by each cause of `MEANS`.

    `of` gives each question's cause by id. `mended`: of those where retrieval missed, how many the
    same thinking got right with the right passage shown (None where that was not run).
    """

    strategy: str
    right: int
    wrong: Mapping[str, int]
    of: Mapping[str, str]
    mended: int | None = None


def causes(run: Run, cell: Cell) -> tuple[Causes, ...]:
    """The causes of the wrong answers of every strategy of a cell."""
    drawn = {d.key: d for d in run.samples if (d.task, d.model) == (cell.task, cell.model.name)}
    shown = {p.id: p.text for p in run.passages}
    return tuple(_of(cell, strategy, drawn, shown) for strategy in cell.strategies)


def _of(
    cell: Cell, strategy: str, drawn: Mapping[str, SampleRecord], shown: Mapping[str, str]
) -> Causes:
    closed, oracle = _arm(cell, strategy, "closed"), _arm(cell, strategy, "oracle")
    found: dict[str, str] = {}
    mended = 0
    for at, (item, outcome) in enumerate(zip(cell.items, cell.of(strategy), strict=True)):
        if outcome.correct:
            continue
        without = cell.of(closed)[at] if closed else None
        cause = _cause(item, outcome, drawn, shown, without)
        found[item.id] = cause
        mended += cause == "retrieval missed" and oracle is not None and cell.of(oracle)[at].correct
    wrong = {cause: list(found.values()).count(cause) for cause in MEANS}
    return Causes(strategy, cell.n - len(found), wrong, found, mended if oracle else None)


def _cause(
    item: QuestionRecord,
    outcome: Outcome,
    drawn: Mapping[str, SampleRecord],
    shown: Mapping[str, str],
    without: Outcome | None,
) -> str:
    if not item.answerable:
        return "made up"
    if outcome.gold_found is False:
        return "retrieval missed"
    used = [drawn[key] for key in outcome.samples if key in drawn]
    any_right = any(d.correct for d in used)
    if used and not any_right and 2 * sum(d.finish == "length" for d in used) >= len(used):
        return "cut off"
    if any_right:
        return "outvoted"
    if _written(item, outcome, used):
        return "extraction"
    if outcome.answer is None or outcome.abstained:
        return "refused"
    if outcome.gold_found and _unused(item, outcome, shown, without):
        return "passage unused"
    return "reasoning"


def _written(item: QuestionRecord, outcome: Outcome, used: list[SampleRecord]) -> bool:
    """Whether the draws that decided have the correct answer in their words."""
    deciding = [d for d in used if d.answer == outcome.answer] or used
    return any(
        stands(gold, draw.text, item.language)
        for draw in deciding[:_LOOKED_AT]
        for gold in item.answers
    )


def _unused(
    item: QuestionRecord, outcome: Outcome, shown: Mapping[str, str], without: Outcome | None
) -> bool:
    answer = outcome.answer or ""
    if without is not None and without.answer is not None and without.answer == answer:
        return True
    texts = [shown[p] for p in outcome.passages if p in shown]
    return bool(texts) and not any(stands(answer, text, item.language) for text in texts)


def _arm(cell: Cell, strategy: str, access: str) -> str | None:
    """The strategy that thinks the same with other passages, where it was run."""
    method = method_of(strategy)
    if method.startswith(access):
        return None
    thinking = strategy.partition("+")[2] or strategy
    wanted = f"{access}+{thinking}"
    return wanted if wanted in cell.strategies else None
