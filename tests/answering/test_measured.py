"""What a run found best is what `ask` uses, for that model and those notes."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.answering.measured import (
    MeasuredStrategy,
    best_measured,
    remember,
    strategy_options,
)
from pipeline.answering.session import SOUND, chosen_strategy
from pipeline.config import Config, load_config
from pipeline.errors import DatasetError
from pipeline.strategies import make_strategy
from pipeline.strategies.optimal import PRIOR_TABLE
from tests.damage import DAMAGES, damaged

FOUND = MeasuredStrategy("r1", "notes-qa", 120, "sha", "", "cot@sc8", "direct", 9.2, 6.04)


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


def test_a_damaged_file_is_named_and_not_used(config: Config) -> None:
    file = config.resolve(".thinkscale/measured.json")
    mine = replace(FOUND, notes=str(config.notes_path))
    remember(config, mine)
    sound = file.read_bytes()
    texts = [b"", b"[1]", b"{}", *(damaged(sound, how, n) for how in DAMAGES for n in range(20))]
    for text in texts:
        file.write_bytes(text)
        found = mine
        with contextlib.suppress(DatasetError):
            found = best_measured(config, "sha") or replace(mine, strategy="")
        assert found == mine
    file.write_bytes(b"")
    with pytest.raises(DatasetError, match=r"measured\.json: .*Remove it"):
        best_measured(config, "sha")
    remember(config, mine)  # the remedy: what is measured again takes its place
    assert best_measured(config, "sha") == mine


def test_an_answer_says_that_what_was_measured_cannot_be_read(config: Config) -> None:
    file = config.resolve(".thinkscale/measured.json")
    file.parent.mkdir()
    file.write_text("{")
    name, why = chosen_strategy(config)
    assert str(name) == SOUND
    assert "measured.json" in why
    assert "Remove it" in why


def test_optimal_spends_as_a_run_taught(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.answering.measured.model_identity", lambda _: "sha")
    assert "cot@optimal" not in strategy_options(config)
    taught = {"cot": "0.75 stop, 0 more"}
    remember(config, replace(FOUND, notes=str(config.notes_path), tables=taught))
    options = strategy_options(config)
    assert "0.75 stop, 0 more" in repr(make_strategy("cot@optimal8", options=options))
    assert PRIOR_TABLE in repr(make_strategy("plan@optimal8", options=options))
    # the configuration's own table counts before it
    file = config.resolve("config.yaml")
    file.write_text('notes: {path: notes}\nstrategies: {optimal: {table: "0 more"}}\n')
    own = strategy_options(load_config(file))
    assert "'0 more'" in repr(make_strategy("cot@optimal8", options=own))
    config.resolve(".thinkscale/measured.json").write_bytes(b"")
    assert "cot@optimal" not in strategy_options(config)
    with pytest.raises(DatasetError, match="Remove it"):  # it would decide with another table
        strategy_options(config, "optimal")
