"""Model files that were downloaded: ollama's store, the Hugging Face cache, and our own of models
from the package index.

`ollama:NAME`, `hf:ORG/REPO/FILE` and `package:NAME` name them in `model.path`. They are read where
they lie and never changed; nothing is downloaded here.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ModelError, filled
from pipeline.folders import cache_dir
from pipeline.models.gguf import file_sha256

__all__ = ["StoredModel", "check_stored", "find_hf", "find_ollama", "find_package", "hash_file",
           "hf_cache", "is_stored_name", "local_models", "ollama_store", "package_store",
           "stored_path"]  # fmt: skip

_MODEL_LAYER = "application/vnd.ollama.image.model"
_REGISTRY, _LIBRARY = "registry.ollama.ai", "library"
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?::\d+)?")  # of a path: never "..", never a slash
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
_BLOB = re.compile(r"(?:sha256-)?([0-9a-f]{64})")
_OLLAMA, _HF, _PACKAGE = "ollama:", "hf:", "package:"


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model file on this disk. `name` is what `model.path` calls it."""

    name: str
    path: Path
    bytes: int


def is_stored_name(path: str) -> bool:
    """`model.path` names a model in a store, not a file."""
    return path.startswith((_OLLAMA, _HF, _PACKAGE))


def stored_path(name: str) -> Path:
    """The file of `ollama:NAME`, `hf:ORG/REPO/FILE` or `package:NAME`.

    Raises ModelError where the store has no such model, or its record of it is damaged.
    """
    if name.startswith(_OLLAMA):
        return find_ollama(name.removeprefix(_OLLAMA))
    if name.startswith(_PACKAGE):
        return find_package(name.removeprefix(_PACKAGE))
    return find_hf(name.removeprefix(_HF))


def check_stored(path: Path) -> None:
    """The stores know a file's hash: it is its name, or stands beside it. Raises ModelError where
    its bytes are others."""
    file = path.resolve()
    known = ""
    if file.parent.name == "blobs" and (found := _BLOB.fullmatch(file.name)):
        known = found[1]
    elif file.parent.parent == package_store().resolve():
        with contextlib.suppress(OSError):
            known = hash_file(file).read_text(encoding="ascii", errors="replace").strip() or "none"
    if known and file_sha256(path) != known:
        raise ModelError(
            filled(
                "{path} is damaged: its bytes are not the ones that were downloaded.", path=path
            ),
            "Download it again: `thinkscale models get` or `ollama pull`.",
        )


def local_models() -> list[StoredModel]:
    """Every GGUF file in the stores, by name. What is damaged is left out: it cannot be used."""
    found = [*_ollama_models(), *_hf_models(), *_package_models()]
    return sorted(found, key=lambda stored: stored.name.lower())


# -- ollama ------------------------------------------------------------------------------------


def ollama_store() -> Path:
    """OLLAMA_MODELS, else the user's own store, else that of the Linux service."""
    if chosen := os.environ.get("OLLAMA_MODELS"):
        return Path(chosen).expanduser()
    own = Path.home() / ".ollama" / "models"
    service = Path("/usr/share/ollama/.ollama/models")
    return service if not own.is_dir() and service.is_dir() else own


def find_ollama(name: str) -> Path:
    """The weights of an ollama model: `NAME`, `NAME:TAG`, `USER/NAME:TAG` or `HOST/USER/NAME:TAG`.

    ollama keeps them under their hash; the path returned is a link in our cache that bears the
    model's name, so that it is shown by it (the hashed file itself where links cannot be made).
    """
    store = ollama_store()
    remedy = "See `ollama list` and `thinkscale models list --local`, or set OLLAMA_MODELS."
    body, _, tag = name.rpartition(":") if ":" in name.rsplit("/", 1)[-1] else (name, "", "latest")
    parts = body.split("/")
    if len(parts) > 3 or not all(_PART.fullmatch(part) for part in (*parts, tag)):
        raise ModelError(
            filled("`ollama:{name}` is not the name of an ollama model.", name=name), remedy
        )
    host = parts[0] if len(parts) == 3 else _REGISTRY
    user = parts[-2] if len(parts) > 1 else _LIBRARY
    manifest = store / "manifests" / host / user / parts[-1] / tag
    if not manifest.is_file():
        raise ModelError(
            filled("ollama has no model `{name}` in {folder}.", name=name, folder=store), remedy
        )
    blob = _ollama_blob(store, manifest)
    if blob is None:
        raise ModelError(
            filled("{file} names no weights that are here.", file=manifest),
            filled("Run: ollama pull {name}", name=name),
        )
    return _named(blob, f"{parts[-1]}-{tag}".replace(":", "-"))


