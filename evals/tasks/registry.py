"""A task by name: a generator with its dials, a shipped set with filters, or a path."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from evals.tasks.base import Item, Language, Task, draw
from evals.tasks.generators.base import Generator, GeneratorSpec
from pipeline.errors import DatasetError, filled

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = ["TaskSpec", "generators", "load_task", "parse_spec", "shipped", "task_names"]

_DATASETS = Path(__file__).parents[1] / "datasets"
_OPTIONS = re.compile(r"[A-Za-z_]+=[^,=]*(?:,[A-Za-z_]+=[^,=]*)*")
_FILTERS = ("language", "split", "kind", "difficulty", "cluster")
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A task as it is written on the command line: `name.language:key=value,key=value`."""

    name: str
    language: str = ""
    options: tuple[tuple[str, str], ...] = ()


@cache
def generators() -> Mapping[str, Generator]:
    """Every generator by name."""
    from evals.tasks.generators import compared_people, facts, letters, sums, tracking

    modules = (sums, tracking, letters, compared_people, facts)
    return {module.GENERATOR.name: module.GENERATOR for module in modules}


def shipped() -> dict[str, Path]:
    """The question sets that come with the project, by name."""
    return {path.stem: path for path in sorted(_DATASETS.glob("*.jsonl"))}


def task_names() -> dict[str, str]:
    """Every generator and shipped set by name, with what it is in one line."""
    named = {name: found.description for name, found in generators().items()}
    return named | {name: _said(path) for name, path in shipped().items()}


def _said(path: Path) -> str:
    """The first sentence of a set's card."""
    card = path.with_name(f"{path.stem}.card.md")
    if not card.exists():
        return "a question set"
    paragraphs = card.read_text(encoding="utf-8").split("\n\n")
    return next((p.strip() for p in paragraphs if not p.startswith(("#", "|"))), "a question set")


def parse_spec(spec: str) -> TaskSpec:
    """Read a spec. Raises DatasetError where an option has no `=`."""
    if Path(spec).exists():
        return TaskSpec(spec)
    name, colon, rest = spec.rpartition(":")
    if not colon:
        name, rest = spec, ""
    elif not _OPTIONS.fullmatch(rest):
        if Path(name).exists() or name.split(".")[0] in task_names():
            raise DatasetError(
                filled("{spec}: {options} is no list of options.", spec=spec, options=repr(rest)),
                "Write key=value,key=value.",
            )
        name, rest = spec, ""
    pairs = [tuple(pair.split("=", 1)) for pair in rest.split(",") if pair]
    stem, _, language = name.rpartition(".")
    if language not in ("ko", "en") or stem not in task_names():
        stem, language = name, ""
    return TaskSpec(stem, language, tuple((key.strip(), value.strip()) for key, value in pairs))


def load_task(
    spec: str,
    config: Config | None = None,
    *,
    limit: int | None = None,
    split: str | None = None,
    seed: int = 0,
) -> Task:
    """The task a spec names, sealed.

    `limit` keeps the first N of a generator, and of a set a seeded draw that is a part of every
    greater one. `split` keeps the items of that split. `config` is needed for questions over notes.
    Raises DatasetError with the place of what is wrong, or the nearest name there is.
    """
    if limit is not None and limit < 1:
        raise DatasetError(
            filled("{spec}: a limit of {limit} leaves nothing to ask.", spec=spec, limit=limit),
            "Give 1 or more.",
        )
    found = parse_spec(spec)
    known = generators().get(found.name)
    if known is not None:
        if split is not None:
            raise DatasetError(
                filled("{spec}: a generator has no splits.", spec=spec), "Leave the split out."
            )
        order = _order(known, found, config, limit, seed)
        return draw(replace(known.make(order), name=_named(known, order)), None)
    path = shipped().get(found.name, Path(found.name))
    if not found.name or not path.exists():
        raise DatasetError(
            filled("There is no task or file {name}.", name=repr(found.name)), _near(found.name)
        )
    options = dict(found.options)
    if found.language:
        options.setdefault("language", found.language)
    if split is not None:
        options["split"] = split
    task = draw(_filtered(_read(path, options.get("split", "")), spec, options), limit, seed)
    if task.notes and config is not None:
        _check_notes(task, config)
    return task


def _near(name: str) -> str:
    names = list(task_names())
    close = difflib.get_close_matches(name, names, n=1)
    return (
        filled("Did you mean `{near}`?", near=close[0])
        if close
        else filled("Tasks: {names}; or give a path.", names=", ".join(names))
    )


