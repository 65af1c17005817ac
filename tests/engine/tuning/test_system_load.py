"""Whether others use the processors while something is measured."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipeline.engine.tuning import system_load as load
from pipeline.engine.tuning.system_load import OtherLoad, is_busy


def test_others_are_all_but_ourselves(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, own, clock = [100.0, 107.0], [5.0, 6.0], [50.0, 52.0]
    monkeypatch.setattr(load, "_busy", lambda: busy.pop(0))
    monkeypatch.setattr("time.process_time", lambda: own.pop(0))
    monkeypatch.setattr("time.perf_counter", lambda: clock.pop(0))
    assert OtherLoad().processors == 3.0  # 7 seconds of work by all, 1 by us, in 2 seconds


def test_our_own_work_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/proc/stat").is_file():
        pytest.skip("the system does not tell")
    before = load._busy()
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    assert load._busy() - before >= 0.2
    monkeypatch.setattr(load, "_busy", time.process_time)
    others = OtherLoad()
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    assert others.processors < 0.01


@pytest.mark.parametrize(
    ("others", "threads", "busy"),
    [(0.1, 0, False), (0.3, 4, False), (0.5, 4, True), (2.0, 2, False), (2.5, 2, True)],
)
def test_busy_is_what_our_threads_meet(
    others: float, threads: int, busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "cores", lambda: 4)
    assert is_busy(others, threads) is busy


def test_a_system_that_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(self: Path, **_: object) -> str:
        raise FileNotFoundError(self)

    monkeypatch.setattr(Path, "read_text", none)
    assert load.now(0.0) == 0.0
