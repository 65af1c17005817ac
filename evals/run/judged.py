"""`--scorer judge`: a model scores every reply of a run, all of them side by side in the loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from evals.scorers import ItemScore, Scorer
from evals.scorers.judge import Judgement, judge_course, undecided
from pipeline.answering.loop import Failed, WorkItem, run_many
from pipeline.types import Cost

if TYPE_CHECKING:
    from evals.run.model_run import ModelRun
    from evals.tasks.base import Item, Task
    from pipeline.pool import Pool

__all__ = ["judge_replies"]

Said = tuple[str, str, str | None]
"""The id of an item, a reply to it, and the answer read in the reply."""


def judge_replies(
    run: ModelRun, pool: Pool, progress: Callable[[str, int, int], None] | None = None
) -> None:
    """Have the model judge all that was said in the tasks that a judge scores. The scores are kept
    in the run, and so is what they cost, which is in no strategy's price."""
    for task in run.order.tasks:
        if (run.order.scorer or task.scorer) == "judge":
            run.scorers[task.name] = _judged(run, task, pool, progress)


def _judged(
    run: ModelRun,
    task: Task,
    pool: Pool,
    progress: Callable[[str, int, int], None] | None,
) -> Scorer:
    asked = _asked(run, task)
    name = run.engine.info.name

    def courses() -> Iterator[WorkItem[Judgement]]:
        for at, ((_, reply, answer), item) in enumerate(asked.items()):
            yield WorkItem((str(at),), judge_course(item, reply, answer, name))

    said = list(asked)
    scores: dict[Said, ItemScore] = {}
    costs: dict[tuple[str, str], Cost] = {}  # of a reply, once, however it was read
    ended = run_many(courses(), run.engine, pool)
    for made, ((at,), found) in enumerate(ended, 1):
        if progress and made % 20 == 0:
            progress("judge", made, len(asked))
        if isinstance(found, Failed):
            scores[said[int(at)]] = undecided(f"the judge cannot be asked: {found.why}")
        else:
            scores[said[int(at)]] = found.score
            costs[said[int(at)][:2]] = found.cost
    run.judge_cost += sum(costs.values(), Cost())
    unread = undecided("it was not judged: the notes changed during the run")
    return lambda item, reply, extracted: scores.get((item.id, reply, extracted), unread)


def _asked(run: ModelRun, task: Task) -> dict[Said, Item]:
    """All that a record of the run will score, found by making the records with nobody judging."""
    asked: dict[Said, Item] = {}

    def note(item: Item, reply: str, extracted: str | None) -> ItemScore:
        asked[item.id, reply, extracted] = item
        return ItemScore(0.0, False)

    run.scorers[task.name] = note
    for item in task.items:
        run.drawn(task, item)
        for spec in run.order.specs:
            run.outcome(task, item, spec)
    return asked
