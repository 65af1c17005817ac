"""Torture as a command.

    python -m benchmarks.torture [--seed N] [--minutes N] [--only KIND] [--cases N] [--case KIND:N]

* damage: every file the program writes, with flipped bits, zeroed blocks, lost ends, foreign bytes
* reading: the same, twenty a case, read by the library
* faults: the Nth write, fsync, rename, read ... fails: no space, an input/output error, a quota
* kills: kill -9 at any moment of index, ask, eval run, pool gc, drafts, edits of the configuration
* permissions: files and folders that may not be read or written any more
* clock: a wrong clock, one that jumps, notes from the future
* endpoint: a model's endpoint that delays, drops, lies
* download: a hub that cuts, lies or refuses, a disk that fails meanwhile, a kill
* gguf: damaged model files (20 a case)
* model: the real model, damaged or killed while it answers

After each: the message is one line with a remedy and no traceback, the exit code 0, 1 or 2; what
was stored is there; the next run recovers; an answer is the same as ever, or something is said.

Each case is made from the seed, its kind and its number: `--case faults:17` makes one again. What
is done is kept in a state file, and the same command goes on from there. Exit code 1 where a rule
did not hold.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.torture import disturbed, faults
from benchmarks.torture.damage import damage_case, know
from benchmarks.torture.endpoint import endpoint
from benchmarks.torture.outside import download_case, endpoint_case, gguf_case, model_case
from benchmarks.torture.reading import BATCH, reading_case
from benchmarks.torture.rules import Broken
from benchmarks.torture.world import World, build_world, warm

Case = Callable[[World, Path, random.Random], str]

KINDS: dict[str, tuple[int, int, Case]] = {
    # share of the cases, how many cases one counts for, what makes one
    "damage": (30, 1, damage_case),
    "reading": (18, BATCH, reading_case),
    "faults": (22, 1, disturbed.fault_case),
    "kills": (12, 1, disturbed.kill_case),
    "permissions": (8, 1, disturbed.permission_case),
    "clock": (3, 1, disturbed.clock_case),
    "endpoint": (10, 1, endpoint_case),
    "download": (4, 1, download_case),
    "gguf": (5, 20, gguf_case),
    "model": (1, 1, model_case),
}
_RULES = ("LOSS", "SILENT", "RECOVERY", "MESSAGE", "HANG", "CRASH")


def main(arguments: list[str]) -> int:
    """Run cases until their number or the time is up, and print what was counted."""
    given = _given(arguments)
    without = faults.with_layer(arguments)
    skipped: dict[str, str] = {}
    if without:
        skipped |= dict.fromkeys(("faults", "clock", "download"), without)
    if not disturbed.can_drop_rights():
        skipped["permissions"] = "only root can act as another user"
    warnings.simplefilter("ignore")
    state = _State.open(given.state, given.seed) if not given.case else _State(None, given.seed)
    kinds = {k: v for k, v in KINDS.items() if given.only in ("", k) and k not in skipped}
    folder = Path(tempfile.mkdtemp(prefix="thinkscale-torture-"))
    folder.chmod(0o755)
    begun = time.monotonic()
    try:
        with endpoint() as address:
            world = build_world(folder / "original" / "home", address)
            warm(world, folder / "case")
            know(world)
            gc.freeze()
            if given.case:
                kind, _, number = given.case.partition(":")
                print(_one(world, folder, kind, int(number), state) or "all rules held")
                return 1 if state.broken else 0
            while state.cases < given.cases and time.monotonic() - begun < 60 * given.minutes:
                dice = random.Random(f"{given.seed} {sum(state.next.values())}")
                kind = dice.choices(list(kinds), [kinds[k][0] for k in kinds])[0]
                number = state.next[kind]
                state.next[kind] += 1
                told = _one(world, folder, kind, number, state)
                if told:
                    print(told, flush=True)
                state.save()
    finally:
        _free(folder)
    _table(state, skipped, time.monotonic() - begun)
    return 1 if state.broken else 0


def _one(world: World, folder: Path, kind: str, number: int, state: _State) -> str:
    """Make a case; what rule it broke, else nothing."""
    state.begun[kind] += KINDS[kind][1]
    rng = random.Random(f"{state.seed} {kind} {number}")
    try:
        ended = KINDS[kind][2](world, folder / "case", rng)
    except Broken as broken:
        told = f"{kind}:{number}  {broken}"
        state.broken.append(told)
        state.ended[f"{kind}|{broken.rule}"] += 1
        return told
    finally:
        _free(folder / "case")
    state.ended[f"{kind}|{ended}"] += 1
    return ""


def _free(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")] if folder.exists() else []:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)


class _State:
    """What was done so far; kept after every case, so that a stop loses nothing."""

    def __init__(self, file: Path | None, seed: int) -> None:
        self.file, self.seed = file, seed
        self.next: Counter[str] = Counter()
        self.begun: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.broken: list[str] = []

    @property
    def cases(self) -> int:
        return sum(self.begun.values())

    @classmethod
    def open(cls, file: Path | None, seed: int) -> _State:
        state = cls(file, seed)
        if file is not None and file.exists():
            known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            if known["seed"] == seed:
                for name in ("next", "begun", "ended"):
                    getattr(state, name).update(known[name])
                state.broken = known["broken"]
        return state

    def save(self) -> None:
        if self.file is not None:
            parts = {name: getattr(self, name) for name in ("seed", "next", "begun", "ended")}
            text = json.dumps({**parts, "broken": self.broken}, indent=1)
            self.file.parent.mkdir(parents=True, exist_ok=True)
            part = self.file.with_name(self.file.name + ".part")
            part.write_text(text, encoding="utf-8")
            part.replace(self.file)


def _table(state: _State, skipped: dict[str, str], seconds: float) -> None:
    for kind, (_, _, _) in KINDS.items():
        if kind in skipped:
            print(f"{kind:<12} left out: {skipped[kind]}")
        elif state.begun[kind]:
            ends = {k.split("|")[1]: n for k, n in state.ended.items() if k.startswith(f"{kind}|")}
            told = ", ".join(f"{name} {n}" for name, n in sorted(ends.items()))
            print(f"{kind:<12} {state.begun[kind]:>6}   {told}")
    counts = Counter(told.split("  ", 1)[1].split(":")[0] for told in state.broken)
    print(f"{state.cases:,} cases in {seconds / 60:.1f} minutes, seed {state.seed}: "
          f"{counts['LOSS']} losses, {counts['SILENT']} silent differences, "
          f"{counts['RECOVERY']} without recovery, {counts['MESSAGE']} bad messages, "
          f"{counts['HANG']} hangs, {counts['CRASH']} crashes")  # fmt: skip


def _given(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.torture", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--minutes", type=float, default=20.0, metavar="N")
    parser.add_argument("--cases", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--only", choices=["", *KINDS], default="", metavar="KIND")
    parser.add_argument("--case", default="", metavar="KIND:N", help="make one case again")
    parser.add_argument("--state", type=Path, metavar="FILE", help="what was done; goes on from it")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main(sys.argv[1:]))
