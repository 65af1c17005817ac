"""What version 0.1 left behind is read. Its pools are tested in `tests/pool/test_migration.py`, its
runs in `tests/evals/run/test_model_run.py`, its indexes in `tests/retrieval/test_damage.py`."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from pipeline.config import load_config
from pipeline.config_lines import set_keys

OLD = Path(__file__).with_name("config-0.1.yaml")


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
