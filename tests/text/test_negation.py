"""What a clause denies, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.negation import clause_at, negated


@pytest.mark.parametrize(
    ("text", "language", "denied"),
    [
        ("The tax was never paid.", "en", True),
        ("It doesn't dissolve", "en", True),
        ("Norway knows another note.", "en", False),
        ("구리는 녹슬지 않는다.", "ko", True),
        ("고래는 물고기가 아니다.", "ko", True),
        ("조약에는 기한이 없다.", "ko", True),
        ("안개가 못에 내린다.", "ko", False),
        ("아니리는 판소리의 말이다.", "ko", False),
    ],
)
def test_denied(text: str, language: str, denied: bool) -> None:
    assert negated(text, language) is denied


@pytest.mark.parametrize(
    ("text", "language", "word", "clause"),
    [
        ("Zinc rusts little, but iron rusts fast.", "en", "iron", "iron rusts fast."),
        ("고래는 젖을 먹이지만 상어는 먹이지 않는다.", "ko", "상어", "상어는 먹이지 않는다."),
        ("One clause only", "en", "clause", "One clause only"),
    ],
)
def test_the_clause_around_a_word(text: str, language: str, word: str, clause: str) -> None:
    found = clause_at(text, text.index(word), language)
    assert found.endswith(clause)
    assert word in found
    assert found in text


@given(st.text(min_size=1), st.data(), st.sampled_from(["en", "ko"]))
def test_a_clause_is_part_of_its_sentence(text: str, data: st.DataObject, language: str) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    assert clause_at(text, at, language) in text
