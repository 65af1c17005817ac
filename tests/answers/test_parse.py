"""Final answers in what models write."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers.normalise import same
from pipeline.answers.parse import extract

kinds = st.sampled_from(["auto", "number", "choice", "yesno", "date", "list", "text"])
CASES: list[tuple[str, str, str]] = [
    ("The answer is 3.14.", "auto", "3.14"),
    ("We get 3.14 here. So the answer is 3.14. Done.", "number", "3.14"),
    ("정답은 42입니다.", "auto", "42"),
    ("정답은 42입니다.", "number", "42"),
    ("답: ③", "auto", "③"),
    ("답: ③", "choice", "③"),
    ("정답은 ③번입니다.", "choice", "③번"),
    ("③이 정답입니다.", "choice", "③"),
    ("정답 : 3번", "choice", "3번"),
    ("답은 1만 2천 개입니다.", "auto", "1만 2천 개"),
    ("답은 1만 2천 개입니다.", "number", "1만 2천 개"),
    ("정답: 쉰", "number", "쉰"),
    ("GPT-3의 매개변수는 1,750억 개입니다.", "number", "1,750억 개"),
    ("GPT-3 has 175B parameters.", "number", "175B parameters"),
    ("0.5 = 1/2 = 50 %", "number", "50 %"),
    ("The answer is \\boxed{\\frac{1}{2}}.", "auto", "\\frac{1}{2}"),
    ("So \\boxed{42} and not \\boxed{41}... no: \\boxed{43}", "number", "43"),
    ("Thus $x = \\boxed{\\text{Paris}}$.", "text", "Paris"),
    ("5 + 3 = 8\n8 + 2 = 10\n#### 10", "number", "10"),
    ("#### 1,234", "auto", "1,234"),
    ("The answer is (B) because it is.", "choice", "B"),
    ("The correct answer is B. Paris", "choice", "B"),
    ("(C) is the correct answer.", "choice", "C"),
    ("I choose option D.", "choice", "option D"),
    ("B", "choice", "B"),
    ("Yes, it does. The model is large.", "yesno", "Yes"),
    ("네, 그렇습니다. 모델이 큽니다.", "yesno", "네"),
    ("아니요. 그것은 틀렸습니다.", "yesno", "아니요"),
    ("It is long. So no, it does not.", "yesno", "no"),
    ("The answer is yes.", "yesno", "yes"),
    ("답은 아니요입니다.", "yesno", "아니요"),
    ("정답은 예입니다.", "yesno", "예"),
    ("정답은 아니요입니다", "auto", "아니요"),
    ("The final answer is: **42**", "auto", "42"),
    ("**Final Answer:** `Paris`", "text", "Paris"),
    ("## Answer\n\nParis", "text", "Paris"),
    ("Answer: J. K. Rowling", "text", "J. K. Rowling"),
    ("Answer: the U.S. Navy", "text", "the U.S. Navy"),
    ("Answer: Paris, because it is the capital.", "text", "Paris"),
    ("정답은 서울이다.", "text", "서울"),
    ("정답은 '대규모 언어 모델'입니다.", "text", "대규모 언어 모델"),
    ("The answer to the question is 12.", "number", "12"),
    ("The answer is 5. Wait, the answer is 6.", "number", "6"),
    ("5 apples and 3 pears. So 8 apples.", "number", "8"),
    ("따라서 3 + 5 = 8개이다.", "number", "8개"),
    ("답은 약 20~30만 개입니다.", "number", "약 20~30만 개"),
    ("So the total is $18.", "number", "$18"),
    ("It takes 1시간 30분", "number", "1시간 30분"),
    ("정답: 1시간 30분", "number", "1시간 30분"),
    ("The answer is 40 km by boat.", "number", "40 km"),
    ("Answer: 3 + 5 = 8 rows", "number", "8"),
    ("정답은 배로 40킬로미터이다.", "number", "40킬로미터"),
    ("The answer is March 14, 2023.", "date", "March 14, 2023"),
    ("2023년 3월 14일에 나왔습니다.", "date", "2023년 3월 14일"),
    ("It came out in 2019.", "date", "2019"),
    ("정답: 사과, 배, 감", "list", "사과, 배, 감"),
    ("Answer:\n- red\n- green", "list", "- red\n- green"),
    ("The colours are:\n- red\n- green\n- blue", "list", "- red\n- green\n- blue"),
    ("A: 7\n\nQ: another one?\nA: 9", "number", "7"),
    ("7 is right.\nQ: what else?\nA: 9", "number", "7"),
    ("<think>maybe 5, the answer is 5</think>The answer is 6.", "number", "6"),
    ("오", "number", "오"),
    ("쉰", "auto", "쉰"),
    ("<think>몇 개인가</think>오 정도인 듯", "number", "오"),
    ("Paris", "auto", "Paris"),
    ("결론: 증가한다", "text", "증가한다"),
    ("Two ducts meet here. So 8 valves are open.", "auto", "8"),
    ("물이 줄었다. 따라서 남은 것은 12리터이다.", "auto", "12리터"),
    ("The tide is low.\nThe answer is - 5.", "number", "- 5"),
    ("Ebb and flow:\n- 5", "number", "5"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "wanted"), CASES)
def test_finds_the_final_answer(text: str, kind: Any, wanted: str) -> None:
    found = extract(text, kind)
    assert found is not None
    assert found.text == wanted
    assert text[found.start : found.end] == wanted
    assert found.reason


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("Lyon", "text", "the whole reply"),
        ("It rains. It is Lyon.", "text", "the last sentence"),
        ("비가 온다. 장소는 리옹이다.", "auto", "the last sentence"),
        ("It rains. So 8 valves are open.", "auto", "the conclusion"),
        ("8 valves are open.", "number", "the last figure"),
        ("oak, ash", "list", "the last list"),
        ("It was 1931.", "date", "the last date"),
        ("Answer: Lyon", "text", "after 'Answer:'"),
    ],
)
def test_the_reason_says_where_an_answer_was_found(text: str, kind: Any, reason: str) -> None:
    found = extract(text, kind)
    assert found is not None
    assert found.reason == reason


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "auto"),
        ("...", "number"),
        ("답: [invalid]", "auto"),
        ("Answer:", "auto"),
        ("The answer is unknown. There were 5 cats.", "number"),
        ("I don't know.", "auto"),
        ("I counted 5. The answer cannot be determined.", "auto"),
        ("정답은 알 수 없습니다.", "number"),
        ("노트에 언급되지 않았습니다", "text"),
        ("The answer is A or B.", "choice"),
        ("It is Paris.", "number"),
        ("It is Paris.", "choice"),
        ("Maybe.", "yesno"),
        ("답은 네 가지입니다.", "yesno"),
        ("It is Paris.", "date"),
        ("A dog is an animal.", "choice"),
        ("첫째로 GPT-3를 본다.", "number"),
        ("답은 1시간 30분 + 5분입니다.", "number"),
        ("The answer is 2 m 30 cm + 4 cm.", "number"),
    ],
)
def test_no_answer_is_none_and_never_a_placeholder(text: str, kind: Any) -> None:
    assert extract(text, kind) is None


@given(st.integers(0, 10**9), st.sampled_from(
    ["The answer is {}.", "정답은 {}입니다.",
     "답: {}", "So the total is {} in all.\n#### {}",
     "We have 3 and 4.\nTherefore, the answer is \\boxed{{{}}}.", "**Answer:** {}",
     "정답은 {}개이다."]
))  # fmt: skip
@settings(deadline=None)
def test_a_marked_number_is_always_found(value: int, frame: str) -> None:
    found = extract(frame.format(value, value), "number")
    assert found is not None
    assert same(found.text, str(value), "number")


@given(st.text(max_size=300), kinds)
@settings(max_examples=500, deadline=None)
def test_any_text_gives_a_range_of_itself_or_none(text: str, kind: Any) -> None:
    found = extract(text, kind)
    assert found is None or (found.text and text[found.start : found.end] == found.text)


@given(st.lists(st.sampled_from(
    ["The answer is ", "정답은 ", "답: ", "\\boxed{", "}", "####", " 42", "1만 2천 개", "③",
     "입니다.", "\n", "Q: ", "A: ", "- x", " or ", "B", "(", ")", "**", "yes", "아니요", ". ", "=",
     "<think>", "</think>", "$"]
), max_size=14))  # fmt: skip
@settings(max_examples=500, deadline=None)
def test_any_mixture_of_markers_is_survived(parts: list[str]) -> None:
    text = "".join(parts)
    for kind in ("auto", "number", "choice", "yesno", "date", "list", "text"):
        found = extract(text, kind)
        assert found is None or text[found.start : found.end] == found.text


HOSTILE = [" ", "\n", "(", "$", ".", "1,", "the answer is ", "x is the answer ", "\\boxed{",
           "입니다", "Q: \n", "1만 ", "one hundred ", "answer" + " " * 90, "- x\n", "GPT-",
           "2023-", "a-1", "so ", "*", "_", "A ", "A, ", "B or ", "north ", "1 234 ", "1'234'",
           "1 ", "^", "{", "}", "\\text{", "√", "2√3+", "\\frac{", "$x$ ", "'", "<b>", "</b>",
           "(1", "|", "->", "!", "5!", "- ", "정답 ", "아니라 ", "<answer>", "1/", "=", " if ",
           "A) ", "A is ", "\\,", "½", "1.5...", "A\n", "5 apples, ", "~", "#", "the "]  # fmt: skip
KINDS: list[Any] = ["auto", "number", "list", "choice"]


@pytest.mark.parametrize("piece", HOSTILE, ids=[repr(h[:14]) for h in HOSTILE])
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Twice as much of the same thing takes about twice as long: what backtracks, or reads again
    and again, takes four times as long."""
    options = ("north", "the south wind", "5")

    def taken(length: int) -> float:
        text = (piece * length)[:length]
        best = 1e9
        for _ in range(2):
            begin = time.thread_time()
            for kind in KINDS:
                extract(text, kind, "", options)
            best = min(best, time.thread_time() - begin)
        return best

    assert taken(4000) < 3.2 * taken(2000) + 0.05
