"""Models that ollama and Hugging Face keep: found, named, and never guessed at."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import load_config
from pipeline.errors import ModelError
from pipeline.models.gguf import read_gguf
from pipeline.models.local_files import model_path
from pipeline.models.other_stores import (
    check_stored,
    find_hf,
    find_ollama,
    hash_file,
    hf_cache,
    local_models,
    ollama_store,
    package_store,
    stored_path,
)
from tests.engine.ggufs import small_gguf

MODEL = small_gguf()


def pulled(store: Path, name: str, data: bytes = MODEL) -> Path:
    """What `ollama pull` leaves: a manifest by name, the weights by hash."""
    digest = hashlib.sha256(data).hexdigest()
    blob = store / "blobs" / f"sha256-{digest}"
    blob.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(data)
    manifest = store / "manifests" / name
    manifest.parent.mkdir(parents=True, exist_ok=True)
    layer = "application/vnd.ollama.image."
    manifest.write_text(
        json.dumps({
            "schemaVersion": 2,
            "config": {"digest": "sha256:" + "0" * 64, "size": 1},
            "layers": [
                {"mediaType": layer + "template", "digest": "sha256:" + "1" * 64, "size": 1},
                {"mediaType": layer + "model", "digest": f"sha256:{digest}", "size": len(data)},
            ],
        }),
        "utf-8",
    )  # fmt: skip
    return blob


def cached(cache: Path, repo: str, file: str, commit: str = "c" * 40, main: bool = True) -> Path:
    """What the Hugging Face cache holds after a download."""
    folder = cache / f"models--{repo.replace('/', '--')}"
    path = folder / "snapshots" / commit / file
    path.parent.mkdir(parents=True, exist_ok=True)
    blob = folder / "blobs" / hashlib.sha256(file.encode() + commit.encode()).hexdigest()
    blob.parent.mkdir(exist_ok=True)
    blob.write_bytes(MODEL)
    path.symlink_to(blob)
    if main:
        (folder / "refs").mkdir(exist_ok=True)
        (folder / "refs" / "main").write_text(commit)
    return path


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    return tmp_path / "ollama"


@pytest.mark.parametrize(
    ("manifest", "name"),
    [
        ("registry.ollama.ai/library/qwen3/1.7b", "qwen3:1.7b"),
        ("registry.ollama.ai/library/qwen3/latest", "qwen3"),
        ("registry.ollama.ai/someone/mine/latest", "someone/mine"),
        ("hf.co/org/Repo-GGUF/Q4_K_M", "hf.co/org/Repo-GGUF:Q4_K_M"),
        ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b:c"),
    ],
)
def test_a_model_of_ollama_is_found_by_its_name(store: Path, manifest: str, name: str) -> None:
    blob = pulled(store, manifest)
    path = find_ollama(name)
    assert path.resolve() == blob.resolve()
    assert path.suffix == ".gguf"
    assert "sha256" not in read_gguf(path).name
    assert stored_path(f"ollama:{name}") == path


def test_a_model_that_was_pulled_anew_is_the_new_one(store: Path) -> None:
    pulled(store, "registry.ollama.ai/library/m/latest")
    old = find_ollama("m")
    new = pulled(store, "registry.ollama.ai/library/m/latest", small_gguf(data=256))
    assert find_ollama("m").resolve() == new.resolve() != old.resolve()


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "a/../b", "a//b", "a:b/c:d:e/f", "/abs", "a/b/c/d", "a:"]
)
def test_a_name_that_is_none_never_leaves_the_store(store: Path, name: str) -> None:
    with pytest.raises(ModelError, match="not the name"):
        find_ollama(name)


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"{",
        b"[]",
        b'{"layers": 3}',
        b'{"layers": [{"mediaType": "application/vnd.ollama.image.model"}]}',
        b'{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "../x"}]}',
        b"\xff\xfe",
    ],
)
def test_a_damaged_manifest_is_named_and_left_out_of_the_list(store: Path, manifest: bytes) -> None:
    file = store / "manifests/registry.ollama.ai/library/m/latest"
    file.parent.mkdir(parents=True)
    file.write_bytes(manifest)
    with pytest.raises(ModelError, match=r"names no weights.*ollama pull m"):
        find_ollama("m")
    assert local_models() == []


def test_no_such_model_and_weights_that_are_gone(store: Path) -> None:
    with pytest.raises(ModelError, match=r"has no model `nope`"):
        find_ollama("nope")
    pulled(store, "registry.ollama.ai/library/m/latest").unlink()
    with pytest.raises(ModelError, match="ollama pull m"):
        find_ollama("m")


def test_a_file_of_the_hugging_face_cache_is_found(store: Path, tmp_path: Path) -> None:
    path = cached(tmp_path / "hf", "org/Repo-GGUF", "sub/m-Q4.gguf")
    assert find_hf("org/Repo-GGUF/sub/m-Q4.gguf") == path
    for bad in ("org/Repo", "org/Repo/../x.gguf", "org//x", ""):
        with pytest.raises(ModelError, match="does not name"):
            find_hf(bad)
    with pytest.raises(ModelError, match=r"models get org/Repo-GGUF/other\.gguf"):
        find_hf("org/Repo-GGUF/other.gguf")


def test_of_several_revisions_main_is_taken(store: Path, tmp_path: Path) -> None:
    main = cached(tmp_path / "hf", "o/r", "m.gguf", "a" * 40)
    cached(tmp_path / "hf", "o/r", "m.gguf", "b" * 40, main=False)
    only = cached(tmp_path / "hf", "o/r", "old.gguf", "b" * 40, main=False)
    assert find_hf("o/r/m.gguf") == main
    assert find_hf("o/r/old.gguf") == only


def test_a_file_whose_bytes_are_gone_is_not_there(store: Path, tmp_path: Path) -> None:
    cached(tmp_path / "hf", "o/r", "m.gguf").resolve().unlink()
    with pytest.raises(ModelError):
        find_hf("o/r/m.gguf")
    assert local_models() == []


def test_the_list_holds_both_stores_by_the_names_that_find_them(
    store: Path, tmp_path: Path
) -> None:
    pulled(store, "registry.ollama.ai/library/qwen3/1.7b")
    pulled(store, "hf.co/org/Repo/Q4")
    cached(tmp_path / "hf", "org/Repo-GGUF", "m.gguf")
    found = local_models()
    assert [one.name for one in found] == [
        "hf:org/Repo-GGUF/m.gguf", "ollama:hf.co/org/Repo:Q4", "ollama:qwen3:1.7b",
    ]  # fmt: skip
    for one in found:
        assert stored_path(one.name).resolve() == one.path.resolve()
        assert one.bytes == len(MODEL)


def test_the_configuration_names_a_stored_model(store: Path, tmp_path: Path) -> None:
    blob = pulled(store, "registry.ollama.ai/library/qwen3/1.7b")
    (tmp_path / "config.yaml").write_text("model: {path: 'ollama:qwen3:1.7b'}", "utf-8")
    assert model_path(load_config(tmp_path / "config.yaml")).resolve() == blob.resolve()


def test_where_the_stores_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home: Any = tmp_path / "home"
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("HOME", str(home))
    names = ("OLLAMA_MODELS", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    (home / ".ollama" / "models").mkdir(parents=True)
    assert ollama_store() == home / ".ollama" / "models"
    assert hf_cache() == home / ".cache/huggingface/hub"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert hf_cache() == tmp_path / "xdg/huggingface/hub"
    monkeypatch.setenv("HF_HOME", str(tmp_path / "h"))
    assert hf_cache() == tmp_path / "h/hub"
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "c"))
    assert hf_cache() == tmp_path / "c"


def test_the_cache_is_where_its_own_library_looks() -> None:
    # in a process of its own: the library reads the environment once, when it is imported
    code = "from huggingface_hub import constants; print(constants.HF_HUB_CACHE)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert Path(told.stdout.strip()) == hf_cache()


@pytest.mark.parametrize("note", [b"\xff\xfe\xff", b"\0" * 40, b""])
def test_a_cache_whose_note_of_the_newest_revision_is_damaged_has_its_models(
    store: Path, note: bytes
) -> None:
    """The newest revision that is here counts then."""
    cache = hf_cache()
    path = cached(cache, "org/repo", "m.gguf")
    (cache / "models--org--repo" / "refs" / "main").write_bytes(note)
    assert find_hf("org/repo/m.gguf") == path
    assert [model.name for model in local_models()] == ["hf:org/repo/m.gguf"]
    (cache / "models--org--repo" / "refs" / "main").unlink()
    (cache / "models--org--repo" / "refs" / "main").mkdir()
    assert find_hf("org/repo/m.gguf") == path


@pytest.mark.parametrize("damage", [b"\xff\xfe\xff", b"", b"00", b"\0" * 64])
def test_a_hash_that_cannot_be_read_proves_nothing(store: Path, damage: bytes) -> None:
    path = package_store() / "tiny" / "tiny.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(MODEL)
    hash_file(path).write_text(hashlib.sha256(MODEL).hexdigest())
    check_stored(path)
    hash_file(path).write_bytes(damage)
    with pytest.raises(ModelError, match="Download it again"):
        check_stored(path)
