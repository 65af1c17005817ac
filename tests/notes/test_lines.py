"""The lines of a Markdown note: wrapped and broken ones, labels, bare tables, lists in a fence."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notes import Document, read
from pipeline.notes.formats.listing import is_list
from pipeline.notes.passage_units import units
from pipeline.notes.table_rows import cells
from pipeline.types import Passage

Reader = Callable[..., Document]


def only(document: Document) -> Passage:
    (passage,) = document.passages
    return passage


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "A lock lifts a barge by letting in water from above through its\n"
            "**sluices** and holds it with\n*mitre* gates.",
            "A lock lifts a barge by letting in water from above through its sluices and holds it "
            "with\nmitre gates.",
        ),
        (
            "The keeper wound the clockwork of the lighthouse every four hours\nand trimmed it.",
            "The keeper wound the clockwork of the lighthouse every four hours and trimmed it.",
        ),
        # written without capitals, one statement a line
        (
            "the keeper wound the clockwork of the lighthouse every four hours\n"
            "he lived alone on the rock with a goat and a barometer for many years",
            "the keeper wound the clockwork of the lighthouse every four hours\n"
            "he lived alone on the rock with a goat and a barometer for many years",
        ),
        # one that ends, a short one, a label
        (
            "The keeper wound the clockwork of the lighthouse every four hours.\nalone.",
            "The keeper wound the clockwork of the lighthouse every four hours.\nalone.",
        ),
        ("He lived alone\nand slept by day", "He lived alone\nand slept by day"),
        (
            "**Lock**: lifts a barge from one reach of the canal up to the next one\n"
            "**Aqueduct**: leads the canal over a valley on a row of arches\n**Weir**: holds it",
            "Lock: lifts a barge from one reach of the canal up to the next one\n"
            "Aqueduct: leads the canal over a valley on a row of arches\nWeir: holds it",
        ),
        # broken by hand, in either way
        (
            "The keeper wound the clockwork of the lighthouse every four hours  \nand slept",
            "The keeper wound the clockwork of the lighthouse every four hours\nand slept",
        ),
        (
            "The keeper wound the clockwork of the lighthouse every four hours\\\nand slept",
            "The keeper wound the clockwork of the lighthouse every four hours\nand slept",
        ),
        (
            "갑문은 물을 넣어 배를 올린다\\\n다음 문을 연다",
            "갑문은 물을 넣어 배를 올린다\n다음 문을 연다",
        ),
        ("*갑문 배를 올린다\n*수문 물을 막는다", "*갑문 배를 올린다\n*수문 물을 막는다"),
    ],
)
def test_a_line_goes_on_where_it_was_wrapped(read_text: Reader, text: str, shown: str) -> None:
    assert only(read_text(text + "\n")).text == shown


@pytest.mark.parametrize(
    "text",
    [
        "knot | use\n--|--\nbowline | loop\nreef | sails",
        "knot | use |\n--|--|\nbowline | loop |\nreef | sails |",
        "| knot | use\n|--|--\n| bowline | loop\n| reef | sails",
        "> knot | use\n> --|--\n> bowline | loop\n> reef | sails",
    ],
)
def test_the_rows_of_a_table_need_no_bars_around_them(read_text: Reader, text: str) -> None:
    passage = only(read_text(f"{text}\n"))
    assert passage.text == "| knot | use |\n| bowline | loop |\n| reef | sails |"
    assert [one.kind for one in units(passage)] == ["header", "row", "row"]


LABELS = """# Theories of tides

**Newton's equilibrium**
Moon pulls the sea > two bulges
Earth turns under them

**라플라스 이론:**

물은 넓은 바다를 도는 파동
해안이 그것을 되돌림