def _ollama_blob(store: Path, manifest: Path) -> Path | None:
    """The weights that a manifest names, if they are here."""
    try:
        data = json.loads(manifest.read_text(encoding="utf-8"))
        layers = data["layers"]
        digests = [row["digest"] for row in layers if row["mediaType"] == _MODEL_LAYER]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    found = _DIGEST.fullmatch(str(digests[0])) if digests else None
    blob = store / "blobs" / f"sha256-{found[1]}" if found else None
    return blob if blob and blob.is_file() else None


def _named(blob: Path, name: str) -> Path:
    """A link to the blob by the model's name, made or mended; the blob where that cannot be."""
    link = cache_dir() / "models" / "ollama" / blob.name[7:19] / f"{name}.gguf"
    with contextlib.suppress(OSError):
        if link.is_symlink() and link.resolve() == blob.resolve():
            return link
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(blob.resolve())
        return link
    return blob


def _ollama_models() -> Iterator[StoredModel]:
    store = ollama_store()
    root = store / "manifests"
    for manifest in sorted(root.glob("*/*/*/*")):
        blob = _ollama_blob(store, manifest) if manifest.is_file() else None
        if blob is None:
            continue
        host, user, name, tag = manifest.relative_to(root).parts
        shown = name if (host, user) == (_REGISTRY, _LIBRARY) else f"{user}/{name}"
        if host != _REGISTRY:
            shown = f"{host}/{user}/{name}"
        yield StoredModel(f"{_OLLAMA}{shown}:{tag}", blob, blob.stat().st_size)


# -- Hugging Face ------------------------------------------------------------------------------


def hf_cache() -> Path:
    """The folder of the Hugging Face cache, from the variables that its own library reads."""
    if chosen := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(chosen).expanduser()
    if home := os.environ.get("HF_HOME"):
        return Path(home).expanduser() / "hub"
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return base / "huggingface" / "hub"


def find_hf(name: str) -> Path:
    """The file of `ORG/REPO/FILE` in the Hugging Face cache: of the revision last called `main`,
    else of the newest one that has it."""
    parts = name.split("/")
    if len(parts) < 3 or not all(_PART.fullmatch(part) for part in parts):
        raise ModelError(
            filled("`hf:{name}` does not name a file of a repository.", name=name),
            "Write hf:ORG/REPO/FILE.gguf.",
        )
    folder = hf_cache() / f"models--{parts[0]}--{parts[1]}"
    for snapshot in _snapshots(folder):
        file = snapshot.joinpath(*parts[2:])
        if file.is_file():
            return file
    raise ModelError(
        filled("{name} is not in the Hugging Face cache ({folder}).", name=name, folder=hf_cache()),
        filled("Run: thinkscale models get {name}", name=name),
    )


def _snapshots(folder: Path) -> list[Path]:
    """The revisions of a repository here: `main` first, then the newest."""
    try:
        found = sorted(
            (folder / "snapshots").iterdir(), key=lambda path: path.stat().st_mtime, reverse=True
        )
    except OSError:
        return []
    commit = ""
    with contextlib.suppress(OSError):
        commit = (folder / "refs" / "main").read_text(encoding="utf-8", errors="replace").strip()
    return sorted(found, key=lambda path: path.name != commit)


def _hf_models() -> Iterator[StoredModel]:
    for folder in sorted(hf_cache().glob("models--*--*")):
        repo = folder.name.removeprefix("models--").replace("--", "/", 1)
        seen: set[str] = set()
        for snapshot in _snapshots(folder):
            for file in sorted(snapshot.rglob("*.gguf")):
                inside = file.relative_to(snapshot).as_posix()
                if file.is_file() and inside not in seen:
                    seen.add(inside)
                    yield StoredModel(f"{_HF}{repo}/{inside}", file, file.stat().st_size)


# -- from the package index ----------------------------------------------------------------------


def package_store() -> Path:
    """Where models from the package index are kept, a folder each."""
    return cache_dir() / "packages"


def find_package(name: str) -> Path:
    """The file of a model from the package index."""
    if not _PART.fullmatch(name):
        raise ModelError(
            filled("`package:{name}` is not the name of a model.", name=name), "Write package:NAME."
        )
    for file in sorted((package_store() / name).glob("*.gguf")):
        return file
    raise ModelError(
        filled(
            "{name} was not downloaded, or its file is gone ({folder}).",
            name=name,
            folder=package_store(),
        ),
        filled("Run: thinkscale models get {name}", name=name),
    )


def hash_file(model: Path) -> Path:
    """Where the hash of a model from the package index is written down."""
    return model.with_name(f"{model.name}.sha256")


def _package_models() -> Iterator[StoredModel]:
    for file in sorted(package_store().glob("*/*.gguf")):
        yield StoredModel(f"{_PACKAGE}{file.parent.name}", file, file.stat().st_size)
