from __future__ import annotations

from pipeline.retrieval.glossary import Glossary, mine

TEXT = (
    "트랜스포머(Transformer)는 새 구조다. 검색 증강 생성(retrieval-augmented generation)은 "
    "지어내기(hallucination)를 줄인다. Knowledge Distillation(지식 증류)도 쓴다."
)


def test_pairs_are_mined_both_ways() -> None:
    assert set(mine([TEXT])) == {
        ("트랜스포머", "transformer"),
        ("검색 증강 생성", "retrieval-augmented generation"),
        ("지어내기", "hallucination"),
        ("지식 증류", "knowledge distillation"),
    }


def test_a_question_gets_the_other_language() -> None:
    glossary = Glossary.from_pairs(mine([TEXT]))
    assert glossary.translations("트랜스포머는 언제 나왔나?") == ["transformer"]
    assert glossary.translations("What are transformers?") == ["트랜스포머"]
    assert glossary.translations("What transforms it?") == []
    assert glossary.translations("검색 증강 생성이란?") == ["retrieval-augmented generation"]


def test_longer_terms_hide_the_shorter_inside_them() -> None:
    glossary = Glossary.from_pairs(
        [("증류", "distillation"), ("지식 증류", "knowledge distillation")]
    )
    assert glossary.translations("지식 증류란?") == ["knowledge distillation"]
