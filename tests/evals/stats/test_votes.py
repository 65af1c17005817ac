"""Expected scores of k draws: each must equal going through every subset."""

from __future__ import annotations

import itertools
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evals.stats.votes import (
    best_at,
    maj_at,
    pass_at,
    win_shares,
)


def pass_at_k(draws: int, right: int, k: int) -> float:
    return float(pass_at([draws], [right], [k])[0, 0])


def maj_at_k(counts: Sequence[int], values: Sequence[float], k: int, invalid: int = 0) -> float:
    return float(maj_at(counts, values, [k], invalid)[0])


def best_at_k(values: Sequence[float], scores: Sequence[float | None], k: int) -> float:
    return float(best_at(values, scores, [k])[0])


ballots = st.lists(st.integers(0, 4), min_size=0, max_size=5).filter(lambda c: sum(c) <= 9)


def every_subset(counts: list[int], invalid: int, k: int) -> list[Fraction]:
    """How often each answer wins, by voting in every subset of k draws."""
    draws: list[int | None] = [a for a, c in enumerate(counts) for _ in range(c)]
    draws += [None] * invalid
    won, subsets = [Fraction(0)] * len(counts), math.comb(len(draws), k)
    for chosen in itertools.combinations(draws, k):
        votes = Counter(a for a in chosen if a is not None)
        first = [a for a, n in votes.items() if n == max(votes.values())]
        for a in first:
            won[a] += Fraction(1, len(first) * subsets)
    return won


@given(ballots, st.integers(0, 3))
def test_votes_equal_every_subset(counts: list[int], invalid: int) -> None:
    draws = sum(counts) + invalid
    assume(draws)
    found = win_shares(counts, range(1, draws + 1), invalid)
    for k in range(1, draws + 1):
        brute = [float(share) for share in every_subset(counts, invalid, k)]
        assert found[:, k - 1] == pytest.approx(brute, rel=1e-12)


@given(ballots, st.integers(0, 3), st.data())
def test_majority_scores_equal_every_subset(
    counts: list[int], invalid: int, data: st.DataObject
) -> None:
    draws = sum(counts) + invalid
    assume(draws)
    values = data.draw(
        st.lists(st.sampled_from([0.0, 1.0, 0.4]), min_size=len(counts), max_size=len(counts))
    )
    k = data.draw(st.integers(1, draws))
    brute = sum(float(s) * v for s, v in zip(every_subset(counts, invalid, k), values, strict=True))
    assert maj_at_k(counts, values, k, invalid) == pytest.approx(brute, rel=1e-12)


def fresh_draws(chances: list[float], k: int) -> float:
    """The chance that the first answer wins the vote of k fresh draws: every outcome, weighted."""
    total = 0.0
    for votes in itertools.product(range(k + 1), repeat=len(chances)):
        if sum(votes) == k and votes[0] == max(votes) > 0:
            ways = math.factorial(k) / math.prod(math.factorial(v) for v in votes)
            chance = math.prod(c**v for c, v in zip(chances, votes, strict=True))
            total += ways * chance / votes.count(max(votes))
    return total


def test_majority_is_unbiased_for_fresh_draws() -> None:
    """Averaged over all sets of N stored draws, the estimate is the truth."""
    chances, stored, k = [0.45, 0.35, 0.2], 7, 4
    mean = 0.0
    for votes in itertools.product(range(stored + 1), repeat=3):
        if sum(votes) == stored:
            ways = math.factorial(stored) / math.prod(math.factorial(v) for v in votes)
            chance = ways * math.prod(c**v for c, v in zip(chances, votes, strict=True))
            mean += chance * maj_at_k(votes, [1, 0, 0], k)
    assert mean == pytest.approx(fresh_draws(chances, k), rel=1e-12)


def exact_win(counts: list[int], invalid: int, k: int) -> float:
    """The first answer's chance in whole numbers, answer by answer: slow and plain."""
    total = Fraction(0)
    for votes in range(1, min(counts[0], k) + 1):
        ways = {(0, 0): 1}  # votes used, answers tied -> subsets
        for c in counts[1:]:
            grown: dict[tuple[int, int], int] = {}
            for (used, tied), number in ways.items():
                for v in range(min(c, votes, k - votes - used) + 1):
                    place = (used + v, tied + (v == votes))
                    grown[place] = grown.get(place, 0) + number * math.comb(c, v)
            ways = grown
        for (used, tied), number in ways.items():
            rest = math.comb(invalid, k - votes - used)
            total += Fraction(number * rest * math.comb(counts[0], votes), tied + 1)
    return float(total / math.comb(sum(counts) + invalid, k))


@pytest.mark.parametrize(
    ("counts", "invalid"),
    [
        ([100, 90, 30, 20, 5, 1], 10),
        ([13] * 19, 9),
        ([60, 60, 60, 60], 16),
        ([1] * 20, 0),
        ([128, 128], 0),
    ],
)
def test_large_pools_equal_whole_numbers(counts: list[int], invalid: int) -> None:
    total = sum(counts) + invalid
    for k in (1, 7, 16, min(64, total), total):
        found = maj_at_k(counts, [1] + [0] * (len(counts) - 1), k, invalid)
        assert found == pytest.approx(exact_win(counts, invalid, k), rel=1e-11)


