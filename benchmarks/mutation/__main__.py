"""Would the tests notice a fault? Small ones are put in, one at a time, and the tests are run.

    python -m benchmarks.mutation [--check] [--only stats] [--sample 30] [--seed 0] [--state FILE]

A fault is a comparison, an operator, a number, a truth value or a condition changed, a value not
returned, a statement left out, in a function of `evals/stats`, `pipeline/answers`,
`pipeline/strategies` or `pipeline/evidence`. Which test of the package calls which function is
noted once; a fault is then shown to the tests that call its function, the quickest first. It is
killed where a test fails that passes without it, or where they take ten times as much processor
time; in a function that is called when modules are imported, also where the tests cannot be
collected. Tests that cannot be collected, or fail, without a fault end the benchmark.

What was found is kept in the state file, so that it goes on where it was stopped: faults that were
killed while the module is the same, others while the tests are the same too. Faults that change
nothing anybody could see are listed with the reason in `benchmarks/data/equivalent_mutants.tsv`
and not counted. Asked for: 85 % killed in each package.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.mutation.mutants import Mutant, mutants
from benchmarks.mutation.running import Coverage, Session, survives_import
from pipeline.files import write_whole

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "stats": ("evals/stats", "tests/evals/stats"),
    "answers": ("pipeline/answers", "tests/answers"),
    "strategies": ("pipeline/strategies", "tests/strategies"),
    "evidence": ("pipeline/evidence", "tests/evidence"),
}
_EQUIVALENT = ROOT / "benchmarks/data/equivalent_mutants.tsv"
_ASKED = 0.85


def main() -> int:
    """Print the figures; with --check, 1 where one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", choices=PACKAGES, action="append", help="this package alone")
    parser.add_argument("--sample", type=int, default=30, metavar="N", help="faults a package")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--state", type=Path, metavar="FILE", default=ROOT / "build/mutation.json")
    given = parser.parse_args()
    good = True
    for package in given.only or PACKAGES:
        chosen = _sample(package, given.sample, given.seed)
        mutants = [one for one in chosen if not _reason(one)]
        found = _tried(package, mutants, given.state)
        killed = sum(found)
        reached = killed >= _ASKED * len(mutants)
        good &= reached
        print(f"{package:<12} {killed:>3} of {len(mutants):>3} killed "
              f"({killed / max(len(mutants), 1):.0%}), {len(chosen) - len(mutants)} equivalent"
              f"   asked >= 85 %   {'ok' if reached else 'NOT REACHED'}", flush=True)  # fmt: skip
        for mutant, dead in zip(mutants, found, strict=True):
            if not dead:
                print(f"    {mutant.path.as_posix()}:{mutant.line}  {mutant.change}", flush=True)
    return 0 if good or not given.check else 1


def _sample(package: str, count: int, seed: int) -> list[Mutant]:
    """Some faults of a package, all of its modules taking part in proportion to their length."""
    folder = Path(PACKAGES[package][0])
    every = [mutant for path in sorted(folder.rglob("*.py")) for mutant in mutants(path)]
    chosen = random.Random(f"{seed}:{package}").sample(every, min(count, len(every)))
    return sorted(chosen, key=lambda mutant: (mutant.path, mutant.number))


def _tried(package: str, mutants: Sequence[Mutant], state: Path) -> list[bool]:
    """Whether each fault was killed; those that are not known are tried."""
    folder, own = PACKAGES[package]
    tests = _digest(sorted(Path(own).rglob("*.*")))
    modules = _digest(sorted(Path(folder).rglob("*.py")))

    def known() -> list[str]:
        found = _read(state)["found"]
        return [found.get(_name(one), "") for one in mutants]

    def done(one: Mutant, alive: bool) -> None:
        kept = _read(state)
        kept["found"][_name(one)] = tests if alive else "killed"
        _keep(state, kept)
        end = "SURVIVED" if alive else "killed"
        print(f"{one.path.as_posix()}:{one.line}  {one.change}: {end}", file=sys.stderr, flush=True)

    def open_ones() -> list[Mutant]:
        return [
            one for one, how in zip(mutants, known(), strict=True) if how not in ("killed", tests)
        ]

    def work(session: Session) -> None:
        kept = _read(state)
        if kept["coverage"].get(package, {}).get("of") != [tests, modules]:
            print(f"{package}: which test calls what", file=sys.stderr, flush=True)
            kept["coverage"][package] = {"of": [tests, modules], **asdict(session.coverage())}
            _keep(state, kept)
        coverage = _coverage(state, package)
        for one in open_ones():
            if one.place not in coverage.importing:
                done(one, session.survives(one, coverage))

    if open_ones():
        Session(ROOT, work).run([own])
    for one in open_ones():
        seconds = sum(_coverage(state, package).seconds.values())
        done(one, survives_import(one, ROOT, [own], seconds))
    return [how == "killed" for how in known()]


def _coverage(state: Path, package: str) -> Coverage:
    kept = _read(state)["coverage"][package]
    return Coverage(**{name: part for name, part in kept.items() if name != "of"})


def _name(mutant: Mutant) -> str:
    """Names a fault while its module is the same."""
    return f"{mutant.path.as_posix()}:{_digest([mutant.path])}:{mutant.number}"


def _digest(paths: list[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        if path.suffix != ".pyc":
            whole.update(path.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:12]


def _reason(mutant: Mutant) -> str:
    """Why a fault changes nothing that could be seen; empty where it may."""
    for line in _EQUIVALENT.read_text(encoding="utf-8").splitlines():
        path, before, after, reason = line.split("\t")
        place = mutant.path.as_posix()
        if path in (place, f"{place}:{mutant.name}") and (before, after) == (
            mutant.before,
            mutant.after,
        ):
            return reason
    return ""


def _read(state: Path) -> dict[str, dict[str, Any]]:
    """What was found before."""
    if not state.exists():
        return {"found": {}, "coverage": {}}
    kept: dict[str, dict[str, Any]] = json.loads(state.read_text(encoding="utf-8"))
    return kept


def _keep(state: Path, kept: dict[str, dict[str, Any]]) -> None:
    state.parent.mkdir(parents=True, exist_ok=True)
    write_whole(state, json.dumps(kept).encode())


if __name__ == "__main__":
    sys.exit(main())
