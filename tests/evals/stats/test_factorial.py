"""Effects of a factorial: known ones are found, none are made up."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from evals.stats.checks import FloatArray
from evals.stats.factorial import Effect, factorial
from evals.stats.paired import paired_interval
from tests.evals.stats.simulation import allowance, codes_of

DESIGN = [
    {"passages": p, "prompt": w, "samples": s}
    for p, w, s in itertools.product((0, 3, 5), ("direct", "steps"), (1, 8))
]
CODES = codes_of([5] * 24)


def scores(rng: np.random.Generator, noise: float = 0.3) -> FloatArray:
    """Passages are worth .2 (three) and .3 (five); steps nothing alone, .1 with eight samples."""
    items = 120
    table = rng.normal(size=(items, 1)) * 0.3 + rng.normal(size=(items, len(DESIGN))) * noise
    gains = {0: 0.0, 3: 0.2, 5: 0.3}
    for i, cell in enumerate(DESIGN):
        table[:, i] += gains[cell["passages"]]  # type: ignore[index]
        table[:, i] += 0.1 * (cell["prompt"] == "steps" and cell["samples"] == 8)
    return table


def named(found: list[Effect]) -> dict[tuple[object, ...], Effect]:
    return {tuple(zip(e.factors, e.levels, strict=True)): e for e in found}


def test_without_noise_the_effects_are_those_put_in() -> None:
    found = named(factorial(scores(np.random.default_rng(1), 0), DESIGN, CODES, seed=0))
    expected = {
        (("passages", 3),): 0.2,
        (("passages", 5),): 0.3,
        (("prompt", "steps"),): 0.05,
        (("samples", 8),): 0.05,
        (("passages", 3), ("prompt", "steps")): 0,
        (("passages", 5), ("prompt", "steps")): 0,
        (("passages", 3), ("samples", 8)): 0,
        (("passages", 5), ("samples", 8)): 0,
        (("prompt", "steps"), ("samples", 8)): 0.1,
    }
    assert list(found) == list(expected)
    for name, effect in expected.items():
        assert found[name].effect.value == pytest.approx(effect, abs=1e-12)


def test_with_noise_the_large_ones_are_told() -> None:
    table = scores(np.random.default_rng(2))
    found = named(factorial(table, DESIGN, CODES, order=3, seed=0))
    assert len(found) == 11
    assert found[(("passages", 3),)].p_adjusted < 0.01
    assert found[(("prompt", "steps"), ("samples", 8))].effect.high > 0.1
    assert all(e.p_adjusted >= e.p for e in found.values())
    assert all(e.effect.clusters == 24 for e in found.values())


def test_two_cells_are_a_paired_difference() -> None:
    a, b = np.array([1.0, 0, 1, 1, 0, 1]), np.array([0.0, 0, 1, 0, 0, 1])
    (found,) = factorial(
        np.column_stack([b, a]), [{"way": "plain", "n": 1}, {"way": "votes", "n": 1}], seed=0
    )
    assert found.factors == ("way",)
    assert found.references == ("plain",)
    plain = paired_interval(a, b)
    assert (found.effect.low, found.effect.high) == pytest.approx((plain.low, plain.high))
    assert found.p_adjusted == 0.5


@pytest.mark.parametrize("runs", [150, pytest.param(2000, marks=pytest.mark.long)])
def test_intervals_cover_and_no_effect_is_made_up(runs: int) -> None:
    rng, inside, wrong = np.random.default_rng(3), 0, 0
    for run in range(runs):
        found = named(factorial(scores(rng), DESIGN, CODES, seed=run, draws=199))
        steps = found[(("prompt", "steps"), ("samples", 8))].effect
        inside += steps.low <= 0.1 <= steps.high
        none = [e for name, e in found.items() if len(name) == 2 and name[0][0] == "passages"]  # type: ignore[index]
        wrong += any(e.p_adjusted <= 0.05 for e in none)
    slack = allowance(0.95, runs, 2)
    assert 0.93 - slack < inside / runs < 0.97 + slack
    assert wrong / runs <= 0.05 + slack


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: factorial([[1, 2]], [{"a": 1}], seed=0), "2 columns for 1 cells"),
        (lambda: factorial([[1, 2]], [{"a": 1}, {"b": 1}], seed=0), "does not name the factors"),
        (lambda: factorial([[1, 2]], [{"a": 1}, {"a": 1}], seed=0), "a cell is there twice"),
        (
            lambda: factorial(
                [[1, 2, 3]], [{"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 2}], seed=0
            ),
            "'a': 2, 'b': 2} is missing",
        ),
        (lambda: factorial([[1.0]], [{"a": 1}], seed=0), "no factor has two levels"),
        (lambda: factorial([[1, 2]], [{"a": 1}, {"a": 2}], order=0, seed=0), "order is 0"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
