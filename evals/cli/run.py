"""`thinkscale eval run`: the one command that says what thinking longer bought."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evals.cli.run_result import print_decisions, remember_best
from evals.run.pilot import PILOT, foretold, told
from pipeline.cli.options import (
    config_option,
    examples,
    json_option,
    margin_option,
    print_json,
    read_budget,
)
from pipeline.cli.own_notes import own_config_path
from pipeline.cli.translation import tr, translated
from pipeline.cli.verbosity import is_quiet, notice
from pipeline.types import Cost, Sample

if TYPE_CHECKING:
    from evals.run.model_run import ModelRun
    from evals.run.records import RepeatRecord, Run
    from evals.run.run_progress import RunProgress
    from evals.run.spec import RunSpec
    from pipeline.config import Config
    from pipeline.engine.base import Engine
    from pipeline.pool import DiskPool

__all__ = ["run"]

_PROBE = 16
_LONG = 180.0  # seconds
_UNTUNED = (
    "This machine was not measured yet, which can make a run several times as fast: Ctrl-C, "
    "`thinkscale tune` (half a minute), and the same command again."
)
"""Draws timed before a run, to say how long it will take. They are part of it."""


@click.command(
    epilog=examples(
        "thinkscale eval run sums --strategies direct,cot,cot@sc8,cot@sc32 --limit 100",
        "thinkscale eval run notes-qa:language=en,split=test --strategies rag+direct,ask+direct",
        "thinkscale eval run mine.yaml --models small.gguf,large.gguf --budget 60s",
    )
)
@click.argument("tasks", nargs=-1, required=True, metavar="TASK...")
@click.option(
    "--strategies",
    default="direct,cot,cot@sc8",
    show_default=True,
    metavar="A,B,C",
    help="Strategies; the first is what the others are compared with.",
)
@click.option("--models", metavar="M1,M2", help="GGUF files instead of the configured model.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="N questions of each task.")
@click.option(
    "--samples",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="Samples, where a strategy's name gives no number.",
)
@click.option(
    "--budget", metavar="N",
    help="What one question may cost: 500 tokens, or 10s of the seconds that its samples take.",
)  # fmt: skip
@margin_option
@click.option(
    "--repeat",
    type=click.IntRange(2, 5),
    metavar="R",
    help="Run it in R wordings of the prompt with two seeds each: how much is chance?",
)
@click.option("--split", metavar="NAME", help="Only the items of this split, e.g. test.")
@click.option(
    "--verifiers", metavar="V1,V2",
    help="Have every reply judged: ptrue (the model itself), or a cross-encoder by name or folder.",
)  # fmt: skip
@click.option(
    "--scorer", metavar="NAME", help="Scorer to use instead of the task's own, e.g. contains."
)
@click.option(
    "--sure",
    type=click.FloatRange(0, 1),
    metavar="S",
    help="Use this instead of ask.sure; 0 refuses nothing.",
)
@click.option("--shots", type=click.IntRange(min=0), metavar="N", help="Worked examples shown.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, help="Seed of generated and drawn items."
)
@click.option(
    "--pilot",
    is_flag=True,
    help="Ask twenty questions, to learn whether the whole run is worth it.",
)
@click.option("--name", metavar="NAME", help="Name of the run. [default: made from what is run]")
@click.option(
    "--pool", "pool_file", type=click.Path(path_type=Path), metavar="FILE",
    help="Where samples are kept. [default: .thinkscale/pool.sqlite]",
)  # fmt: skip
@click.option(
    "--sealed", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write the finished run into one file too, for `eval report` and `eval verify`.",
)  # fmt: skip
@click.option(
    "--ray", metavar="ADDRESS",
    help="Use all nodes of a Ray cluster: host:port, auto (this machine's), local (a new one).",
)  # fmt: skip
@json_option
@config_option
def run(
    tasks: tuple[str, ...],
    strategies: str,
    models: str | None,
    limit: int | None,
    samples: int | None,
    budget: str | None,
    margin: float,
    repeat: int | None,
    split: str | None,
    verifiers: str | None,
    scorer: str | None,
    sure: float | None,
    shots: int | None,
    seed: int,
    pilot: bool,
    name: str | None,
    pool_file: Path | None,
    sealed: Path | None,
    ray: str | None,
    as_json: bool,
    config_file: Path | None,
) -> None:
    """Ask every question of every TASK with every strategy, and say what each one gained.

    Samples are kept in a pool as they are made: stop it anywhere and run the same command again,
    and it goes on. Samples that another run made are not made again. `eval tasks` lists the tasks,
    `strategies` the strategies, `eval report` shows a run as a page.
    """
    from evals.report.topics.timing import timing_doubts
    from evals.run.manifest import manifest
    from evals.run.recording import records, repeat_records
    from evals.run.run_progress import RunProgress
    from evals.run.spec import RunSpec, run_name, strategy_specs
    from evals.run.verifiers import load as load_verifiers
    from evals.scorers import scorer as find_scorer
    from evals.tasks import load_task
    from pipeline.answering.session import sample_params
    from pipeline.config import load_config
    from pipeline.engine.tuning.system_load import OtherLoad
    from pipeline.models.local_files import model_identity

    config = _surer(load_config(config_file), sure)
    if pilot and limit is None:
        limit = PILOT
    limits = read_budget(budget)
    specs = strategy_specs(strategies.split(","), samples, config.settings.strategies)
    if scorer is not None and scorer != "judge":
        find_scorer(scorer)
    order = RunSpec(
        tuple(load_task(task, config, limit=limit, split=split, seed=seed) for task in tasks),
        specs,
        sample_params(config),
        limits,
        scorer or "",
        shots,
        _looking(config),
        tuple(name.strip() for name in (verifiers or "").split(",") if name.strip()),
        repeat or 1,
    )
    load_verifiers(order.verifiers)
    if any(task.notes for task in order.tasks) and not config_file and own_config_path() is None:
        words = "There is no config.yaml in this folder or above it: the notes that ship are asked."
        notice(tr(words))
    runs = _runs(config)
    begun, others = time.time(), OtherLoad()
    with ExitStack() as stack:
        watch = stack.enter_context(RunProgress(as_json or is_quiet(), translated))
        model_runs: list[ModelRun] = []
        files: dict[str, str] = {}
        again: list[RepeatRecord] = []
        for one in _configs(config, models):
            passed = _sit(stack, one, order, pool_file, ray, watch)
            model_runs.append(passed[0])
            again += [row for other in passed[1:] for row in repeat_records(other, order)]
            files[model_runs[-1].engine.info.name] = model_identity(one)
        named = name or run_name(order, [model_run.engine.info for model_run in model_runs])
        about = {
            "created": time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(begun)),
            "seconds": round(time.time() - begun, 1),
            "search_seconds": round(sum(s.search_seconds for s in model_runs), 3),
            **_judging(model_runs),
            "seed": seed,
            "margin": margin,
            "verifiers": list(order.verifiers),
            "repeat": order.repeat,
            "others": round(others.processors, 2),
            **manifest(config, model_runs),
        }
        found = records(named, model_runs, about, again)
        replayed = sum(sample.key not in watch.made for sample in found.samples)
        found = replace(found, about={**found.about, "replayed": replayed})
        for words in timing_doubts(found):
            watch.say(f"Seconds: {words}.")
    notes = {task.name for task in order.tasks if task.notes}
    _finish(config, runs / found.name, found, set() if pilot else notes, files, as_json, pilot)
    if sealed is not None:
        from evals.run.sealed import seal

        print(f"{sealed}: fingerprint {seal(runs / found.name, sealed)}", file=sys.stderr)


def _judging(model_runs: Sequence[ModelRun]) -> dict[str, Any]:
    """What asking a judge cost; nothing where none was asked."""
    cost = sum((model_run.judge_cost for model_run in model_runs), Cost())
    return {"judge": asdict(cost)} if cost != Cost() else {}


def _runs(config: Config) -> Path:
    """Where runs are kept. That nothing can be written there is said before anything is drawn."""
    folder = config.resolve(".thinkscale/runs")
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, "permission denied", str(folder))
    return folder


def _surer(config: Config, sure: float | None) -> Config:
    if sure is None:
        return config
    ask = config.settings.ask.model_copy(update={"sure": sure})
    return replace(config, settings=config.settings.model_copy(update={"ask": ask}))


def _looking(config: Config) -> str:
    """The settings by which passages are found, shown and refused: part of a run's identity."""
    settings = config.settings
    ask = settings.ask.model_dump(mode="json", exclude={"strategy"})
    found = {"ask": ask, "retrieval": settings.retrieval.model_dump(mode="json")}
    return json.dumps({**found, "embedder": settings.embedder.model}, sort_keys=True)


