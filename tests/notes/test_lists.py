"""Lists as they are read: their lines, what leads into them, where they are cut."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notes import Document, read
from pipeline.notes.passage_units import units
from pipeline.notes.passages import LIMIT
from pipeline.text.language import language_of, size_of
from pipeline.types import Passage, Place

Reader = Callable[..., Document]


def kinds(text: str) -> list[tuple[str, str]]:
    passage = Passage("id", text, "a.md", Place("a.md", 1, 1), (), language_of(text))
    return [(one.kind, text[one.start : one.end]) for one in units(passage)]


SAILS = """# Sails

A sloop carries two sails:
1. The mainsail
   It is set behind the mast.

   A boom holds its foot.
2. The jib
   - hanked on
     to the forestay
3. No spinnaker

They are trimmed together.
"""
KIMCHI = """김치를 담그는 차례
* 절이기
  소금물에 하룻밤 둔다
* 헹구기
    찬물에 세 번 씻는다
* 버무리기
"""


def test_a_line_below_the_mark_of_an_item_belongs_to_it(read_text: Reader) -> None:
    (passage,) = read_text(SAILS).passages
    found = units(passage)
    said = {passage.text[one.start : one.end]: one for one in found}
    list_of = said["A sloop carries two sails:"]
    whole = passage.text[list_of.start : list_of.until]
    assert whole.endswith("3. No spinnaker")
    assert "They are trimmed together." not in whole
    boom = said["A boom holds its foot."]
    assert (boom.kind, boom.context) == ("item", "The mainsail")
    named = said["The mainsail"]
    assert named.kind == "lead"
    assert passage.text[: named.until].endswith("holds its foot.")
    assert said["to the forestay"].context == "The jib: hanked on"


@pytest.mark.parametrize("name", ["note.md", "note.txt"])
def test_an_item_goes_on_in_any_indentation(read_text: Reader, name: str) -> None:
    (passage,) = read_text(KIMCHI, name).passages
    assert kinds(passage.text) == [
        ("lead", "김치를 담그는 차례"),
        ("lead", "절이기"),
        ("item", "소금물에 하룻밤 둔다"),
        ("lead", "헹구기"),
        ("item", "찬물에 세 번 씻는다"),
        ("item", "버무리기"),
    ]


def test_a_line_as_deep_as_the_mark_ends_the_list(read_text: Reader) -> None:
    (passage,) = read_text("- oak\n- elm\nBoth are hardwoods.\n").passages
    assert kinds(passage.text)[-1] == ("sentence", "Both are hardwoods.")
    assert kinds("  - oak\n  - elm\n  Both are hardwoods.")[-1][0] == "sentence"


def test_a_line_in_bold_beside_the_mark_is_no_part_of_the_item(read_text: Reader) -> None:
    text = """- Halyard: hoists the sail up the mast and holds it there till it is let go
