"""How many of how many must agree, by what they say."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies import make_strategy
from tests.strategies.helpers import run, sum_question


@dataclass(frozen=True)
class Read:
    """Every reply but "-" votes for its first word."""

    firm: bool

    def __call__(self, reply: str, mark: str = "", *, cut: bool = False) -> ParsedReply | None:
        return ParsedReply(reply, key=reply.split()[0], firm=self.firm) if reply != "-" else None


def winner(name: str, votes: int, of: int, *, firm: bool) -> str | None:
    asked = replace(sum_question(), read=Read(firm), kind=None)
    thought, _ = run(make_strategy(name), lambda _, draw: "9" if draw < votes else "-", asked)
    assert len(thought.samples) == of
    return thought.decision.winner.text if thought.decision.winner else None


@pytest.mark.parametrize(
    ("draws", "value", "words"), [(1, 1, 1), (2, 2, 2), (4, 2, 3), (8, 3, 5), (16, 6, 9)]
)
def test_a_value_needs_three_of_eight_and_words_more_than_half(
    draws: int, value: int, words: int
) -> None:
    name = f"direct@verified{draws}"
    for firm, least in ((True, value), (False, words)):
        assert winner(name, least, draws, firm=firm) == "9"
        assert winner(name, least - 1, draws, firm=firm) is None


def test_without_verification_one_vote_is_enough() -> None:
    assert winner("direct@sc8", 1, 8, firm=False) == "9"
