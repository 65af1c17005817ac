"""`thinkscale models bench`: what a model can do, measured in a few minutes."""

from __future__ import annotations

import importlib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import (
    config_option,
    examples,
    json_option,
    model_names,
    print_json,
    shown_size,
)
from pipeline.cli.progress import ProgressBar
from pipeline.cli.style import dim, strong
from pipeline.cli.translation import tr

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.models.sheet import ModelSheet


@click.command(epilog=examples("thinkscale models bench", "thinkscale models bench mine.gguf"))
@click.argument("name", default="", shell_complete=model_names)
@click.option(
    "--questions",
    type=click.IntRange(4, 200),
    default=12,
    show_default=True,
    metavar="N",
    help="Questions of each language and each task.",
)
@json_option
@config_option
def bench(name: str, questions: int, as_json: bool, config_file: Path | None) -> None:
    """Measure a model: how it reads, whether it stops, whether steps help it, how fast it is. What
    `ask` shows it and asks of it follows from that. Without NAME: the model in use.

    The questions are about the course that ships and from two generated tasks; your notes are not
    touched. The result is kept for this file.
    """
    from pipeline.config import Config, load_config, shipped_config_path
    from pipeline.engine import open_engine
    from pipeline.models import facts_of, resolve
    from pipeline.models.gguf import file_sha256
    from pipeline.models.local_files import model_path
    from pipeline.models.sheet import save_sheet

    own = load_config(config_file)
    path = resolve(name).path if name else model_path(own)
    shipped = load_config(shipped_config_path())
    model = own.settings.model.model_copy(update={"path": str(path), "languages": ["en", "ko"]})
    config = Config(shipped.settings.with_model(model), shipped.file)
    facts = facts_of(path, model.context)
    measure: Any = importlib.import_module("evals.run.model_measurement").measure
    with ProgressBar() as progress, open_engine(config) as engine:
        sheet: ModelSheet = measure(
            config,
            engine,
            parameters=facts.parameters,
            memory=facts.memory,
            n=questions,
            progress=progress,
        )
    sheet = replace(sheet, model=path.stem, sha256=file_sha256(path))  # of the file, not a copy
    file = save_sheet(sheet)
    if as_json:
        print_json({**asdict(sheet), **_follows(sheet), "file": str(file)})
        return
    _print(sheet)


def _follows(sheet: ModelSheet) -> dict[str, Any]:
    return {
        "languages": list(sheet.languages),
        "context": sheet.context,
        "explains": sheet.explains,
        "steps_pay": sheet.steps_pay,
    }


def _print(sheet: ModelSheet) -> None:
    click.echo(strong(sheet.model))
    click.echo(tr("asked in the form: {form}", form=sheet.form))
    for language, row in sheet.reads.items():
        asked = sheet.probes.get(language)
        if asked is not None and language not in sheet.languages:
            click.echo(tr("does not read {language}: it is not asked in it", language=language))
        click.echo(
            tr(
                "reads {language}: {one} with the right passage, {three} of three, {five} of five",
                language=language,
                one=f"{row['one']:.0%}",
                three=f"{row['three']:.0%}",
                five=f"{row['five']:.0%}",
            )
        )
    for task, row in sheet.reasons.items():
        click.echo(
            tr(
                "{task}: {direct} at once, {cot} step by step",
                task=task,
                direct=f"{row['direct']:.0%}",
                cot=f"{row['cot']:.0%}",
            )
        )
    click.echo(tr("ends by itself: {share} of its replies", share=f"{sheet.stopped:.0%}"))
    click.echo(
        tr(
            "{speed} tokens a second, about {memory}",
            speed=f"{sheet.tokens_per_second:,.0f}",
            memory=shown_size(sheet.memory),
        )
    )
    says = (
        tr("It is shown whole passages and asked every kind of question.")
        if sheet.explains
        else tr("It is shown single sentences and asked for facts; the rest is quoted.")
    )
    click.echo(says)
    click.echo(
        tr("Steps help it: cot is worth trying.")
        if sheet.steps_pay
        else tr("Steps do not help it.")
    )
    click.echo(
        dim(tr("{n} questions each, {seconds} s", n=sheet.n, seconds=f"{sheet.seconds:.0f}"))
    )
