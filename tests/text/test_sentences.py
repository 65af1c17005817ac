"""Sentence boundaries in both languages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.language import language_of
from pipeline.text.sentences import sentences

CASES = [
    ("en", "It costs 3.14 dollars. Cheap!", ["It costs 3.14 dollars.", "Cheap!"]),
    ("en", "See Fig. 2, e.g. the map. It helps.", ["See Fig. 2, e.g. the map.", "It helps."]),
    ("en", "J. Smith et al. disagree. Why?", ["J. Smith et al. disagree.", "Why?"]),
    ("en", 'He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
    ("en", "1. Boil water.\n2. Add tea.", ["1. Boil water.", "2. Add tea."]),
    ("en", "v1.2.3 of x.py is out... Use it.", ["v1.2.3 of x.py is out...", "Use it."]),
    ("en", "One line\nanother line", ["One line", "another line"]),
    ("ko", "비가 왔다. 바람도 불었다.", ["비가 왔다.", "바람도 불었다."]),
    ("ko", "높이는 836.5 m이다. 가깝다!", ["높이는 836.5 m이다.", "가깝다!"]),
    ("ko", "오늘은 쉽니다 내일 만나요 안녕", ["오늘은 쉽니다", "내일 만나요", "안녕"]),
    ("ko", "필요 없는 주요 개요 수요를 본다.", ["필요 없는 주요 개요 수요를 본다."]),
    ("ko", "그러니까 갔다. 왜 갔습니까 모른다.", ["그러니까 갔다.", "왜 갔습니까", "모른다."]),
    ("ko", "가. 첫째이다.\n나. 둘째이다.", ["가. 첫째이다.", "나. 둘째이다."]),
    ("ko", '"다 왔다." 라고 말했다. 쉬었다.', ['"다 왔다." 라고 말했다.', "쉬었다."]),
    ("ko", '"다 왔다." 라디오를 켰다.', ['"다 왔다."', "라디오를 켰다."]),
    ("ko", "“좋다.” 그가 말했다。끝", ["“좋다.”", "그가 말했다。", "끝"]),
]


@pytest.mark.parametrize(("language", "text", "wanted"), CASES)
def test_sentences(language: str, text: str, wanted: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text, language)] == wanted


@given(st.text(max_size=200), st.sampled_from(["ko", "en"]))
@settings(deadline=None)
def test_every_letter_is_in_one_sentence(text: str, language: str) -> None:
    found = sentences(text, language)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(one[1] <= two[0] for one, two in pairwise(found))
    inside = "".join(text[start:end] for start, end in found)
    assert "".join(inside.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("GPT-3 has 175 billion parameters.", "en"),
        ("GPT-3의 파라미터는 1,750억 개이다.", "ko"),
        ("Transformer 465M 파라미터입니다", "ko"),
        ("The word 물 means water in Korean, said the teacher.", "en"),
        ("12345", "en"),
        ("", "en"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert language_of(text) == language