def _configs(config: Config, models: str | None) -> list[Config]:
    """The configuration with each model in turn."""
    if models is None:
        return [config]
    found = []
    for path in models.split(","):
        model = config.settings.model.model_copy(update={"path": str(Path(path).absolute())})
        settings = config.settings.with_model(model)
        found.append(replace(config, settings=settings))
    return found


def _sit(
    stack: ExitStack,
    config: Config,
    order: RunSpec,
    pool_file: Path | None,
    ray: str | None,
    watch: RunProgress,
) -> list[ModelRun]:
    """The run of one model, then its other passes, if any."""
    from evals.run.judged import judge_replies
    from evals.run.model_run import ModelRun
    from evals.run.spec import other_passes
    from evals.run.verifiers import verify
    from pipeline.pool import DiskPool

    with _engine(config, ray, watch) as engine:
        model_run = ModelRun(stack, config, order, engine, watch.stage)
        path = pool_file or config.resolve(".thinkscale/pool.sqlite")
        with DiskPool(path, engine.info) as pool:
            model_run.prepare(pool, watch.stage)
            _announce(model_run, engine, pool, watch)
            model_run.draw(pool, watch.sample, watch.thought)
            verify(model_run, pool, watch.stage)
            judge_replies(model_run, pool, watch.stage)
            made = [model_run]
            for at, other in enumerate(others := other_passes(order)):
                watch.say(tr("Pass {number} of {count}.", number=at + 2, count=len(others) + 1))
                made.append(ModelRun(stack, config, other, engine, watch.stage))
                made[-1].draw(pool, watch.sample, watch.thought)
                judge_replies(made[-1], pool, watch.stage)
            if pool.damaged:
                words = "{file}: {count} damaged samples were made again."
                watch.say(tr(words, file=path, count=f"{pool.damaged:,}"))
    return made