def _order(
    known: Generator, spec: TaskSpec, config: Config | None, limit: int | None, seed: int
) -> GeneratorSpec:
    dials = {dial.name: dial for dial in known.dials}
    values = {name: dial.default for name, dial in dials.items()}
    language: str = spec.language or "en"
    n = known.n
    for key, text in spec.options:
        if key == "language":
            language = text
            continue
        names = ["n", "language", *dials]
        if key not in names:
            close = difflib.get_close_matches(key, names, n=1)
            hint = (
                filled("Did you mean `{near}`?", near=close[0])
                if close
                else filled("There are: {names}.", names=", ".join(names))
            )
            raise DatasetError(
                filled("{task}: there is no option `{key}`.", task=spec.name, key=key), hint
            )
        low, high = (1, _MOST) if key == "n" else (dials[key].low, dials[key].high)
        if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
            raise DatasetError(
                filled(
                    "{task}: {key}={value} is out of range.", task=spec.name, key=key, value=text
                ),
                filled("Give a number {low} to {high}.", low=low, high=f"{high:,}"),
            )
        if key == "n":
            n = int(text)
        else:
            values[key] = int(text)
    if language not in ("en", "ko"):
        raise DatasetError(
            filled("{task}: there is no language {name}.", task=spec.name, name=repr(language)),
            "Give en or ko.",
        )
    said: Language = "ko" if language == "ko" else "en"
    told = any(key == "n" for key, _ in spec.options)
    return GeneratorSpec(said, n if limit is None else min(n, limit), seed, values, config, told)


def _named(known: Generator, order: GeneratorSpec) -> str:
    """The spec that makes the same items: only what is not the default is said."""
    turned = [
        f"{dial.name}={order.dials[dial.name]}"
        for dial in known.dials
        if order.dials[dial.name] != dial.default
    ]
    language = "" if order.language == "en" else f".{order.language}"
    return f"{known.name}{language}{':' if turned else ''}{','.join(turned)}"


def _filtered(task: Task, spec: str, options: Mapping[str, str]) -> Task:
    items = task.items
    for key, value in options.items():
        if key not in _FILTERS:
            close = difflib.get_close_matches(key, _FILTERS, n=1)
            hint = (
                filled("Did you mean `{near}`?", near=close[0])
                if close
                else filled("There are: {names}.", names=", ".join(_FILTERS))
            )
            raise DatasetError(
                filled("{spec}: nothing can be filtered by `{key}`.", spec=spec, key=key), hint
            )
        kept = tuple(item for item in items if _field(item, key) == value)
        if not kept:
            there = sorted({_shown(_field(item, key)) for item in items})[:8]
            raise DatasetError(
                filled(
                    "{spec}: no item has the {key} {value}.", spec=spec, key=key, value=repr(value)
                ),
                filled("There are: {names}.", names=", ".join(there)),
            )
        items = kept
    said = ",".join(f"{key}={value}" for key, value in sorted(options.items()))
    return replace(task, items=items, name=f"{task.name}:{said}" if said else task.name)


def _shown(value: str) -> str:
    """A word of somebody's file, on one line."""
    short = value if len(value) <= 40 else f"{value[:37]}..."
    return short if short.isprintable() else repr(short)


def _field(item: Item, key: str) -> str:
    return str(getattr(item, key))


def _read(path: Path, split: str) -> Task:
    from evals.tasks.formats.dataset_schemas import read_file
    from evals.tasks.formats.problems import raising

    task = read_file(path, raising, split if path.is_dir() else "")
    if task is None:  # `raising` has raised
        raise DatasetError(filled("{file}: cannot be read.", file=path), "Check the file.")
    return task


def _check_notes(task: Task, config: Config) -> None:
    """The correct answer of the items asked must be in the configured notes: else the notes are
    others."""
    from evals.tasks.formats.gold_quotes import missing_gold

    missing = missing_gold(task.items, config.notes_path)
    if missing:
        item, span, why = missing[0]
        quote = span.quote if len(span.quote) <= 60 else f"{span.quote[:57]}..."
        raise DatasetError(
            filled(
                "{file}: the supporting span {quote} of {item}: {why}.",
                file=task.source,
                quote=repr(quote),
                item=repr(item.id),
                why=why,
            ),
            "Set notes.path to the notes these questions are about, or mend the quote.",
        )