def test_256_draws_of_20_answers_at_every_k_are_quick() -> None:
    rng = np.random.default_rng(1)
    counts = rng.multinomial(246, rng.dirichlet(np.ones(20))).tolist()
    began = time.process_time()
    found = maj_at(counts, [1] + [0] * 19, range(1, 257), invalid=10)
    assert time.process_time() - began < 2
    assert found[0] == pytest.approx(counts[0] / 256)
    shares = win_shares(counts, range(1, 257), invalid=10).sum(axis=0)
    silent = [math.comb(10, k) / math.comb(256, k) for k in range(1, 257)]
    assert shares == pytest.approx(1 - np.array(silent), rel=1e-11)


def test_at_the_limit_nothing_overflows() -> None:
    found = win_shares([400, 350, 250], [1, 500, 1000])
    assert found[:, 0] == pytest.approx([0.4, 0.35, 0.25])
    assert found.sum(axis=0) == pytest.approx([1, 1, 1])
    assert found[:, 2].tolist() == [1, 0, 0]


def test_ties_are_fair_and_silence_does_not_vote() -> None:
    assert maj_at_k([1, 1], [1, 0], 2) == 0.5
    assert maj_at_k([2, 2, 2], [1, 0, 0], 6) == pytest.approx(1 / 3)
    assert maj_at_k([1], [1], 4, invalid=3) == 1  # one answer beats three silences
    assert maj_at_k([1], [1], 1, invalid=3) == 0.25
    assert maj_at_k([], [], 2, invalid=3) == 0
    assert maj_at_k([1, 1], [1, 1], 1) == 1


def test_votes_help_only_where_the_right_answer_leads() -> None:
    ks = [1, 3, 9, 31]
    leads = maj_at([12, 10, 10], [1, 0, 0], ks)
    trails = maj_at([10, 12, 10], [1, 0, 0], ks)
    assert (np.diff(leads) > 0).all()
    assert (np.diff(trails) < 0).all()


@given(st.integers(1, 9), st.data())
def test_pass_equals_every_subset(draws: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, draws))
    pool = [1] * right + [0] * (draws - right)
    for k in range(1, draws + 1):
        subsets = list(itertools.combinations(pool, k))
        brute = sum(max(s) for s in subsets) / len(subsets)
        assert pass_at_k(draws, right, k) == pytest.approx(brute, abs=1e-14)


def test_pass_of_many_questions() -> None:
    found = pass_at([10, 200], [3, 1], [1, 5, 10])
    assert found.shape == (2, 3)
    # Chen et al.: 1 - C(7, 5) / C(10, 5)
    assert found[0] == pytest.approx([0.3, 1 - 21 / 252, 1])
    assert found[1] == pytest.approx([1 / 200, 5 / 200, 10 / 200])


graded = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 0.5]), st.sampled_from([None, 0.1, 0.5, 0.9])),
    min_size=1,
    max_size=8,
)


@given(graded)
def test_best_equals_every_subset(draws: list[tuple[float, float | None]]) -> None:
    for k in range(1, len(draws) + 1):
        total = Fraction(0)
        subsets = list(itertools.combinations(draws, k))
        for chosen in subsets:
            scored = [(s, v) for v, s in chosen if s is not None]
            if scored:
                top = [Fraction(v) for s, v in scored if s == max(scored)[0]]
                total += sum(top, Fraction(0)) / len(top)
        found = best_at_k([v for v, _ in draws], [s for _, s in draws], k)
        assert found == pytest.approx(float(total / len(subsets)), abs=1e-12)


def test_a_perfect_selector_reaches_pass_and_a_blind_one_gains_nothing() -> None:
    values = [1, 0, 0, 1, 0, 0, 0, 0]
    ks = range(1, 9)
    assert best_at(values, [float(v) for v in values], ks) == pytest.approx(
        pass_at([8], [2], ks)[0]
    )
    assert best_at(values, [0.5] * 8, ks) == pytest.approx([0.25] * 8)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: pass_at_k(3, 4, 1), "right is 4 of 3"),
        (lambda: pass_at_k(3, 1, 4), "k is 4, but there are 3"),
        (lambda: pass_at_k(3, 1, 0), "k is 0"),
        (lambda: pass_at([2.5], [1], [1]), "whole numbers"),
        (lambda: pass_at([2, 2], [1], [1]), "draws has 2 items and right 1"),
        (lambda: maj_at_k([1], [1], 2), "k is 2, but there are 1"),
        (lambda: maj_at_k([-1], [1], 1), "a count is -1"),
        (lambda: maj_at_k([1, 1], [1], 1), "2 counts and 1 values"),
        (lambda: maj_at_k([1], [2], 1), "outside of 0 to 1"),
        (lambda: maj_at_k([1001], [1], 1), "1001 samples; up to 1000"),
        (lambda: maj_at([3], [1], []), "ks is empty"),
        (lambda: best_at_k([1], [], 1), "1 values and 0 scores"),
        (lambda: best_at_k([], [], 1), "values is empty"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
