"""Keys set in config.yaml by lines: everything else stays as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load_config
from pipeline.config_lines import set_keys, with_keys
from pipeline.errors import ConfigError

ROOT = Path(__file__).parents[1]
WANTED: dict[str, Any] = {"model.path": "hf:Qwen/Qwen3/a b.gguf", "model.languages": ["en", "ko"]}

TEXTS = {
    "empty": "",
    "comment": "# mine\n",
    "block": "model:\n  path: embedded   # the model\n  languages: [en] # what\nask:\n  k: 3\n",
    "flow": "model: {path: embedded, languages: [en]} # all\nask: {k: 3}\n",
    "flow without the keys": "model: {context: 512}\nask: {k: 3}\n",
    "block without the keys": "ask:\n  k: 3\nmodel:\n    context: 512 # tokens\n",
    "a list by lines": "model:\n  languages:\n    - en # English\n  path: embedded\nask: {k: 3}\n",
    "a list by lines at the end": "model:\n  languages:\n  - en\n  - ko\n",
    "no section": "ask:\n  k: 3\n",
    "empty section": "model:\nask:\n  k: 3\n",
    "no line end": "ask:\n  k: 3",
    "quoted": "model:\n  path: 'embedded'\n  languages: ['en']\n",
    "windows": "model:\r\n  path: embedded\r\n  # here\r\nask:\r\n  k: 3\r\n",
    "mark": "\ufeffmodel:\n  path: embedded\n",
    "korean": "# 모델은 여기에\nmodel:\n  path: embedded # 내장\n",
    "document": "---\nmodel:\n  path: embedded\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_keys_are_set_and_nothing_else_is_touched(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(text.encode())
    before = yaml.safe_load(text.removeprefix("\ufeff")) or {}
    set_keys(file, WANTED)
    settings = load_config(file).settings
    assert settings.model.path == WANTED["model.path"]
    assert settings.model.languages == ["en", "ko"]
    after = file.read_bytes().decode()
    data = yaml.safe_load(after.removeprefix("\ufeff"))
    for section, part in before.items():
        for key, value in (part or {}).items():
            if f"{section}.{key}" not in WANTED:
                assert data[section][key] == value
    for line in text.removeprefix("\ufeff").splitlines():
        if "#" in line and "English" not in line:
            assert line[line.index("#") :] in after
    assert after.count("\r\n") == (after.count("\n") if "\r" in text else 0)


def test_the_shipped_configuration_keeps_every_line_but_two() -> None:
    text = (ROOT / "config.yaml").read_text("utf-8")
    edited = with_keys(text, WANTED)
    changed = [
        (old, new)
        for old, new in zip(text.splitlines(), edited.splitlines(), strict=True)
        if old != new
    ]
    assert [old.split(":")[0].strip() for old, _ in changed] == ["path", "languages"]
    assert all(old.split("#")[1] == new.split("#")[1] for old, new in changed if "#" in old)
    assert with_keys(edited, {"model.path": "embedded", "model.languages": ["en"]}) == text


@given(st.text(min_size=1).filter(lambda s: s.strip() and "\0" not in s and s.isprintable()))
def test_any_path_comes_back_as_it_was(path: str) -> None:
    for text in TEXTS.values():
        data = yaml.safe_load(with_keys(text.removeprefix("\ufeff"), {"model.path": path}))
        assert data["model"]["path"] == path


@pytest.mark.parametrize("text", ["model: [1, 2]", "- a\n- b\n", "model: &a\n  path: x\nask: *a\n"])
def test_what_cannot_be_edited_is_said_and_stays(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        set_keys(file, WANTED)
    assert file.read_text("utf-8") == text


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        set_keys(tmp_path / "none.yaml", WANTED)
    (tmp_path / "x.yaml").write_bytes(b"\xff\xff")
    with pytest.raises(ConfigError, match="text"):
        set_keys(tmp_path / "x.yaml", WANTED)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text("model: {path: embedded}\n", "utf-8")
    link = tmp_path / "config.yaml"
    link.symlink_to(real)
    set_keys(link, WANTED)
    assert link.is_symlink()
    assert "a b.gguf" in real.read_text("utf-8")
