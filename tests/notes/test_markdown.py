"""Markdown as a reader reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notes import Document, cite, read
from pipeline.notes.formats.inline import line_pieces
from pipeline.notes.formats.markdown import parse_markdown
from tests.linear import ALPHABETS
from tests.notes.fixtures import KRAMDOWN, MARKDOWN

Reader = Callable[..., Document]


def inline(text: str) -> str:
    return "".join(piece.text for piece in line_pieces(text, 0, len(text)))


def test_the_fixture_is_read_as_it_is_seen(read_text: Reader) -> None:
    document = read_text(MARKDOWN)
    assert document.source.title == "등산 안내"
    assert document.source.language == "ko"
    assert document.date == "2026-03-01"
    properties, *passages = document.passages
    assert (properties.heading, properties.text) == ("등산 안내", "tags: 산, 길")
    by_heading = {passage.heading: passage.text for passage in passages}
    assert by_heading["등산 안내"].startswith(
        "북한산은 서울에서 가깝다. 높이는 836.5 m이며 바위가 많다."
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
    assert last == "Last words_with_underscores stay *as they are*. End."
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
        ("**용어(term)**은 _용어_는 2**3**4", "용어(term)은 용어는 2**3**4"),
        ("a ** b ** c and *2*3*", "a ** b ** c and 2*3"),
        (r"see ([\[link\]](#fig)), \[sic\]", "see ([link]), [sic]"),
        ("matrix[i][j] and [[1]](u)", "matrix[i][j] and [1]"),
        ("List<String> of H<sub>2</sub>O", "List<String> of H2O"),
        ("a<img alt='x > y' src=z>b <!-- a > b --> c", "ab c"),
        ("<script>var x = '</p>';</script>y", "y"),
        ("never closed <!-- a <b", "never closed <!-- a <b"),
        ("$5 and $6, $E=mc^2$, $\\$5_a*b*$", "$5 and $6, $E=mc^2$, $\\$5_a*b*$"),
        (r"\begin{align} a_1 &= b_1 \\ c \end{align} \, x",
         r"\begin{align} a_1 &= b_1 \\ c \end{align} , x"),
        ("zero&#8203;width and a&nbsp;gap", "zerowidth and a gap"),
    ):  # fmt: skip
        assert inline(text) == wanted, text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("![alt](u.png)", "alt"),
        ('![alt](u.png "The caption (2) here.") x', "alt\nThe caption (2) here. x"),
        ('![alt](u.png "He said "no" twice") x', 'alt\nHe said "no" twice x'),
        ('![alt](u.png "alt") x', "alt x"),
        ("![image.png](u.png) x", " x"),
        ("![alt|300](u.png)![300](u.png)", "alt"),
        ("![alt][pic] and ![pic][] and ![pic]", "alt and pic and pic"),
        ("[text](<a b> 'title') x", "text x"),
        ("[text](a b) x", "[text](a b) x"),
        ("[text](#a b) x", "text x"),
        ("![a](data:image/svg+xml;utf8,<svg a='1' b=\"2\">) x", "a x"),
        ("[![alt](p.png)](http://x.y)", "alt"),
    ],
)
def test_pictures_and_links(text: str, wanted: str) -> None:
    pieces = line_pieces(text, 0, len(text), {"pic"})
    assert "".join(piece.text for piece in pieces) == wanted


@pytest.mark.parametrize("size", [10, 5_000, 200_000])
@pytest.mark.parametrize(
    "text",
    [
        "A sentence. ![pic]({}) The end.",
        'A sentence. ![pic]({} "shown") The end.',
        "A sentence. ![pic][p] The end.\n\n[p]: {}",
        "A sentence. ![pic][p] The end.\n\n[p]:\n  <{}>\n  'shown'",
        "A sentence. ![p] The end.\n\n[p]: {}",
        "A sentence. <img alt='x > y' src='{}'> The end.",
        "A sentence. <img src={}> The end.",
        "A sentence. <!-- {} --> The end.",
        "<p align='center'>\n<img src='{}'>\n</p>\n\nA sentence. The end.",
        "A sentence. {} The end.",
        "A sentence. ![pic]({} The end.",
        "A sentence. The end.\n\n```css\nbackground: url({});\n```",
        "| A sentence. | ![pic]({}) |\n|---|---|\n| The end. | x |",
        "- A sentence.\n- ![pic]({})\n- The end.",
        "# A sentence. ![pic]({})\n\nThe end.",
    ],
)
@pytest.mark.parametrize("name", ["note.md", "note.html", "note.txt"])
def test_a_picture_in_the_text_never_becomes_text(
    read_text: Reader, tmp_path: Path, name: str, text: str, size: int
) -> None:
    address = "data:image/png;base64," + "QUJD" * (size // 4) + "=="
    document = read_text(text.format(address), name)
    said = "\n".join(f"{passage.heading}\n{passage.text}" for passage in document.passages)
    assert "A sentence." in said
    assert "The end." in said
    assert "QUJD" not in said
    for passage in document.passages:
        assert "QUJD" not in cite(tmp_path, passage, 0, len(passage.text)).quote
    assert document.source.title.count("QUJD") == 0


def test_an_example_of_an_address_is_text(read_text: Reader) -> None:
    text = "An address like `data:text/plain,hello` holds its file."
    assert read_text(text).passages[0].text == text.replace("`", "")


def test_link_definitions(read_text: Reader) -> None:
    text = (
        "The [site] and the [book][b].\n\n[site]: https://x.y 'Title'\n[b]: ../b.pdf\n\n"
        "[Rule]: none\n\n[^1]: Ibid.\n"
    )
    (passage,) = read_text(text).passages
    assert passage.text == "The site and the book.\n[Rule]: none\nIbid."


def test_kramdown_attributes_are_no_text(read_text: Reader) -> None:
    found = {p.heading: p.text for p in read_text(KRAMDOWN).passages}
    assert found["Rivers"] == "The Rhine is 1,230 km long.\n1. to the sea\n2. to the lake"
    glossary = found["Rivers > Glossary"].split("\n")
    assert glossary[:2] == ["delta: land where a river meets the sea", "meander: a bend of a river"]
    assert glossary[2:4] == ["| river | km |", "| Rhine | 1,230 |"]
    assert glossary[4] == r"$$ v = \frac{Q}{A} - c = 2 $$"
    assert glossary[5] == r"Water flows at $v_1 * v_2$ or \(a_1 * a_2\), as [in a list] says."


def test_a_brace_that_is_no_attribute_stays() -> None:
    for text in ("the set {.5, 1} of f(x){a}", "{: 'unclosed", 'json {"a": 1}', "${x}$ {#not here"):
        assert inline(text) == text


def test_a_formula_over_several_lines_is_one_block(read_text: Reader) -> None:
    for opening, closing in (("$$", "$$"), ("\\[", "\\]"), ("\\begin{align}", "\\end{align}")):
        text = f"Before:\n{opening}\na_1\n=\n- b_1 *c*\n{closing}\nafter _it_\n"
        (passage,) = read_text(text).passages
        lines = passage.text.split("\n")
        assert lines == ["Before:", f"{opening} a_1 = - b_1 *c* {closing}", "after it"]
    (passage,) = read_text("$$ is a sign\n\n- a list\n\n$$ again\n").passages
    assert "- a list" in passage.text


def test_html_in_markdown_keeps_its_structure(read_text: Reader) -> None:
    text = (
        "<table>\n<tr><td>pH</td><td>7.4</td></tr>\n<tr><td>Na</td><td></td><td>140</td></tr>\n"
        "</table>\n\n<h2>Salts &amp; **ions**</h2>\n\n<ul><li>one</li><li>two</li></ul>\n\n"
        "<pre>\nx  = 1\n</pre>\n\n<div>\nIntro *text*\n* first\n* second\n</div>\n"
    )
    found = {p.heading: p.text for p in read_text(text).passages}
    assert found == {
        "": "| pH | 7.4 |\n| Na |  | 140 |",
        "Salts & ions": "- one\n- two\nx  = 1\nIntro text\n* first\n* second",
    }


@pytest.mark.parametrize("depth", [1, 5, 12, 40, 400, 5000])
@pytest.mark.parametrize("mark", ["- ", "1. ", "> ", "* - ", "<div>", "  " * 60 + "- "])
def test_nothing_is_lost_however_deep(read_text: Reader, mark: str, depth: int) -> None:
    said = " ".join(p.text for p in read_text(f"first\n\n{mark * depth}deepest\n").passages)
    assert "first" in said
    assert "deepest" in said
    indented = "".join(f"{'  ' * level}- level{level}\n" for level in range(min(depth, 300)))
    said = "\n".join(p.text for p in read_text(indented).passages)
    assert all(f"level{level}" in said for level in range(min(depth, 300)))


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


MARKS = st.text(alphabet="a가 *_`$[]()!<>&\\~|#-+1.\n\t\"'/:;=%^{}", max_size=80)


@given(MARKS)
@settings(max_examples=400, deadline=None)
def test_pieces_are_where_they_say(text: str) -> None:
    for block in parse_markdown(text).blocks:
        for piece in block.pieces:
            if piece.start >= 0 and piece.verbatim:
                assert text[piece.start : piece.end] == piece.text


@given(st.lists(st.sampled_from(ALPHABETS), max_size=40), st.sampled_from(["md", "html", "txt"]))
@settings(max_examples=400, deadline=None)
def test_every_passage_of_any_text_can_be_quoted(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], suffix: str
) -> None:
    root = tmp_path_factory.mktemp("any")
    text = "".join(["a", *parts])
    (root / f"a.{suffix}").write_text(text)
    for passage in read(root, f"a.{suffix}").passages:
        assert cite(root, passage, 0, len(passage.text)).quote
        for span in passage.spans:
            raw = text[span.raw_start : span.raw_end]
            assert not span.verbatim or raw == passage.text[span.start : span.end]


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


def test_a_table_of_contents_says_nothing(read_text: Reader) -> None:
    document = read_text(
        "# 새\n\n- [왜가리](#왜가리)\n  - 둥지\n- [저어새 (천연기념물)](#저어새-(천연기념물))\n"
        "- [Guide](https://example.org/#birds)\n- [see](#왜가리) the heron\n\n"
        "## 왜가리\n\n왜가리는 물가에 산다.\n\n## 저어새 (천연기념물)\n\n저어새는 갯벌에 산다.\n"
    )
    first, *others = document.passages
    assert first.text.split("\n") == ["- 둥지", "- Guide", "- see the heron"]
    assert [one.text for one in others] == ["왜가리는 물가에 산다.", "저어새는 갯벌에 산다."]
