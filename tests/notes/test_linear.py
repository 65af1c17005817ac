"""Hostile texts and files are read in time in proportion to their length, into short passages."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import NotesError
from pipeline.notes import cite, read
from pipeline.notes.breaks import broken_off
from pipeline.notes.characters import settle
from pipeline.notes.decoding import decode
from pipeline.notes.folding import fold_passages, fold_sentences
from pipeline.notes.formats import FORMATS, parse
from pipeline.notes.mapped import Block, BlockKind, MappedLines, MappedPiece, OffsetMap
from pipeline.notes.noise import blank, noise
from pipeline.notes.passages import LIMIT, cut
from pipeline.notes.payloads import shortened, without_payloads
from pipeline.retrieval.glossary import mine
from pipeline.text.sentences import sentences
from pipeline.text.tokens import fold, gram_tokens
from pipeline.types import Passage
from tests.linear import ALPHABETS, between_words, grows, repeated
from tests.notes.fixtures import pdf

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
REL = "http://schemas.openxmlformats.org/package/2006/relationships"


def block(text: str, kind: BlockKind = "text") -> list[Block]:
    return [Block(kind, [MappedPiece(text, 0, len(text))])]


def cut_as(kind: BlockKind) -> Callable[[str], list[Passage]]:
    return lambda text: cut(block(text, kind), "x", MappedLines(text), OffsetMap(), "line")


STEPS: dict[str, Callable[[str], object]] = {
    **{kind: partial(parse, kind) for kind, form in FORMATS.items() if not form.binary},
    "decode": lambda text: decode(text.encode(), "x"),
    "settle": settle,
    "noise": lambda text: blank(text, noise(text)),
    "English sentences": lambda text: sentences(text, "en"),
    "Korean sentences": lambda text: sentences(text, "ko"),
    "payloads": lambda text: (shortened(text), without_payloads(block(text))),
    "cut text": cut_as("text"),
    "cut table": cut_as("table"),
    "cut heading": cut_as("heading"),
    "fold sentences": lambda text: fold_sentences(block(text)),
    "broken off": lambda text: broken_off(
        block("One of five that end as they do.") * 5 + block(text)
    ),
    "glossary": lambda text: mine([text]),
    "index": lambda text: index_steps(cut_as("text")(settle(text)[0])),
}
"""What is done to a text between the file and the index."""


def index_steps(passages: list[Passage]) -> None:
    folded, _ = fold_passages(passages)
    mine(passage.text for passage in folded)
    for passage in folded:
        gram_tokens(fold(passage.text))


def try_step(name: str, size: int) -> list[str]:
    return [
        f"{name} of {unit!r}: {said}"
        for unit in ALPHABETS
        if (said := grows(STEPS[name], between_words(unit), size))
    ]


@pytest.mark.parametrize("name", STEPS)
def test_time_in_proportion_to_the_text(name: str) -> None:
    assert try_step(name, 3000) == []


@pytest.mark.long
@pytest.mark.parametrize("name", STEPS)
def test_time_in_proportion_to_a_long_text(name: str) -> None:
    assert try_step(name, 60_000) == []


def _zipped(parts: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def word(body: str) -> bytes:
    text = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return _zipped({"word/document.xml": text})


def slides(*shapes: str) -> bytes:
    names = f'xmlns:a="{A}" xmlns:p="{P}" xmlns:r="{R}"'
    relation = '<Relationship Id="r1" Target="slides/s.xml"/>'
    return _zipped(
        {
            "ppt/presentation.xml": f'<p:presentation {names}><p:sldId r:id="r1"/>'
            "</p:presentation>",
            "ppt/_rels/presentation.xml.rels": f'<Relationships xmlns="{REL}">{relation}'
            "</Relationships>",
            "ppt/slides/s.xml": f"<p:sld {names}>{''.join(shapes)}</p:sld>",
        }
    )


def hangul(body: str) -> bytes:
    return _zipped({"Contents/section0.xml": f"<sec>{body}</sec>"})


def nested(opening: str, inner: str, closing: str, depth: int) -> str:
    return opening * depth + inner + closing * depth


P_OF = "<w:p><w:r><w:t>a word. </w:t></w:r></w:p>"
SHAPE = (
    '<p:sp><p:nvSpPr><p:nvPr><p:ph type="{}"/></p:nvPr></p:nvSpPr>'
    "<p:txBody><a:p><a:r><a:t>a word</a:t></a:r></a:p></p:txBody></p:sp>"
)
BODY = SHAPE.format("body")
END = "</w:r></w:p>"
HANGUL = "<p><run><t>a word. </t></run></p>"
BOX_END = "</subList></rect></run></p>"
CELL_END = "</tc></tr></tbl></run></p>"
CELL = "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"
FILES: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "many paragraphs": ("docx", lambda n: word(P_OF * (n // 10))),
    "nested cells": ("docx", lambda n: word(nested(f"{CELL[0]}{P_OF}", P_OF, CELL[1], n // 40))),
    "nested paragraphs": ("docx", lambda n: word(nested("<w:p><w:r>", P_OF, END, n // 20))),
    "paragraphs within paragraphs of a cell": (
        "docx",
        lambda n: word(CELL[0] + nested("<w:p><w:r>", P_OF, END, n // 20) + CELL[1]),
    ),
    "nested controls": (
        "docx",
        lambda n: word(nested("<w:sdt><w:sdtContent>", P_OF, "</w:sdtContent></w:sdt>", n // 40)),
    ),
    "many titles": ("pptx", lambda n: slides(SHAPE.format("title") * (n // 10))),
    "nested shapes": ("pptx", lambda n: slides(nested("<p:sp>", BODY, "</p:sp>", n // 40))),
    "nested tables": (
        "pptx",
        lambda n: slides(nested("<a:tbl><a:tr><a:tc>", "", "</a:tc></a:tr></a:tbl>", n // 40)),
    ),
    "Hangul paragraphs": ("hwpx", lambda n: hangul(HANGUL * (n // 10))),
    "Hangul boxes": (
        "hwpx",
        lambda n: hangul(nested("<p><run><rect><subList>", HANGUL, BOX_END, n // 40)),
    ),
    "Hangul cells": (
        "hwpx",
        lambda n: hangul(nested(f"<p><run><tbl><tr><tc>{HANGUL}", "", CELL_END, n // 40)),
    ),
    "many cells": (
        "notebook",
        lambda n: json.dumps(
            {"cells": [{"cell_type": "markdown", "source": "# a\n\n- b\n"}] * (n // 40)}
        ).encode(),
    ),
    "many lines": ("pdf", lambda n: pdf([["a word of text on a line."] * 40] * max(n // 4000, 1))),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_time_in_proportion_to_a_file(name: str) -> None:
    kind, make = FILES[name]
    assert grows(lambda data: parse(kind, data), make, 32_000) == ""
    parsed = parse(kind, make(4_000))
    assert parsed.blocks or "tables" in name


def test_every_format_is_tried() -> None:
    assert {kind for kind, _ in FILES.values()} | set(STEPS) >= set(FORMATS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("kind", ["docx", "pptx"])
def test_entities_are_never_expanded(kind: str, encoding: str, tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY l{n} "' + f"&l{n - 1};" * 10 + '">' for n in range(1, 12))
    text = f'<?xml version="1.0" encoding="{encoding}"?><!--x-->'
    text += f'<!DOCTYPE x [<!ENTITY l0 "lol">{levels}]>'
    part = "word/document.xml" if kind == "docx" else "ppt/presentation.xml"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(part, f"{text}<x>&l11;</x>".encode(encoding))
    (tmp_path / f"x.{kind}").write_bytes(buffer.getvalue())
    with pytest.raises(NotesError, match="document type"):
        read(tmp_path, f"x.{kind}")


FAMILY = "\U0001f469\u200d\U0001f467"
SIGNS = (
    "a", "가", "日", "9f", "😀", FAMILY, "e\u0301\u0323", "\u05b0", " ", "  ", "\t", ".", "|", "-",
    "다", "\n", "# ", "> ", "- ", "`", "<b>",
)  # fmt: skip


@given(
    st.lists(st.tuples(st.sampled_from(SIGNS), st.integers(1, 9000)), min_size=1, max_size=6),
    st.sampled_from(["text", "table", "code", "item", "heading"]),
)
@settings(max_examples=60, deadline=None)
def test_no_passage_is_longer_than_the_limit(runs: list[tuple[str, int]], kind: BlockKind) -> None:
    text = "".join(repeated(sign, size) for sign, size in runs)
    blocks = block(text, kind) + block("a few words more") + block("|" * 300, "table")
    passages = cut(blocks, "x", MappedLines(text), OffsetMap(), "line")
    assert all(len(passage.text) <= LIMIT for passage in passages)
    assert all(len(one) <= 201 for passage in passages for one in passage.headings)
    said = "".join(passage.text for passage in passages)
    assert "".join(text.split()) in "".join(said.split()) or kind == "heading"


@pytest.mark.parametrize("suffix", [".md", ".txt", ".html"])
@pytest.mark.parametrize(
    "sign", ["0123456789abcdef", "가나다", FAMILY, "日本", "a\u0301\u0323", "\u05b0"]
)
def test_a_text_without_a_space_is_read_in_short_passages(
    sign: str, suffix: str, tmp_path: Path
) -> None:
    (tmp_path / f"x{suffix}").write_text(repeated(sign, 50_000))
    document = read(tmp_path, f"x{suffix}")
    assert document.passages
    for passage in document.passages:
        assert len(passage.text) <= LIMIT
        assert cite(tmp_path, passage, 0, len(passage.text)).quote
