"""Taking draws out of a pool while others use it: nothing is ever paired with another's prompt."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.cli import _run
from pipeline.errors import PoolError
from pipeline.pool import DiskPool
from pipeline.types import Prompt
from tests.pool.test_pool import INFO, sample

_RUN = """
import sys
from pathlib import Path
from dataclasses import replace
from pipeline.pool import DiskPool
from pipeline.types import Prompt
from tests.pool.test_pool import INFO, sample
who = sys.argv[2]
with DiskPool(Path(sys.argv[1]), replace(INFO, name=who, sha256=who * 32)) as pool:
    print("open", flush=True)
    for n in range(int(sys.argv[3])):
        prompt = Prompt(text=f"prompt {n % 40} of {who}")
        request = replace(sample(n).request, prompt=prompt)
        pool.put(sample(n, f"reply to {prompt.text}", request=request))
print("done", flush=True)
"""


def start(pool: Path, who: str, draws: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", _RUN, str(pool), who, str(draws)]
    run = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "open\n"
    return run


def check(pool: Path) -> int:
    """Every draw stands beside its own prompt and model; how many there are."""
    with DiskPool(pool) as looked:
        rows = list(looked.rows())
    for row in rows:
        assert row["text"] == f"reply to {row['prompt']['text']}"
        assert row["prompt"]["text"].endswith(f" of {row['model']['name']}")
    return len(rows)


@contextlib.contextmanager
def running(pool: Path, *who: str, draws: int) -> Iterator[list[subprocess.Popen[str]]]:
    runs = [start(pool, name, draws) for name in who]
    try:
        yield runs
    finally:
        for run in runs:
            run.kill()
            run.wait()
            assert run.stdout is not None
            run.stdout.close()


def test_gc_while_runs_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Real processes: two runs of two models, and the command again and again."""
    pool = tmp_path / "p.sqlite"
    with running(pool, "aa", draws=500) as (first,):
        assert first.wait(60) == 0
    refused = 0
    with running(pool, "bb", "cc", draws=4000) as runs:
        while any(run.poll() is None for run in runs):
            for model in ("bb", "aa", ""):
                code = _run(["pool", "gc", model, "--pool", str(pool)])
                err = capsys.readouterr().err
                assert code in (0, 2), err
                if code:
                    refused += 1
                    assert "p.sqlite: " in err
                    assert err.count("\n") == 1
        assert [run.wait() for run in runs] == [0, 0]
    assert refused
    assert check(pool) >= 4000  # what cc drew; the rest may have been asked to be forgotten
    assert _run(["pool", "gc", "bb", "--pool", str(pool)]) == 0


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    pool = tmp_path / "p"
    with running(pool, "aa", draws=1_000_000) as (run,), DiskPool(pool) as looked:
        while not len(looked):
            time.sleep(0.01)
        with pytest.raises(PoolError, match="a run is drawing"):
            looked.drop("aa")
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        assert looked.drop("aa")[0] > 0
    assert check(pool) == 0


def test_even_without_the_lease_no_draw_takes_anothers_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run knows its prompts from before; their texts go, others come, and it draws on."""

    @contextlib.contextmanager
    def always(path: Path) -> Iterator[bool]:
        yield True

    monkeypatch.setattr("pipeline.pool.lease.alone", always)
    path = tmp_path / "p"

    def put(pool: DiskPool, who: str, n: int, draw: int) -> None:
        prompt = Prompt(text=f"prompt {n} of {who}")
        request = replace(sample(draw).request, prompt=prompt)
        pool.put(sample(draw, f"reply to {prompt.text}", request=request))

    one, two = (replace(INFO, name=name, sha256=name * 32) for name in ("aa", "bb"))
    with DiskPool(path, one) as first, DiskPool(path, two) as second, DiskPool(path) as looked:
        for n in range(5):
            put(first, "aa", n, 0)
        assert looked.drop("aa") == (5, 0)
        for n in range(5):
            put(second, "bb", n, 0)
            put(first, "aa", n, 1)
    assert check(path) == 10


def test_two_runs_share_the_lease_and_looking_needs_none(tmp_path: Path) -> None:
    path = tmp_path / "p"
    with DiskPool(path, INFO) as one, DiskPool(path, INFO) as two, DiskPool(path) as looked:
        one.put(sample(0))
        two.put(sample(1))
        assert looked.stats()["samples"] == 2
        with pytest.raises(PoolError):
            looked.drop("")
    with DiskPool(path) as looked:
        assert looked.drop("a") == (2, 0)
        assert json.dumps(looked.stats()["models"]) == "[]"
