"""Is it the same embedder? By its files, without loading it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config, load_config
from pipeline.retrieval import identity
from pipeline.retrieval.identity import difference, embedder_identity, sealed_identity

LARGE = (1 << 22) + 1000


@pytest.fixture
def config(tmp_path: Path) -> Config:
    folder = tmp_path / "모델"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    (folder / "1_Pooling" / "config.json").write_text('{"mean": true}', encoding="utf-8")
    (folder / "model.safetensors").write_bytes(os.urandom(LARGE))
    (tmp_path / "index").mkdir()
    (tmp_path / "config.yaml").write_text(
        "index: {path: index}\nembedder: {model: 모델}\n", encoding="utf-8"
    )
    return load_config(tmp_path / "config.yaml")


def differs(made: dict[str, Any], config: Config) -> str:
    return difference(made, config, embedder_identity(config))


def rewrite(path: Path, at: int, *, keep_time: bool) -> None:
    """Change one byte, and nothing of the size."""
    facts, data = path.stat(), bytearray(path.read_bytes())
    data[at] ^= 255
    path.write_bytes(bytes(data))
    time = facts.st_mtime_ns if keep_time else facts.st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(time, time))


def test_the_same_is_the_same(config: Config) -> None:
    assert differs(sealed_identity(config), config) == ""


@pytest.mark.parametrize(
    ("name", "at", "keep_time"),
    [
        ("config.json", 5, True),
        ("1_Pooling/config.json", 5, True),
        ("model.safetensors", 10, True),  # at the edge
        ("model.safetensors", LARGE - 10, True),
        ("model.safetensors", LARGE // 2, False),  # in the middle: its time tells
    ],
)
def test_a_change_at_equal_size_is_noticed(
    config: Config, name: str, at: int, keep_time: bool
) -> None:
    made = sealed_identity(config)
    rewrite(config.file.parent / "모델" / name, at, keep_time=keep_time)
    assert differs(made, config)


def test_files_that_come_and_go_are_noticed(config: Config) -> None:
    made = sealed_identity(config)
    extra = config.file.parent / "모델" / "tokenizer.json"
    extra.write_text("{}", encoding="utf-8")
    assert differs(made, config)
    extra.unlink()
    assert not differs(made, config)
    (config.file.parent / "모델" / "config.json").unlink()
    assert differs(made, config)


def test_installed_again_is_the_same_and_hashed_once(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sealed_identity(config)
    weights = config.file.parent / "모델" / "model.safetensors"
    os.utime(weights, ns=(5, 5))
    hashed = []
    whole = identity._whole

    def counting(path: Path) -> str:
        hashed.append(path.name)
        return whole(path)

    monkeypatch.setattr(identity, "_whole", counting)
    assert differs(made, config) == ""
    assert hashed.count("model.safetensors") == 1
    assert differs(made, config) == ""
    assert hashed.count("model.safetensors") == 1  # remembered
    rewrite(weights, LARGE // 2, keep_time=False)
    assert differs(made, config)


def test_an_index_of_before_hashes_is_another(config: Config) -> None:
    made = sealed_identity(config)
    made["files"] = [row[:3] for row in made["files"]]
    assert differs(made, config)


def test_a_model_known_by_name_alone(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("embedder: {model: intfloat/multilingual-e5-small}\n", encoding="utf-8")
    config = load_config(file)
    made = sealed_identity(config)
    assert made["files"] == []
    assert differs(made, config) == ""
    assert "'other/model'" in differs({**made, "model": "other/model"}, config)


@pytest.mark.model
def test_another_model_of_the_same_name_is_embedded_anew(
    embedded_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub may serve other weights under the name: what was loaded is compared."""
    from pipeline.retrieval import build, open_index
    from pipeline.retrieval.embedder import Embedder

    config = embedded_config
    build(config)
    note = config.notes_path / "heron.md"
    note.write_text("A heron stood in the marsh and waited for frogs.\n", encoding="utf-8")
    assert build(config).embedded == 1
    real = Embedder.fingerprint
    monkeypatch.setattr(Embedder, "fingerprint", lambda self: {**real(self), "weights": "other"})
    note.write_text("A heron stood in the reeds and waited for fish.\n", encoding="utf-8")
    report = build(config)
    assert report.embedded == report.passages
    monkeypatch.undo()
    note.unlink()
    build(config, rebuild=True)
    with open_index(config) as index:
        assert index.manifest["embedder"]["fingerprint"]["weights"] != "other"
