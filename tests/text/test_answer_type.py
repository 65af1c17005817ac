"""What kind of answer a question wants, and which figures can be it."""

from __future__ import annotations

import pytest

from pipeline.text.answer_type import is_time, wanted
from pipeline.text.numbers.quantities import quantities


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many parameters does GPT-2 have?", "figure"),
        ("What is the parameter count of GPT-3?", "figure"),
        ("When was BERT released?", "time"),
        ("In what year did LoRA appear?", "time"),
        ("Who proposed self-consistency?", "name"),
        ("Which company trained Gopher?", "name"),
        ("What is quantization?", "text"),
        ("Why does pruning hurt?", "text"),
        ("GPT-3의 파라미터는 몇 개인가요?", "figure"),
        ("친칠라는 얼마나 큰가요?", "figure"),
        ("트랜스포머는 언제 나왔나요?", "time"),
        ("누가 처음 제안했나요?", "name"),
        ("양자화란 무엇인가요?", "text"),
        ("Why do midwives count a pregnancy from the last period?", "text"),
        ("Why did the sailors who ate limes stay well?", "text"),
        ("What do bees that meet a queen who is dead do?", "text"),
        ("How do surveyors number the plots?", "text"),
        ("How many sailors who ate limes fell ill?", "figure"),
        ("Do you know who painted the ceiling?", "name"),
        ("씨앗은 왜 몇 년이나 기다리나요?", "text"),
        ("누가 왜 다리를 놓았나요?", "name"),
    ],
)
def test_the_kind_is_read_from_the_question(question: str, kind: str) -> None:
    assert wanted(question).kind == kind


@pytest.mark.parametrize(
    ("question", "text", "figure", "good"),
    [
        ("How many parameters does it have?", "It has 1.5 billion parameters.", "1.5", True),
        ("How many parameters does it have?", "It has 96 layers.", "96", False),
        ("How many parameters does it have?", "It came out in 2019.", "2019", False),
        ("How many parameters does it have?", "It is 12 × 96 × 5 wide.", "96", False),
        ("How many parameters does it have?", "| it | 117M |", "117M", True),
        ("How many tokens did it read?", "about 20 tokens per parameter", "20", False),
        ("How many tokens per parameter?", "about 20 tokens per parameter", "20", True),
        ("How many datasets are there?", "there are 2000 datasets", "2000", True),
        ("How many kilograms does it weigh?", "It is 5 metres long.", "5", False),
        ("How many kilograms does it weigh?", "It weighs 5 kg.", "5", True),
        ("How many kilograms does it weigh?", "It weighs 3 tons.", "3", True),
        ("How many hours does it take?", "It takes 3 hours.", "3", True),
        ("How many hours does it take?", "It takes 3 eggs.", "3", False),
        ("How many hours does it take?", "It was found in 1950.", "1950", False),
        ("몇 시간 걸리나요?", "모두 3시간 걸린다.", "3", True),
        ("몇 시간 걸리나요?", "모두 3미터이다.", "3", False),
        ("밀가루를 몇 그램 넣나요?", "밀가루를 200그램 넣는다.", "200", True),
        ("When did it come out?", "It came out in June 2021.", "June 2021", True),
        ("When did it come out?", "It has 12 layers.", "12", False),
        ("When do the teeth come?", "The first come at 6 months.", "6", True),
        ("이는 언제 나나요?", "첫 이는 6개월에 난다.", "6", True),
        ("When do the teeth come?", "They are 6 millimetres long.", "6", False),
        ("몇 배 커졌나요?", "약 1,500배 커졌다.", "1,500", True),
        ("파라미터는 몇 개인가요?", "약 1,500배 커졌다.", "1,500", False),
    ],
)
def test_only_figures_of_that_kind_are_admitted(
    question: str, text: str, figure: str, good: bool
) -> None:
    found = [q for q in quantities(text) if text[q.start : q.end].startswith(figure)]
    assert found, f"{figure!r} was not read as a figure of {text!r}"
    assert bool(wanted(question).admits(found[0], text)) is good


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("It was founded in 1817 and closed in war.", True),
        ("The war lasted from 1756 to 1763.", True),
        ("In June 1871 it was built.", True),
        ("The abbey was founded in 1000 and burnt down.", True),
        ("It has a width of 1600.", False),
        ("A vector in 1536 dimensions.", False),
        ("They sold 1,817 copies.", False),
        ("The score rose to 1200.", False),
        ("Models of 2048 came later.", True),
    ],
)
def test_what_is_a_year(text: str, year: bool) -> None:
    found = [q for q in quantities(text) if q.value >= 1000]
    assert all(is_time(quantity, text) is year for quantity in found)


@pytest.mark.parametrize(
    ("question", "unit", "size"),
    [("몇 퍼센트인가요?", "%", False), ("가중치 하나가 몇 바이트인가요?", "", True)],
)
def test_units_of_more_than_one_syllable(question: str, unit: str, size: bool) -> None:
    found = wanted(question)
    assert (found.kind, found.counted, found.unit, found.size) == (
        "figure",
        frozenset(),
        unit,
        size,
    )


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Why do my eyes water when I chop onions?", "text"),
        ("What happens when two plates meet?", "text"),
        ("When did the war end?", "time"),
        ("Since when do whales sing?", "time"),
        ("일차 함수는 어떤 그래프를 그리나?", "text"),
        ("변수는 무엇인가요?", "text"),
        ("염색체의 수는?", "figure"),
    ],
)
def test_a_word_inside_another_or_in_a_clause_does_not_ask(question: str, kind: str) -> None:
    assert wanted(question).kind == kind


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("The final project is due on May 12th.", "May 12th"),
        ("시험은 6월 3일에 본다.", "6월 3일"),
        ("The bridge was built in the 1930s.", "1930s"),
        ("The seminar starts at 9:30.", "9:30"),
        ("The comet was seen in August 1682.", "August 1682"),
    ],
)
def test_a_day_a_decade_and_a_time_of_day_say_when(text: str, time: str) -> None:
    asked = wanted("When is it?")
    admitted = [text[q.start : q.end] for q in quantities(text) if asked.admits(q, text)]
    assert admitted == [time]
