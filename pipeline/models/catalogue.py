"""Models worth trying, as data: `catalogue.yaml`, one entry a model."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import yaml

from pipeline.errors import ModelError, filled
from pipeline.models.memory_need import memory_bytes

__all__ = ["CatalogueEntry", "find_entry", "load_catalogue", "measured_reads", "named"]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One model. `repo` is where a hub has it, `package` what the package index calls it (then
    `version`, the number of `parts`, `size` in bytes and `sha256` are known); without either it
    cannot be downloaded as GGUF. `path` is what `model.path` is for one that is installed; `file`
    is a pattern over the repository's files, in any case of letters."""

    name: str
    licence: str
    languages: tuple[str, ...]
    parameters: int
    bits: float
    kv_bytes: int
    context: int
    vocabulary: int
    file: str
    repo: str = ""
    path: str = ""
    about: str = ""
    note: str = ""
    terms: str = ""
    """Where the licence is written, if it is not a common one."""
    package: str = ""
    version: str = ""
    parts: int = 0
    size: int = 0
    sha256: str = ""
    reads: dict[str, float] = field(default_factory=dict)
    """By language, the share of the reading probe (`pipeline.answering.languages`) that the file of
    this `sha256` gets right."""

    @property
    def bytes(self) -> int:
        """How large the file is, if that is known, else about."""
        return self.size or int(self.parameters * self.bits / 8)

    @property
    def is_offered(self) -> bool:
        """It is here, or can be downloaded."""
        return bool(self.repo or self.package or self.path)

    def memory(self, context: int) -> int:
        """About how many bytes of memory it takes with `context` tokens."""
        return memory_bytes(self.bytes, self.kv_bytes, context, self.vocabulary)

    def is_file(self, name: str) -> bool:
        """This is a name that the file to download may have."""
        return fnmatch(name.lower(), self.file.lower()) and self.is_model(name)

    def is_model(self, name: str) -> bool:
        """A file of this name is this model, in any quantization."""
        return _plain(self.repo.split("/")[-1].removesuffix("-GGUF") or self.name) in _plain(name)


@cache
def load_catalogue() -> tuple[CatalogueEntry, ...]:
    """All entries, as they stand in the file."""
    rows = yaml.safe_load(Path(__file__).with_name("catalogue.yaml").read_text(encoding="utf-8"))
    return tuple(CatalogueEntry(**{**row, "languages": tuple(row["languages"])}) for row in rows)


def measured_reads(sha256: str) -> dict[str, float]:
    """What the catalogue has of a file's reading, by language; empty for any other file."""
    return next((entry.reads for entry in load_catalogue() if entry.sha256 == sha256), {})


def named(name: str) -> CatalogueEntry | None:
    """The entry of that name, or of that repository."""
    wanted = name.lower()
    return next((e for e in load_catalogue() if wanted in (e.name, e.repo.lower() or e.name)), None)


def find_entry(name: str) -> CatalogueEntry:
    """The entry of that name. Raises ModelError naming the nearest one."""
    if entry := named(name):
        return entry
    near = difflib.get_close_matches(name.lower(), [e.name for e in load_catalogue()], n=1)
    hint = (
        filled("Did you mean `{near}`?", near=near[0]) if near else "See `thinkscale models list`."
    )
    raise ModelError(filled("There is no model `{name}` in the catalogue.", name=name), hint)


def _plain(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())
