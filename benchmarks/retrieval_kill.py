"""Kills a rebuild at any moment: the old index must answer, and the next build complete."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

from benchmarks.retrieval_bench import HERE, Figures, thousand_notes, workshop
from pipeline.config import Config
from pipeline.retrieval import build, open_index

__all__ = ["kill", "kill_builds"]

CHILD = """
import sys
from pathlib import Path
from pipeline.config import load_config
from pipeline.retrieval import build
config = load_config(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    build(config, rebuild=True)
"""


def kill_builds(config: Config, times: int, seed: int = 0) -> int:
    """Kill -9 a process that rebuilds the index, `times` times, each at a random moment of the
    build. Returns how often the old index still answered."""
    rng = random.Random(seed)
    start = time.perf_counter()
    build(config, rebuild=True)
    length = time.perf_counter() - start
    answered = 0
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    for _ in range(times):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(config.file)], stdout=subprocess.PIPE, env=environment
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(rng.uniform(0, 1.5 * length))
        child.kill()
        child.wait()
        child.stdout.close()
        with open_index(config) as index:
            answered += bool(index.search("note", 3))
    return answered


def kill(figures: Figures) -> None:
    """The embedder is left out: it is most of a build's time and writes nothing."""
    with workshop("retrieval: {arms: [words, headings]}\n") as config:
        thousand_notes(config.notes_path, 150)
        figures("kill -9 in 100 rebuilds: the old index answered", kill_builds(config, 100), 100)
        build(config, rebuild=True)
        left = [p for p in (config.index_path / "generations").iterdir() if p.suffix == ".part"]
        figures("leftovers after the next build", len(left), most=0)
