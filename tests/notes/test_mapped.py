"""Offset maps: two rewrites in a row lead back like one."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notes.characters import settle, settled
from pipeline.notes.mapped import Block, MappedLines, MappedPiece, OffsetMap, OffsetRun, piece_slice


def _rewrite(text: str, cuts: list[tuple[int, int, str]]) -> tuple[str, OffsetMap]:
    out, runs, old, new = "", [], 0, 0
    for start, length, instead in cuts:
        start = min(max(start, old), len(text))
        end = min(start + length, len(text))
        if start > old:
            runs.append(OffsetRun(new, new + start - old, old, start, True))
            out += text[old:start]
            new += start - old
        if end > start:
            runs.append(OffsetRun(new, new + len(instead), start, end, False))
            out += instead
            new += len(instead)
        old = end
    if old < len(text):
        runs.append(OffsetRun(new, new + len(text) - old, old, len(text), True))
        out += text[old:]
    return out, OffsetMap(runs)


CUTS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 5), st.text(alphabet="xyz", max_size=4)),
    max_size=5,
).map(sorted)


@given(st.text(alphabet="abcdefg\n", max_size=60), CUTS, CUTS, st.data())
@settings(deadline=None)
def test_what_is_verbatim_is_the_same_text_after_two_rewrites(
    text: str,
    first: list[tuple[int, int, str]],
    second: list[tuple[int, int, str]],
    data: st.DataObject,
) -> None:
    middle, one = _rewrite(text, first)
    final, two = _rewrite(middle, second)
    both = one.then(two)
    if not final:
        return
    start = data.draw(st.integers(0, len(final) - 1))
    end = data.draw(st.integers(start + 1, len(final)))
    at = start
    for run in both.back(start, end):
        assert run.start >= at
        at = run.end
        assert 0 <= run.old_start <= run.old_end <= len(text)
        if run.verbatim:
            assert final[run.start : run.end] == text[run.old_start : run.old_end]
    assert at <= end


@given(st.text(alphabet="가나e\u0301a\u200b\u00a0\u1112\u1161\u11ab \n", max_size=40))
@settings(deadline=None)
def test_settled_characters_lead_back_to_what_they_were(text: str) -> None:
    clean, back = settle(text)
    assert clean == settled(text)
    assert "\u200b" not in clean
    assert "\u00a0" not in clean
    assert clean.count("\n") == text.count("\n")
    for at in range(len(clean)):
        for run in back.back(at, at + 1):
            raw = text[run.old_start : run.old_end]
            assert clean[at] in settled(raw)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(deadline=None)
def test_composed_text_without_odd_characters_is_left_alone(text: str) -> None:
    clean, back = settle(text)
    if clean == text:
        assert back.identity or all(run.verbatim for run in back.back(0, len(text)))
    else:
        assert not back.identity


def test_decomposed_korean_is_composed() -> None:
    text = "강의는 세 시에 시작한다. Café"
    clean, back = settle(unicodedata.normalize("NFD", text))
    assert clean == text
    assert not back.identity


def test_a_syllable_before_a_mark_leads_to_itself() -> None:
    clean, back = settle("노를\u0344")
    assert clean == "노를\u0308\u0301"
    assert list(back.back(1, 4)) == [OffsetRun(1, 2, 1, 2, True), OffsetRun(2, 4, 2, 3, False)]
    assert settled("를\u0301\u0316") == unicodedata.normalize("NFC", "를\u0301\u0316")


@given(st.text(alphabet="ab\n", max_size=50))
@settings(deadline=None)
def test_lines_count_as_an_editor_does(text: str) -> None:
    lines = MappedLines(text)
    for at in range(len(text)):
        assert lines.of(at) == text.count("\n", 0, at) + 1
    assert lines.start(lines.of(len(text))) == text.rfind("\n") + 1


def test_a_slice_of_pieces_keeps_places() -> None:
    pieces = [MappedPiece("abc", 10, 13), MappedPiece(" "), MappedPiece("&", 13, 18, False)]
    assert list(piece_slice(pieces, 1, 5)) == [
        MappedPiece("bc", 11, 13),
        MappedPiece(" "),
        MappedPiece("&", 13, 18, False),
    ]


@given(st.lists(st.sampled_from(["", "a", "bcd", " "]), max_size=12), st.data())
@settings(deadline=None)
def test_a_slice_of_a_block_is_a_slice_of_its_pieces(texts: list[str], data: st.DataObject) -> None:
    at = 0
    pieces = []
    for text in texts:
        pieces.append(MappedPiece(text, at, at + len(text)))
        at += len(text)
    block = Block("text", pieces)
    start = data.draw(st.integers(0, at))
    end = data.draw(st.integers(start, at))
    assert block.slice(start, end) == list(piece_slice(pieces, start, end))
    assert "".join(piece.text for piece in block.slice(start, end)) == block.text[start:end]
