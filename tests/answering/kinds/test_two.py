"""What the second of two questions may refer back to."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from pipeline.answering.kinds.two import Before, both_answered
from pipeline.answering.prepare import Prepared, QuestionRequest
from pipeline.evidence.gather import asked_span, gather, inquire
from pipeline.types import Hit, Passage, Place, Request

AGENTS = "| agent | acts by | used in |\n| soda | acid | scones |\n| yeast | fermentation | bread |"
YEAST = "Yeast is used in bread and dies at 55 degrees."


@pytest.mark.parametrize(("text", "cell"), [(AGENTS, "yeast"), (YEAST, "")])
def test_the_second_may_refer_to_the_cell_that_the_first_asked_for(text: str, cell: str) -> None:
    question = "What is the agent used in bread, and at which temperature does it die?"
    passage = Passage("1", text, "rising.md", Place("rising.md", 1, 3))
    seen: list[Before] = []

    def half(part: str, before: Before) -> Generator[list[Request], list[Any], Prepared]:
        yield from ()
        seen.append(before)
        inquiry = inquire(part, "en", [passage])
        best = next(one for one in gather(inquiry, [Hit(passage, 1.0)]) if "bread" in one.text)
        request = QuestionRequest(part)
        marked = asked_span(inquiry, best)
        return Prepared(request, part, "en", None, quotation=best, marked=marked)

    course = both_answered(inquire(question, "en", [passage]), half)
    with pytest.raises(StopIteration):
        next(course)
    assert seen[0] == Before()
    assert seen[1] == Before("What is the agent used in bread", "rising.md", cell)


FILM = "폴라로이드가 1948년에 첫 즉석 사진기를 팔았다."
ORBIT = "Sputnik was launched by the Soviet Union in 1957."


@pytest.mark.parametrize(
    ("question", "language", "text", "missing"),
    [
        ("즉석 사진기를 처음 판 회사가 어디이고 그게 몇 년도인가요?", "ko", FILM, None),
        ("Who launched Sputnik, and when did they do that?", "en", ORBIT, None),
        ("Who launched Sputnik, and how much did it weigh?", "en", ORBIT, "how much did it weigh"),
    ],
)
def test_what_the_first_answer_holds_is_not_missing(
    question: str, language: str, text: str, missing: str | None
) -> None:
    passage = Passage("1", text, "firsts.md", Place("firsts.md", 1, 1), language=language)

    def half(part: str, before: Before) -> Generator[list[Request], list[Any], Prepared]:
        yield from ()
        found = gather(inquire(part, language, [passage]), [Hit(passage, 1.0)])
        quoted = found[0] if before == Before() else None  # the second half is refused
        return Prepared(QuestionRequest(part), part, language, None, quotation=quoted)

    course = both_answered(inquire(question, language, [passage]), half)
    with pytest.raises(StopIteration) as done:
        next(course)
    composition = done.value.value
    assert (composition and composition.missing[0]) == missing
