"""The offset map: what a passage says stands in the raw file where its spans point."""

from __future__ import annotations

import contextlib
import html
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import NotesError
from pipeline.notes import cite, read
from pipeline.notes.formats import FORMATS
from pipeline.notes.payloads import shortened
from pipeline.notes.reading import open_raw
from pipeline.text.sentences import sentences
from tests.notes.fixtures import FILES, MARKDOWN

BINARY = (".pdf", ".docx", ".pptx", ".hwpx", ".ipynb")


@pytest.mark.parametrize("name", FILES)
def test_every_sentence_is_quoted_from_its_lines(notes: Path, name: str) -> None:
    document = read(notes, name)
    raw = open_raw(notes, name).raw
    lines = raw.split("\n")
    assert document.passages
    for passage in document.passages:
        for start, end in sentences(passage.text, passage.language):
            citation = cite(notes, passage, start, end)
            place = citation.place
            shown = shortened("\n".join(lines[place.start_line - 1 : place.end_line]))
            assert citation.quote in shown
            assert passage.place.start_line <= place.start_line <= place.end_line
            assert place.end_line <= passage.place.end_line
            # A page numbers its lists only when it is shown.
            said = re.sub(r"^\d+\. ", "", passage.text[start:end])
            wanted = _letters(said)
            # Cleaning only leaves letters out of the raw slice or joins others to it.
            assert _subsequence(wanted, _letters(_readable(citation.quote))), (
                wanted,
                citation.quote,
            )


@pytest.mark.parametrize("name", FILES)
def test_spans_are_in_order_and_verbatim_where_they_say_so(notes: Path, name: str) -> None:
    raw = open_raw(notes, name).raw
    for passage in read(notes, name).passages:
        at = 0
        for span in passage.spans:
            assert at <= span.start < span.end <= len(passage.text)
            assert 0 <= span.raw_start <= span.raw_end <= len(raw)
            assert span.line == raw.count("\n", 0, span.raw_start) + 1
            if span.verbatim:
                assert raw[span.raw_start : span.raw_end] == passage.text[span.start : span.end]
            at = span.end
        covered = sum(span.end - span.start for span in passage.spans)
        assert covered >= 0.8 * sum(char.isalnum() for char in passage.text)


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(BINARY)])
def test_a_text_is_quoted_as_it_stands_in_the_file(notes: Path, name: str) -> None:
    if name.startswith(("utf16", "cp949", "decomposed")):
        pytest.skip("the file's bytes are in another encoding or composition")
    text = (notes / name).read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    for passage in read(notes, name).passages:
        assert cite(notes, passage, 0, len(passage.text)).quote in shortened(text)


@pytest.mark.parametrize(
    ("line", "sentence", "quote"),
    [
        ("**Scars** form late.", "Scars form late.", "**Scars** form late."),
        ("Kelp grows `fast`.", "Kelp grows fast.", "Kelp grows `fast`."),
        ("Kelp grows **fast**", "Kelp grows fast", "Kelp grows **fast**"),
        ("See [[Kelp#Roots|the roots]]", "See the roots", "See [[Kelp#Roots|the roots]]"),
        ("See [kelp](sea/kelp.md)", "See kelp", "See [kelp](sea/kelp.md)"),
        ("**Kelp grows. It is tall.**", "It is tall.", "It is tall."),  # neither mark is within
        ("~~비가~~ **눈이** 온다.", "눈이 온다.", "**눈이** 온다."),
    ],
)
def test_a_mark_is_quoted_with_the_other_of_its_pair(
    tmp_path: Path, line: str, sentence: str, quote: str
) -> None:
    (tmp_path / "sea.md").write_text(f"# Sea\n\n{line}\n", encoding="utf-8")
    (passage,) = read(tmp_path, "sea.md").passages
    start = passage.text.index(sentence)
    citation = cite(tmp_path, passage, start, start + len(sentence))
    assert citation.quote == quote
    assert (citation.place.start_line, citation.place.end_line) == (3, 3)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_range_of_any_passage_can_be_quoted(notes: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([n for n in FILES if not n.endswith(BINARY)]))
    passage = data.draw(st.sampled_from(read(notes, name).passages))
    start = data.draw(st.integers(0, len(passage.text) - 1))
    end = data.draw(st.integers(start + 1, len(passage.text)))
    if not passage.text[start:end].strip():
        return
    if not any(span.start < end and span.end > start for span in passage.spans):
        with pytest.raises(ValueError):
            cite(notes, passage, start, end)
        return
    quote = cite(notes, passage, start, end).quote
    whole = cite(notes, passage, 0, len(passage.text)).quote
    assert quote in whole


def test_a_note_that_changed_is_not_quoted(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(MARKDOWN)
    passage = read(tmp_path, "a.md").passages[1]
    at = passage.text.index("836.5")
    assert cite(tmp_path, passage, at, at + 5).quote == "836.5"
    file.write_text(MARKDOWN.replace("836.5", "999.9"))
    with pytest.raises(NotesError, match="has changed"):
        cite(tmp_path, passage, at, at + 5)
    file.unlink()
    with pytest.raises(NotesError, match=r"a\.md"):
        cite(tmp_path, passage, at, at + 5)


def test_a_range_outside_the_passage_is_a_programming_error(notes: Path) -> None:
    passage = read(notes, "markdown.md").passages[0]
    for start, end in ((-1, 3), (3, 3), (0, len(passage.text) + 1)):
        with pytest.raises(ValueError):
            cite(notes, passage, start, end)


def test_places_name_page_cell_slide_and_time(notes: Path) -> None:
    shown = {
        name: [str(passage.place) for passage in read(notes, name).passages]
        for name in ("trees.pdf", "lab.ipynb", "slides.pptx", "bridge.srt", "plain.txt")
    }
    assert shown["trees.pdf"] == [f"trees.pdf page {n}" for n in (1, 2, 3)]
    assert shown["lab.ipynb"] == [f"lab.ipynb cell {n}" for n in (1, 2, 3)]
    assert shown["slides.pptx"] == ["slides.pptx slide 1", "slides.pptx slide 2"]
    assert shown["bridge.srt"] == ["bridge.srt 00:00:01-00:00:05"]
    assert shown["plain.txt"][0] == "plain.txt:4-5"


def test_a_sentence_of_a_transcript_has_its_own_times(notes: Path) -> None:
    (passage,) = read(notes, "bridge.srt").passages
    first = cite(notes, passage, *sentences(passage.text, "en")[0])
    assert (first.place.first, first.place.last) == (1.0, 2.5)
    assert first.quote == "The first bridge was wood."
    second = cite(notes, passage, *sentences(passage.text, "en")[1])
    assert (second.place.first, second.place.last) == (2.5, 5.0)


def test_every_format_has_a_fixture(notes: Path) -> None:
    assert {read(notes, name).source.kind for name in FILES} == set(FORMATS)


def _readable(raw: str) -> str:
    return unicodedata.normalize("NFC", html.unescape(raw))


def _letters(text: str) -> str:
    """Letters and figures; of mis-decoded Latin-1 what it stands for."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    return "".join(c for c in text if c.isalnum())


def _subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(letter in rest for letter in short)
