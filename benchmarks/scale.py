"""The unit costs that a plan for a million questions, or a hundred million passages, is made of.

    python -m benchmarks.scale [--questions 1000000] [--passages 100000000] [--draws 8]

Measured here and now, with the configured model and embedder: draws a second of short questions and
of questions with passages in front, bytes of a draw in the pool and how fast the pool gives it
back, passages embedded a second and bytes of a passage in the index (what a second lot of passages
adds, so that what every index has once is not counted). Then the same, multiplied. Rates are by the
seconds that processors worked, not by the clock, so that what else runs here does not count.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.retrieval_bench import workshop
from evals.run.model_run import ModelRun
from evals.run.spec import RunSpec, strategy_specs
from evals.tasks import load_task
from pipeline.config import Config, load_config
from pipeline.engine import open_engine
from pipeline.engine.base import Engine
from pipeline.pool import DiskPool
from pipeline.retrieval import build, ensure
from pipeline.types import Draw, Message, Passage, Prompt, Sample, SampleParams

_DAY = 86_400


def said(name: str, value: float, unit: str) -> None:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    print(f"{name:<58} {value:>12,.{digits}f} {unit}", flush=True)


def drawn(engine: Engine, wanted: list[Draw]) -> tuple[list[Sample], float]:
    """Samples, and the seconds that processors worked for them."""
    begun = process_time()
    return list(engine.sample(wanted)), process_time() - begun


def sums(config: Config, engine: Engine, n: int, draws: int) -> list[Draw]:
    """Draws of short questions with four worked examples."""
    params = SampleParams(temperature=0.7, max_tokens=0)
    order = RunSpec(
        (load_task("sums", limit=n, seed=5),), strategy_specs([f"cot@sc{draws}"]), params
    )
    with ExitStack() as stack:
        return ModelRun(stack, config, order, engine).first_draws()


def reading(passages: list[Passage], n: int, draws: int) -> list[Draw]:
    """Draws of questions with three passages in front of each."""
    params, found = SampleParams(temperature=0.7, max_tokens=48), []
    for i in range(n):
        shown = "\n\n".join(p.text for p in passages[3 * i : 3 * i + 3])
        prompt = Prompt((Message("user", f"{shown}\n\nWhat do these passages say?"),))
        found += [Draw(prompt, params, draw, f"reading-{i}") for draw in range(draws)]
    return found


def pooled(engine: Engine, samples: list[Sample]) -> tuple[float, float]:
    """Bytes of a draw on disk, and draws given back in a second."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pool.sqlite"
        with DiskPool(file, engine.info) as pool:
            for sample in samples:
                pool.put(sample)
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / len(samples)
        with DiskPool(file, engine.info) as pool:
            begun = perf_counter()
            assert all(pool.get(sample.request) for sample in samples)
            return size, len(samples) / (perf_counter() - begun)


def indexed(passages: list[Passage]) -> tuple[float, float]:
    """Passages embedded in a core-second, and bytes that a passage adds to the index."""
    second = [replace(p, id=f"{p.id}-2", text=f"{p.text} Once more.") for p in passages]
    sizes = []
    with workshop() as config:
        seconds = 1.0
        for lot in (passages, [*passages, *second]):
            begun, clock = process_time(), perf_counter()
            report = build(config, passages=tuple(lot), rebuild=True)
            working = (process_time() - begun) / (perf_counter() - clock)
            seconds = report.seconds["embed"] * working
            folder = (config.index_path / "CURRENT").read_text(encoding="utf-8").strip()
            files = (config.index_path / "generations" / folder).rglob("*")
            sizes.append(sum(path.stat().st_size for path in files if path.is_file()))
    return 2 * len(passages) / seconds, (sizes[1] - sizes[0]) / len(passages)


def main() -> int:
    """Print the unit costs, and the plan made of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--questions", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--passages", type=int, default=100_000_000, metavar="N")
    parser.add_argument("--draws", type=int, default=8, metavar="N")
    given = parser.parse_args()
    config, k = load_config(None), given.draws
    with ensure(config) as index:
        passages = list(index.passages)
    with open_engine(config) as engine:
        drawn(engine, sums(config, engine, 2, k))
        short, spent = drawn(engine, sums(config, engine, 24, k))
        draws = len(short) / spent
        said(f"draws of short questions (model {engine.info.name})", draws, "a core-second")
        said("  tokens written by one", sum(s.tokens for s in short) / len(short), "tokens")
        long, spent = drawn(engine, reading(passages, 8, k))
        asks = len(long) / spent
        said("draws of questions with three passages", asks, "a core-second")
        read = sum(s.cost.prompt_tokens for s in long) / 8
        said("  tokens read for a question", read, "tokens")
        size, back = pooled(engine, [*short, *long])
    said("a draw in the pool", size, "bytes")
    said("draws given back by the pool", back, "/s")
    speed, room = indexed(passages)
    said(f"passages embedded ({len(passages)} at hand)", speed, "a core-second")
    said("a passage in the index", room, "bytes")

    total = given.questions * k
    print(f"\n{given.questions:,} questions, {k} draws of each:")
    said("  drawing, short questions", total / draws / _DAY, "core-days")
    said("  drawing, three passages each", total / asks / _DAY, "core-days")
    said("  the pool", total * size / 1e9, "GB")
    said("  replaying it with another strategy", total / back / 3600, "hours")
    print(f"{given.passages:,} passages:")
    said("  embedding", given.passages / speed / _DAY, "core-days")
    said("  the index", given.passages * room / 1e9, "GB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