**Steps of a sounding**
Done from the bow
1. swing the lead
2. read the mark
"""


def test_a_label_in_bold_leads_what_is_below_it(read_text: Reader) -> None:
    passage = only(read_text(LABELS))
    found = {passage.text[one.start : one.end]: one for one in units(passage)}
    ends = {
        "Newton's equilibrium": "Earth turns under them",
        "라플라스 이론:": "해안이 그것을 되돌림",
        "Steps of a sounding": "2. read the mark",
    }
    for label, end in ends.items():
        assert found[label].kind == "lead"
        assert passage.text[: found[label].until].endswith(end)
    assert found["Earth turns under them"].context == "Newton's equilibrium"
    assert found["swing the lead"].context == "Done from the bow"


def test_a_label_over_sentences_is_their_title(read_text: Reader) -> None:
    passage = only(read_text("**조석**\n\n달이 바다를 당긴다. 지구가 돈다.\n"))
    assert [(one.kind, one.context) for one in units(passage)] == [
        ("heading", ""),
        ("sentence", "조석"),
        ("sentence", "조석"),
    ]


@pytest.mark.parametrize(
    "text",
    ["**It rises twice a day.**\n\nAt some coasts once", "**Bold** words\n\nand others"],
)
def test_a_sentence_in_bold_is_no_label(read_text: Reader, text: str) -> None:
    assert "\n  " not in only(read_text(text)).text


def test_code_is_led_by_no_line_of_its_own(read_text: Reader) -> None:
    passage = only(
        read_text("It adds:\n\n```\ndef add(a, b):\n    return a + b\nelse:\n    x\n```\n")
    )
    assert not any(one.until for one in units(passage))


@pytest.mark.parametrize(
    ("content", "yes"),
    [
        ("Keeper lights the lamp\nApprentice winds the clock\nBoth go down (to sleep)", True),
        ("1. Light the lamp\n2. Wind the clock", True),
        ("등불을 켠다\n태엽을 감는다\n  네 시간마다", True),
        ("Lamp is lit -> boat turns\nLamp is out -> boat waits", True),
        ("Keeper lights the lamp", False),
        ("cd build\nmake install", False),
        ("SELECT name\nFROM lamps", False),
        ("Lamp lamp = new Lamp();\nReturn the lamp", False),
        ("The lamp was lit at dusk by the keeper and\nhis apprentice, who wound\nthe clock", False),
        ("+---+\n| A |\n+---+", False),
    ],
)
def test_a_fence_around_words_is_told_by_form(content: str, yes: bool) -> None:
    assert is_list(content) is yes


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "| metal | melts at | use |\n|--|--|--|\n| tin | 232 °C<br>under<br/>air | cans |\n",
            "a.md",
        ),
        ("|metal|melts at|use|\n|-|-|-|\n|tin|232 °C<br>under air|- cans<br>- solder|\n", "a.md"),
        (
            "<table><tr><th><p>metal</p></th><th>melts at</th><th>use</th></tr>\n"
            "<tr><td><p>tin</p></td><td><p>232 °C</p><p>under<br>air</p></td><td>cans</td></tr>",
            "a.html",
        ),
    ],
)
def test_a_break_within_a_cell_does_not_end_its_row(
    read_text: Reader, text: str, name: str
) -> None:
    passage = only(read_text(text, name))
    header, row = units(passage)
    assert (header.kind, row.kind) == ("header", "row")
    said = dict(cells(passage.text[row.start : row.end], row.context))
    assert said["metal"] == "tin"
    assert said["melts at"] == "232 °C under air"
    assert said["use"].startswith(("cans", "- cans - solder"))
    for span in passage.spans:
        if span.verbatim:
            assert text[span.raw_start : span.raw_end] == passage.text[span.start : span.end]


def test_a_list_in_a_fence_is_led_by_what_stands_above(read_text: Reader) -> None:
    text = (
        "# 등대\n\n밤마다 하는 일:\n\n~~~\n등불을 켠다\n태엽을 감는다\n  네 시간마다\n~~~\n\n끝.\n"
    )
    passage = only(read_text(text))
    assert passage.text.startswith(
        "밤마다 하는 일:\n- 등불을 켠다\n- 태엽을 감는다\n  네 시간마다\n"
    )
    lead = units(passage)[0]
    assert (lead.kind, passage.text[: lead.until].endswith("네 시간마다")) == ("lead", True)


@settings(deadline=None)
@given(
    lines=st.lists(
        st.sampled_from(
            ["**Label**", "**라벨:**", "Words that go on so far that they reach the margin of it",
             "and on", "*so* it", "**Bold** it", "A | b", "--|--", "c | d | e", "~~~", "", "Why?",
             "Step one is", "짧은 줄", "a hard break  ", "another\\", "- item", "  below", "# Head"]
        ),
        max_size=40,
    )
)  # fmt: skip
def test_no_line_is_lost_or_moved(lines: list[str]) -> None:
    words = [f"w{n}" for n in range(len(lines))]
    raw = "".join(
        f"{word} {line}\n" if line[:1].isalpha() else f"{line}\n"
        for word, line in zip(words, lines, strict=True)
    )
    kept = [word for word, line in zip(words, lines, strict=True) if line[:1].isalpha()]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.md").write_text(f"{raw}\nend\n", encoding="utf-8")
        passages = read(Path(folder), "a.md").passages
        raw = (Path(folder) / "a.md").read_text(encoding="utf-8")
    seen = [word for p in passages for word in p.text.replace("|", " ").split()]
    assert [word for word in seen if word in kept] == kept
    for passage in passages:
        for span in passage.spans:
            if span.verbatim:
                assert raw[span.raw_start : span.raw_end] == passage.text[span.start : span.end]
        at = 0
        for one in units(passage):
            assert at <= one.start < one.end <= len(passage.text)
            assert one.end <= (one.until or one.end) <= len(passage.text)
            at = one.end
