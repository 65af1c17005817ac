"""Notes laid out: everything that can be cited is found in the tree, and nothing in it is HTML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import NotesError
from pipeline.notes import cite, read, walk
from pipeline.notes.reading import open_raw
from pipeline.serve.notes import NoteViewer
from pipeline.serve.rendered import Node, plain_quote, rendered
from pipeline.text.sentences import sentences
from tests.conftest import ROOT
from tests.notes.fixtures import write_all

NAMES = set(
    "p h1 h2 h3 h4 h5 h6 ul ol li table thead tbody tr th td blockquote em strong del code pre hr"
    " br span a math part".split()
)
ATTRIBUTES = {"lines", "align", "start", "href", "display", "picture", "unit", "number", "time"}
MARKDOWN = """---
title: Photosynthesis
author: Priestley
---
# Light **reactions**

Energy is $E = h \\nu$ and costs $5 or $6.
See [the book](https://example.org/a) and [[cells|a cell]].

$$
6 CO_2 + 6 H_2O \\to C_6H_{12}O_6
$$

| pigment | peak |
|---|--:|
| chlorophyll *a* | 430 |

1. first
   - inner

```python
x = 1
```
"""


def every(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if not isinstance(node, str):
            yield from every(node[2:])


def named(nodes: list[Node], name: str) -> list[list[Any]]:
    return [node for node in every(nodes) if not isinstance(node, str) and node[0] == name]


def said(node: Node) -> str:
    return node if isinstance(node, str) else "".join(map(said, node[2:]))


def letters(text: str) -> str:
    return "".join(char.lower() for char in text if char.isalnum())


def tree_of(text: str, kind: str = "markdown") -> list[Node]:
    tree = rendered(kind, text, None)
    assert tree is not None
    return tree


def test_markdown_is_laid_out_with_formulas_tables_and_lists() -> None:
    tree = tree_of(MARKDOWN)
    assert [said(one) for one in named(tree, "h1")] == ["Light reactions"]
    formulas = [(said(one), one[1].get("display")) for one in named(tree, "math")]
    assert formulas == [
        ("E = h \\nu", False),
        ("6 CO_2 + 6 H_2O \\to C_6H_{12}O_6", True),
    ]
    assert "costs $5 or $6" in said(named(tree, "p")[0])
    assert "a cell" in said(named(tree, "p")[0])
    assert named(tree, "a")[0][1] == {"href": "https://example.org/a"}
    assert [said(cell) for cell in named(tree, "td")] == ["chlorophyll a", "430"]
    assert named(tree, "td")[1][1]["align"] == "right"
    assert [said(one) for one in named(tree, "pre")] == [
        "title: Photosynthesis\nauthor: Priestley",
        "x = 1",
    ]
    assert len(named(tree, "ol")) == len(named(tree, "ul")) == 1
    assert named(tree, "table")[0][1]["lines"] == [14, 16]


def test_a_transcript_has_times_a_notebook_cells_and_slides_their_numbers(tmp_path: Path) -> None:
    write_all(tmp_path)
    found: dict[str, list[Node]] = {}
    for file in walk(tmp_path):
        try:
            opened = open_raw(tmp_path, file.path)
        except NotesError:
            continue
        if opened.parsed is None or opened.parsed.unit != "page":
            tree = rendered(opened.kind, opened.raw, opened.parsed)
            assert tree is not None
            found.setdefault(opened.kind, tree)
    assert {"transcript", "notebook", "pptx", "docx", "hwpx", "html", "markdown"} <= set(found)
    assert all("time" in node[1] for node in found["transcript"])
    units = {kind: {part[1]["unit"] for part in named(found[kind], "part")} for kind in found}
    assert units["notebook"] == {"cell"}
    assert units["pptx"] == {"slide"}


def _lost(root: Path) -> tuple[int, list[str]]:
    """How many sentences of the notes can be cited, and those that are not found in the tree."""
    count, lost = 0, []
    for file in walk(root):
        opened = open_raw(root, file.path)
        if opened.parsed is not None and opened.parsed.unit == "page":
            continue
        tree = rendered(opened.kind, opened.raw, opened.parsed)
        assert tree is not None
        for passage in read(root, file.path).passages:
            for start, end in sentences(passage.text, passage.language):
                try:
                    citation = cite(root, passage, start, end)
                except ValueError:
                    continue
                first, last = citation.place.start_line, citation.place.end_line
                here = [
                    node
                    for node in tree
                    if not isinstance(node, str)
                    and node[1].get("lines", [0, 1 << 30])[1] >= first
                    and node[1].get("lines", [0, 0])[0] <= last
                ]
                count += 1
                wanted = letters(plain_quote(opened.kind, citation.quote))
                if wanted not in letters("".join(map(said, here))):
                    lost.append(f"{citation.place}: {citation.quote[:80]}")
    return count, lost


def test_every_sentence_that_can_be_cited_is_found_where_it_is_laid_out() -> None:
    count, lost = _lost(ROOT / "corpus")
    assert count > 1000
    assert lost == []


REAL = ROOT.parent / "shared" / "notes"


@pytest.mark.skipif(not REAL.is_dir(), reason="there are no notes of another hand here")
def test_sentences_of_notes_of_another_hand_are_found_too() -> None:
    count, lost = _lost(REAL)
    assert count > 100
    assert lost == []


PIECES = st.sampled_from(
    ["<script>", "</p>", "<img src=x onerror=a()>", "[x](javascript:a())", "$x$", "$$", "|", "\n",
     "\n\n", "- ", "> ", "`", "```", "**", "[[", "]]", "<!--", "-->", "&lt;b&gt;", "가", "word ",
     "# ", "![a](b)", "<svg/onload=a()>", "\\[", "\\]", "\t", "<details>", "---\n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(["markdown", "html", "text"]))
def test_the_tree_of_any_text_has_only_known_names_and_addresses_of_the_web(
    text: str, kind: str
) -> None:
    for node in every(tree_of(text, kind)):
        if isinstance(node, str):
            continue
        assert node[0] in NAMES
        assert set(node[1]) <= ATTRIBUTES
        assert node[1].get("href", "https://").startswith(("http://", "https://", "mailto:"))
    json.dumps(tree_of(text, kind))


def test_addresses_that_run_something_are_no_links() -> None:
    for address in ("javascript:hit()", "data:text/html,x", "vbscript:x", "/relative", "file:///x"):
        for text in (f"[x]({address})", f"[x][r]\n\n[r]: {address}", f"<{address}>"):
            assert all("href" not in node[1] for node in named(tree_of(text), "a")), text
    assert named(tree_of("[x][r]\n\n[r]: https://example.org"), "a")[0][1]["href"]


def test_a_note_nested_beyond_reason_or_too_long_is_shown_all_the_same(tmp_path: Path) -> None:
    (pre,) = tree_of("> " * 3000 + "deep")
    assert pre[0] == "pre"
    (tmp_path / "long.md").write_text("word " * 100_000, encoding="utf-8")
    shown = NoteViewer(tmp_path, {"long.md"}).show("long.md", 1, 1)
    assert shown.tree is None
    assert shown.lines


def test_of_a_long_note_only_the_part_around_the_lines_is_laid_out(tmp_path: Path) -> None:
    (tmp_path / "long.md").write_text(
        "\n".join(f"line {n}\n" for n in range(1, 2501)), encoding="utf-8"
    )
    shown = NoteViewer(tmp_path, {"long.md"}).show("long.md", 2499, 2499, "line 1250")
    assert shown.tree is not None
    assert 300 < len(shown.tree) < 600
    assert shown.mark.strip() == "line 1250"
