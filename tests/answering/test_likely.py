"""Which sentences are quoted together: those that are nearly as likely to answer, and no others."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.answering.likely import NEARLY, QUOTES, led_by, nearly
from pipeline.answering.prepare import Prepared, QuestionRequest
from pipeline.answering.result import conclude
from pipeline.evidence.gather import Evidence
from pipeline.notes.passage_units import answering_units
from pipeline.strategies import Access
from pipeline.types import Answer, Passage, Place, Signal

NOTE = """Bony fish:
- Salmon take up oxygen through the gills.
- Eels breathe through the skin as well.

폐어는 부레로 숨을 쉰다.
상어는 쉬지 않고 헤엄친다."""
PASSAGE = Passage("p", NOTE, "fish.md", Place("fish.md", 1, 6))


def evidence(*scores: float, passage: Passage = PASSAGE) -> tuple[Evidence, ...]:
    """The units of the passage but its lead, with these scores, the best first."""
    units = [unit for unit in answering_units(passage) if unit.kind != "lead"]
    found = [
        Evidence(passage, unit, unit.start, unit.end, Signal(1.0), score)
        for unit, score in zip(units, scores, strict=False)
    ]
    return tuple(sorted(found, key=lambda one: -one.score))


def told(*found: Evidence, marked: tuple[int, int] | None = None) -> Answer:
    prepared = Prepared(
        QuestionRequest("How do fish breathe?", Access("ask")), "How do fish breathe?", "en", None,
        evidence=found, quotation=found[0], sure=0.9, marked=marked,
    )  # fmt: skip
    return conclude(prepared, None, notes=None, strategy="quoted", model="")


def test_a_sentence_clearly_ahead_is_quoted_alone() -> None:
    answer = told(*evidence(0.0, 1.0, 5.0, 2.0))
    assert answer.text == "폐어는 부레로 숨을 쉰다."
    assert answer.kind == ""
    assert len(answer.citations) == 1


def test_those_nearly_as_likely_are_quoted_with_it_the_likeliest_first() -> None:
    answer = told(*evidence(0.0, 4.6, 4.2, 5.0))
    assert answer.text.splitlines() == [
        "- 상어는 쉬지 않고 헤엄친다. [1]",
        "- Bony fish: Eels breathe through the skin as well. [2]",
        "- 폐어는 부레로 숨을 쉰다. [3]",
    ]
    assert answer.kind == QUOTES
    assert answer.quoted
    assert [one.quote for one in answer.citations] == [
        "상어는 쉬지 않고 헤엄친다.",
        "Eels breathe through the skin as well.",
        "폐어는 부레로 숨을 쉰다.",
    ]


def test_beside_what_is_said_no_line_of_code_is_quoted() -> None:
    passage = Passage(
        "c", "fleet = [];\nThe list of boats is empty.\nboats.sort();", "c.md", Place("c.md", 1, 3)
    )
    said, first, last = (
        next(one for one in evidence(5.0, 4.9, 4.8, passage=passage) if one.text.startswith(begins))
        for begins in ("The", "fleet", "boats.")
    )
    ahead = replace(said, score=6.0)
    assert told(ahead, replace(first, score=5.9), replace(last, score=5.8)).text == said.text
    both = told(replace(first, score=6.0), replace(said, score=5.9), replace(last, score=5.8))
    assert len(both.citations) == 3  # the likeliest is code itself


def test_an_item_is_told_with_what_it_stands_under() -> None:
    answer = told(*evidence(5.0, 1.0))
    assert answer.text == "- Bony fish: Salmon take up oxygen through the gills. [1]"
    assert answer.citations[0].quote == "Salmon take up oxygen through the gills."


def test_a_sentence_that_it_stands_under_is_read_on_from() -> None:
    (item, *_) = evidence(5.0)
    for above in ("Fish have gills.", "물고기는 어떻게 숨을 쉬나요?"):
        answer = told(replace(item, unit=replace(item.unit, context=above)))
        assert answer.text == f"- {above} Salmon take up oxygen through the gills. [1]"


def test_what_is_marked_stays_marked_in_several() -> None:
    answer = told(*evidence(5.0, 4.9), marked=(15, 21))
    assert answer.marked is not None
    assert answer.text[slice(*answer.marked)] == "oxygen"


def test_the_same_words_are_not_quoted_twice() -> None:
    again = Passage("q", "salmon take up oxygen, through the gills", "b.md", Place("b.md", 1, 1))
    first = evidence(5.0)
    other = evidence(4.9, passage=again)
    assert [part.evidence for part in nearly((*first, *other), first[0])] == [*first]


def test_a_long_lead_and_the_head_of_a_table_are_no_labels() -> None:
    (item, *_) = evidence(5.0)
    long = replace(item, unit=replace(item.unit, context="Bony fish, which " * 9))
    row = replace(item, unit=replace(item.unit, kind="row", context="| Fish | Organ |"))
    assert led_by(item) == "Bony fish"
    assert led_by(long) == led_by(row) == ""


@given(st.lists(st.floats(-20, 20), min_size=4, max_size=4), st.integers(0, 3))
def test_at_most_three_and_none_far_behind(scores: list[float], chosen: int) -> None:
    found = evidence(*scores)
    parts = nearly(found, found[chosen])
    first = parts[0].evidence
    assert first.start <= found[chosen].start <= found[chosen].end <= first.end
    assert len(parts) <= 3
    assert all(part.evidence.score >= found[0].score - NEARLY for part in parts[1:])
    spans = sorted((part.evidence.start, part.evidence.end) for part in parts)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def scored(text: str, scores: dict[str, float]) -> tuple[Evidence, ...]:
    """The units of a note that begin with these words, with these scores; others far behind."""
    passage = Passage("s", text, "s.md", Place("s.md", 1, 9))
    found = []
    for unit in answering_units(passage):
        said = passage.text[unit.start : unit.end]
        score = next((value for words, value in scores.items() if words in said), 0.0)
        end = max(unit.end, unit.until) if unit.kind == "lead" else unit.end
        found.append(Evidence(passage, unit, unit.start, end, Signal(1.0), score))
    return tuple(sorted(found, key=lambda one: -one.score))


FROG = """A frog grows up in stages:
1. Egg - laid in water
2. Tadpole - breathes through gills
3. Froglet - has legs and a tail"""


def test_items_of_one_list_nearly_as_likely_are_quoted_as_the_list() -> None:
    answer = told(*scored(FROG, {"Tadpole": 5.0, "Froglet": 4.8}))
    assert answer.text == f"{FROG} [1]"
    assert answer.kind == QUOTES
    assert [one.quote for one in answer.citations] == [FROG]
    led = told(*scored(FROG, {"Tadpole": 5.0, "A frog": 4.8}))  # the line that leads into it
    assert led.text == answer.text
    alone = told(*scored(FROG, {"Tadpole": 5.0, "Froglet": 3.8}))
    assert "Egg" not in alone.text
    figure = told(*scored(FROG, {"Tadpole": 5.0, "Froglet": 4.8}), marked=(0, 7))
    assert "Egg" not in figure.text


def test_two_sentences_of_one_item_are_no_list() -> None:
    note = "사찰의 문:\n- 일주문은 첫째 문이다. 기둥이 한 줄이다.\n- 천왕문은 둘째 문이다."
    answer = told(*scored(note, {"첫째": 5.0, "한 줄": 4.9}))
    assert "천왕문" not in answer.text


def test_of_lists_within_lists_the_longest_that_is_nearly_as_likely_is_quoted() -> None:
    note = "광합성에 필요한 것:\n- 빛\n- 두 가지 물질\n  - 물\n  - 이산화 탄소\n- 엽록소"
    inner = told(*scored(note, {"두 가지": 5.0, "이산화": 4.8}))
    assert "엽록소" not in inner.text
    outer = told(*scored(note, {"두 가지": 5.0, "광합성": 4.6}))
    assert "엽록소" in outer.text


def test_a_list_too_long_to_be_quoted_for_two_of_its_items_is_not() -> None:
    long = f"{FROG}\n" + "\n".join(f"{n}. {'Later it eats flies. ' * 9}" for n in range(4, 9))
    answer = told(*scored(long, {"Tadpole": 5.0, "Froglet": 4.8}))
    assert "Egg" not in answer.text
    assert len(answer.citations) == 2


def test_all_rows_of_a_table_are_quoted_where_none_is_ahead() -> None:
    leaves = {"소나무": "바늘잎", "참나무": "넓은잎", "잣나무": "솔잎", "은행나무": "부채꼴"}
    table = "\n".join(f"| {tree} | {leaf} |" for tree, leaf in {"나무": "잎", **leaves}.items())
    near = {"소나무": 4.2, "참나무": 4.9, "잣나무": 4.6, "은행나무": 5.0}
    answer = told(*scored(table, near), marked=(8, 11))
    assert [one.quote.split()[1] for one in answer.citations] == [*leaves]
    assert answer.marked is not None
    assert answer.text.splitlines().index("- 나무: 은행나무; 잎: 부채꼴 [4]") == 3
    ahead = told(*scored(table, {**near, "소나무": 3.5}))
    assert len(ahead.citations) == 3
