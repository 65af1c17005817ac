from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.sounds import comparable, first_letters, likeness, skeleton, sounds_of

PAIRS = [
    ("미토콘드리아", "mitochondria"),
    ("인플레이션", "inflation"),
    ("핸드셰이크", "handshake"),
    ("스케줄러", "scheduler"),
    ("심포니", "symphony"),
    ("캐시", "cache"),
    ("라우터", "router"),
    ("바이트", "byte"),
    ("제논", "xenon"),
    ("패키지", "package"),
    ("르네상스", "renaissance"),
]


@pytest.mark.parametrize(("hangul", "latin"), PAIRS)
def test_a_loanword_sounds_most_like_what_it_is(hangul: str, latin: str) -> None:
    words = [other for _, other in PAIRS]
    alike = likeness(hangul, words)
    assert words[int(alike.argmax())] == latin
    assert alike.max() > 0.85
    assert alike.max() - sorted(alike)[-2] > 0.1


@pytest.mark.parametrize(("hangul", "latin"), PAIRS)
def test_what_is_not_compared_could_not_be_alike(hangul: str, latin: str) -> None:
    assert latin[0] in first_letters(hangul)
    assert skeleton(hangul) == skeleton(latin)
    assert comparable(hangul)(latin)


@pytest.mark.parametrize(
    ("hangul", "latin"),
    [("파트", "bad"), ("지붕", "japan"), ("세포", "sport"), ("광합성", "geography")],
)
def test_other_words_do_not(hangul: str, latin: str) -> None:
    assert likeness(hangul, [latin])[0] < 0.8


def test_both_ways_are_alike() -> None:
    assert likeness("템포", ["tempo"])[0] == likeness("tempo", ["템포"])[0]


def test_of_two_words_alike_the_nearer_vowels_decide() -> None:
    type_, top = likeness("타입", ["type", "top"])
    assert type_ > top


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=5))
def test_any_text_can_be_compared(word: str, others: list[str]) -> None:
    alike = likeness(word, others)
    assert len(alike) == len(others)
    assert (alike <= 1).all()
    for text in (word, *others):
        assert len(sounds_of(text).codes) == len(sounds_of(text).drops)
        assert isinstance(skeleton(text), str)
        assert comparable(text)(word) in (True, False)
        assert first_letters(text)
