"""Looks for signs that the model saw these questions before: two probes that need only the model.

    completion   it is shown the first half of a question, and goes on greedily: does it write the
                 rest word for word (arXiv 2308.08493)?
    order        a list of options in the published order against the same in random orders: is the
                 published one likelier (exchangeability, arXiv 2310.17623)?

Neither proves that a model is clean. Options that are numbers in order are left out of the second:
anyone would write them so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evals.stats.checks import FloatArray, generator
from evals.stats.permutation import flip_differences
from evals.stats.proportions import accuracy_interval
from pipeline.answering.loop import Failed, Steps, WorkItem, run_many
from pipeline.answers.normalise import canonical
from pipeline.answers.option_labels import LETTERS
from pipeline.errors import filled
from pipeline.types import Draw, Likelihood, Prompt, Request, Sample, SampleParams, Score

if TYPE_CHECKING:
    from evals.tasks.base import Item
    from pipeline.engine.base import Engine
    from pipeline.pool import Pool

__all__ = ["Contamination", "Order", "RecallShare", "judge_order", "order_share", "probe"]

SEED = 20_231_026
ORDERS = 12
_WORDS = 8  # that must follow word for word
_FEWEST = 5
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class RecallShare:
    """Of `n` questions long enough, those that the model finished word for word from their first
    half, by id; their share with its 95 % interval."""

    n: int
    verbatim: tuple[str, ...]
    share: float
    ci: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Order:
    """Over `n` questions with options: how often the published order is likelier than a random one
    (half for a tie), which is .5 where the model never saw it, and the one-sided p of that."""

    n: int
    share: float
    p: float


@dataclass(frozen=True, slots=True)
class Contamination:
    """What both probes found; None where a task has no question for one of them."""

    task: str
    model: str
    completion: RecallShare | None
    order: Order | None

    @property
    def suspect(self) -> bool:
        """A question was finished word for word, or the published order is likelier than chance."""
        learned = self.completion is not None and bool(self.completion.verbatim)
        return learned or (self.order is not None and self.order.p < 0.05)

    def sentences(self) -> list[str]:
        said: list[str] = []
        if self.completion is not None:
            low, high = self.completion.ci
            said.append(
                filled(
                    "Completion: {finished} of {asked} questions are finished word for word from "
                    "their first half [{low}, {high} %].",
                    finished=f"{len(self.completion.verbatim):,}",
                    asked=f"{self.completion.n:,}",
                    low=f"{100 * low:.1f}",
                    high=f"{100 * high:.1f}",
                )
            )
        if self.order is not None:
            said.append(
                filled(
                    "Order: the published order of options is likelier than a random one {share} % "
                    "of the time, over {asked} questions (50 % by chance, p = {p}).",
                    share=f"{100 * self.order.share:.1f}",
                    asked=f"{self.order.n:,}",
                    p=f"{self.order.p:.3f}",
                )
            )
        if not said:
            said.append("Nothing here can be probed: no long question, and no options.")
        elif self.suspect:
            words = "{model} may have seen {task}: its accuracy there may be memory."
            said.append(filled(words, model=self.model, task=self.task))
        else:
            words = "No sign that {model} saw {task}; that is no proof that it did not."
            said.append(filled(words, model=self.model, task=self.task))
        return said


def probe(
    task: str, items: Sequence[Item], engine: Engine, pool: Pool, seed: int = SEED
) -> Contamination:
    """Both probes of a task's questions; what is asked goes through the pool."""
    halves = {item.id: found for item in items if (found := _halves(item.question))}
    listed = [item for item in items if _exchangeable(item)]

    def courses() -> list[WorkItem[FloatArray]]:
        made: list[WorkItem[FloatArray]] = []
        for item in items:
            if item.id in halves:
                made.append(WorkItem(("completion", item.id), _finish(*halves[item.id]), None))
        for at, item in enumerate(listed):
            made.append(WorkItem(("order", item.id), _compare(item, seed + at), None))
        return made

    values: dict[tuple[str, ...], float] = {}
    for name, value in run_many(courses(), engine, pool, lambda _: None):
        if not isinstance(value, Failed):
            values[name] = float(value[0])
    clusters = {item.id: item.cluster for item in items}
    done = {name[1]: value for name, value in values.items() if name[0] == "completion"}
    ranks = {name[1]: value for name, value in values.items() if name[0] == "order"}
    completion = None
    if done:
        shares = accuracy_interval(list(done.values()), [clusters[one] for one in done])
        verbatim = tuple(one for one, value in done.items() if value)
        completion = RecallShare(len(done), verbatim, shares.value, (shares.low, shares.high))
    order = judge_order(list(ranks.values()), [clusters[one] for one in ranks]) if ranks else None
    return Contamination(task, engine.info.name, completion, order)


def judge_order(shares: Sequence[float], clusters: Sequence[str]) -> Order:
    """Whether the published order is likelier than chance: `shares` of random orders that are less
    likely, a question each, symmetric about .5 where nothing was seen."""
    found = np.asarray(shares, dtype=np.float64)
    tested = flip_differences(found - 0.5, clusters, seed=SEED, alternative="greater")
    return Order(found.size, float(found.mean()), tested.p)


def order_share(logprobs: Sequence[float]) -> float:
    """The share of the other orders that are less likely than the first, half for a tie."""
    first, others = logprobs[0], np.asarray(logprobs[1:], dtype=np.float64)
    return float(((others < first) + 0.5 * (others == first)).mean())


def _halves(question: str) -> tuple[str, str] | None:
    """The first half of a question and the rest; None for one too short to tell."""
    words = question.split(" ")
    first, rest = " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])
    return (first, rest) if len(_words(rest)) >= _FEWEST else None


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _finish(first: str, rest: str) -> Steps[FloatArray]:
    params = SampleParams(temperature=0.0, max_tokens=48)
    got = yield [Draw(Prompt(text=first, template="contamination"), params)]
    wanted = _words(rest)[:_WORDS]
    said = _words(got[0].text) if got and isinstance(got[0], Sample) else []
    return np.array([float(said[: len(wanted)] == wanted)])


def _exchangeable(item: Item) -> bool:
    """Three or more different options that are not numbers, which have an order of their own."""
    numbers = [canonical(option, "number", item.language) for option in item.options]
    return len(set(item.options)) > 2 and not all(number is not None for number in numbers)


def _compare(item: Item, seed: int) -> Steps[FloatArray]:
    rng = generator(seed)
    orders = [list(item.options)]
    orders += [[item.options[i] for i in rng.permutation(len(item.options))] for _ in range(ORDERS)]
    prompt = Prompt(text=item.question, template="contamination")
    texts = [
        "".join(f"\n{letter}. {text}" for letter, text in zip(LETTERS, order, strict=False))
        for order in orders
    ]
    distinct: list[Request] = [Score(prompt, text) for text in dict.fromkeys(texts)]
    got = yield distinct
    found = {one.request.text: one.logprob for one in got if isinstance(one, Likelihood)}
    return np.array([order_share([found[text] for text in texts])])
