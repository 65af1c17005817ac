"""Hashes, limits, and the nouns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.tasks.base import Exemplar, GoldSpan, Item, Task, content_hash, draw, sealed
from pipeline.types import Passage, Place

PASSAGE = Passage("p1", "It rained.", "a.md", Place("a.md", 1, 1))
TASK = Task("t", (Item("a", "Why?", answers=("so",)), Item("b", "How?", answers=("thus",))))


def test_the_cluster_of_an_item_by_itself_is_the_item() -> None:
    assert Item("a", "Why?").cluster == "a"
    assert Item("a", "Why?", cluster="n.md").cluster == "n.md"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "u"},
        {"reading": "number"},
        {"scorer": "numeric"},
        {"notes": True},
        {"max_tokens": 7},
        {"passages": (PASSAGE,)},
        {"exemplars": {"en": (Exemplar("q", "a"),)}},
        {"items": TASK.items[:1]},
        {"items": TASK.items[::-1]},
        {"items": (replace(TASK.items[0], answers=("no",)), TASK.items[1])},
        {"items": (replace(TASK.items[0], spans=(GoldSpan("a", "b"),)), TASK.items[1])},
        {"items": (replace(TASK.items[0], data={"parts": ["x"]}), TASK.items[1])},
    ],
)
def test_whatever_bears_on_a_result_changes_the_hash(change: dict[str, Any]) -> None:
    assert content_hash(replace(TASK, **change)) != content_hash(TASK)


def test_where_it_was_read_from_does_not() -> None:
    moved = replace(TASK, source="/elsewhere/t.yaml", limited="all of them", sha256="x")
    assert content_hash(moved) == content_hash(TASK)
    assert sealed(TASK).sha256 == content_hash(TASK)


@given(
    st.lists(st.text(min_size=1, max_size=8), unique=True, min_size=1, max_size=40),
    st.integers(0, 99),
    st.data(),
)
def test_fewer_are_the_first_of_more_whatever_the_order(
    names: list[str], seed: int, data: st.DataObject
) -> None:
    items = tuple(Item(name, "?") for name in names)
    task = Task("t", items)
    many = data.draw(st.integers(1, len(names)))
    few = data.draw(st.integers(1, many))
    shuffled = Task("t", tuple(data.draw(st.permutations(items))))
    drawn = draw(task, many, seed).items
    if many < len(items):
        assert draw(shuffled, few, seed).items == drawn[:few]
        assert f"{many:,} of {len(items):,}" in draw(task, many, seed).limited
    else:
        assert drawn == items
    assert draw(task, None).items == items
    # what is added to the set takes no item's place among those drawn before it
    grown = Task("t", (*items, Item("one more, longer than any", "?")))
    kept = [i for i in draw(grown, many, seed).items if i.id in names]
    assert kept == list(draw(Task("t", items), many, seed).items)[: len(kept)] or many == len(items)


def test_another_seed_draws_others() -> None:
    task = Task("t", tuple(Item(f"q{n}", "?") for n in range(100)))
    drawn = [{item.id for item in draw(task, 20, seed).items} for seed in range(4)]
    assert all(len(one) == 20 for one in drawn)
    assert len(set.union(*drawn)) > 40  # four draws of 20 overlap only by chance