def _engine(config: Config, ray: str | None, watch: RunProgress) -> AbstractContextManager[Engine]:
    """The engine of this machine, or of all nodes of a cluster."""
    if ray is not None:
        from evals.ray.cluster import open_ray

        return open_ray(config, ray, watch.say)
    from pipeline.engine import open_engine

    return open_engine(config, on_notice=watch.say)


def _announce(model_run: ModelRun, engine: Engine, pool: DiskPool, watch: RunProgress) -> None:
    """What is about to happen: how many samples, for how long, what could be seen in the end."""
    from evals.run.run_progress import foretold, seen_from, spread
    from pipeline.answering.loop import one_step
    from pipeline.answering.loop import run as run_course

    first = model_run.first_draws()
    missing = [request for request in first if pool.get(request) is None]
    watch.plan(len(first), len(missing), model_run.order)
    for task in model_run.order.tasks:
        watch.say(seen_from(task, len(model_run.order.specs)))
    if not missing:
        return
    probe = spread(missing, _PROBE)
    begun = time.perf_counter()
    found = run_course(one_step(probe), lambda: engine, pool=pool, on_sample=watch.sample)
    seconds = time.perf_counter() - begun
    made = [sample for sample in found if isinstance(sample, Sample)]
    left = foretold(made, seconds, missing, engine.count)
    watch.estimate(left)
    if left > _LONG and not getattr(engine, "is_tuned", True):
        watch.say(tr(_UNTUNED))


def _finish(
    config: Config,
    folder: Path,
    run: Run,
    notes: set[str],
    files: Mapping[str, str],
    as_json: bool,
    pilot: bool,
) -> None:
    from evals.report.topics.decisions import decisions
    from evals.run.records import save_run

    save_run(run, folder)
    if pilot:
        verdicts = foretold(run)
        if as_json:
            print_json(verdicts)
        else:
            for line in told(verdicts):
                click.echo(line)
        return
    rows = decisions(run)
    remember_best(config, run, rows, notes, files)
    if as_json:
        print_json(rows[0] if len(rows) == 1 else rows)
    else:
        print_decisions(rows)
        words = "The whole run, question by question: thinkscale eval report {name}"
        click.echo(f"\n{tr(words, name=run.name)}")
