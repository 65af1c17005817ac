"""Finds the file of what a person calls a model, and how `model.path` says it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ModelError, filled
from pipeline.models.catalogue import CatalogueEntry, find_entry, load_catalogue
from pipeline.models.local_files import embedded_model
from pipeline.models.other_stores import (
    hf_cache,
    is_stored_name,
    local_models,
    package_store,
    stored_path,
)

__all__ = ["ResolvedModel", "downloaded", "resolve"]


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model file that is here. `setting` is what `model.path` says; "" is the file's own path."""

    path: Path
    setting: str = ""
    entry: CatalogueEntry | None = None


def resolve(name: str) -> ResolvedModel:
    """A model by any of its names: `embedded`, a GGUF file, `ollama:NAME`, `hf:ORG/REPO/FILE`,
    `package:NAME`, or a name of the catalogue.

    Raises ModelError where there is none, or where one of the catalogue is not here yet.
    """
    if name == "embedded":
        return ResolvedModel(embedded_model(), "embedded", _embedded())
    if is_stored_name(name):
        path = stored_path(name)
        return ResolvedModel(path, name, _entry_of(path))
    path = Path(name).expanduser()
    if path.exists() or path.suffix == ".gguf" or name.startswith((".", "/", "~")):
        return ResolvedModel(path, "", _entry_of(path))
    entry = find_entry(name)
    if entry.path:
        return ResolvedModel(embedded_model(), entry.path, entry)
    if not entry.is_offered:
        raise ModelError(
            filled("{name} cannot be had as a GGUF file: {note}.", name=entry.name, note=entry.note)
        )
    found = downloaded(entry)
    if found is None:
        where = package_store() if entry.package else hf_cache()
        raise ModelError(
            filled("{name} is not on this machine ({folder}).", name=entry.name, folder=where),
            filled("Run: thinkscale models get {name}", name=entry.name),
        )
    return found


def downloaded(entry: CatalogueEntry) -> ResolvedModel | None:
    """The file of an entry, where it is here."""
    if entry.path:
        return ResolvedModel(embedded_model(), entry.path, entry)
    if entry.package:
        name = f"package:{entry.name}"
        with suppress(ModelError):
            return ResolvedModel(stored_path(name), name, entry)
        return None
    for stored in local_models() if entry.repo else ():
        if stored.name.startswith(f"hf:{entry.repo}/") and entry.is_file(stored.path.name):
            return ResolvedModel(stored.path, stored.name, entry)
    return None


def _embedded() -> CatalogueEntry | None:
    return next((entry for entry in load_catalogue() if entry.path == "embedded"), None)


def _entry_of(path: Path) -> CatalogueEntry | None:
    return next((entry for entry in load_catalogue() if entry.is_model(path.name)), None)
