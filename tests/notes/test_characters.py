"""No control character comes out of a note, whatever its format, and every place stays exact."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.notes import cite, read
from pipeline.notes.characters import settle, settle_block, settled, without_controls
from pipeline.notes.mapped import Block, MappedPiece
from tests.notes.fixtures import zipped
from tests.notes.pdfs import Text, pdf_of

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
# A bell, an escape sequence, C1 controls, turned writing, zero width, what is no character.
BAD = "\x07\x1b[31m\x85\x9b\u202e\u2066\u200b\ufeff\ufffe"
SAID = f"The fjord{BAD}is 1,308 m deep."


def unfit(text: str) -> list[str]:
    """What no passage may hold."""
    return [
        letter
        for letter in text
        if letter not in "\n\t"
        and (unicodedata.category(letter) in ("Cc", "Cs") or letter in "\u202e\u2066\ufffe")
    ]


def _docx(text: str) -> bytes:
    inside = f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
    xml = f'<w:document xmlns:w="{W}"><w:body>{inside}</w:body></w:document>'
    return zipped({"word/document.xml": xml})


XML = SAID.replace("\x07", "").replace("\x1b", "").replace("\ufffe", "")
MORE = "The fjord was cut by ice. " * 30  # else a text is taken for binary data
CELLS = [
    {"cell_type": kind, "source": f"# {SAID}\n\n{SAID}\ud800"} for kind in ("code", "markdown")
]
DRAWN = [Text(60, 80, "The fjord\x07\x02\x1b[31m is 1,308 m\x9d deep.\x81"), Text(60, 99, "x")]
FORMATS: dict[str, bytes] = {
    "x.md": f"# Fjords\x07\n\n{SAID}\n\n- {SAID}\n\n| a | {SAID} |\n|---|---|\n\n{MORE}".encode(),
    "y.md": f"---\ntitle: A{BAD}B\n---\n\n{SAID} &#7; &#x9b; &#xFFFE; {MORE}".encode(),
    "x.txt": (SAID + MORE).encode(),
    "x.html": f"<title>T{BAD}</title><p>{SAID} &#7;&#133;&#x1b; {MORE}</p>".encode(),
    "x.vtt": f"WEBVTT\n\n00:01.000 --> 00:02.000\n<v A\x07>{SAID} &#27;\n{MORE}".encode(),
    "x.ipynb": json.dumps({"cells": CELLS}).encode(),
    "x.pdf": pdf_of(DRAWN),
    "x.docx": _docx(XML),
    "x.hwpx": zipped({"Contents/section0.xml": f"<s><p><run><t>{XML}</t></run></p></s>"}),
}


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_lets_a_control_character_through(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FORMATS[name])
    document = read(tmp_path, name)
    assert document.passages
    assert unfit(document.source.title) == []
    assert unfit("".join(item.text for item in document.report.dropped)) == []
    for passage in document.passages:
        assert "fjord" in passage.text or name == "x.pdf"
        assert unfit(passage.text + passage.heading) == []
        for start in range(len(passage.text)):
            if any(span.start <= start < span.end for span in passage.spans):
                cite(tmp_path, passage, start, start + 1)
        if name.endswith(("pdf", "ipynb", "docx", "hwpx")):
            assert unfit(cite(tmp_path, passage, 0, len(passage.text)).quote) == []


texts = st.text(
    st.one_of(
        st.characters(), st.sampled_from("ab \n\x00\x1b\x9f\u00ad\u200b\u3000\u202e가ᄀ\u0301")
    )
)


@given(texts)
def test_settling_as_a_whole_and_piece_by_piece_is_the_same(text: str) -> None:
    whole, back = settle(text)
    block = settle_block(Block("text", [MappedPiece(text, 0, len(text))]))
    assert block.text == whole == settled(text)
    assert unfit(whole) == []
    at = 0
    for piece in block.pieces:
        assert piece.start == at  # the pieces cover the text, in order
        at = piece.end
        if piece.verbatim:
            assert text[piece.start : piece.end] == piece.text
        else:
            assert settled(text[piece.start : piece.end]) == piece.text
    assert at == len(text)
    if whole:
        runs = list(back.back(0, len(whole)))
        assert (
            "".join(
                text[r.old_start : r.old_end]
                if r.verbatim
                else settled(text[r.old_start : r.old_end])
                for r in runs
            )
            == whole
        )


@given(texts)
def test_blanking_keeps_every_place(text: str) -> None:
    clean = without_controls(text)
    assert len(clean) == len(text)
    assert all(
        one == two or (two == " " and not one.isprintable())
        for one, two in zip(text, clean, strict=True)
    )


def test_what_emoji_and_other_scripts_are_made_of_stays() -> None:
    for text in ("👩\u200d🔬", "می\u200cخواهم", "a\tb\nc", "é", "각", "❤\ufe0f"):
        assert settled(text) == text
