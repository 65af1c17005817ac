"""The pilot keeps its two promises, and tells plain cases from 20 questions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evals.stats.checks import FloatArray
from evals.stats.pilot import CALLS, rehearse, will_it_help
from evals.stats.verdict import Verdict
from tests.evals.stats.simulation import allowance, codes_of, paired_binary, paired_fractions

NOTES = [2] * 10


def spread(
    rng: np.random.Generator, delta: float, items: int = 20
) -> tuple[FloatArray, FloatArray]:
    """Expected scores of eight draws: every question differs a little."""
    rate = rng.beta(0.8, 1.2, items)
    base = rng.binomial(16, rate) / 16
    return np.clip(base + delta + rng.normal(size=items) * 0.1, -9, 9), base


def calls(
    world: Callable[..., tuple[FloatArray, FloatArray]],
    delta: float,
    runs: int,
    worth: float,
    sizes: list[int],
) -> dict[str, float]:
    rng, codes = np.random.default_rng(11), codes_of(sizes)
    found: dict[str, float] = dict.fromkeys((call.value for call in CALLS), 0.0)
    for run in range(runs):
        if world is spread:
            a, b = spread(rng, delta, sum(sizes))
        else:
            a, b = world(rng, sizes, 0.4, delta)
        found[will_it_help(a, b, codes, worth=worth, seed=run).verdict] += 1 / runs
    return found


def test_promises_are_kept() -> None:
    runs = 200
    most = 0.1 + allowance(0.1, runs, 2)
    assert calls(spread, 0.0, runs, 0.05, NOTES)["gain"] <= most
    assert calls(spread, 0.0, runs, 0.05, NOTES)["loss"] <= most
    assert calls(spread, 0.05, runs, 0.05, NOTES)["no gain"] <= most


@pytest.mark.long
@pytest.mark.parametrize("sizes", [[1] * 20, NOTES, [1, 1, 1, 2, 2, 3, 5, 5]], ids=len)
@pytest.mark.parametrize("world", [spread, paired_binary, paired_fractions])
def test_promises_are_kept_everywhere(
    world: Callable[..., tuple[FloatArray, FloatArray]], sizes: list[int]
) -> None:
    runs = 1500
    most = 0.1 + allowance(0.1, runs, 2.5)
    shrink = 0.3 if world is paired_fractions else 1.0
    assert calls(world, 0.0, runs, 0.05, sizes)["gain"] <= most
    assert calls(world, 0.15, runs, 0.15 * shrink, sizes)["no gain"] <= most


def test_plain_cases_are_told() -> None:
    assert calls(spread, 0.15, 60, 0.05, NOTES)["gain"] > 0.9
    down = calls(spread, -0.05, 60, 0.05, NOTES)
    assert down["no gain"] + down["loss"] > 0.8
    assert calls(spread, -0.15, 60, 0.05, NOTES)["loss"] > 0.9
    # right or wrong of a single vote on 20 questions: mostly it must admit that it cannot tell
    assert calls(paired_binary, 0.05, 60, 0.05, NOTES)["cannot tell"] > 0.5


def test_what_it_rests_on() -> None:
    a, b = np.full(20, 0.6), np.tile([0.2, 0.4], 10)
    found = will_it_help(a, b, seed=0)
    assert found.verdict is Verdict.GAIN
    assert found.difference.level == pytest.approx(0.8)
    one = will_it_help(a, b, ["a"] * 20, seed=0)
    assert one.verdict is Verdict.CANNOT_TELL
    same = will_it_help(b, b, seed=0)  # no difference in 20 questions excludes no gain of .05
    assert same.verdict is Verdict.CANNOT_TELL
    many = np.tile(b, 10)
    assert will_it_help(many, many, seed=0).verdict is Verdict.NO_GAIN
    assert will_it_help(b, a, seed=0).verdict is Verdict.LOSS


def test_rehearsals_agree_with_the_full_run() -> None:
    a, b = spread(np.random.default_rng(4), 0.12, 300)
    found = rehearse(a, b, codes_of([10] * 30), seed=1, repeats=60)
    assert found.full.verdict is Verdict.GAIN
    assert found.shares[Verdict.GAIN] > 0.8
    assert found.contradicted == found.shares[Verdict.NO_GAIN] + found.shares[Verdict.LOSS]
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found == rehearse(a, b, codes_of([10] * 30), seed=1, repeats=60)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: will_it_help([1], [1], worth=0, seed=0), "worth is 0"),
        (lambda: will_it_help([1], [1], error=0.5, seed=0), "error is 0.5"),
        (lambda: will_it_help([1, 0], [1], seed=0), "not paired"),
        (lambda: rehearse([1, 0], [1, 1], size=3, seed=0), "a pilot of 3 cannot"),
        (lambda: rehearse([1, 0], [1, 1], size=1, seed=0), "size is 1"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
