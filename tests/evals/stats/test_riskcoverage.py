"""Abstaining: the curve by brute force, thresholds that meet their target and no more."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.riskcoverage import choose_threshold, cross_checked_threshold, risk_coverage

answers = st.lists(
    st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.integers(0, 1)), min_size=1, max_size=6
)


@given(answers)
def test_area_equals_every_order_of_ties(found: list[tuple[float, int]]) -> None:
    confidence, right = zip(*found, strict=True)
    areas = []
    for order in itertools.permutations(range(len(found))):
        if all(confidence[a] >= confidence[b] for a, b in itertools.pairwise(order)):
            wrong = np.cumsum([1 - right[i] for i in order])
            areas.append(float(np.mean(wrong / np.arange(1, len(found) + 1))))
    curve = risk_coverage(confidence, right)
    assert curve.aurc == pytest.approx(np.mean(areas))
    assert curve.coverage[-1] == 1
    assert curve.risk[-1] == pytest.approx(1 - np.mean(right))


def test_the_curve_by_hand() -> None:
    curve = risk_coverage([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0])
    assert curve.thresholds.tolist() == [0.9, 0.8, 0.1]
    assert curve.coverage.tolist() == [0.25, 0.75, 1]
    assert curve.risk.tolist() == pytest.approx([0, 1 / 3, 0.5])
    assert curve.aurc == pytest.approx((0 + 0.5 / 2 + 1 / 3 + 0.5) / 4)
    assert curve.random == 0.5
    assert risk_coverage([1, 1, 1, 1], [1, 1, 0, 0]).aurc == pytest.approx(0.5)


questions = st.lists(
    st.tuples(st.floats(-5, 5), st.integers(0, 1)), min_size=2, max_size=25
).filter(lambda q: len({known for _, known in q}) == 2)


@given(questions, st.floats(0, 1), st.booleans())
def test_the_target_is_met_and_no_other_threshold_is_better(
    found: list[tuple[float, int]], target: float, answering: bool
) -> None:
    x = np.array([c for c, _ in found])
    known = np.array([k for _, k in found]) == 1
    if answering:
        chosen = choose_threshold(x, known, answered=target)
    else:
        chosen = choose_threshold(x, known, refused=target)

    def shares(threshold: float) -> tuple[float, float]:
        return float((x[known] >= threshold).mean()), float((x[~known] < threshold).mean())

    reached = shares(chosen)
    assert reached[0 if answering else 1] >= target - 1e-9
    for other in [*x.tolist(), x.max() + 1]:
        options = shares(other)
        if options[0 if answering else 1] >= target:
            assert options[1 if answering else 0] <= reached[1 if answering else 0] + 1e-9


def test_a_threshold_by_hand() -> None:
    x, known = [0.9, 0.8, 0.7, 0.2, 0.75, 0.3, 0.1], [1, 1, 1, 1, 0, 0, 0]
    assert choose_threshold(x, known, answered=0.75) == pytest.approx(0.5)
    assert choose_threshold(x, known, refused=1) == pytest.approx(0.775)
    assert choose_threshold(x, known, answered=1) == pytest.approx(0.15)
    assert choose_threshold([0.5, 0.9], [1, 0], refused=1) > 0.9


def test_cross_checking_takes_the_flattery_out() -> None:
    x = [0.1, 0.2, 0.3, 0.9, 0.5, 0.6, 0.7, 0.95]
    known, notes = [0, 0, 0, 0, 1, 1, 1, 1], list("abcdabcd")
    chosen = choose_threshold(x, known, refused=1)
    assert 0.9 < chosen < 0.95  # on these questions it refuses all four and answers one
    # the others never foretell the fourth note, whichever order the folds have
    for seed in range(5):
        found = cross_checked_threshold(x, known, notes, refused=1, seed=seed, folds=4)
        assert found.threshold == chosen
        assert (found.refused.value, found.answered.value) == (0.75, 0.25)


def test_cross_checking_leaves_out_whole_notes() -> None:
    x = [0.9, 0.9, 0.1, 0.1, 0.8, 0.2]
    known, notes = [1, 1, 0, 0, 1, 0], list("aabbcd")
    with pytest.raises(ValueError, match="4 clusters cannot be put into 5"):
        cross_checked_threshold(x, known, notes, answered=0.9, seed=0)
    found = cross_checked_threshold(x, known, notes, answered=0.9, seed=0, folds=4)
    assert found.threshold == choose_threshold(x, known, answered=0.9)
    assert found.answered.clusters == 2


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: risk_coverage([1], [1, 0]), "1 confidences and 2 outcomes"),
        (lambda: risk_coverage([1], [2]), "outside of 0 to 1"),
        (lambda: choose_threshold([1, 2], [1, 1], answered=0.5), "unanswerable questions"),
        (lambda: choose_threshold([1, 2], [1, 0.5], answered=0.5), "other than 0 and 1"),
        (lambda: choose_threshold([1, 2], [1, 0]), "give one target"),
        (lambda: choose_threshold([1, 2], [1, 0], answered=1, refused=1), "give one target"),
        (lambda: choose_threshold([1, 2], [1, 0], answered=1.5), "the target is 1.5"),
        (
            lambda: cross_checked_threshold([1, 2, 3], [1, 0, 0], answered=1, seed=0, folds=3),
            "only one kind of question is left",
        ),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
