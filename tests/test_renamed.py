"""A key or a strategy that was renamed is read by its old name, and that is said in one line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline import renamed
from pipeline.cli import main
from pipeline.config import load_config
from pipeline.errors import ConfigError
from pipeline.renamed import RenamedWarning
from pipeline.strategies import make_strategy, parse_name


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if two keys and two parts of a strategy's name had once been others."""
    monkeypatch.setitem(renamed.KEYS, "ask.passages", "ask.k")
    monkeypatch.setitem(renamed.KEYS, "cutoff", "ask.sure")
    monkeypatch.setitem(renamed.STRATEGIES, "majority", "sc")
    monkeypatch.setitem(renamed.STRATEGIES, "steps", "cot")


def written(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.usefixtures("names")
def test_an_old_key_is_read_and_said(tmp_path: Path) -> None:
    file = written(tmp_path, "ask: {passages: 7}\ncutoff: 0.25\n")
    with pytest.warns(RenamedWarning) as told:
        ask = load_config(file).settings.ask
    assert (ask.k, ask.sure) == (7, 0.25)
    fields = [one.message.args[0].fields for one in told]  # type: ignore[union-attr]
    assert fields == [{"old": "ask.passages", "new": "ask.k"}, {"old": "cutoff", "new": "ask.sure"}]


@pytest.mark.usefixtures("names")
def test_the_present_key_counts_where_both_stand(tmp_path: Path) -> None:
    with pytest.warns(RenamedWarning):
        config = load_config(written(tmp_path, "ask: {passages: 7, k: 3}\n"))
    assert config.settings.ask.k == 3


@pytest.mark.usefixtures("names")
def test_what_no_old_name_stands_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ask\.passage\b"):
        load_config(written(tmp_path, "ask: {passage: 7}\n"))
    with pytest.warns(RenamedWarning), pytest.raises(ConfigError, match="`ask`"):
        load_config(written(tmp_path, "ask: 3\ncutoff: 0.5\n"))
    with pytest.warns(RenamedWarning), pytest.raises(ConfigError, match=r"`ask\.k`"):
        load_config(written(tmp_path, "ask: {passages: many}\n"))


@pytest.mark.usefixtures("names")
def test_an_old_strategy_is_the_new_one_with_its_parameters(tmp_path: Path) -> None:
    with pytest.warns(RenamedWarning):
        assert str(parse_name("rag3+steps@majority16")) == "rag3+cot@sc16"
    with pytest.warns(RenamedWarning):
        strategies = load_config(
            written(tmp_path, "strategies: {majority: {quorum: 3}, steps@majority: {share: 0.5}}")
        ).settings.strategies
    assert strategies == {"sc": {"quorum": 3}, "cot@sc": {"share": 0.5}}
    with pytest.warns(RenamedWarning):
        assert make_strategy("steps@majority4", options=strategies).name == "cot@sc4"


def test_without_an_old_name_nothing_is_said(tmp_path: Path) -> None:
    """Warnings are errors here."""
    assert load_config(written(tmp_path, "ask: {k: 7}\n")).settings.ask.k == 7
    assert str(parse_name("cot@sc16")) == "cot@sc16"


@pytest.mark.usefixtures("names")
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("language", "word"), [("en", "still"), ("ko", "이전")])
def test_the_command_line_says_it_once_on_standard_error(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    language: str,
    word: str,
) -> None:
    monkeypatch.setenv("LC_ALL", f"{language}_XX.UTF-8")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "cells.md").write_text("# Cells\n\nMitochondria make ATP.\n", "utf-8")
    file = written(tmp_path, "notes: {path: notes}\nask: {passages: 7}\n")
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main(["notes", "show", "cells.md", "--config", str(file)])
        assert ended.value.code == 0
    out, err = capsys.readouterr()
    (line,) = [line for line in err.splitlines() if "ask.passages" in line]
    assert line.startswith("thinkscale:")
    assert {"`ask.k`", word} <= set(re.findall(r"`ask\.k`|still|이전", line))
    assert "ask.passages" not in out
