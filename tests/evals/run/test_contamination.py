"""The probes find a model that learned a benchmark by heart, and leave one alone that did not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from evals.run.contamination import judge_order, order_share, probe
from evals.tasks.base import Item
from pipeline.engine import ScriptedEngine
from pipeline.pool import MemoryPool
from pipeline.types import Cost, Likelihood, Score
from tests.evals.stats.simulation import allowance

PLACES = ("harbour", "library", "market", "quarry", "station", "meadow", "bakery", "museum")


def questions(n: int = 40) -> list[Item]:
    """Each with four options in an order of its own."""
    found = []
    for i in range(n):
        rng = np.random.default_rng(i)
        options = tuple(str(PLACES[j]) for j in rng.permutation(len(PLACES))[:4])
        said = f"On day {i} a cart left the {options[0]} for the hills and came back with "
        said += f"{i + 3} sacks of barley, so where had the miller of ward {i} sent it first?"
        found.append(Item(f"q{i}", said, answers=("A",), options=options))
    return found


class Model(ScriptedEngine):
    """Knows some questions by heart; likes some orders of options for no reason at all."""

    def __init__(self, known: list[Item], likes: float = 0.0) -> None:
        self.known, self.likes = known, likes
        super().__init__(self.go_on)

    def go_on(self, prompt: str, _: int) -> str:
        for item in self.known:
            if item.question.startswith(prompt):
                return item.question[len(prompt) :]
        return "and nobody knew where it had gone, or why."

    def score(self, requests: Iterable[Score]) -> Iterator[Likelihood]:
        for request in requests:
            lot = hashlib.sha256(f"{request.prompt.text}{request.text}".encode()).digest()[0] / 255
            published = any(
                item.question == request.prompt.text
                and request.text.startswith(f"\nA. {item.options[0]}\nB. {item.options[1]}\n")
                for item in self.known
            )
            self.scored.append(request)
            yield Likelihood(request, lot + self.likes * published, 1, Cost(), request.text)


def test_a_model_that_saw_it_is_found() -> None:
    items = questions()
    model = Model(items, likes=0.4)
    found = probe("carts", items, model, MemoryPool(model.info))
    assert found.completion is not None
    assert found.order is not None
    assert len(found.completion.verbatim) == 40
    assert found.order.share > 0.6
    assert found.order.p < 0.01
    assert found.suspect
    assert "may have seen carts" in found.sentences()[-1]


def test_a_model_that_did_not_is_left_alone() -> None:
    items = questions()
    model = Model([])
    pool = MemoryPool(model.info)
    found = probe("carts", items, model, pool)
    assert found.completion is not None
    assert found.completion.verbatim == ()
    assert found.completion.ci[0] == 0
    assert found.order is not None
    assert found.order.p > 0.05
    assert not found.suspect
    assert "no proof" in found.sentences()[-1]
    asked = len(model.requests), len(model.scored)
    assert probe("carts", items, model, pool) == found
    assert (len(model.requests), len(model.scored)) == asked, "what was asked is in the pool"


def test_one_question_known_by_heart_is_named() -> None:
    items = questions()
    model = Model(items[7:8])
    found = probe("carts", items, model, MemoryPool(model.info))
    assert found.completion is not None
    assert found.completion.verbatim == ("q7",)
    assert found.suspect


def test_numbers_in_order_are_no_published_order() -> None:
    items = [Item("n", "How many?", options=("3", "4", "5"), answers=("B",))]
    model = Model(items, likes=1.0)
    found = probe("counts", items, model, MemoryPool(model.info))
    assert found.order is None
    assert found.completion is None
    assert found.sentences() == ["Nothing here can be probed: no long question, and no options."]


def test_the_share_of_orders() -> None:
    assert order_share([2.0, 1.0, 1.0, 3.0]) == pytest.approx(2 / 3)
    assert order_share([1.0, 1.0]) == 0.5


def test_it_rarely_accuses_a_model_that_saw_nothing() -> None:
    """By chance every order is as likely to be the likeliest: the rank is uniform."""
    rng, runs, accused = np.random.default_rng(1), 400, 0
    for _ in range(runs):
        shares = [order_share(rng.random(13).tolist()) for _ in range(30)]
        accused += judge_order(shares, [str(i) for i in range(30)]).p < 0.05
    assert accused / runs <= 0.05 + allowance(0.05, runs, 3)
