"""Whether a question leans on what was said, of questions that nothing was fitted on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load_config
from pipeline.retrieval.embedder import open_embedder
from pipeline.text.leaning import leans, on_both

LEANING = [
    ("When was it restored?", "en"),
    ("Why did they move it?", "en"),
    ("And the altar?", "en"),
    ("Which of the two is taller?", "en"),
    ("How come?", "en"),
    ("그건 언제 복원했어?", "ko"),
    ("왜 옮겼는데?", "ko"),
    ("제단은?", "ko"),
    ("둘 중에 어느 게 더 높아?", "ko"),
    ("그 사람은 뭘 했나요?", "ko"),
]
WHOLE = [
    ("When was Notre-Dame restored?", "en"),
    ("What is a transept?", "en"),
    ("So why do bells crack?", "en"),
    ("If a vault settles, why does it not fall down?", "en"),
    ("Who taught Palladio?", "en"),
    ("불국사는 언제 복원됐어?", "ko"),
    ("공포가 뭐야?", "ko"),
    ("그럼 종은 왜 금이 가?", "ko"),
    ("석탑과 목탑은 어떻게 다른가요?", "ko"),
    ("김홍도를 가르친 사람은 누구야?", "ko"),
]


@pytest.mark.model
def test_it_is_told_by_embedding_and_words() -> None:
    embedder = open_embedder(load_config(None))

    def told(question: str, language: str) -> bool:
        return leans(question, language, embedder.questions([question])[0]) > 0

    right = [told(*one) for one in LEANING] + [not told(*one) for one in WHOLE]
    assert sum(right) >= 19, [
        one for one, fine in zip([*LEANING, *WHOLE], right, strict=True) if not fine
    ]


BOTH = [
    ("Which of the two is taller?", "en"),
    ("Which one has the older altar?", "en"),
    ("How do they differ?", "en"),
    ("둘 중에 어느 게 더 높아?", "ko"),
    ("종이 큰 건 어느 쪽이야?", "ko"),
    ("둘은 뭐가 달라?", "ko"),
]


@pytest.mark.model
def test_what_leans_on_two_things_is_told_from_what_leans_on_one() -> None:
    embedder = open_embedder(load_config(None))

    def both(question: str, language: str) -> bool:
        return on_both(question, language, embedder.questions([question])[0])

    one = [row for row in LEANING if row not in BOTH]
    wrong = [row for row in BOTH if not both(*row)] + [row for row in one if both(*row)]
    assert len(wrong) <= 1, wrong


def test_by_words_alone_a_whole_question_is_seldom_changed() -> None:
    assert sum(leans(*one) > 0 for one in WHOLE) <= 1
    assert sum(leans(*one) > 0 for one in LEANING) >= 5


@given(st.text(max_size=200))
def test_any_text_leans_or_does_not(text: str) -> None:
    for language in ("en", "ko"):
        assert -5 < leans(text, language) < 5
