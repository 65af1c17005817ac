"""The benchmark of faults itself, on a package of one module (`benchmarks/mutation`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MODULE = """
def twice(number: int) -> int:
    return number * 2

def made(size: int) -> list[int]:
    found = [0]
    while len(found) < size:
        found.append(1)
    return found

def unseen(number: int) -> int:
    return number + 1

def _table() -> list[int]:
    return [1, 2]

TABLE = _table()
FIRST = TABLE[0]
"""
TESTS = """
import time
from pathlib import Path
from pipeline import sizes

def test_twice():
    Path("tried").open("a").write("t")
    assert sizes.twice(4) == 8

def test_made():
    assert len(sizes.made(3)) == 3

def test_table():
    assert sum(sizes.TABLE) == 3
"""
RUN = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from benchmarks.mutation.mutants import mutants
from benchmarks.mutation import running

running._LEAST, running._SLOWER = 1.0, 1.0
every, noted = mutants(Path("pipeline/sizes.py")), Path("noted")

def done(one, alive):
    print(one.name, one.change, "survived" if alive else "killed", sep=": ", file=sys.stderr)

def work(session):
    coverage = session.coverage()
    noted.write_text(json.dumps(asdict(coverage)))
    for one in every:
        if one.place not in coverage.importing:
            done(one, session.survives(one, coverage))

running.Session(Path.cwd(), work).run(["tests"])
for one in every:
    if one.place in json.loads(noted.read_text())["importing"]:
        done(one, running.survives_import(one, Path.cwd(), ["tests"], 0.1))
"""


def said(folder: Path, module: str = MODULE, tests: str = TESTS) -> list[str]:
    """What the benchmark prints about a module and its tests."""
    for name, text in (("pipeline/sizes.py", module), ("tests/test_sizes.py", tests)):
        (folder / name).parent.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pipeline/__init__.py").touch()
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = long\n model\n browser\n")
    own = {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=folder, env=os.environ | own,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stderr.splitlines()


def test_faults_are_killed_where_a_test_fails_hangs_or_cannot_be_collected(tmp_path: Path) -> None:
    found = dict(line.rsplit(": ", 1) for line in said(tmp_path))
    assert found["twice: number * 2  ->  number / 2"] == "killed"
    assert found["made: found.append(1)  ->  pass"] == "killed"  # it goes on for ever
    assert found["made: 1  ->  2"] == "survived"
    assert found["unseen: number + 1  ->  number - 1"] == "survived"
    assert found["_table: return [1, 2]  ->  return None"] == "killed"  # at import
    assert found["_table: 2  ->  3"] == "killed"


def test_one_that_fails_without_the_fault_too_kills_nothing(tmp_path: Path) -> None:
    """One that measures time does, on a busy machine."""
    late = TESTS.replace("== 8", "and Path('tried').stat().st_size < 2")
    *lines, end = said(tmp_path, tests=late)
    found = dict(line.rsplit(": ", 1) for line in lines)
    assert found["twice: number * 2  ->  number / 2"] == "survived"
    assert found["made: found.append(1)  ->  pass"] == "killed"
    assert end.startswith("tests fails without a fault"), "where all is imported anew"


@pytest.mark.parametrize(
    ("module", "tests", "message"),
    [
        (MODULE, TESTS.replace("== 3", "== 4"),
         "No faults were tried on tests: tests/test_sizes.py::test_made fails without a fault; mend"
         " it first"),
        (MODULE.replace("TABLE[0]", "TABLE[7]"), TESTS,
         "No faults were tried on tests: tests/test_sizes.py cannot be collected: IndexError: list "
         "index out of range"),
        (MODULE, "", "No faults were tried on tests: there are no tests"),
    ],
)  # fmt: skip
def test_tests_that_cannot_be_used_end_it_in_one_line(
    tmp_path: Path, module: str, tests: str, message: str
) -> None:
    assert said(tmp_path, module, tests) == [message]
