"""`thinkscale doctor`: does everything work here, and if not, how to mend it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import config_option, examples, json_option, print_json
from pipeline.cli.own_notes import own_config_path
from pipeline.cli.translation import tr, translated
from pipeline.errors import filled

if TYPE_CHECKING:
    from pipeline.config import Config


_SHOWN = 240  # characters of the prompt


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing checked: what was found, and how to mend it where it is not good."""

    check: str
    good: bool
    found: str
    remedy: str = ""


@click.command(epilog=examples("thinkscale doctor", "thinkscale doctor --json"))
@json_option
@config_option
def command(as_json: bool, config_file: Path | None) -> int:
    """Check Python, the configuration, the notes, the model, the embedder and the index.

    The model is loaded and made to write one token in a child process, and the embedder to embed
    two texts in another, so that a crash there is reported here. A prompt is shown as the model
    reads it. Exit code 0 when all is well, 2 when something needs fixing.
    """
    findings: list[Finding] = []
    for finding in _examine(config_file):
        findings.append(finding)
        if not as_json:
            _print(finding)
    bad = sum(not finding.good for finding in findings)
    if as_json:
        print_json({
            "ok": not bad,
            "checks": [
                {"check": f.check, "ok": f.good, "found": f.found, "remedy": f.remedy}
                for f in findings
            ],
        })  # fmt: skip
    else:
        click.echo(tr("{count} to mend.", count=bad) if bad else tr("All is well."))
    return 2 if bad else 0


def _print(finding: Finding) -> None:
    from pipeline.cli.style import columns, strong

    mark = "ok  " if finding.good else "FAIL"
    check = tr(finding.check)
    click.echo(f"{strong(mark)} {check}{' ' * (14 - columns(check))} {translated(finding.found)}")
    if finding.remedy:
        click.echo(f"     {'':<14} {translated(finding.remedy)}")


def _examine(config_file: Path | None) -> Iterator[Finding]:
    from pipeline.config import load_config

    version = platform.python_version()
    yield Finding("python", sys.version_info >= (3, 11), f"{version} on {platform.platform()}")
    configs: list[Config] = []

    def configuration() -> str:
        configs.append(load_config(config_file))
        if config_file is None and own_config_path() is None:
            words = "{file}: the one that ships, as none is here. Make one: thinkscale init"
            return filled(words, file=configs[0].file)
        return str(configs[0].file)

    yield _try("configuration", configuration)
    if configs:
        config = configs[0]
        yield _try("notes", lambda: _notes(config))
        for role, one in config.by_role.items():
            yield from _model(one, "model" if role == "read" else "reasoner")
        if len(config.by_role) > 1:
            yield _try("memory", lambda: _memory(config))
        yield _try("embedder", lambda: _embedder(config))
        yield _try("index", lambda: _index(config))


def _try(check: str, look: Callable[[], str]) -> Finding:
    from pipeline.errors import ThinkscaleError

    try:
        return Finding(check, True, look())
    except ThinkscaleError as error:
        return Finding(check, False, error.what, error.remedy)


def _notes(config: Config) -> str:
    from pipeline.notes import walk

    files = walk(config.notes_path)
    return filled("{count} files in {folder}", count=len(files), folder=config.notes_path)


def _model(config: Config, check: str) -> Iterator[Finding]:
    """The model, and what it reads when it is asked something."""
    from pipeline.engine.tuning.preflight import probe
    from pipeline.errors import ThinkscaleError
    from pipeline.models.local_files import is_endpoint, model_path

    if is_endpoint(config.settings.model.path):
        yield _try(check, lambda: _endpoint(config))
        return
    try:
        path = model_path(config)
        result = probe(path, form=config.settings.model.form)
    except ThinkscaleError as error:
        yield Finding(check, False, error.what, error.remedy)
        return
    yield Finding(check, result.ok, result.message, result.remedy)
    if result.notice:
        remedy = "Get another GGUF of the model, or set model.form: completion in config.yaml."
        yield Finding("prompt", False, result.notice, remedy)
    elif result.prompt:
        shown = "↵".join(result.prompt.split("\n"))
        if len(shown) > _SHOWN:
            shown = f"...{shown[-_SHOWN:]}"
        how = "by worked examples" if result.form == "completion" else "in its chat template"
        yield Finding("prompt", True, f"{result.form} form, {how}: {shown}")


def _endpoint(config: Config) -> str:
    """What answers there, once it has written a token."""
    from pipeline.answering.loop import one_step, run
    from pipeline.engine import open_engine
    from pipeline.engine.remote import RemoteEngine
    from pipeline.types import Draw, Message, Prompt, SampleParams

    with open_engine(config) as engine:
        assert isinstance(engine, RemoteEngine), "the configuration is of one model"
        asked = Prompt((Message("user", "What is 2 + 3?"),))
        params = SampleParams(temperature=0.0, max_tokens=1, think_budget=0)
        run(one_step([Draw(asked, params)]), lambda: engine)
        return filled(
            "{model} answers ({server}), in the {form} form, {context} tokens of context",
            model=engine.info.name,
            server=engine.dialect.server,
            form=engine.info.form,
            context=engine.info.context,
        )


def _memory(config: Config) -> str:
    """What two models take together. Raises ModelError where that is more than is free."""
    from pipeline.cli.options import shown_size
    from pipeline.errors import ModelError
    from pipeline.models import facts_of
    from pipeline.models.local_files import is_endpoint, model_path
    from pipeline.models.memory_need import available_memory

    taken = sum(
        facts_of(model_path(one), one.settings.model.context).memory
        for one in config.by_role.values()
        if not is_endpoint(one.settings.model.path)
    )
    have = available_memory()
    if have is not None and taken > have:
        raise ModelError(
            filled(
                "both models take about {taken}, and {have} are free",
                taken=shown_size(taken),
                have=shown_size(have),
            ),
            "Leave models.reason out, or choose a smaller model: thinkscale models list",
        )
    return filled("both models take about {taken}", taken=shown_size(taken))


def _embedder(config: Config) -> str:
    from pipeline.retrieval.embedder_probe import probe_embedder

    return probe_embedder(config)


def _index(config: Config) -> str:
    from pipeline.errors import IndexError_
    from pipeline.retrieval import is_stale, open_index

    reason = is_stale(config)
    if reason:
        return filled("to be built at the next question: {why}", why=reason)
    index = open_index(config)
    if not index.passages:
        raise IndexError_(
            filled("{folder}: empty.", folder=config.index_path), "Run: thinkscale index"
        )
    return filled(
        "{passages} passages in {folder}", passages=len(index.passages), folder=config.index_path
    )
