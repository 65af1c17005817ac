"""The rules of the official scripts, one by one, on sentences of our own."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.scorers.span_scores import (
    hotpot,
    korquad,
    korquad_f1,
    normalise_korquad,
    normalise_squad,
    overlap_f1,
    spaceless,
    squad,
    squad_f1,
)

from .items import asked, unanswerable


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The Harbour", "harbour"),
        ("a  tale of   an owl and the fox", "tale of owl and fox"),
        ("St. Mark's", "st marks"),
        ("1,200 km/h", "1200 kmh"),
        ("theatre", "theatre"),  # an article only as a whole word
        ("The", ""),
        ("“curly”", "“curly”"),  # only ASCII punctuation goes
        ("re-a-lign", "realign"),  # punctuation goes before articles, so this "a" is not a word
        ("Anna\tHolm\n", "anna holm"),
    ],
)
def test_normal_form_of_squad(text: str, normal: str) -> None:
    assert normalise_squad(text) == normal


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("'등대'의 이름", "등대 의 이름"),  # a quotation mark becomes a space, not nothing
        ("《등대》(1871)", "등대 1871"),
        ("‘등대’", "등대"),
        ("“등대”", "“등대”"),  # double curly quotation marks are not in the list
        ("the A", "the a"),  # articles stay
        ("3.14%", "314"),
        ("등대는", "등대는"),  # particles stay
        ("「등대」", "「등대」"),
    ],
)
def test_normal_form_of_korquad(text: str, normal: str) -> None:
    assert normalise_korquad(text) == normal


def test_squad_f1_counts_words() -> None:
    # found: two of three words right; gold: two of four found
    assert squad_f1("red brick house", "old red stone house") == pytest.approx(2 * 2 / 7)
    assert squad_f1("the cat cat", "a cat") == pytest.approx(2 / 3)  # a bag: the second is too many
    assert squad_f1("dog", "cat") == 0
    assert squad_f1("", "") == 0  # as the script of version 1.1: nothing shared


def test_korquad_f1_counts_characters() -> None:
    # 서울은 and 서울: two characters shared of three and two
    assert korquad_f1("서울은", "서울") == pytest.approx(2 * 2 / 5)
    assert korquad_f1("서 울", "서울") == 1  # spaces are no characters


@pytest.mark.parametrize(
    ("answer", "golds", "em", "f1"),
    [
        ("Anna Holm", ("Holm", "Anna Holm"), 1, 1),  # the best of the correct answers
        ("the Holm", ("Holm.",), 1, 1),
        ("keeper Anna Holm", ("Holm", "Anna Holm"), 0, 0.8),
        ("nobody", ("Holm",), 0, 0),
    ],
)
def test_squad(answer: str, golds: tuple[str, ...], em: float, f1: float) -> None:
    score = squad(asked(*golds), answer, answer)
    assert (score.parts["em"], score.correct) == (em, bool(em))
    assert score.value == score.parts["f1"] == pytest.approx(f1)


def test_no_answer_is_the_empty_string() -> None:
    score = squad(asked("Holm"), "", None)
    assert (score.value, score.correct) == (0, False)


@pytest.mark.parametrize("score", [squad, korquad, hotpot])
def test_what_cannot_be_answered_must_be_refused(score: object) -> None:
    assert callable(score)
    assert score(unanswerable(), "", None).correct
    assert score(unanswerable(), "I don't know.", "I don't know.").correct
    assert not score(unanswerable(), "Holm", "Holm").correct


def test_korquad_tells_both_exact_matches() -> None:
    score = korquad(asked("지식 증류", language="ko"), "지식증류", "지식증류")
    assert score.parts == {"em": 0, "f1": 1, "em_spaceless": 1}
    assert not score.correct
    assert korquad(asked("지식 증류", language="ko"), "", "지식 증류.").correct


@pytest.mark.parametrize(
    ("answer", "gold", "f1"),
    [
        ("Yes.", "yes", 1),
        ("yes it is", "yes", 0),  # the correct answer is a bare yes: nothing else will do
        ("no", "no fewer than nine", 0),  # the answer is a bare no
        ("noanswer", "noanswer in the text", 0),
        ("no fewer than nine", "no fewer than ten", 0.75),  # neither is bare
        ("east gate", "the east gate", 1),
    ],
)
def test_hotpot_yes_and_no_are_all_or_nothing(answer: str, gold: str, f1: float) -> None:
    assert hotpot(asked(gold), answer, answer).value == pytest.approx(f1)
    assert squad(asked(gold), answer, answer).value > 0  # in SQuAD the words shared would count


WORDS = st.text(alphabet=string.ascii_letters + " .,'-가나다", max_size=30)


@given(WORDS)
def test_normal_forms_are_final(text: str) -> None:
    assert not set(normalise_squad(text)) & set(string.punctuation)
    assert normalise_korquad(normalise_korquad(text)) == normalise_korquad(text)
    assert " " not in spaceless(text)


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_f1_is_symmetric_and_bounded(one: list[str], other: list[str]) -> None:
    f1 = overlap_f1(one, other)
    assert f1 == overlap_f1(other, one)
    assert 0 <= f1 <= 1
    assert (f1 == 1) == (sorted(one) == sorted(other) and bool(one))


@given(WORDS, WORDS)
def test_an_exact_match_has_full_f1(found: str, gold: str) -> None:
    score = squad(asked(gold), found, found)
    if score.correct and normalise_squad(gold):
        assert score.value == 1
