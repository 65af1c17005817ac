"""Figures and names in running text."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.text.numbers.quantities import equal_quantities, names, quantities, stands_in
from tests.answers.writings import WRITINGS, english_words, korean_words

CASES: list[tuple[str, list[tuple[str, str]]]] = [
    ("It has 175B parameters.", [("175000000000", "parameters")]),
    ("a 7B model, 4-bit, 12-layer", [("7000000000", ""), ("4", "bit"), ("12", "layers")]),
    ("1억 1,700만 개의 매개변수", [("117000000", "parameters")]),
    ("1만 2천 개, 1,750억", [("12000", ""), ("175000000000", "")]),
    ("1조 7,600억", [("1760000000000", "")]),
    ("쉰 명과 스물세 명", [("50", "people"), ("23", "people")]),
    ("백이십 개를 세 번", [("120", ""), ("3", "times")]),
    ("one hundred seventy-five billion tokens", [("175000000000", "tokens")]),
    ("half of it, a dozen eggs, two-thirds", [("1/2", ""), ("12", ""), ("2/3", "")]),
    ("3.14, .5, 1e-4", [("157/50", ""), ("1/2", ""), ("1/10000", "")]),
    ("1.5×10^9", [("1500000000", "")]),
    ("0.5 = 1/2 = 50 %", [("1/2", ""), ("1/2", ""), ("50", "%")]),
    ("-5 degrees and 영하 5도", [("-5", "°"), ("-5", "°")]),
    ("10 - 5 and 8-3", [("10", ""), ("5", ""), ("8", ""), ("3", "")]),
    ("8 GB, 30 tokens/s, 60 km/h", [("8", "GB"), ("30", "tokens/s"), ("60", "km/h")]),
    ("$5 million or ₩3,000 or 40만 달러", [("5000000", "USD"), ("3000", "KRW"), ("400000", "USD")]),
    ("the third one, 3번째, 21st", [("3", "ordinal"), ("3", "ordinal"), ("21", "ordinal")]),
    ("at 12:30, 오후 3시, 16:9", [("45000", "clock"), ("54000", "clock"), ("16/9", "ratio-of")]),
    ("in 2017, 2017년, March 2023", [("2017", ""), ("2017", "date"), ("202303", "date")]),
    ("2023년 3월 14일, 14 March 2023, 2023-03-14", [("20230314", "date")] * 3),
    ("the 1990s, 90년대", [("1990", "decade"), ("1990", "decade")]),
    ("3일, 3월 5일", [("3", "days"), ("305", "month-day")]),
    ("3개월, 3년", [("3", "months"), ("3", "years")]),
    ("1시간 30분", [("1", "h"), ("30", "min")]),
    ("\\frac{1}{2} of 3분의 2", [("1/2", ""), ("2/3", "")]),
    ("１，７５０억, ５０％", [("175000000000", ""), ("50", "%")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), CASES, ids=[c[0][:24] for c in CASES])
def test_reads_values_and_units(text: str, wanted: list[tuple[str, str]]) -> None:
    assert [(str(q.value), q.unit) for q in quantities(text)] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "GPT-3.5 and Llama-3-8B",
        "GPT 2와 라마 3.1",
        "an H100 with FP16, a 3D plot, 5G",
        "see version 1.2.3 at https://example.org/2023/03",
        "수십억 개, 몇 천 명, 수백만",
        "millions of tokens, hundreds of billions",
        "구조 개선, 만일, 이만 가지, 세대, 네트워크, 사이, 오류, 이 개념",
        "one of them, the one",
        "First, we read. 첫째, 읽는다.",
        "성능을 높인다[1]. 참고[2, 3]",
        "다시 한 번, 한편, 한 가지",
        "arXiv 2203.11171",
    ],
)
def test_leaves_alone_what_is_no_quantity(text: str) -> None:
    assert quantities(text) == []


def test_enumerators_are_skipped_and_figures_behind_them_are_not() -> None:
    found = quantities("1. 층 3개\n2. 층 4개\n3) 층 5개")
    assert [int(q.value) for q in found] == [3, 4, 5]
    assert [int(q.value) for q in quantities("42. 그것이 답이다")] == [42]


@pytest.mark.parametrize(
    "text", ["약 20개", "about 20", "20개 정도", "20여 개", "over 20", "20 이상", "~20", "20+"]
)
def test_hedges_mark_a_figure(text: str) -> None:
    (found,) = quantities(text)
    assert int(found.value) == 20
    assert found.approximate


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10-20%", [(10, "%"), (20, "%")]),
        ("20~30만 개", [(200_000, ""), (300_000, "")]),
        ("$5-10 million", [(5_000_000, "USD"), (10_000_000, "USD")]),
        ("between 20 and 30 GB", [(20, "GB"), (30, "GB")]),
        ("20에서 200", [(20, ""), (200, "")]),
        ("20 and 30 GB", [(20, ""), (30, "GB")]),
    ],
)
def test_ranges_share_unit_and_magnitude(text: str, wanted: list[tuple[int, str]]) -> None:
    assert [(int(q.value), q.unit) for q in quantities(text)] == wanted


def test_alone_reads_words_that_are_otherwise_none() -> None:
    assert [int(q.value) for q in quantities("오", alone=True)] == [5]
    assert quantities("오") == []
    assert [int(q.value) for q in quantities("one", alone=True)] == [1]


@given(st.integers(1, 10**15), st.sampled_from(WRITINGS))
@settings(max_examples=400, deadline=None)
def test_every_writing_has_its_value(value: int, write: Callable[[int], str]) -> None:
    assume(value > 10 or write not in (korean_words, english_words))  # "이 개", "one"
    text = write(value)
    (found,) = quantities(f"그 값은 {text} 정도이다", alone=False)
    share = Fraction(1, 100) if found.unit == "%" else 1
    assert found.value * share == value, text


@given(
    st.text(
        alphabet=st.sampled_from(
            "0123456789,.-/%:eExX 십백천만억조일이삼개번년월일시간분초GPTMBKa$~[]()\n½③²"
        ),
        max_size=60,
    )
)
@settings(max_examples=500, deadline=None)
def test_any_text_gives_ordered_ranges_within_it(text: str) -> None:
    end = 0
    for q in quantities(text):
        assert end <= q.start < q.end <= len(text)
        end = q.end
    end = 0
    for n in names(text):
        assert end <= n.start < n.end <= len(text)
        assert text[n.start : n.end] == n.text
        end = n.end


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_unicode_is_survived(text: str) -> None:
    quantities(text)
    quantities(text, alone=True)
    names(text)


def test_figures_stand_in_evidence() -> None:
    note = quantities("2023년 3월 14일에 1,750억 개의 파라미터와 80 GB, 50 %를 썼다")
    for figure in (
        "175B",
        "175 billion parameters",
        "2023",
        "80,000 MB",
        "80",
        "50 percent",
        "0.5",
    ):
        (q,) = quantities(figure)
        assert stands_in(q, note), figure
    for figure in ("175M", "175 billion tokens", "2024", "80 MB", "81", "3 %", "14"):
        (q,) = quantities(figure)
        assert not stands_in(q, note), figure


def test_equal_quantities_convert_units_exactly() -> None:
    (a,), (b,) = quantities("1 GB"), quantities("1000 MB")
    (c,) = quantities("1024 MB")
    assert equal_quantities(a, b)
    assert not equal_quantities(a, c)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("GPT-2, GPT2 and gpt 2", ["gpt-2"] * 3),
        ("GPT-3 is not GPT-3.5", ["gpt-3", "gpt-3.5"]),
        ("라마 3와 Llama-3", ["llama-3", "llama-3"]),
        ("Llama-3-8B or Llama-38B", ["llama-3-8b", "llama-38b"]),
        ("The model of Marie Curie runs on NVIDIA cards.", ["marie-curie", "nvidia"]),
        ("It was OpenAI's idea.", ["openai"]),
        ("8 GB in March", []),
        ("Training is long.", []),
        ("The LLM uses LoRA on an H100.", ["llm", "lora", "h-100"]),
    ],
)
def test_names_and_their_keys(text: str, keys: list[str]) -> None:
    assert [n.key for n in names(text)] == keys
