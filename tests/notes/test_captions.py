"""Captions as people and programs write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.notes import Document, read
from pipeline.notes.formats.captions import parse_captions

Reader = Callable[..., Document]


def said(text: str) -> str:
    return "\n".join(block.text for block in parse_captions(text).blocks)


@pytest.mark.parametrize(
    ("timing", "first", "last"),
    [
        ("00:00:01,000 --> 00:00:04,500", 1, 4.5),
        ("00:00:01.000 --> 00:00:04.500 line:91% align:center", 1, 4.5),
        ("00:01.000 --> 00:04.500", 1, 4.5),
        ("00:00:01 --> 00:00:04", 1, 4),
        ("0:01 --> 0:04", 1, 4),
        ("00:00:01:000 --> 00:00:04:500", 1, 4.5),
        ("00:01:250 --> 00:04:500", 1.25, 4.5),
        ("00: 00: 01, 000 --> 00: 00: 04, 500", 1, 4.5),
        ("00:00:01,000 -> 00:00:04,500", 1, 4.5),
        ("00:00:01,000 -- > 00:00:04,500", 1, 4.5),
        ("00:00:01,000-->00:00:04,500", 1, 4.5),
        ("00:00:01,0 --> 00:00:04,5", 1, 4.5),
        ("1000:00:01,000 --> 1000:00:04,000", 3_600_001, 3_600_004),
        ("0:00:01.000,0:00:04.500", 1, 4.5),
        ("| 00:00:01.000 --> 00:00:04.500 |", 1, 4.5),
    ],
)
def test_times_are_understood(timing: str, first: float, last: float) -> None:
    (block,) = parse_captions(f"1\n{timing}\nThe dam holds 12 gates.\n").blocks
    assert block.text == "The dam holds 12 gates."
    assert (block.pieces[0].first, block.pieces[-1].last) == (first, last)


SPOKEN = """1
00:00:01,000 --> 00:00:03,000
NOTE that the dam was closed in 1932.

2
00:00:03,000 --> 00:00:05,000
And now a word on
STYLE: the gates are of the sluice kind.

REGION Holland has three more.
"""


def test_in_subrip_a_line_that_begins_with_note_is_speech() -> None:
    assert said(SPOKEN) == (
        "NOTE that the dam was closed in 1932. And now a word on STYLE: the gates are of the "
        "sluice kind. REGION Holland has three more."
    )


def test_in_webvtt_a_comment_is_one_where_it_stands_alone() -> None:
    text = (
        "WEBVTT\n\nSTYLE\n::cue { color: red }\n\n"
        + SPOKEN.replace(",", ".")
        + ("\nNOTE a comment\nof two lines\n\n00:06.000 --> 00:07.000\nThe end.\n")
    )
    parsed = parse_captions(text)
    spoken = " ".join(block.text for block in parsed.blocks)
    assert "NOTE that the dam was closed" in spoken
    assert "STYLE: the gates" in spoken
    assert "comment" not in spoken
    assert "of two lines" not in spoken
    assert spoken.endswith("The end.")
    assert "::cue { color: red }" in [text[low:high] for low, high, _ in parsed.dropped]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n00:01 --> 00:02\nIt has\n\n2\n00:02 --> 00:03\n512\n\n3\n00:03 --> 00:04\ngates.\n",
         "It has 512 gates."),
        ("WEBVTT\n\n00:01 --> 00:02\nIt has\n\n00:02 --> 00:03\n512\n\n00:03 --> 00:04\ngates.\n",
         "It has 512 gates."),
        ("1\n\n00:01 --> 00:02\n\nIt has\n\n2\n\n00:02 --> 00:03\n\ngates.\n", "It has gates."),
        ("WEBVTT\n\nintro-1\n00:01.0 --> 00:02.0\nIt has\n\nintro-2\n00:02.0 --> 00:03.0\ngates.\n",
         "It has gates."),
        ("1\n00:01 --> 00:02\na line\n\nafter a gap\n00:02 --> 00:03\ngates.\n",
         "a line after a gap gates."),
    ],
)  # fmt: skip
def test_numbers_that_are_said_and_numbers_of_cues(text: str, expected: str) -> None:
    assert said(text) == expected


@pytest.mark.parametrize("name", ["x.srt", "x.vtt", "x.sbv"])
def test_captions_without_times_are_text(read_text: Reader, name: str) -> None:
    document = read_text("# Dams\n\nThe dam is 30 km long.\nIt has 25 gates.\n", name)
    assert [passage.text for passage in document.passages] == [
        "The dam is 30 km long.\nIt has 25 gates."
    ]
    assert document.passages[0].place.unit == "line"
    assert document.report.problems == ("no times were understood in it: read as plain text",)


def test_the_samples_that_were_misread() -> None:
    folder = Path(__file__).parents[3] / "shared" / "cases" / "captions"
    if not folder.is_dir():
        pytest.skip("the folder of samples is not here")
    found = {
        file.name: " ".join(passage.text for passage in read(folder, file.name).passages)
        for file in folder.iterdir()
    }
    for name, words in {
        "colonmillis.srt": ["33 heads", "35 heads"],
        "detector.srt": ["which keeps 300 boxes", "17 frames", "512 steps", "640 steps"],
        "detector.vtt": ["400 boxes", "Ann Lee", "23 frames", "a line before", "29 frames", "10"],
        "long.srt": ["41 heads"],
        "nomillis.srt": ["15 heads", "21 heads"],
        "numbers.srt": ["got 512 points"],
        "spaced.srt": ["37 heads", "39 heads"],
        "youtube.sbv": ["47 heads", "49 heads"],
    }.items():
        assert all(word in found[name] for word in words), (name, found[name])
