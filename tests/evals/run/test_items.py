"""What of an answer is scored: of a quotation the words that are marked in it, if any are."""

from __future__ import annotations

import pytest

from evals.run.items import PreparedItem
from evals.scorers.span_scores import squad
from evals.tasks.base import Item
from pipeline.answering.prepare import Prepared, QuestionRequest
from tests.evidence.test_verify import read


@pytest.mark.parametrize(
    ("marked", "answer", "em"),
    [((33, 44), "1.5 billion", True), (None, None, False)],
)
def test_what_is_marked_is_the_answer_and_the_sentence_the_reply(
    marked: tuple[int, int] | None, answer: str | None, em: bool
) -> None:
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    prepared = Prepared(
        QuestionRequest(inquiry.text), inquiry.text, "en", None, evidence=evidence,
        quotation=evidence[0], marked=marked,
    )  # fmt: skip
    item = Item("q", inquiry.text, "en", answers=("1.5 billion",))
    shown = PreparedItem(item, prepared).conclude(None)
    sentence = "The largest version of GPT-2 has 1.5 billion parameters."
    assert shown.reply == sentence
    assert shown.answer == (answer or sentence)
    assert squad(item, shown.reply, shown.answer).correct is em
