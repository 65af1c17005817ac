"""The floor that permuted correct answers give: equal to every exchange, high where guessing is
easy."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.checks import FloatArray
from evals.stats.luck import luck_floor, match_counts
from evals.stats.votes import pass_at


def test_match_counts() -> None:
    answers: list[list[str | None]] = [["a", "b", None, "a"], ["b", "c"]]
    assert match_counts(answers, [["a"], ["b", "c"]]).tolist() == [[2, 1], [0, 2]]
    loose = match_counts(answers, [["A"], ["B", "C"]], lambda x, y: str(x).upper() == y)
    assert loose.tolist() == [[2, 1], [0, 2]]


def brute_floor(matches: FloatArray, draws: list[int], k: int) -> float:
    items = len(draws)
    found = [
        np.mean([pass_at([draws[i]], [int(matches[i, j])], [k])[0, 0] for i, j in enumerate(order)])
        for order in itertools.permutations(range(items))
        if all(i != j for i, j in enumerate(order))
    ]
    return float(np.mean(found))


@given(st.integers(2, 5), st.integers(0, 1000))
def test_floor_equals_every_exchange_of_golds(items: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    draws = rng.integers(3, 7, items)
    matches = rng.integers(0, draws[:, None] + 1, (items, items)).astype(float)
    found = luck_floor(matches, draws, [1, 2, 3])
    for k in (1, 2, 3):
        assert found[k - 1] == pytest.approx(brute_floor(matches, draws.tolist(), k))


def test_guessing_yes_or_no_is_mostly_luck_and_names_are_not() -> None:
    rng = np.random.default_rng(5)
    golds = [["yes"] if i % 2 else ["no"] for i in range(20)]
    answers = [rng.choice(["yes", "no"], 16).tolist() for _ in golds]
    floor = luck_floor(match_counts(answers, golds), [16] * 20, [1, 16])
    assert floor[0] == pytest.approx(0.5, abs=0.05)
    assert floor[1] > 0.99
    names = [[f"name {i}"] for i in range(20)]
    known = [[n[0]] * 16 for n in names]
    assert luck_floor(match_counts(known, names), [16] * 20, [16])[0] == 0


def test_golds_are_exchanged_within_kinds() -> None:
    matches = [[2, 2, 0], [2, 2, 0], [0, 0, 2]]
    assert luck_floor(matches, [2, 2, 2], [1], ["n", "n", "t"]).tolist() == [1]
    assert luck_floor(matches, [2, 2, 2], [1])[0] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: match_counts([["a"]], []), "1 items with answers and 0"),
        (lambda: luck_floor([[1]], [1], [1]), "no two questions"),
        (lambda: luck_floor([[1, 1]], [1, 1], [1]), "not \\(2, 2\\)"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
