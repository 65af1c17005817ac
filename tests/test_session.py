"""Which way of thinking a session takes, from what was asked and what is configured."""

from __future__ import annotations

import pytest

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.session import open_session


@pytest.mark.parametrize(
    ("strategy", "samples", "taken", "draws"),
    [
        (None, None, "direct@verified", 8),
        (None, 4, "direct@verified", 4),
        ("direct", None, "direct", 1),
        ("direct", 1, "direct", 1),
        ("cot", 6, "cot@verified", 6),  # so many draws are asked for to be put to a vote
        ("cot@sc", 6, "cot@sc", 6),
    ],
)
def test_the_way_of_thinking(
    small: Config, strategy: str | None, samples: int | None, taken: str, draws: int
) -> None:
    with open_session(small, strategy=strategy, samples=samples) as asker:
        assert asker.strategy.draws == draws
        assert asker.strategy.name.removesuffix(str(draws)) == taken


def test_an_arm_of_a_measurement_is_not_for_asking(small: Config) -> None:
    with (
        pytest.raises(ConfigError, match="eval run"),
        open_session(small, strategy="oracle+direct"),
    ):
        pass
