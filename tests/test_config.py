"""config.yaml: every mistake is named with its file, line and key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.config import Config, Settings, default_config_path, load_config
from pipeline.errors import ConfigError

ROOT = Path(__file__).parents[1]


def write(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_shipped_file_holds_the_defaults() -> None:
    assert load_config(ROOT / "config.yaml").settings == Settings()


def test_every_key_of_the_schema_stands_in_the_shipped_file_with_a_comment() -> None:
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    for section, field in Settings.model_fields.items():
        assert f"{section}:" in text
        for key in getattr(field.annotation, "model_fields", ()):
            assert f"  {key}:" in text, f"{section}.{key}"


def test_the_schema_document_is_the_schema() -> None:
    stored = json.loads((ROOT / "docs/config.schema.json").read_text(encoding="utf-8"))
    assert stored == Settings.model_json_schema()


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "notes: {path: 노트}\n"))
    assert config.notes_path == tmp_path / "노트"


def test_the_nearest_file_above_the_working_folder_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, "ask: {k: 3}\n")
    (tmp_path / "a/b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a/b")
    assert default_config_path() == file


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, "")).settings == Settings()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("ask:\n  k: 3\n  startegy: cot\n", 3, ["`ask.startegy`", "`strategy`"]),
        ("modle: {}\n", 1, ["`modle`", "`model`"]),
        ("ask:\n  k: many\n", 2, ["`ask.k`", "'many'", "integer"]),
        ("ask:\n  k: '3'\n", 2, ["`ask.k`"]),
        ("sampling:\n  top_p: 1.5\n", 2, ["`sampling.top_p`", "1.5"]),
        ("model:\n  gpu_layers: some\n", 2, ["`model.gpu_layers`", "'some'"]),
        ("model:\n  languages:\n    - en\n    - fr\n", 4, ["`model.languages.1`", "'fr'"]),
        ("ask: 3\n", 1, ["`ask`"]),
        ("- a\n", 1, ["top level"]),
        ("a: [1\n", 2, ["not valid YAML"]),
        ("ask:\n  strategy: ''\n", 2, ["`ask.strategy`"]),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, words: list[str]
) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    message = str(caught.value)
    assert f"{file}:{line}:" in message
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_missing_or_binary_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such configuration file"):
        load_config(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "binary.yaml")


def test_two_models_each_a_path_or_a_section(tmp_path: Path) -> None:
    text = "models: {read: {path: a.gguf, languages: [ko], context: 512}, reason: b.gguf}\n"
    config = load_config(write(tmp_path, text))
    assert config.settings.model.path == "a.gguf", "who asks for the model gets the one that reads"
    configs = config.by_role
    assert {role: one.settings.model.path for role, one in configs.items()} == {
        "read": "a.gguf", "reason": "b.gguf"
    }  # fmt: skip
    assert configs["read"].settings.model.languages == ["ko"]
    assert configs["reason"].settings.model.context == Settings().model.context
    assert all(list(one.by_role) == ["read"] for one in configs.values()), "each is one alone"
    kept = load_config(write(tmp_path, "model: {path: a.gguf}\nmodels: {reason: b.gguf}\n"))
    assert [one.settings.model.path for one in kept.by_role.values()] == ["a.gguf", "b.gguf"]
    alone = load_config(write(tmp_path, "models: {read: a.gguf}\n"))
    assert [one.settings.model.path for one in alone.by_role.values()] == ["a.gguf"]
    assert list(Config(Settings(), tmp_path / "c").by_role) == ["read"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("model: {path: a}\nmodels:\n  read: b\n", 1, ["`models.read`", "Leave one"]),
        ("models:\n  reason:\n    pathe: b\n", 3, ["`models.reason.pathe`", "`path`"]),
        ("models:\n  judge: b\n", 2, ["`models.judge`", "read, reason"]),
        ("models:\n  reason: 3\n", 2, ["`models.reason`"]),
        ("models:\n  reason: ''\n", 2, ["`models.reason.path`"]),
    ],
)
def test_mistakes_with_two_models(tmp_path: Path, text: str, line: int, words: list[str]) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(write(tmp_path, text))
    told = str(error.value)
    assert f"config.yaml:{line}:" in told
    for word in words:
        assert word in told
