from __future__ import annotations

import pytest

from pipeline.retrieval.morphemes import Lexicon, Morphemes, Runs, question_word_ids
from pipeline.retrieval.sparse import SparseArm, TokenTable, build_sparse
from pipeline.text.tokens import token_id

TEXT = "대규모 언어모델은 자연어처리를 배운다. 값이 크다. 트랜스포머의 층은 열두 개다."


def test_compounds_and_their_parts_are_both_tokens() -> None:
    (tokens,) = Morphemes().tokens([TEXT])
    assert {"언어모델", "언어", "모델"} <= set(tokens)
    assert {"값", "층"} <= set(tokens)  # words of one syllable
    assert "은" not in tokens
    assert "의" not in tokens


def test_latin_words_and_numbers_stay_in_korean_text() -> None:
    (tokens,) = Morphemes().tokens(["GPT-2는 파라미터가 15억 개다."])
    assert {"gpt", "2", "15"} <= set(tokens)


def test_a_question_is_cut_without_kiwi_as_the_notes_were() -> None:
    runs: Runs = {}
    table = TokenTable.from_tokens(Morphemes().tokens([TEXT], runs))
    arm, lexicon = build_sparse(table), Lexicon.from_runs(runs)
    assert token_id("트랜스포머") in question_word_ids("트랜스포머의 층", lexicon, arm)  # seen
    assert token_id("트랜스포머") in question_word_ids(
        "트랜스포머에서는", lexicon, arm
    )  # a new ending
    assert question_word_ids("트랜스포머란?", lexicon, arm) == [token_id("트랜스포머")]
    assert question_word_ids("코끼리", lexicon, arm) == []


def test_the_new_lexicon_keeps_what_the_old_one_knew() -> None:
    first: Runs = {}
    second: Runs = {}
    Morphemes().tokens(["바다가 넓다"], first)
    Morphemes().tokens(["산이 높다"], second)
    merged = Lexicon.from_runs(second, Lexicon.from_runs(first))
    assert merged.find("바다가") == [token_id("바다")]
    assert merged.find("산이") == [token_id("산")]


def made(text: str) -> tuple[Lexicon, SparseArm]:
    runs: Runs = {}
    table = TokenTable.from_tokens(Morphemes().tokens([text], runs))
    return Lexicon.from_runs(runs), build_sparse(table)


NOTES = "세포가 핵을 관리한다. 개 하나가 나에게 간다. 값은 세 개다. RTT가 길다. 물이 끓는다."


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("RTT가", ["rtt"]),
        ("NAT에서는", ["nat"]),
        ("관리하나요", ["관리"]),
        ("세포까지", ["세포"]),
        ("물에서", ["물"]),
        ("쇼팽이", []),
        ("있나요", []),
    ],
)
def test_neither_particles_nor_endings_are_words(question: str, words: list[str]) -> None:
    assert question_word_ids(question, *made(NOTES)) == [token_id(word) for word in words]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("쇼팽이", ["쇼팽"]),
        ("광합성에서", ["광합성"]),
        ("줄기세포는", ["줄기", "세포"]),
        ("태어난", []),  # a verb may stand there in another form
        ("세포는", ["세포"]),
        ("chopin", ["chopin"]),
    ],
)
def test_a_noun_that_the_notes_lack_is_a_term_all_the_same(question: str, words: list[str]) -> None:
    found = question_word_ids(question, *made(NOTES), unknown=True)
    assert found == [token_id(word) for word in words]
