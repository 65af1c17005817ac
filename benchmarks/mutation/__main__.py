"""Would the tests notice a fault? Small ones are put in, one at a time, and the tests are run.

    python -m benchmarks.mutation [--check] [--only stats] [--sample 30] [--seed 0] [--state FILE]

A fault is a comparison, an operator, a number, a truth value or a condition changed, a value not
returned, a statement left out, in `evals/stats`, `pipeline/answers`, `pipeline/strategies` or
`pipeline/evidence`. Which test calls which function is noted first, once; a fault is then shown to
the tests that call its function, the quickest first, and if none of them minds, to all tests that
call anything of its file. It is killed where a test fails, or takes ten times as long.

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
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.mutation.mutants import Mutant, mutants
from benchmarks.mutation.running import Coverage, covered, preload, survives

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "stats": ("evals/stats", "tests/evals/stats"),
    "answers": ("pipeline/answers", "tests/answers"),
    "strategies": ("pipeline/strategies", "tests/strategies"),
    "evidence": ("pipeline/evidence", "tests/evidence"),
}
_EQUIVALENT = ROOT / "benchmarks/data/equivalent_mutants.tsv"
_ASKED = 0.85
_SLOWER = 10.0
_START = 30.0  # seconds that a run may take before its first test


def main() -> int:
    """Print the figures; with --check, 1 where one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", choices=PACKAGES, action="append", help="this package alone")
    parser.add_argument("--sample", type=int, default=30, metavar="N", help="faults a package")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--state", type=Path, metavar="FILE", default=ROOT / "build/mutation.json")
    given = parser.parse_args()
    preload(("pytest", "hypothesis", "numpy", "scipy.stats", "pydantic", "jinja2", "httpx"))
    state = _State(given.state)
    good = True
    for package in given.only or PACKAGES:
        survivors, killed, same = [], 0, 0
        for mutant in _sample(package, given.sample, given.seed):
            if _reason(mutant):
                same += 1
            elif _killed(mutant, package, state):
                killed += 1
            else:
                survivors.append(mutant)
        count = killed + len(survivors)
        reached = killed >= _ASKED * count
        good &= reached
        print(f"{package:<12} {killed:>3} of {count:>3} killed ({killed / max(count, 1):.0%}), "
              f"{same} equivalent   asked >= 85 %   {'ok' if reached else 'NOT REACHED'}",
              flush=True)  # fmt: skip
        for mutant in survivors:
            print(f"    {mutant.path.as_posix()}:{mutant.line}  {mutant.change}", flush=True)
    return 0 if good or not given.check else 1


def _sample(package: str, count: int, seed: int) -> list[Mutant]:
    """Some faults of a package, all of its modules taking part in proportion to their length."""
    folder = Path(PACKAGES[package][0])
    every = [mutant for path in sorted(folder.rglob("*.py")) for mutant in mutants(path)]
    chosen = random.Random(f"{seed}:{package}").sample(every, min(count, len(every)))
    return sorted(chosen, key=lambda mutant: (mutant.path, mutant.number))


def _killed(mutant: Mutant, package: str, state: _State) -> bool:
    module = _digest([mutant.path])
    name = f"{mutant.path.as_posix()}:{module}:{mutant.number}"
    tests = _digest(sorted(Path(PACKAGES[package][1]).rglob("*.*")))
    if (found := state.found.get(name)) in ("killed", f"survived {tests}"):
        return found == "killed"
    coverage = state.coverage(package, tests)
    begun = time.monotonic()
    alive = all(
        survives(mutant.path, mutant.tree(), chosen,
                 _START + _SLOWER * sum(coverage.seconds[test] for test in chosen))
        for chosen in (coverage.of(mutant.path, mutant.function), coverage.of(mutant.path, 0))
        if chosen
    )  # fmt: skip
    state.found[name] = f"survived {tests}" if alive else "killed"
    state.keep()
    print(f"{mutant.path.as_posix()}:{mutant.line}  {mutant.change}: "
          f"{'SURVIVED' if alive else 'killed'}, {time.monotonic() - begun:.0f} s",
          file=sys.stderr, flush=True)  # fmt: skip
    return not alive


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
        if (path, before, after) == (mutant.path.as_posix(), mutant.before, mutant.after):
            return reason
    return ""


class _State:
    """What was found, on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.found: dict[str, str] = known.get("found", {})
        self._coverage: dict[str, dict[str, dict[str, object]]] = known.get("coverage", {})

    def coverage(self, package: str, tests: str) -> Coverage:
        """What the tests of a package call, noted once for the same modules and tests."""
        folder, own = PACKAGES[package]
        name = f"{tests}:{_digest(sorted(Path(folder).rglob('*.py')))}"
        if name not in self._coverage.get(package, {}):
            print(f"{package}: which test calls what", file=sys.stderr, flush=True)
            self._coverage[package] = {name: asdict(covered(ROOT, [own]))}
            self.keep()
        return Coverage(**self._coverage[package][name])  # type: ignore[arg-type]

    def keep(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".part")
        partial.write_text(
            json.dumps({"found": self.found, "coverage": self._coverage}), encoding="utf-8"
        )
        partial.replace(self._path)


if __name__ == "__main__":
    sys.exit(main())
