"""A first configuration: where notes may be, which languages they are in, which model suits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import ModelSettings, shipped_config_path
from pipeline.config_lines import with_keys
from pipeline.errors import ModelError, NotesError, filled
from pipeline.files import write_whole
from pipeline.models import facts_of, load_catalogue
from pipeline.models.other_stores import local_models
from pipeline.models.resolve import downloaded
from pipeline.notes import walk
from pipeline.notes.note_files import locate
from pipeline.text.language import language_of

__all__ = ["ReadyModel", "choices", "likely_notes", "note_languages", "write_config", "written"]

_USUAL = ("notes", "Notes", "노트", "corpus", "docs", "Documents/notes")
_TEXT = (".md", ".markdown", ".txt", ".html", ".rst", ".srt", ".vtt")
_LOOKED_AT = 24  # notes, 20,000 bytes of each
_PART = 0.2


@dataclass(frozen=True, slots=True)
class ReadyModel:
    """A model that could be used. `setting` is what model.path says for it; "" where it is not on
    this machine yet. `memory` in bytes, an estimate."""

    name: str
    setting: str
    languages: tuple[str, ...]
    parameters: int
    memory: int
    licence: str = ""
    about: str = ""
    """What it can do, where that needs saying."""

    @property
    def here(self) -> bool:
        return bool(self.setting)


def likely_notes(here: Path) -> Path | None:
    """The folder of notes in or at a working folder; None where nothing looks like one."""
    for name in (*_USUAL, "."):
        folder = here / name
        try:
            if folder.is_dir() and walk(folder):
                return folder
        except NotesError:
            continue
    return None


def note_languages(folder: Path) -> tuple[str, ...]:
    """The languages that at least a fifth of the notes are in, the commonest first; of plain text
    alone, and of a part of it: it is a guess to be confirmed. Empty where there is none."""
    found: Counter[str] = Counter()
    texts = [file for file in walk(folder) if Path(file.path).suffix.lower() in _TEXT]
    step = max(1, len(texts) // _LOOKED_AT)
    for file in texts[::step]:
        try:
            with locate(folder, file.path).open("rb") as note:
                text = note.read(20_000).decode("utf-8", "replace")
        except (OSError, NotesError):
            continue
        if text.strip():
            found[language_of(text)] += 1
    return tuple(name for name, n in found.most_common() if n >= _PART * found.total())


def choices(languages: Sequence[str], memory: int | None, context: int) -> list[ReadyModel]:
    """Models that fit into `memory` bytes with a context (None: any), the most suitable first:
    those that speak more of the languages, then those on this machine, then the larger ones."""
    known = [
        ReadyModel(e.name, found.setting if found else "", e.languages, e.parameters,
               e.memory(min(context, e.context)), e.licence, e.about if e.package else "")
        for e in load_catalogue() if e.is_offered
        for found in [downloaded(e)]
    ]  # fmt: skip
    settings = {choice.setting for choice in known}
    for stored in local_models():
        if stored.name not in settings:
            try:
                facts = facts_of(stored.path, context)
            except ModelError:
                continue  # `models list --local` says what is wrong with it
            known.append(ReadyModel(stored.name, stored.name, facts.languages, facts.parameters,
                                facts.memory, facts.licence))  # fmt: skip
    fitting = [one for one in known if memory is None or one.memory <= memory]
    wanted = set(languages)
    return sorted(
        fitting, key=lambda one: (-len(wanted & {*one.languages}), not one.here, -one.parameters)
    )


def written(file: Path, notes: Path, model: str, languages: Sequence[str], trained: int = 0) -> str:
    """The text of a configuration: the shipped one with its comments, and these values. `trained`
    is what the model was trained to read, if that is known.

    `notes` is written from the file's own folder where it lies below it.
    """
    full, home = notes.expanduser().absolute(), file.absolute().parent
    place = full.relative_to(home) if full.is_relative_to(home) else full
    values: dict[str, str | int | float | bool | list[str]] = {
        "notes.path": place.as_posix(),
        "model.path": model,
        "model.languages": list(languages),
    }
    if 0 < trained < ModelSettings().context:
        values["model.context"] = trained
    return with_keys(shipped_config_path().read_text(encoding="utf-8"), values, str(file))


def write_config(file: Path, text: str) -> None:
    """Write it, whole or not at all, and make its folder. Raises ConfigError where that fails."""
    from pipeline.errors import ConfigError, system_error

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text)
    except OSError as error:
        raise ConfigError(
            filled("{file}: cannot be written ({why}).", file=file, why=error.strerror or error),
            system_error(error).remedy,
        ) from None
