"""A reply is a piece of a text where its words stand there whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence.spans import find_span
from pipeline.text.particles import is_ending

BRIDGE = "The Vara is crossed by the Stone Bridge (1912), which cost $308,000, or 4.5% more."
LIBRARY = "시립 도서관은 1931년에 문을 열었고, 《새벽》의 저자 최민재들에게서 책 21만 권을 받았다."


@pytest.mark.parametrize(
    ("reply", "text", "language", "piece"),
    [
        ("the stone bridge.", BRIDGE, "en", "the Stone Bridge"),
        ("A Stone Bridge", BRIDGE, "en", "Stone Bridge"),
        ("“1912”", BRIDGE, "en", "1912"),
        ("$308,000", BRIDGE, "en", "$308,000"),
        ("308,000", BRIDGE, "en", "308,000"),
        ("4.5%", BRIDGE, "en", "4.5%"),
        ("bridge 1912", BRIDGE, "en", "Bridge (1912"),
        ("1931년", LIBRARY, "ko", "1931년"),
        ("1931년이다", LIBRARY, "ko", "1931년"),
        ("시립도서관", LIBRARY, "ko", "시립 도서관"),
        ("새벽", LIBRARY, "ko", "새벽"),
        ("최민재", LIBRARY, "ko", "최민재"),
        ("책 21만 권을", LIBRARY, "ko", "책 21만 권을"),
        ("책 21만 권이다.", LIBRARY, "ko", "책 21만 권"),
        ("도서관은", "시립 도서관", "ko", "도서관"),
        ("책은", LIBRARY, "ko", "책"),
        # at the beginning, and at the second place where its letters stand
        ("Vara", "Vara weir", "en", "Vara"),
        ("art", "A cart of art.", "en", "art"),
        ("77", "Route 7 77 km", "en", "77"),
        # a sign ends a word
        ("5%", "It is up 5%pts.", "en", "5%"),
    ],
)
def test_where_it_stands(reply: str, text: str, language: str, piece: str) -> None:
    found = find_span(reply, text, language)
    assert found is not None
    assert text[slice(*found)] == piece


@pytest.mark.parametrize(
    ("reply", "text", "language"),
    [
        ("ridge", BRIDGE, "en"),
        ("912", BRIDGE, "en"),
        ("Stone Bridges", BRIDGE, "en"),
        ("The stone bridge was built in 1912", BRIDGE, "en"),
        ("4.5$", BRIDGE, "en"),
        ("go", "long ago", "en"),
        ("vitamin c", "A vitamin cures it.", "en"),
        ("", BRIDGE, "en"),
        ("the", "", "en"),
        ("...", BRIDGE, "en"),
        ("도서", LIBRARY, "ko"),
        ("립 도서관", LIBRARY, "ko"),
        ("1974년", LIBRARY, "ko"),
    ],
)
def test_what_does_not_stand_there(reply: str, text: str, language: str) -> None:
    assert find_span(reply, text, language) is None


@given(st.text(), st.text(), st.sampled_from(["en", "ko"]))
def test_any_reply_is_looked_up_and_what_is_found_says_the_same(
    reply: str, text: str, language: str
) -> None:
    found = find_span(reply, text, language)
    if found is not None:
        start, end = found
        assert 0 <= start < end <= len(text)
        assert find_span(text[start:end], text, language) is not None


WORDS = st.lists(st.text("abcd가나다", min_size=1, max_size=5), min_size=1, max_size=12)


@given(WORDS, st.data())
def test_every_run_of_whole_words_is_found(words: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first + 1, len(words)))
    reply = " ".join(words[first:last])
    for text in (" ".join(words), ", ".join(words).upper()):
        found = find_span(reply, text)
        assert found is not None
        said = text[slice(*found)].replace(",", "").lower()
        assert said.replace(" ", "") == reply.replace(" ", "")


@pytest.mark.parametrize("rest", ["에서는", "이다", "까지", "들에게서", "으로부터의"])
def test_what_follows_a_noun(rest: str) -> None:
    assert is_ending(rest)


@pytest.mark.parametrize("rest", ["", "대학교", "청", "서관은"])
def test_what_is_a_word_of_its_own(rest: str) -> None:
    assert not is_ending(rest)
