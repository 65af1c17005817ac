"""Measures how much longer an answer takes while all processors are taken than on a quiet machine.

    python -m benchmarks.busy [--check] [--rounds 5]

A process that only counts is started for every processor; beside them, and without them, the same
question is asked of the shipped notes about model sizes by `thinkscale ask`, in turn, each time a
new process over an index that is there. Two busy processes for two processors leave half of the
machine, so a fair scheduler makes twice the time at best. Asked for: at most 2.5 times, the median
of the rounds.

Run it where nothing else runs: what others used meanwhile is printed, and above a tenth of the
machine the figure is not to be trusted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from benchmarks.quiet import Others
from pipeline.engine.local.native import cores

_MOST = 2.5
_TRUSTED = 0.1
_QUESTION = "How many parameters does GPT-2 have?"
_NOTES = Path(__file__).parents[1] / "corpus" / "parameters"


@contextmanager
def taken(processes: int) -> Iterator[None]:
    """So many processes that do nothing but use a processor."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
        for process in busy:
            process.wait()


def seconds(home: Path) -> float:
    """One question, from the start of the command to its end."""
    begun = perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pipeline", "ask", _QUESTION],
        cwd=home, stdin=subprocess.DEVNULL, capture_output=True, check=True,
        env={**os.environ, "PYTHONPATH": str(_NOTES.parents[1]),
             "THINKSCALE_CACHE": str(home / "cache")},
    )  # fmt: skip
    return perf_counter() - begun


def main() -> int:
    """Print the figures; with --check, 1 where the one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    given = parser.parse_args()
    quiet, busy = [], []
    others = Others()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(_NOTES, home / "notes")
        (home / "config.yaml").write_text("notes: {path: notes}\n", encoding="utf-8")
        seconds(home)  # makes the index
        for _ in range(given.rounds):
            quiet.append(seconds(home))
            with taken(cores()):
                busy.append(seconds(home))
    ratio = statistics.median(b / q for b, q in zip(busy, quiet, strict=True))
    print(f"quiet: {statistics.median(quiet):.2f} s ({min(quiet):.2f}-{max(quiet):.2f})")
    print(f"{cores()} processors taken: {statistics.median(busy):.2f} s "
          f"({min(busy):.2f}-{max(busy):.2f})")  # fmt: skip
    good = ratio <= _MOST
    print(f"{ratio:.2f}x   asked <= {_MOST}x   {'ok' if good else 'NOT REACHED'}")
    share = others.share
    doubt = "; not to be trusted" if share > _TRUSTED else ""
    print(f"others used {share:.0%} of the machine{doubt}")
    return 0 if good or not given.check else 1


if __name__ == "__main__":
    sys.exit(main())
