"""Bytes to text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import NotesError
from pipeline.notes.decoding import decode

KOREAN = "오늘은 별이 많이 보인다. 내일은 비가 온다고 한다.\r\n둘째 줄 3.14\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp949", "euc-kr"],
)
def test_korean_is_read_in_every_usual_encoding(encoding: str) -> None:
    found = decode(KOREAN.encode(encoding), "x")
    assert found.text == KOREAN.replace("\r\n", "\n")
    assert found.problems == []


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_english_utf16_without_its_mark(encoding: str) -> None:
    assert decode("A plain line.\n".encode(encoding), "x").text == "A plain line.\n"


def test_a_few_broken_bytes_are_marked_and_named() -> None:
    data = ("가나다라 " * 200).encode()
    found = decode(data[:601] + b"\xff" + data[601:], "x")
    assert found.encoding == "utf-8"
    assert "\ufffd" in found.text
    assert "not valid utf-8" in found.problems[0]


@pytest.mark.parametrize("data", [bytes(range(256)) * 8, b"\x89PNG\r\n\x1a\n" + b"\0\1\2\3" * 99])
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(NotesError) as caught:
        decode(data, "x.md")
    assert "x.md" in caught.value.what
    assert caught.value.remedy


@given(st.binary(min_size=1, max_size=300))
@settings(deadline=None)
def test_any_bytes_are_text_or_an_error(data: bytes) -> None:
    try:
        found = decode(data, "x")
    except NotesError:
        return
    assert "\r" not in found.text


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1))
@settings(deadline=None)
def test_utf8_comes_back_as_it_was(text: str) -> None:
    assert decode(text.encode(), "x").text == text.removeprefix("\ufeff")
