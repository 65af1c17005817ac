from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.tokens import fold, gram_tokens, latin_tokens, stem, token_id


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("How many parameters does GPT-2 have?", ["parameter", "gpt", "2"]),
        ("pi is 3.14", ["pi", "3.14", "3", "14"]),
        ("ＧＰＴ４", ["gpt4"]),
        ("the of a", []),
    ],
)
def test_latin_words_and_numbers_are_kept(text: str, tokens: list[str]) -> None:
    assert latin_tokens(fold(text)) == tokens


def test_hangul_gives_bigrams_and_single_syllables_stay() -> None:
    assert gram_tokens("값 파라미터") == ["값", "파라", "라미", "미터"]
    assert gram_tokens(fold("GPT의 층")) == ["gpt", "의", "층"]


def test_forms_of_a_word_meet() -> None:
    assert stem("studies") == stem("study")
    assert stem("training") == stem("trained") == stem("train") == stem("trains")
    assert stem("loss") == "loss"


@given(st.text())
def test_any_text_gives_tokens_without_spaces(text: str) -> None:
    for token in gram_tokens(fold(text)):
        assert token
        assert token == "".join(token.split())


@given(st.text(min_size=1))
def test_ids_are_63_bits(text: str) -> None:
    assert 0 <= token_id(text.encode("utf-8", "ignore").decode()) < 2**63
