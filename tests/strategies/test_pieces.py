"""Pieces of a sentence, and what is seen of one."""

from __future__ import annotations

import math

import pytest

from pipeline.strategies.common.pieces import MOST_WORDS, Piece, SentencePieces

BRIDGE = SentencePieces("The old bridge (in Turin) opened in 1931.", "When did it open?", "en")
RIVER = SentencePieces("(한강은) 서울을 지난다.", "어디를 지나는 강인가?", "ko")


def texts(of: SentencePieces) -> list[str]:
    return [of.text[piece.start : piece.end] for piece in of.pieces()]


def form(of: SentencePieces, text: str) -> dict[str, float]:
    piece = next(p for p in of.pieces() if of.text[p.start : p.end] == text)
    return of.form(piece)


def test_a_piece_begins_and_ends_with_a_word() -> None:
    assert {"in", "in Turin", "Turin", "bridge (in Turin", "1931"} <= set(texts(BRIDGE))
    assert not any(text[0] in "( " or text[-1] in ".) " for text in texts(BRIDGE))
    assert {"한강", "한강은", "서울", "서울을", "서울을 지난다"} <= set(texts(RIVER))


def test_a_piece_is_not_too_long() -> None:
    long = SentencePieces(" ".join("abcdefghijklm"), "What?", "en")
    assert max(len(text.split()) for text in texts(long)) == MOST_WORDS
    assert texts(long)[-1] == "m"


def test_a_sign_of_a_figure_belongs_to_it() -> None:
    assert "$40" in texts(SentencePieces("It cost ($40).", "What did it cost?", "en"))
    assert "30%" in texts(SentencePieces("비율은 30%다.", "비율은?", "ko"))


def test_begins_gives_each_word_once_with_its_end() -> None:
    assert [BRIDGE.text[a:b] for a, b in BRIDGE.begins()] == [
        "The", "old", "bridge", "in", "Turin", "opened", "in", "1931",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "named"),
    [("Turin", 1.0), ("The", 0.0), ("The old", 1.0), ("in Turin", 1.0), ("Turin) opened", 1.0),
     ("opened", 0.0), ("old bridge", 0.0), ("opened in 1931", 0.0)],
)  # fmt: skip
def test_a_capital_is_a_name_but_not_that_of_the_first_word_alone(text: str, named: float) -> None:
    who = SentencePieces(BRIDGE.text, "Who opened it?", "en")
    assert form(who, text)["named"] == named
    assert form(BRIDGE, text)["named"] == 0.0, "a time is asked for"


def test_a_piece_is_near_words_of_the_question_outside_of_it() -> None:
    one = SentencePieces("Bees dance where nectar is rich.", "Where do bees dance?", "en")
    assert form(one, "nectar")["near"] == pytest.approx(1 / 3 + 1 / 2)
    assert form(one, "dance where nectar")["near"] == 1.0
    assert form(one, "Bees dance")["near"] == 0.0
    assert form(one, "Bees dance")["asked"] == 1.0
    assert form(one, "rich")["near"] == pytest.approx(1 / 5 + 1 / 4)


def test_the_numbers_of_a_piece() -> None:
    seen = form(BRIDGE, "1931")
    assert seen["words"] == pytest.approx(math.log(2))
    assert (seen["one"], seen["figure"], seen["stops"], seen["after"]) == (1, 1, 1, 0)
    seen = form(BRIDGE, "in Turin")
    assert seen["words"] == pytest.approx(math.log(3))
    assert (seen["one"], seen["figure"], seen["stops"], seen["inner"]) == (0, 0, 1, 0)
    assert form(BRIDGE, "Turin) opened")["inner"] == 1
    assert form(BRIDGE, "old")["before"] == 1, "'the' says nothing"
    assert form(BRIDGE, "bridge")["before"] == 0
    assert form(BRIDGE, "The")["before"] == 0, "there is nothing before it"
    assert BRIDGE.form(Piece(0, 3, 0, 0))["first"] == 1
