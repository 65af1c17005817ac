"""Whether a sentence asks something itself, of sentences that nothing was fitted on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load_config
from pipeline.retrieval.embedder import open_embedder
from pipeline.text.asking import asks

ASK = [
    ("By the end of the week you will be able to tune a harp.", "en"),
    ("Explain why the harp has pedals.", "en"),
    ("In this lecture we look at how felt is made.", "en"),
    ("Describe the life of a salmon.", "en"),
    ("Students should know what a moraine is.", "en"),
    ("현악기의 종류를 설명할 수 있다.", "ko"),
    ("연어가 강을 거슬러 오르는 이유를 서술하시오.", "ko"),
    ("이번 시간에는 빙퇴석이 무엇인지 배웁니다.", "ko"),
    ("두 악기의 소리를 비교해 보자.", "ko"),
]
SAY = [
    ("The pedals of a harp change the length of its strings.", "en"),
    ("Felt is made by pressing wet wool.", "en"),
    ("Salmon go back to the river in which they were born.", "en"),
    ("A moraine is what a glacier leaves behind.", "en"),
    ("Silk comes from a cocoon.", "en"),
    ("Comb the wool before you press it.", "en"),
    ("After the flood the widow rebuilt the mill.", "en"),
    ("This figure tells how far apart two tides are.", "en"),
    ("하프의 페달은 줄의 길이를 바꾼다.", "ko"),
    ("연어는 태어난 강으로 돌아온다.", "ko"),
    ("빙하가 남긴 돌무더기를 빙퇴석이라고 한다.", "ko"),
    ("양털은 누르기 전에 빗는다.", "ko"),
]


@pytest.mark.model
def test_it_is_told_by_embedding_and_words() -> None:
    embedder = open_embedder(load_config(None))

    def told(sentence: str, language: str) -> bool:
        return asks(sentence, language, embedder.passages([sentence])[0]) > 0

    wrong = [one for one in ASK if not told(*one)] + [one for one in SAY if told(*one)]
    assert len(wrong) <= 1, wrong


def test_by_words_alone_hardly_a_statement_is_taken_for_one() -> None:
    assert sum(asks(*one) > 0 for one in SAY) <= 1
    assert sum(asks(*one) > 0 for one in ASK) >= 6


@given(st.text(max_size=200))
def test_any_text_asks_or_does_not(text: str) -> None:
    for language in ("en", "ko"):
        assert -5 < asks(text, language) < 5