**A sheet** trims it, hauled in when close to the wind:
- main sheet
- jib sheet
"""
    (passage,) = read_text(text).passages
    assert passage.text.split("\n")[1] == "A sheet trims it, hauled in when close to the wind:"
    assert [kind for kind, _ in kinds(passage.text)] == ["item", "lead", "item", "item"]


def test_a_list_stays_with_what_leads_into_it(read_text: Reader) -> None:
    before = " ".join(f"On its {n}th crossing the ferry carries cars and sheep." for n in range(12))
    steps = "\n".join(f"- step {n}: haul in the {n}th line and coil it on deck" for n in range(9))
    for between in ("\n", "\n\n"):
        text = f"# Ferry\n\n{before}\n\nTo cast off:{between}{steps}\n"
        (one,) = [p for p in read_text(text).passages if "step" in p.text]
        assert one.text.startswith("To cast off:")
        assert "step 8" in one.text


def test_a_list_that_must_be_cut_takes_along_what_leads_into_it(read_text: Reader) -> None:
    steps = "".join(
        f"- 단계 {n}\n"
        + "".join(f"  - {n}-{m}째로 나무를 깎아 다듬고 기름을 먹인다\n" for m in range(5))
        for n in range(12)
    )
    passages = read_text(f"# 목공\n\n의자를 만든다. 차례는 이렇다.\n\n{steps}").passages
    assert len(passages) > 2
    assert [p.headings for p in passages[1:]] == [("목공", "차례는 이렇다.")] * (len(passages) - 1)
    assert all(p.text.startswith("- 단계") for p in passages[1:])  # never within a step


def test_a_cut_within_an_item_is_headed_by_it(read_text: Reader) -> None:
    below = "\n".join(f"  - stone number {n} of the arch is dressed and set dry" for n in range(40))
    passages = read_text(
        f"# Arch\n\nParts:\n\n- plinth\n- voussoirs\n{below}\n- keystone\n"
    ).passages
    assert passages[1].headings == ("Arch", "Parts:", "voussoirs")
    assert passages[-1].text.endswith("- keystone")


_LINES = st.lists(
    st.sampled_from(
        ["- iron", "  - ore", "    - bog ore", "  smelted slowly", "1. first", "   and then", "",
         "A line.", "Why so?", "- **Bold**", "\tdeep", "* " + "long word " * 30, "- 쇠를 달군다",
         "  물에 식힌다", "## Head", "> - quoted", ">   on", "- [ ] box", "Answer: B"]
    ),
    max_size=40,
)  # fmt: skip


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
@settings(deadline=None)
@given(lines=_LINES)
def test_nothing_of_a_list_is_lost_or_moved(lines: list[str], name: str) -> None:
    lines = [*lines, "end"]
    raw = "".join(f"{line} w{n}\n" if line.strip() else "\n" for n, line in enumerate(lines))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_text(raw, encoding="utf-8")
        passages = read(Path(folder), name).passages
    for passage in passages:
        assert len(passage.text) <= LIMIT
        assert size_of(passage.text) <= 270
        for span in passage.spans:
            if span.verbatim:
                assert raw[span.raw_start : span.raw_end] == passage.text[span.start : span.end]
        shown = 0
        for one in units(passage):
            assert shown <= one.start < one.end <= len(passage.text)
            assert not passage.text[shown : one.start].strip(" \n-*>.1")
            shown = one.end
    seen = " ".join(f"{p.heading} {p.text}" for p in passages).split()
    for n, line in enumerate(lines):
        assert not line.strip() or f"w{n}" in seen
    body = [
        word for p in passages for word in p.text.split() if word[:1] == "w" and word[1:].isdigit()
    ]
    assert body == sorted(body, key=lambda word: int(word[1:]))


@pytest.mark.parametrize(
    "text",
    [
        "Why do we prune in winter?\n- the tree rests\n- wounds stay dry",
        "What does a keel do?\n1. It holds the boat upright.\n2. It resists drift.\nRudders steer.",
        "왜 겨울에 가지를 치나?\n- 나무가 쉰다\n- 상처가 마른다\n그다음 약을 바른다.",
        "Which of these float?\n- iron, where it is hollow",  # one is no choice
    ],
)
def test_a_question_leads_the_list_that_answers_it(text: str) -> None:
    found = kinds(text)
    assert found[0] == ("lead", text.split("\n")[0])
    assert found[1][0] == "item"
    assert "option" not in dict(found)


@pytest.mark.parametrize(
    "text",
    [
        "Which wood is softest?\n1. oak\n2. balsa\n3. ash\nbalsa",
        "Which wood is softest?\n- oak\n- balsa\n**Balsa** - it is lightest",
        "Which wood is softest?\n1. oak\n2. balsa\nAnswer: 2",
        "Which wood is softest?\n- oak\n- balsa\n(B)",
        "Which wood is softest?\nA) oak\nB) balsa",
        "Which wood is softest?\n- [ ] oak\n- [x] balsa",
        "가장 무른 나무는?\n1. 참나무\n2. 오동나무\n정답: ②",
        "가장 무른 나무는?\n① 참나무\n② 오동나무",
    ],
)
def test_a_list_to_choose_from_is_told_by_its_marks_or_its_key(text: str) -> None:
    assert [kind for kind, _ in kinds(text)][:3] == ["question", "option", "option"]


def test_a_number_that_no_item_has_is_no_key() -> None:
    assert kinds("How many legs has a stool?\n- three\n- or four\n7")[0][0] == "lead"


def test_what_stands_below_a_break_by_hand_belongs_to_its_item(read_text: Reader) -> None:
    text = (
        "# Boats\n\n- barge  \nIt has a flat bottom. It carries coal.\nSome have sails.\n"
        "- tug\n\n1. Why a keel?  \nIt keeps the boat upright.\n2. Rudder\\\nsteers it.\n"
    )
    (passage,) = read_text(text).passages
    found = [(one.kind, one.context, passage.text[one.start : one.end]) for one in units(passage)]
    assert ("item", "barge", "It has a flat bottom.") in found
    assert ("item", "barge", "Some have sails.") in found
    assert ("item", "Why a keel?", "It keeps the boat upright.") in found
    assert ("lead", "", "barge") in found
    assert not any(context == "Some have sails." for _, context, _ in found)


def test_a_quotation_whose_first_line_is_a_term_is_of_it(read_text: Reader) -> None:
    text = (
        "# Boats\n\nBefore.\n\n> Keel  \n> The beam along the bottom of a boat.\n> It is heavy.\n"
    )
    (passage,) = read_text(text).passages
    assert passage.text == "Before.\nKeel\n  The beam along the bottom of a boat.\n  It is heavy."
    assert [one.context for one in units(passage)] == ["", "", "Keel", "Keel"]
    for first in ("Keel", "The keel is a beam.  "):
        (passage,) = read_text(f"# Boats\n\n> {first}\n> It is heavy.\n").passages
        assert "\n  " not in passage.text
