"""Describes a run: tasks, strategies by name, and the settings that bear on the result."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from evals.run.items import reply_tokens
from evals.run.wordings import passes
from evals.tasks.base import Task
from pipeline.answering.loop import UNLIMITED, Budget
from pipeline.errors import ConfigError, filled
from pipeline.strategies import Access, Strategy, make_strategy, parse_name
from pipeline.types import SampleParams

if TYPE_CHECKING:
    from pipeline.engine.base import ModelInfo

__all__ = ["RunSpec", "StrategySpec", "described", "other_passes", "run_name", "strategy_specs"]


@dataclass(frozen=True, slots=True)
class StrategySpec:
    """A strategy as it was asked for: its name here, the passages it sees, how it thinks."""

    name: str
    access: Access | None
    strategy: Strategy


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What is to be run. `scorer` "" is each task's own; `shots` None all its worked examples."""

    tasks: tuple[Task, ...]
    specs: tuple[StrategySpec, ...]
    params: SampleParams
    budget: Budget = UNLIMITED
    scorer: str = ""
    shots: int | None = None
    looking: str = ""
    """The settings by which passages are found and shown, in a line."""
    verifiers: tuple[str, ...] = ()
    repeat: int = 1
    """Wordings of the prompt that it is run in, two seeds each; 1 is the run alone."""
    wording: int = 0


def strategy_specs(
    names: Sequence[str],
    samples: int | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[StrategySpec, ...]:
    """Strategies by name. `samples` stands in for the number of samples of aggregations whose name
    has none; `cot@sc2..16` stands for 2, 4, 8 and 16 samples, which share one pool.

    Raises ConfigError for a name that is not one, or is there twice.
    """
    specs: list[StrategySpec] = []
    for text in (one for name in names for one in _sizes(name)):
        parsed = parse_name(text)
        if parsed.rule and parsed.draws is None and samples:
            parsed = replace(parsed, draws=samples)
        strategy = make_strategy(parsed, options=options)
        name = f"{parsed.access}+{strategy.name}" if parsed.access else strategy.name
        if name in {spec.name for spec in specs}:
            raise ConfigError(
                filled("The strategy {name} is asked for twice.", name=name), "Leave one out."
            )
        specs.append(StrategySpec(name, parsed.access, strategy))
    if not specs:
        raise ConfigError("No strategy is asked for.", "Give --strategies direct,cot@sc8.")
    return tuple(specs)


def _sizes(name: str) -> list[str]:
    """The names that `METHOD@AGGREGATIONa..b` stands for: a, doubled up to b, and b."""
    found = re.fullmatch(r"(.*@[a-z-]*[a-z])(\d+)\.\.(\d+)", name.strip())
    if found is None:
        return [name]
    least, most = int(found[2]), int(found[3])
    if not 1 <= least < most:
        raise ConfigError(
            filled("{name}: {least} is not below {most}.", name=name, least=least, most=most),
            "Write `cot@sc2..16`.",
        )
    sizes = [least]
    while 2 * sizes[-1] < most:
        sizes.append(2 * sizes[-1])
    return [f"{found[1]}{size}" for size in (*sizes, most)]


def run_name(order: RunSpec, models: Sequence[ModelInfo]) -> str:
    """The same for the same run, and for no other: the tasks' names and a hash of all that bears
    on the result."""
    identity = {
        "tasks": [task.sha256 for task in order.tasks],
        "arms": [[spec.name, described(spec.strategy)] for spec in order.specs],
        "params": dataclasses.asdict(order.params),
        "budget": dataclasses.asdict(order.budget),
        "scorer": order.scorer,
        "shots": order.shots,
        "looking": order.looking,
        "verifiers": order.verifiers,
        "repeat": order.repeat,
        "reply_tokens": reply_tokens(),
        "models": [[m.name, m.sha256, m.engine, m.version] for m in models],
    }
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    names = (re.sub(r"[^\w.-]+", "-", task.name.split("/")[-1]) for task in order.tasks)
    return "-".join([*names, digest[:8]])  # a folder on every system


def described(strategy: Strategy) -> str:
    """A strategy with its parameters: the same in every process, and as earlier releases wrote it,
    since a run that was begun is found again by it.

    >>> described(make_strategy("direct"))
    "Single(name='direct', way=PromptMethod(name='direct'), draws=1)"
    """
    said = repr(strategy).replace(" prompt_method=", " way=")
    return re.sub(r"(<function \S+) at 0x[0-9a-f]+>", r"\1>", said)


def other_passes(order: RunSpec) -> list[RunSpec]:
    """The same order in its other wordings and seeds; none where it is not to be repeated."""
    if order.repeat < 2:
        return []
    return [
        replace(order, params=replace(order.params, seed=seed), wording=wording, verifiers=())
        for wording, seed in passes(order.repeat, order.params.seed)[1:]
    ]
