"""What may be shown: text of every script, and nothing that does more than be read."""

from __future__ import annotations

import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.shown import (
    SWEEP,
    SafeStream,
    Unheard,
    clean,
    clean_all,
    json_in,
    json_text,
    one_line,
    styled,
)

BIDI = [c for c in map(chr, range(0x110000)) if unicodedata.bidirectional(c) in
        {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}]  # fmt: skip
MARKS = ["\u061c", "\u200e", "\u200f"]
ANY = st.text(st.characters(exclude_categories=()) | st.sampled_from("\x1b\x07\x9b\x00\r\u202e["))

KEPT = [
    "대한민국 헌법 제1조: 한글과 漢字, ㄱㄴㄷ",
    "한글",  # decomposed
    "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ☎️",
    "e\u0301 Z̸̡͈a̵l̷g̶o̴ नमस्ते می‌خواهم",
    "שלום עולם, مرحبا بالعالم",
    "a\tb\nc\n",
    "\u00a0\u00ad\u200b\u3000\ufeff",
    "\ufffd",
    "C++ [31m and \\x1b are text",
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def is_safe(text: str) -> bool:
    """No control but tab and line end, no control of direction, no half of a character."""
    return not any(
        (unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\t\n")
        or c in BIDI
        or c in MARKS
        for c in text
    )


@pytest.mark.parametrize("text", KEPT)
def test_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@given(ANY)
def test_nothing_else_than_text_is_left(text: str) -> None:
    assert is_safe(clean(text))
    assert clean(clean(text)) == clean(text)
    assert is_safe(one_line(text))
    assert "\n" not in one_line(text)
    clean(text).encode()


@given(ANY)
def test_whatever_is_written_is_safe(text: str) -> None:
    """On a terminal and in a pipe; also what was made to look like our own styles."""
    for stream in (Terminal(), io.StringIO()):
        safe = SafeStream(stream, "test")
        safe.write(text)
        safe.writelines([text, text])
        assert is_safe(stream.getvalue())


def test_every_character_alone() -> None:
    unsafe = [c for c in map(chr, range(0x110000)) if not is_safe(clean(c))]
    assert unsafe == []
    changed = {c for c in map(chr, range(0x110000)) if clean(c) != c}
    assert {c for c in map(chr, range(0x110000)) if not is_safe(c)} <= changed
    assert len(changed) < 2048 + 100


def test_lines_end_as_they_should() -> None:
    assert clean("a\r\nb\rc\u2028d\u2029e") == "a\nb\nc\nd\ne"
    assert one_line("notes\r\n/a\tb\x1b[2J.md") == "notes /a b\ufffd[2J.md"


@given(st.recursive(ANY | st.integers() | st.none(), lambda x: st.lists(x) |
       st.dictionaries(ANY, x), max_leaves=8))  # fmt: skip
def test_json_says_the_same_and_is_safe(value: object) -> None:
    text = json_text(value)
    assert is_safe(text)
    assert json.loads(text) == value
    assert is_safe(json.dumps(clean_all(value), ensure_ascii=False).replace("\\", ""))
    assert json_text({"가": "나"}) == '{"가": "나"}'


def test_our_own_styles_and_nobody_elses() -> None:
    hostile = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J"
    screen, pipe = Terminal(), io.StringIO()
    for stream in (screen, pipe):
        SafeStream(stream, "test").write(f"{SWEEP}{styled(hostile, 'bold')} {hostile}")
    words = "\ufffd[31mred\ufffd[0m \ufffd]0;title\ufffd \ufffd2J"
    assert screen.getvalue() == f"\r\x1b[2K\x1b[1m{words}\x1b[0m {words}"
    assert pipe.getvalue() == f"{words} {words}"


def test_a_safe_stream_cannot_be_written_past() -> None:
    stream = SafeStream(io.TextIOWrapper(io.BytesIO(), "utf-8"), "test")
    with pytest.raises(TypeError):
        stream.write(b"")
    assert not hasattr(stream, "buffer")


def test_bytes_are_cleaned_too() -> None:
    pipe = io.StringIO()
    SafeStream(pipe, "test").write("가\x1b[2J\n".encode())
    assert pipe.getvalue() == "가\ufffd[2J\n"


def test_an_error_of_a_stream_has_its_name() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(Unheard, match="'standard output'"):
        SafeStream(Full(), "standard output").write("a")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp949", "utf-8", None])
def test_json_says_the_same_in_every_encoding(encoding: str | None) -> None:
    value = {"모델": "GPT-3의 파라미터 👩‍👩‍👧 “é” \u2028 \ud800", "n": [1, "plain"]}
    text = json_in(json_text(value, indent=1), encoding)
    assert json.loads(text.encode(encoding or "utf-8").decode(encoding or "utf-8")) == value
    assert ("모델" in text) == (encoding in ("utf-8", None))
