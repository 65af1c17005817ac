"""The hunt for faults, a slice of it; and that it would find one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.torture.process import Done, call
from benchmarks.torture.rules import Broken, spoken

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and fails calls of Linux")

ROOT = Path(__file__).parents[2]


def torture(
    *arguments: str, code: str = "", layer: bool = True
) -> subprocess.CompletedProcess[str]:
    """The command; `code` is run before it, in the same process."""
    start = f"{code}\nimport sys\nfrom benchmarks.torture.__main__ import main\n"
    start += "sys.exit(main(sys.argv[1:]))"
    inside = {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    if not layer:
        inside["THINKSCALE_TORTURE_LAYER"] = "none"
    return subprocess.run(
        [sys.executable, *(["-c", start] if code else ["-m", "benchmarks.torture"]), *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, **inside},
    )  # fmt: skip


def held(done: subprocess.CompletedProcess[str], cases: int) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    found = re.match(r"([\d,]+) cases in .*: 0 losses, 0 silent differences, 0 without recovery, "
                     r"0 bad messages, 0 hangs, 0 crashes$", last)  # fmt: skip
    assert found, last
    assert int(found[1].replace(",", "")) >= cases


def test_a_slice_of_every_kind(tmp_path: Path) -> None:
    """Stopped after a part of it, it goes on where it was."""
    state = tmp_path / "state.json"
    held(torture("--seed", "5", "--cases", "30", "--state", str(state)), 30)
    before = state.read_text(encoding="utf-8")
    held(torture("--seed", "5", "--cases", "30", "--state", str(state)), 30)
    assert state.read_text(encoding="utf-8") == before


@pytest.mark.long
def test_a_larger_slice() -> None:
    held(torture("--seed", "7", "--cases", "2000", "--minutes", "15"), 500)


@pytest.mark.long
def test_it_finds_a_checksum_that_is_not_compared() -> None:
    """A run whose files are taken as they are: some damage to them is silent."""
    careless = "import evals.run.records as r; r.checksum = lambda data: 'x'"
    done = torture("--only", "reading", "--cases", "800", code=careless, layer=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "SILENT" in done.stdout
    found = re.search(r"reading:(\d+)  SILENT", done.stdout)
    assert found
    again = torture("--case", f"reading:{found[1]}", code=careless, layer=False)
    assert again.returncode == 1
    assert again.stdout.startswith(f"reading:{found[1]}  SILENT")


def ended(code: int, err: str = "", out: str = "", **rest: object) -> Done:
    return Done("x", code, int(rest.get("signal", 0)), bool(rest.get("hung")), out, err, 1.0)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("done", "rule"),
    [
        (ended(1, "Traceback (most recent call last):\nthinkscale: x. y\n"), "MESSAGE"),
        (ended(1, "thinkscale: internal error: KeyError: 1. Set\n"), "MESSAGE"),
        (ended(2, "thinkscale: a. b.\nthinkscale: c. d.\n"), "MESSAGE"),
        (ended(2, ""), "MESSAGE"),
        (ended(2, "thinkscale: something\n"), "MESSAGE"),
        (ended(99), "CRASH"),
        (ended(-11, signal=11), "CRASH"),
        (ended(-9, signal=9), "CRASH"),
        (ended(-9, hung=True), "HANG"),
    ],
)
def test_what_counts_as_broken(done: Done, rule: str) -> None:
    with pytest.raises(Broken, match=rule):
        spoken(done)


def test_what_does_not() -> None:
    spoken(ended(0, "Built from nothing: x.\n"))
    spoken(ended(2, "a notice\nthinkscale: the disk is full. Make room.\n"))
    spoken(ended(-9, signal=9), killed=True)


def test_a_child_has_its_own_streams_and_folder(tmp_path: Path) -> None:
    done = call(tmp_path, "search", "x", "--config", "none.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("thinkscale: none.yaml: there is no such configuration file.")
