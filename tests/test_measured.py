"""What a run found best is what `ask` uses, for that model and those notes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.config import Config, load_config
from pipeline.measured import Measured, best_measured, remember

FOUND = Measured("r1", "notes-qa", 120, "sha", "", "cot@sc8", "direct", 9.2, 6.04)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "notes").mkdir()
    (tmp_path / "config.yaml").write_text("notes: {path: notes}\n")
    return load_config(tmp_path / "config.yaml")


def test_the_newest_finding_counts_for_its_model_and_notes_only(config: Config) -> None:
    assert best_measured(config, "sha") is None
    mine = replace(FOUND, notes=str(config.notes_path))
    remember(config, mine)
    remember(config, replace(mine, model="other", strategy="plan"))
    remember(config, replace(mine, notes="/elsewhere", strategy="plan"))
    assert best_measured(config, "sha") == mine
    later = replace(mine, run="r2", strategy="direct", points=0.0)
    remember(config, later)
    assert best_measured(config, "sha") == later
    assert best_measured(config, "none") is None


def test_it_says_why(config: Config) -> None:
    assert "your run of notes-qa (n=120): +9 points over direct at 6.0x tokens" in str(FOUND)
    assert "found nothing better" in str(replace(FOUND, strategy="direct"))


def test_a_damaged_file_is_as_none(config: Config) -> None:
    file = config.resolve(".thinkscale/measured.json")
    file.parent.mkdir()
    for text in ("", "[1]", '[{"run": 1}]', "{}"):
        file.write_text(text)
        assert best_measured(config, "sha") is None
    remember(config, replace(FOUND, notes=str(config.notes_path)))
    assert best_measured(config, "sha") is not None
