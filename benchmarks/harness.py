"""Measures the cost of the harness over the bare engine, and what asking many at once saves.

    python -m benchmarks.harness [--check] [--items N]

All with the embedded model, the draws of one run each, in one process; the order of the sides
alternates and the middle of the ratios counts.

* overhead: `eval run`'s own loop (pool on disk, strategies, records) over `engine.sample` given the
  same requests at once. Asked for: at most 5 %.
* side by side: one question after another over all at once. Asked for: at least 2 times.
* replay: a seventh strategy over a pool of 32 draws of 100 questions: no call of the model, and
  under 2 seconds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from evals.run.model_run import ModelRun
from evals.run.recording import records
from evals.run.spec import RunSpec, strategy_specs
from evals.tasks import load_task
from pipeline.answering.loop import run_strategy
from pipeline.config import Config, load_config
from pipeline.engine import ScriptedEngine, open_engine
from pipeline.engine.base import Engine
from pipeline.pool import DiskPool, MemoryPool
from pipeline.types import SampleParams

SIX = ["direct", "cot", "cot@sc4", "cot@sc8", "cot@sc32", "plan"]


def model_run(
    stack: ExitStack, config: Config, names: list[str], n: int, on: Engine, seed: int
) -> ModelRun:
    """A task of `n` sums laid out. Another seed makes other draws of the same questions."""
    params = SampleParams(temperature=0.7, max_tokens=0, seed=seed)
    order = RunSpec((load_task(f"sums:n={n}"),), strategy_specs(names), params)
    return ModelRun(stack, config, order, on)


def bare(config: Config, engine: Engine, n: int, seed: int) -> float:
    """Seconds of the engine alone for the draws of the run."""
    with ExitStack() as stack:
        wanted = model_run(stack, config, ["cot@sc8"], n, engine, seed).first_draws()
        begun = time.perf_counter()
        assert sum(1 for _ in engine.sample(wanted)) == 8 * n
        return time.perf_counter() - begun


def harnessed(config: Config, engine: Engine, n: int, seed: int) -> float:
    """Seconds of the run for as many draws, from the layout to the records."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        at = model_run(stack, config, ["cot@sc8"], n, engine, seed)
        with DiskPool(Path(folder) / "pool.sqlite", engine.info) as pool:
            at.draw(pool)
        records("bench", [at], {})
        return time.perf_counter() - begun


def one_by_one(config: Config, engine: Engine, n: int, seed: int, way: str) -> float:
    """Seconds for the questions one after another, as a loop over `run_strategy` would ask them."""
    with ExitStack() as stack:
        at = model_run(stack, config, [way], n, engine, seed)
        (task,), (spec,) = at.order.tasks, at.order.specs
        begun = time.perf_counter()
        for item in task.items:
            question = at.prepared_item(task, spec, item).question
            assert question is not None
            run_strategy(question, spec.strategy, engine, MemoryPool(engine.info))
        return time.perf_counter() - begun


def together(config: Config, engine: Engine, n: int, seed: int, way: str) -> float:
    """Seconds for the same questions side by side."""
    with ExitStack() as stack:
        at = model_run(stack, config, [way], n, engine, seed)
        begun = time.perf_counter()
        at.draw(MemoryPool(engine.info))
        return time.perf_counter() - begun


def replay(config: Config) -> tuple[float, int]:
    """Seconds and calls of a seventh strategy, records included."""
    on = ScriptedEngine(lambda prompt, draw: f"So it is {draw % 7}.\nAnswer: {draw % 7}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pool.sqlite"
        with ExitStack() as stack, DiskPool(path, on.info) as pool:
            model_run(stack, config, SIX, 100, on, 0).draw(pool)
        silent = ScriptedEngine({})
        begun = time.perf_counter()
        with ExitStack() as stack, DiskPool(path, silent.info) as pool:
            at = model_run(stack, config, ["cot@sc16"], 100, silent, 0)
            at.draw(pool)
            records("bench", [at], {})
        return time.perf_counter() - begun, len(silent.requests)


def main() -> int:
    """Print the figures; with --check, 1 where one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--items", type=int, default=24, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    given = parser.parse_args()
    config = load_config(None)
    n, fine = given.items, []

    def said(name: str, value: str, good: bool, asked: str) -> None:
        fine.append(good)
        print(
            f"{name:<46} {value:>12}   asked {asked}   {'ok' if good else 'NOT REACHED'}",
            flush=True,
        )

    with open_engine(config) as engine:
        bare(config, engine, 4, 900)  # warm
        overheads, gains = [], []
        for turn in range(given.rounds):
            sides = [bare, harnessed] if turn % 2 else [harnessed, bare]
            spent = {side: side(config, engine, n, 10 * turn + i) for i, side in enumerate(sides)}
            overheads.append(spent[harnessed] / spent[bare] - 1)
            both = [one_by_one, together] if turn % 2 else [together, one_by_one]
            took = {
                side: side(config, engine, n, 10 * turn + 5 + i, "cot")
                for i, side in enumerate(both)
            }
            gains.append(took[one_by_one] / took[together])
        overhead, gain = statistics.median(overheads), statistics.median(gains)
        said(
            f"overhead over the bare engine ({8 * n} draws)",
            f"{overhead:+.1%}",
            overhead <= 0.05,
            "<= 5 %",
        )
        said(f"side by side, {n} questions of one draw", f"{gain:.2f}x", gain >= 2, ">= 2x")
    seconds, calls = replay(config)
    said("a seventh strategy over 100 x 32 draws", f"{seconds:.2f} s", seconds < 2, "< 2 s")
    said("  calls of the model for it", str(calls), calls == 0, "0")
    return 0 if all(fine) or not given.check else 1


if __name__ == "__main__":
    sys.exit(main())
