"""What version 0.1 left behind is read: `made-by-0.1.zip` is a folder in which its commands were
run, `index`, `ask` and `eval run sums --strategies direct,cot@sc4 --limit 3 --name old` (the index
without vectors, which would bring 90 MB of an encoder along). More about its pools stands in
`tests/pool/test_migration.py`, about its runs in `tests/evals/run/test_model_run.py`."""

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from pipeline.config import load_config
from pipeline.config_lines import set_keys
from pipeline.errors import IndexError_
from pipeline.pool import DiskPool
from pipeline.retrieval import ensure, open_index

OLD = Path(__file__).with_name("config-0.1.yaml")
MADE = Path(__file__).with_name("made-by-0.1.zip")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where 0.1 was at work, as it left it."""
    with zipfile.ZipFile(MADE) as packed:
        packed.extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*words: str) -> Result:
    from pipeline.cli import cli

    return CliRunner().invoke(cli, list(words))


def test_a_configuration_means_what_it_meant(tmp_path: Path) -> None:
    """Every key is known still, and every value is the one written there."""
    found = load_config(OLD).settings.model_dump(mode="json")
    for section, keys in yaml.safe_load(OLD.read_text(encoding="utf-8")).items():
        for key, value in keys.items():
            assert found[section][key] == value, (section, key)


def test_it_is_edited_in_its_own_lines(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    shutil.copy(OLD, file)
    set_keys(file, {"model.path": "other.gguf", "ask.weigh": False})
    assert load_config(file).settings.model.path == "other.gguf"
    before, after = OLD.read_text("utf-8").splitlines(), file.read_text("utf-8").splitlines()
    assert len(set(after) - set(before)) == 2


def test_its_index_is_made_anew_by_the_next_question(folder: Path) -> None:
    """What cannot be read says so and what to do; the next question does it, and the notes stay."""
    config = load_config(folder / "config.yaml")
    notes = {path.name: path.read_bytes() for path in config.notes_path.iterdir()}
    with pytest.raises(IndexError_) as refused:
        open_index(config)
    assert "older format 1" in refused.value.what
    assert refused.value.remedy == "Run `thinkscale index --rebuild`."
    with ensure(config) as index:
        (hit,) = index.search("How many parameters does the largest version of GPT-2 have?", 1)
        assert "1.5 billion" in hit.passage.text
        (hit,) = index.search("밀물은 왜 생기나요?", 1)
        assert hit.passage.source == "달.md"
    assert {path.name: path.read_bytes() for path in config.notes_path.iterdir()} == notes


def test_its_samples_are_replayed(folder: Path) -> None:
    path = folder / ".thinkscale/pool.sqlite"
    with sqlite3.connect(path) as db:
        texts = {text for (text,) in db.execute("SELECT text FROM samples")}
    db.close()
    with DiskPool(path) as pool:
        rows = list(pool.rows())
    assert len(rows) == 15
    assert {row["text"] for row in rows} == texts


def test_its_run_is_reported(folder: Path) -> None:
    done = said("eval", "report", "old")
    assert done.exit_code == 0, done.output
    page = Path(done.output.strip()).read_text(encoding="utf-8")
    assert "cot@sc4" in page
    assert "33.3" in page
