"""Lines that most notes of a folder begin or end with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notes import Document, fold, said_once
from pipeline.notes.passage_units import is_property
from pipeline.retrieval import build, open_index
from pipeline.types import Passage, Place, Span
from tests.retrieval.conftest import make_config, write_notes

Reader = Callable[..., Document]

BACK = "[← Home](../README.md) | [Next →](next.md)"
FRONT = "---\nlayout: post\ntitle: T\ncategories: weaving\nlayout2: wide\ntags: cloth {n}\n---\n"
CLOTHS = ("Linen", "Felt", "Tweed", "Satin", "Denim")
NOTE = (
    "{front}# {cloth}\n\n{cloth} is woven by hand.\n\nUses:\n\n- coats\n- {cloth} bags\n\n{back}\n"
)


def notes(read_text: Reader, count: int) -> list[Passage]:
    found: list[Passage] = []
    for n, cloth in enumerate(CLOTHS[:count]):
        text = NOTE.format(front=FRONT.format(n=n), cloth=cloth, back=BACK)
        found += read_text(text, f"{n}.md").passages
    return fold(found)


def test_each_is_said_once(read_text: Reader) -> None:
    kept = said_once(notes(read_text, 5))
    lines = [line for passage in kept for line in passage.text.split("\n")]
    assert lines.count("← Home | Next →") == 1
    assert lines.count("categories: weaving") == 1
    # What leads to a list stays, and so does what only one note says.
    assert lines.count("Uses:") == lines.count("- coats") == 5
    assert all(f"{cloth} is woven by hand." in lines for cloth in CLOTHS)
    assert all(f"tags: cloth {n}" in lines for n in range(5))
    assert sum(is_property(passage) for passage in kept) == 5


def test_a_few_notes_repeat_what_they_like(read_text: Reader) -> None:
    few = notes(read_text, 3)
    assert said_once(few) == few


def test_what_is_left_stands_where_it_stood(read_text: Reader) -> None:
    raw = {
        f"{n}.md": NOTE.format(front=FRONT.format(n=n), cloth=cloth, back=BACK)
        for n, cloth in enumerate(CLOTHS)
    }
    for passage in said_once(notes(read_text, 5)):
        text = raw[passage.source]
        for span in passage.spans:
            if span.verbatim:
                assert text[span.raw_start : span.raw_end] == passage.text[span.start : span.end]
                assert text.count("\n", 0, span.raw_start) + 1 == span.line
                assert text.count("\n", 0, span.raw_end - 1) + 1 == span.end_line
        assert passage.place.start_line == min(span.line for span in passage.spans)
        assert passage.place.end_line == max(span.end_line for span in passage.spans)


@settings(deadline=None)
@given(
    texts=st.lists(
        st.lists(st.sampled_from(["a b", "c d", "- e", "f:", "| g |", "  h", "1"]), min_size=1),
        max_size=9,
    )
)
def test_every_line_stays_somewhere(texts: list[list[str]]) -> None:
    passages = []
    for n, lines in enumerate(texts):
        text = "\n".join(lines)
        span = Span(0, len(text), 0, len(text), 1, len(lines))
        place = Place(f"{n}.md", 1, len(lines), "line", 1.0, float(len(lines)))
        passages.append(Passage(f"{n}", text, f"{n}.md", place, spans=(span,)))
    kept = said_once(passages)
    assert {line for one in kept for line in one.text.split("\n")} == {
        line for lines in texts for line in lines
    }
    before = {one.source: one.text for one in passages}
    for one in kept:
        at = 0
        for span in one.spans:
            assert at <= span.start < span.end <= len(one.text)
            assert (
                before[one.source][span.raw_start : span.raw_end] == one.text[span.start : span.end]
            )
            at = span.end


def test_an_index_has_such_a_line_once(tmp_path: Path) -> None:
    bird = "# Bird {n}\n\nBird {n} nests here.\n\nBack to the list\n"
    write_notes(tmp_path / "notes", {f"{n}.md": bird.format(n=n) for n in range(5)})
    config = make_config(tmp_path)
    build(config)
    with open_index(config) as index:
        text = "\n".join(passage.text for passage in index.passages)
    assert text.count("nests here") == 5
    assert text.count("Back to the list") == 1
