"""Answers of several quotations: which sentences, in what order, and never half of a comparison."""

from __future__ import annotations

import pytest

from pipeline.evidence.compose import (
    compare,
    digest,
    explained,
    outlined,
    sides_known,
    whole_list,
    widened,
)
from pipeline.evidence.gather import Evidence, gather, inquire
from pipeline.evidence.sides import sides
from pipeline.notes.units import answering_units
from pipeline.text.language import language_of
from pipeline.types import Hit, Passage, Place, Signal

TIDES = (
    "A spring tide comes when sun and moon pull along one line. It rises highest after a new moon. "
    "A neap tide comes when they pull at right angles. Boats wait for the spring tide."
)
WINDS = "The land breeze blows at night. The sea breeze blows by day, towards the warm land."
STEPS = "To clean the filter:\n\n- switch the pump off\n- lift the basket out\n- rinse it\n"
KOREAN = "사리는 달과 해가 한 줄에 설 때 온다. 조금은 달과 해가 직각을 이룰 때 온다."


def evidence(question: str, *texts: str) -> tuple[Evidence, ...]:
    passages = [
        Passage(str(at), text, "sea.md", Place("sea.md", 1, 9), ("Sea", f"Part {at}"),
                language_of(text))
        for at, text in enumerate(texts)
    ]  # fmt: skip
    inquiry = inquire(question, language_of(question), passages)
    return gather(inquiry, [Hit(passage, 1.0) for passage in passages])


@pytest.mark.parametrize(
    ("question", "pair"),
    [
        ("How do a spring tide and a neap tide differ?", ("spring tide", "neap tide")),
        ("spring tide vs neap tide", ("spring tide", "neap tide")),
        ("What is the difference between the land breeze and the sea breeze?",
         ("land breeze", "sea breeze")),
        ("사리와 조금은 어떻게 달라?", ("사리", "조금은")),
    ],
)  # fmt: skip
def test_both_sides_are_found_and_quoted(question: str, pair: tuple[str, str]) -> None:
    found = evidence(question, TIDES, WINDS, KOREAN)
    pairs = sides(question, language_of(question))
    assert pair in pairs
    known = sides_known(pairs, found)
    assert known is not None
    alone = [evidence(side, TIDES, WINDS, KOREAN) for side in known]
    said = " ".join(part.evidence.text for part in compare(known, found, alone))
    first, second = pair[0].split()[0], pair[1].split()[0].removesuffix("은")
    assert first in said.lower()
    assert second in said.lower()


def test_no_comparison_with_what_the_notes_do_not_have() -> None:
    question = "How do a spring tide and a tsunami differ?"
    found = evidence(question, TIDES, WINDS)
    known = sides_known(sides(question, "en"), found)
    alone = [evidence(side, TIDES, WINDS) for side in known or ()]
    assert known is None or compare(known, found, alone) == ()


def test_a_question_without_two_things_has_no_sides() -> None:
    assert sides("Why is the sea salty?", "en") == []
    assert sides("바다는 왜 짜?", "ko") == []


def test_an_item_is_quoted_with_its_list() -> None:
    item = next(one for one in evidence("rinse", STEPS) if one.unit.kind == "item")
    whole = whole_list(item).text
    assert [word in whole for word in ("switch", "lift", "rinse")] == [True] * 3
    sentence = evidence("tide", TIDES)[0]
    assert whole_list(sentence) == sentence


def test_an_explanation_takes_in_what_follows_and_stops_at_the_paragraph() -> None:
    first = min(evidence("spring tide", TIDES + "\n\nAnother matter."), key=lambda one: one.start)
    wide = widened(first, 3)
    assert wide.start == first.start
    assert wide.text.count(".") == 3
    assert "Another" not in widened(first, 9).text


def test_an_explanation_is_several_sentences_of_one_passage_in_their_order() -> None:
    parts = explained(evidence("Explain spring tides simply.", WINDS, TIDES))
    assert {part.evidence.passage.id for part in parts} == {"1"}
    starts = [part.evidence.start for part in parts]
    assert starts == sorted(starts)
    assert 2 <= len(parts) <= 3


def test_a_digest_has_a_sentence_of_each_passage_in_the_order_of_the_notes() -> None:
    parts = digest(evidence("breeze tide", TIDES, WINDS))
    assert [part.evidence.passage.id for part in parts] == ["0", "1"]


def test_an_outline_shows_the_most_central_sentence_under_its_heading() -> None:
    passage = Passage("1", TIDES, "sea.md", Place("sea.md", 1, 3), ("Sea", "Tides"))
    near = [0.1, 0.2, 0.9, 0.3]
    assert len(answering_units(passage)) == len(near)
    (part,) = outlined([Hit(passage, 1.0, {}, tuple(Signal(0.0, one) for one in near))])
    assert part.label == "Tides"
    assert part.evidence.text.startswith("A neap tide")


def test_one_side_alone_is_no_comparison() -> None:
    pair = ("spring tide", "tsunami")
    alone = [evidence(side, WINDS, TIDES) for side in pair]
    assert compare(pair, evidence("When does it rise?", WINDS), alone) == ()
