"""Multiple choice: what is read of hundreds of written forms, and what is not read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers.choices import UNDECIDED, Label, label_at
from pipeline.answers.option_labels import LETTERS, is_listing, option_index
from pipeline.answers.parse import extract
from pipeline.evidence.reply_reading import FinalReader
from tests.answers import choice_forms

LABELS = ("{L}", "{l}", "{n}", "{c}", "{o}", "{g}", "{j}")


def read(reply: str, options: tuple[str, ...], language: str = "en") -> str | None:
    """The letter that a reader with these options reads."""
    reading = FinalReader("choice", language, options)(reply)
    return reading.key.removeprefix("choice:") if reading else None


def read_blind(reply: str) -> str | None:
    """The letter that is read without knowing the options."""
    found = extract(reply, "choice")
    at = option_index(found.text, ()) if found else None
    return None if at is None else LETTERS[at]


@pytest.mark.parametrize("blind", [False, True], ids=["options", "blind"])
def test_no_written_form_is_read_as_another_letter_and_nearly_all_are_read(blind: bool) -> None:
    templates = choice_forms.templates()
    assert len(templates) >= 800
    right, wrong, total = 0, [], 0
    for language, template in templates:
        if blind and not any(label in template for label in LABELS):
            continue
        for at, letter in enumerate(choice_forms.LETTERS):
            reply = choice_forms.written(language, template, at)
            options = choice_forms.OPTIONS[language]
            said = read_blind(reply) if blind else read(reply, options, language)
            total += 1
            right += said == letter
            if said not in (letter, None):
                wrong.append((letter, said, reply))
    assert wrong == []
    assert right >= 0.98 * total, f"{right} of {total}"


WINDS = ("north", "south", "east", "west")
SAID = [
    ("ANSWER: B, because A and C are wrong", "B"), ("<answer>B</answer>", "B"),
    ("Answer: D. Both A and B need oxygen.", "D"), ("The answer is north.", "A"),
    ("Answer: The correct answer is C", "C"), ("The answer is 3.", "C"), ("Answer: 2", "B"),
    ("The answer is north, not south.", "A"), ("The answer is north because south is cold.", "A"),
    ("The answer is South (B).", "B"), ("South", "B"), ("The wind comes from the south.", "B"),
    ("A. north\nB. south\nC. east\nD. west\nAnswer: C", "C"), ("b", "B"), ("b)", "B"), ("a", "A"),
    ("The answer is B. south. A is wrong.", "B"), ("B south", "B"), ("The answer is a.", "A"),
    ("[[B]]", "B"), ('{"answer": "B"}', "B"), ("A is the answer.", "A"),
    ("A is wrong, and B is correct.", "B"), ("If A is correct, then B is wrong. So C.", "C"),
    ("The answer is B? No, the answer is C.", "C"), ("So the answer is B, not A.", "B"),
    ("I first thought the answer is B, but the answer is C.", "C"), ("정답: ②", "B"),
    ("The answer is (B) south; (C) would be east.", "B"), ("답은 나 …", "B"), ("3번", "C"),
    ("The correct answer is B) south, since A) north is cold.", "B"), ("정답은 나입니다", "B"),
    ("정답은 ③번이다. ①번은 틀리다.", "C"), ("③이 정답이다. ①은 아니다.", "C"),
    ("①은 틀리고 ②가 맞다.", "B"), ("정답은 B가 아니라 C입니다", "C"),
    ("$\\boxed{\\textbf{(B)}}$", "B"), ("<think>Answer: A</think>Answer: B", "B"),
    ("Answer: B\n\nQuestion: x\nAnswer: C", "B"), ("Answer: south (not north)", "B"),
    ("The answer is B because (A) is not south, and (C) isn't either.", "B"),
    ("I would say C", "C"), ("So it's C!", "C"), ("C, since the others fail.", "C"),
]  # fmt: skip
UNSAID = [
    "The question asks which option is (A) hot or (B) cold.", "The answer is not (A). It is (B).",
    "The answer is either (A) or (B), but (B) is more likely.", "Answer choices: A, B, C",
    "Answer: (A) is incorrect, (B) is correct.", "Answer: A/B", "정답은 A가 아닙니다.",
    "옳지 않은 것은 ②입니다", "답: ①, ③", "B) is wrong, so A", "I think B is wrong.", "E",
    "None of the above", "The answer is E.", "All of A, B, C", "I don't know", "답은 다 같다",
    "C is a vitamin.", "1. Because the sun rises there.", "1. The wind is cold.\n2. It blows.",
    "Answer: 2.5", "Answer: E = mc^2", "답은 나도 모른다", "답은 가장 큰 수이다", "답은 사과",
    "not north", "The answer is not north.", "The answer is north or south.", "A and B", "AB",
    "North is cold. South is warm.", "A) north\nB) south\nC) east\nD) west", "C?",
    "Maybe C?",
    "A) north B) south C) east D) west", "Answer: A) north B) south C) east D) west",
    "Choose the correct answer: A) north B) south C) east D) west", "The answer is a direction.",
    "A direction", "Both A and B are right.", "Answer: B or C", "Answer: B and C",
    "It's not C.",
    "C is not correct.", "South-east", "southern", "The answer is southern.", "남쪽",
    "(B) is long.",
    "The wind turns. So B) south is where it turns.", "A) north\nB) south", "1. north\n2. south",
    "그래서 (나) 남쪽은 더 따뜻하다.", "Winds:\n(A) north is cold.\n(B) south is warm.",
    "Let's see. A is wrong. C is wrong. D is wrong.", "", "The answer is the second option.",
]  # fmt: skip


@pytest.mark.parametrize(("reply", "letter"), SAID, ids=[s[0][:30] for s in SAID])
def test_the_letter_at_the_marker_decides(reply: str, letter: str) -> None:
    assert read(reply, WINDS) == letter


@pytest.mark.parametrize("reply", UNSAID, ids=[u[:30] for u in UNSAID])
def test_what_names_no_option_or_several_names_none(reply: str) -> None:
    assert read(reply, WINDS) is None


VITAMINS = ("vitamin A", "vitamin C", "vitamin B", "vitamin D")
FIGURES = ("3", "5", "7", "9")
KEYS = ("C major", "A minor", "B flat", "D sharp")
BOTH = ("A and B", "B only", "A only", "none of them")


@pytest.mark.parametrize(
    ("options", "reply", "letter"),
    [
        (VITAMINS, "It is vitamin C.", "B"), (VITAMINS, "Vitamin C is correct.", "B"),
        (VITAMINS, "The answer is vitamin C, because A is wrong.", "B"), (VITAMINS, "C", "C"),
        (VITAMINS, "The answer is C.", "C"), (VITAMINS, "B) vitamin C", "B"),
        (VITAMINS, "Lack of vitamin C causes scurvy.", "B"), (FIGURES, "The answer is 5.", "B"),
        (FIGURES, "3", "A"), (FIGURES, "3번", "C"), (FIGURES, "(3)", "C"), (FIGURES, "C) 7", "C"),
        (FIGURES, "The answer is 7 because 3 + 4 = 7.", "C"), (FIGURES, "The answer is 15.", None),
        (FIGURES, "The answer is 5.5.", None), (FIGURES, "The answer is 4.", "D"),
        (KEYS, "The answer is C major.", "A"), (KEYS, "The answer is C.", "C"),
        (KEYS, "A minor", "B"), (BOTH, "A and B", "A"), (BOTH, "The answer is A and B.", "A"),
        (BOTH, "A only", "C"), (BOTH, "B", "B"), (("C", "C++", "C#"), "The answer is C++.", "B"),
        (("true", "false"), "The statement is not true.", None),
        (("true", "false"), "The answer is false because it is not true.", "B"),
        (("3 apples", "5 apples", "2 kg"), "The answer is 2,000 g.", "C"),
        (("북쪽", "남쪽"), "정답은 북쪽이다.", "A"), (("북쪽", "남쪽"), "남쪽에서 붑니다.", "B"),
        (("북쪽", "남쪽"), "북쪽은 아니다.", None),
    ],
)  # fmt: skip
def test_the_text_of_an_option_is_read(
    options: tuple[str, ...], reply: str, letter: str | None
) -> None:
    assert read(reply, options) == letter


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("B", "B"), ("(b)", "B"), ("Ｂ", "B"), ("③번", "3"), ("㉢", "ㄷ"), ("㈏", "나"),
        ("다", "다"),
        ("option B", "B"), ("**B**", "B"), ("\\text{(B)}", "B"), ("not B but C", "C"),
        ("C++", None), ("A+", None), ("A-level", None), ("B형", None), ("1.5", None), ("I'm", None),
        ("A dog", None), ("3 apples", None), ("나는", None), ("E = mc²", None), ("네", None),
    ],
)  # fmt: skip
def test_labels(text: str, label: str | None) -> None:
    found = label_at(text)
    assert (found.label if isinstance(found, Label) else found) == label


@pytest.mark.parametrize(
    ("answer", "options", "at"),
    [("B 형", ("O 형", "A 형", "B 형"), 2), ("B", ("O 형", "A 형", "B 형"), 1),
     ("E 4", ("E 4", "D 4", "C 4"), 0), ("C 4", ("E 4", "D 4", "C 4"), 2),
     ("C", ("E 4", "D 4", "C 4"), 2), ("B", ("C", "A", "B"), 1), ("3", ("5", "3", "1"), 1),
     ("3", ("oak", "ash", "elm"), 2), ("참나무", ("느릅나무", "참나무"), 1),
     ("4", ("5", "3", "1"), None)],
)  # fmt: skip
def test_an_option_is_named_by_its_letter_its_text_or_its_number(
    answer: str, options: tuple[str, ...], at: int | None
) -> None:
    assert option_index(answer, options) == at


@pytest.mark.parametrize(
    ("text", "listing"),
    [("A) oak B) ash C) elm", True), ("A) oak C) elm", False), ("A) oak B) ash", False),
     ("B) ash C) elm D) fir", False), ("가) 참나무 나) 물푸레 다) 느릅", True),
     ("가) 참나무 다) 느릅", False),
     ("1) oak 2) ash 3) elm", True), ("1) oak 3) elm", False)],
)  # fmt: skip
def test_the_first_option_before_the_second_and_the_third_begins_a_list(
    text: str, listing: bool
) -> None:
    label = label_at(text)
    assert isinstance(label, Label)
    assert is_listing(text, label, len(text)) is listing


@pytest.mark.parametrize("text", ["A or B", "(나)와 (다)", "not B", "①②", "either A or B", "A/B"])
def test_several_labels_are_none(text: str) -> None:
    assert label_at(text) is UNDECIDED


pieces = st.sampled_from(
    ["The answer is ", "정답은 ", "답: ", "A", "(B)", "C", "④", "3번", "나", "north", "south",
     "East", " or ", ", ", ". ", "\n", " because ", " not ", " is wrong", " is correct", "입니다",
     "가 아니라 ",
     "**", "\\boxed{", "}", "<answer>", "</answer>", "A) ", "B) ", "?", " and ", "vitamin "]
)  # fmt: skip


@given(st.lists(pieces, max_size=10), st.booleans())
@settings(max_examples=500, deadline=None)
def test_what_is_read_is_what_is_shown(parts: list[str], blind: bool) -> None:
    reply = "".join(parts)
    options: tuple[str, ...] = () if blind else WINDS
    found = extract(reply, "choice", "", options)
    if found is None:
        return
    assert reply[found.start : found.end] == found.text
    at = option_index(found.text, options)
    assert at is not None
    if not blind:
        reading: Any = FinalReader("choice", "en", options)(reply)
        assert reading.key == f"choice:{LETTERS[at]}"


@pytest.mark.parametrize("reply", ["A,", "A, ", "B,\n", "정답은 C,"])
def test_a_comma_at_the_end_is_no_part_of_an_answer(reply: str) -> None:
    whole, bare = extract(reply, "choice", "", WINDS), extract(reply.strip(), "choice", "", WINDS)
    assert whole is not None
    assert bare is not None
    assert whole.text == bare.text
