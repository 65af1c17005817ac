"""Pictures and links in Markdown as people write them: what is shown of them, and no more."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notes import Document, read
from pipeline.notes.formats.inline import line_pieces
from pipeline.notes.passage_units import units

Reader = Callable[..., Document]


def inline(text: str) -> str:
    return "".join(piece.text for piece in line_pieces(text, 0, len(text)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # quotes within a quoted value
        ('before <img src="a.png" alt="the "old" mill, a->b" width="600"> after', "before after"),
        ("<img src='a.png' alt='it's old' hidden>\nand on", "\nand on"),
        ('a <b and "c" > d', 'a <b and "c" > d'),
        ('x <y z="never closed', 'x <y z="never closed'),
        # addresses with brackets and spaces
        ("![image.png](Mill%20(old/image.png)", ""),
        ("[the wheel](a(b/c.md) turns", "the wheel turns"),
        ("see [the wheel](My notes/The wheel.md#how it turns).", "see the wheel."),
        ("[1](see the text below)", "[1](see the text below)"),
        ("[x](never (closed", "[x](never (closed"),
        # a text that is the name of the file
        ("![mill-1790](img/mill-1790.png)", ""),
        ("![옛 방앗간](img/%EC%98%9B%20%EB%B0%A9%EC%95%97%EA%B0%84.jpg)", ""),
        ("![An old mill](img/mill.png)", "An old mill"),
    ],
)
def test_what_is_shown_of_a_picture_or_a_link(text: str, shown: str) -> None:
    assert inline(text) == shown


@pytest.mark.parametrize(
    "picture",
    [
        "<img src='w.png' alt='x'>\n\n*The wheel turns a shaft. It is of oak.*",
        '<img src="w.png" alt="the "wheel"">\n\n_The wheel turns a shaft. It is of oak._',
        "![w](w.png)\n\n*The wheel turns a shaft. It is of oak.*",
        "![The wheel turns a shaft. It is of oak.](w.png)",
    ],
)
def test_what_stands_below_a_picture_leads_to_nothing(read_text: Reader, picture: str) -> None:
    text = f"# Mill\n\nBefore it.\n\n{picture}\n\n- grinds flour\n- grinds malt\n"
    (passage,) = read_text(text).passages
    assert passage.text.split("\n")[1] == "(The wheel turns a shaft. It is of oak.)"
    found = [(one.kind, one.context, passage.text[one.start : one.end]) for one in units(passage)]
    assert found[-2:] == [("item", "", "grinds flour"), ("item", "", "grinds malt")]
    assert [text for _, _, text in found[1:3]] == ["The wheel turns a shaft.", "It is of oak."]


def test_other_emphasis_leads_to_its_list(read_text: Reader) -> None:
    for above in ("*What it grinds*", "![w](w.png) What it grinds", "Text\n\n*What it grinds*"):
        text = f"# Mill\n\n![w](w.png)\n\nIt is old.\n\n{above}\n\n- flour\n- malt\n"
        (passage,) = read_text(text).passages
        assert units(passage)[-1].context == "What it grinds"


@settings(deadline=None)
@given(
    lines=st.lists(
        st.sampled_from(
            ['<img src="a.png" alt="one "two" three">', "![w](w.png)", "![A b](c d.png)", "",
             "*so it is*", "_so it is_", "- item", "word", "[x](a(b/c.md)", "<details>",
             "</details>", "a < b", '"> c']
        ),
        max_size=30,
    )
)  # fmt: skip
def test_no_word_is_lost_or_moved(lines: list[str]) -> None:
    words = [f"w{n}" for n in range(len(lines))]
    raw = "".join(
        f"{line} {word}\n" if line[:1].isalpha() or line == "- item" else f"{line}\n"
        for word, line in zip(words, lines, strict=True)
    )
    kept = [
        word
        for word, line in zip(words, lines, strict=True)
        if line[:1].isalpha() or line == "- item"
    ]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.md").write_text(f"{raw}\nend\n", encoding="utf-8")
        passages = read(Path(folder), "a.md").passages
    said = "\n".join(f"{p.heading}\n{p.text}" for p in passages).split()
    assert all(word in said for word in kept)
    raw += "\nend\n"
    for passage in passages:
        for span in passage.spans:
            if span.verbatim:
                assert raw[span.raw_start : span.raw_end] == passage.text[span.start : span.end]
