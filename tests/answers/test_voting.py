"""Votes: classes, weights, fair ties, and nobody voting who did not answer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers import normalise, voting
from pipeline.answers.normalise import AnswerKind, Canonical, canonical, leaves_unit_out
from pipeline.answers.number_classes import number_class
from pipeline.answers.parse import extract
from pipeline.answers.voting import Ballot, classes
from pipeline.types import Vote


def tally(answers: Sequence[Ballot], kind: AnswerKind = "auto") -> tuple[Vote, ...]:
    return tuple(Vote(c.answer, len(c.draws), c.weight) for c in classes(answers, kind))


def ballots(*answers: str | None) -> list[tuple[str | None, float]]:
    return [(a, 1.0) for a in answers]


def test_spellings_of_one_answer_vote_together() -> None:
    votes = tally(ballots("175B", "1,750억", "117M", "175 billion", "117 million"))
    assert [(v.count, v.weight) for v in votes] == [(3, 3.0), (2, 2.0)]
    assert votes[0].answer == "175B"


def test_extracted_answers_vote_like_their_text() -> None:
    samples = ["The answer is 42.", "정답은 42입니다.", "It is 41."]
    votes = tally([(extract(s, "number"), 1.0) for s in samples], "number")
    assert [(v.answer, v.count) for v in votes] == [("42", 2), ("41", 1)]


def test_the_most_frequent_spelling_stands_for_its_class() -> None:
    (vote,) = tally(ballots("0.5", "50 %", "50 %", "1/2"))
    assert vote.answer == "50 %"


def test_no_answer_never_votes() -> None:
    assert tally(ballots(None, "[invalid]", "I don't know", "", None)) == ()
    assert tally(ballots(None, None, None, "7", "n/a", "n/a")) == (Vote("7", 1, 1.0),)
    assert tally([("7", 0.0), ("8", 1.0)]) == (Vote("8", 1, 1.0),)
    assert tally(ballots("Paris", "Paris", "7"), "number") == (Vote("7", 1, 1.0),)


def test_weights_decide_before_counts() -> None:
    votes = tally([("a b", 0.2), ("a b", 0.2), ("c d", 0.5)])
    assert [v.answer for v in votes] == ["c d", "a b"]
    assert math.isclose(votes[1].weight, 0.4)


def test_ties_go_to_the_earliest_draw_and_are_shown() -> None:
    votes = tally(ballots("x y", "p q", "p q", "x y", "m n"))
    assert [v.answer for v in votes] == ["x y", "p q", "m n"]


def test_sums_of_floats_tie_like_the_numbers_they_mean() -> None:
    votes = tally([("a b", 0.1), ("c d", 0.3), ("a b", 0.2)])
    assert votes[0].answer == "a b"


def test_a_bare_number_joins_the_one_class_that_has_its_unit() -> None:
    assert [v.count for v in tally(ballots("$18", "18", "18 dollars"))] == [3]
    # Two classes could take it, or two numbers would meet in one class: it stays alone.
    assert [v.count for v in tally(ballots("1 GB", "1 MB", "1"))] == [1, 1, 1]
    assert [v.count for v in tally(ballots("1 GB", "1000 MB", "1", "1000"))] == [2, 1, 1]
    assert [v.count for v in tally(ballots("50 %", "50"))] == [1, 1]


def test_classes_name_their_draws_and_the_reason() -> None:
    first, second = classes(ballots(None, "7B", "7GB", "7 billion"))
    assert first.draws == (1, 3)
    assert first.reason == "the number 7000000000"
    assert second.draws == (2,)


@pytest.mark.parametrize("weight", [math.nan, math.inf, -1.0])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="vote 1"):
        tally([("a", 1.0), ("b", weight)])


answers = st.lists(
    st.tuples(
        st.sampled_from(["175B", "1,750억", "117M", "Paris", "paris.", "네", "yes", None, "n/a",
             "$5", "5", "5%"]),
        st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0]),
    ),
    max_size=24,
)  # fmt: skip


@given(answers)
@settings(deadline=None)
def test_every_vote_is_counted_once(drawn: list[tuple[str | None, float]]) -> None:
    votes = tally(drawn)
    valid = [(a, w) for a, w in drawn if a not in (None, "n/a") and w]
    assert sum(v.count for v in votes) == len(valid)
    assert math.isclose(math.fsum(v.weight for v in votes), math.fsum(w for _, w in valid))
    seen = [d for c in classes(drawn) for d in c.draws]
    assert len(seen) == len(set(seen))


@given(answers, st.randoms())
@settings(deadline=None)
def test_weights_do_not_depend_on_the_order_of_draws(
    drawn: list[tuple[str | None, float]], random: object
) -> None:
    shuffled = list(drawn)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    before = sorted((c.key, c.weight) for c in classes(drawn))
    after = sorted((c.key, c.weight) for c in classes(shuffled))
    assert [k for k, _ in before] == [k for k, _ in after]
    assert all(math.isclose(a[1], b[1]) for a, b in zip(before, after, strict=True))


def test_an_answer_is_read_once_however_often_votes_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A vote that may stop early is counted after every sample, and reads only what is new."""
    read: list[str] = []

    def reading(text: str) -> Canonical | None:
        read.append(text)
        return number_class(text)

    monkeypatch.setattr(normalise, "number_class", reading)
    canonical.cache_clear()
    answers = [f"{n % 8} km" for n in range(64)]
    for so_far in range(1, 65):
        votes = classes(ballots(*answers[:so_far]), "number")
    assert [len(vote.draws) for vote in votes] == [8] * 8
    assert len(read) == 8


def test_only_numbers_of_one_value_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []

    def comparing(bare: Canonical, full: Canonical) -> bool:
        compared.append((bare.key, full.key))
        return leaves_unit_out(bare, full)

    monkeypatch.setattr(voting, "leaves_unit_out", comparing)
    votes = classes(ballots(*(f"{n}" for n in range(2, 102)), "7 km", "8 m"), "number")
    assert [vote.answer for vote in votes[:2]] == ["7", "8"]
    assert len(compared) < 110
