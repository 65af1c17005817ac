"""Particles agree with the sound before them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.particles import bare, closed, with_particle


@pytest.mark.parametrize(
    ("word", "particle", "whole"),
    [
        ("역전파", "은", "역전파는"), ("모델", "는", "모델은"), ("모델", "를", "모델을"),
        ("양자화", "이", "양자화가"), ("모델", "으로", "모델로"), ("층", "로", "층으로"),
        ("양자화", "으로", "양자화로"), ("드롭아웃", "란", "드롭아웃이란"),
        ("고퍼", "과", "고퍼와"), ("층", "와", "층과"), ("층", "의", "층의"),
        ("GPT-3", "은", "GPT-3는"), ("GPT-1", "는", "GPT-1은"), ("GPT-4", "이", "GPT-4가"),
        ("Llama 3.1", "가", "Llama 3.1이"), ("LLM", "를", "LLM을"), ("LoRA", "은", "LoRA는"),
        ("Adam", "가", "Adam이"), ("sampling", "는", "sampling은"), ("제3", "는", "제3은"),
        ("BERT (base)", "은", "BERT (base)는"), ("", "은", "는"), ("!", "은", "!는"),
        ("4.1 %", "이", "4.1 %가"), ("(1%)", "으로", "(1%)로"),
    ],
)  # fmt: skip
def test_a_particle_takes_the_form_that_fits(word: str, particle: str, whole: str) -> None:
    assert with_particle(word, particle) == whole


@pytest.mark.parametrize(
    ("word", "stem", "particle"),
    [
        ("역전파가", "역전파", "가"), ("GPT-3의", "GPT-3", "의"), ("모델에서는", "모델", "에서는"),
        ("평가", "평가", ""), ("전이", "전이", ""), ("회의", "회의", ""), ("정의는", "정의", "는"),
        ("층", "층", ""), ("은", "은", ""), ("학습률이란", "학습률", "이란"),
    ],
)  # fmt: skip
def test_a_word_without_its_particle(word: str, stem: str, particle: str) -> None:
    assert bare(word) == (stem, particle)


SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)


@given(
    st.text(SYLLABLES, min_size=2, max_size=6),
    st.sampled_from(["은", "이", "을", "과", "으로", "이란"]),
)
def test_the_form_depends_on_the_last_sound_alone(word: str, particle: str) -> None:
    whole = with_particle(word, particle)
    ends_open = (ord(word[-1]) - 0xAC00) % 28 == 0
    assert (closed(word) == "") == ends_open
    assert whole == with_particle(word[-1], particle).join([word[:-1], ""])
    stem, found = bare(whole)
    assert stem + found == whole


@given(st.text())
def test_any_text_has_some_end(text: str) -> None:
    assert with_particle(text, "은") in (f"{text}은", f"{text}는")
