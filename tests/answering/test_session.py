"""Which strategy a session takes, from what was asked and what is configured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.answering.measured import MeasuredStrategy, remember
from pipeline.answering.session import SOUND, chosen_strategy, open_session
from pipeline.config import Config, load_config
from pipeline.errors import ConfigError
from pipeline.models.local_files import model_identity
from pipeline.strategies import parse_name
from tests.conftest import ROOT, write_notes


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


def measured(config: Config, strategy: str) -> None:
    """Leave a finding for the configured model and notes."""
    remember(
        config,
        MeasuredStrategy(
            run="sums-1", task="sums", n=40, model=model_identity(config),
            notes=str(config.notes_path), strategy=strategy, baseline="direct", points=9, times=3,
        ),
    )  # fmt: skip


def test_auto_is_the_sound_strategy_until_something_was_measured(tmp_path: Path) -> None:
    config = write_notes(tmp_path)
    assert config.settings.ask.strategy == "auto"
    assert chosen_strategy(config) == chosen_strategy(config, "auto") == (parse_name(SOUND), "")
    measured(config, "cot@sc4")
    name, why = chosen_strategy(config)
    assert str(name) == "cot@sc4"
    assert "sums-1" not in why
    assert "run of sums" in why
    assert chosen_strategy(config, "plan") == (parse_name("plan"), "")
    measured(config, "gone@forever4")  # by another version
    assert chosen_strategy(config) == (parse_name(SOUND), "")


def test_only_one_place_reads_which_strategy_is_configured() -> None:
    readers = [
        str(file.relative_to(ROOT))
        for folder in ("pipeline", "evals", "benchmarks")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if re.search(r"\bask\.strategy\b(?!`)|\bbest_measured\(", file.read_text("utf-8"))
    ]
    assert readers == ["pipeline/answering/measured.py", "pipeline/answering/session.py"]


def test_a_model_behind_an_endpoint_is_asked_as_one_in_a_file(tmp_path: Path) -> None:
    config = write_notes(tmp_path)
    text = config.file.read_text("utf-8")
    config.file.write_text(f"{text}model: {{path: 'http://127.0.0.1:9/v1#Qwen3-8B'}}\n")
    with open_session(load_config(config.file)) as asker:
        assert asker.model == "Qwen3-8B"
        assert not asker.rules.weigh  # few endpoints tell likelihoods
