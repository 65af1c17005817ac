"""Markdown as a reader reads it."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notes import Document
from pipeline.notes.formats.inline import line_pieces
from pipeline.notes.formats.markdown import parse_markdown
from tests.notes.fixtures import MARKDOWN

Reader = Callable[..., Document]


def inline(text: str) -> str:
    return "".join(piece.text for piece in line_pieces(text, 0, len(text)))


def test_the_fixture_is_read_as_it_is_seen(read_text: Reader) -> None:
    document = read_text(MARKDOWN)
    assert document.source.title == "등산 안내"
    assert document.source.language == "ko"
    assert document.date == "2026-03-01"
    by_heading = {passage.heading: passage.text for passage in document.passages}
    assert by_heading["등산 안내"].startswith(
        "tags: 산, 길\n북한산은 서울에서 가깝다. 높이는 836.5 m이며 바위가 많다."
    )
    assert "안내판을 보라." in by_heading["등산 안내"]
    assert by_heading["등산 안내 > 준비물 & 복장"].split("\n") == [
        "- 물 1.5 L, 그리고 지도",
        "- 밧줄: 20 m",
        "  - 얇은 것이면 두 개",
        "1. 출발 전 날씨를 본다.",
        "2. 해가 지기 전에 내려온다.",
    ]
    table = by_heading["등산 안내 > 거리 표"]
    assert "| 입구~대피소 | 2.4 |" in table.split("\n")
    assert "def pace(km, hours):  # **no bold here**" in table
    formulas = by_heading["등산 안내 > Formulas"]
    assert r"$v = \frac{s}{t}$ and 2*3*4 is 24; a*b*c stays." in formulas
    assert "See https://example.org/x <now>." in formulas
    assert "A quoted line\ngoes on here." in formulas
    last = by_heading["등산 안내 > Setext heading"]
    assert last == "Last words_with_underscores stay *as they are*.  End."
    assert not any("title:" in passage.text for passage in document.passages)


def test_marks() -> None:
    for text, wanted in (
        ("**LLM**은 *크다*", "LLM은 크다"),
        ("a **b *c* d** e", "a b c d e"),
        ("2 * 3 * 4 and 2*3*4", "2 * 3 * 4 and 2*3*4"),
        ("snake_case_name", "snake_case_name"),
        ("[**bold** link](http://x.y/(z)) and ![alt](p.png)", "bold link and alt"),
        ("[not a link] (really)", "[not a link] (really)"),
        ("[ref][1] and [1]", "ref and [1]"),
        ("``a ` b`` `c`", "a ` b c"),
        ("$a_1 * b_1 * c$ costs $5", "$a_1 * b_1 * c$ costs $5"),
        (r"\(x_1 * y_1\) \* kept", r"\(x_1 * y_1\) * kept"),
        ("a<br>b <sup>2</sup> 3 < 4", "a\nb 2 3 < 4"),
        ("~~gone~~ &copy; &bogus; &#44;", "gone © &bogus; ,"),
        ("근거가 있다 [ref_id: 3] 끝 [ref_id]", "근거가 있다 끝"),
        ("**not closed", "**not closed"),
        ("![[[[", "![[[["),
    ):
        assert inline(text) == wanted, text


def test_details_end_their_heading(read_text: Reader) -> None:
    text = "# A\n\n<details><summary>More</summary>\n\n### B\n\ninside\n\n</details>\n\nafter\n"
    found = {passage.text: passage.headings for passage in read_text(text).passages}
    assert found == {"inside": ("A", "More", "B"), "after": ("A",)}


def test_front_matter_that_is_broken_is_named(read_text: Reader) -> None:
    document = read_text("---\ntitle: [unclosed\n---\n\nThe text is here.\n")
    assert [passage.text for passage in document.passages] == ["The text is here."]
    assert "front matter" in document.report.problems[0]


def test_a_rule_at_the_top_is_no_front_matter(read_text: Reader) -> None:
    document = read_text("---\n\nJust words.\n\n---\n\nMore words.\n")
    assert [passage.text for passage in document.passages] == ["Just words.\nMore words."]


def test_scripts_and_comments_are_not_read(read_text: Reader) -> None:
    text = "<script>\nvar x = 1;\n</script>\n\n<!-- hidden\n\nstill hidden -->\n\n<div>seen</div>\n"
    assert [passage.text for passage in read_text(text).passages] == ["seen"]


MARKS = st.text(alphabet="a가 *_`$[]()!<>&\\~|#-+1.\n\t\"'/:;=", max_size=80)


@given(MARKS)
@settings(max_examples=400, deadline=None)
def test_pieces_are_where_they_say(text: str) -> None:
    for block in parse_markdown(text).blocks:
        for piece in block.pieces:
            if piece.start >= 0 and piece.verbatim:
                assert text[piece.start : piece.end] == piece.text


@given(
    st.lists(
        st.sampled_from(["x", "가다", " ", "**", "*", "`", "[", "](u)", "$", "~~"]), max_size=30
    )
)
@settings(deadline=None)
def test_words_are_never_lost(parts: list[str]) -> None:
    text = "".join(parts).replace("\n", " ")
    for letter in "x가다":
        assert inline(text).count(letter) == text.count(letter)
