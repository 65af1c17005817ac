"""Measuring beside a server: only while nobody asks, and ended for whoever does."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from pipeline.serve.idle_tuning import IdleTuning


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def until(true: threading.Event | Path) -> None:
    for _ in range(600):
        if true.is_set() if isinstance(true, threading.Event) else true.exists():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen")


def test_it_is_told_once_when_something_was_remembered(tmp_path: Path) -> None:
    heard: list[str] = []
    told = threading.Event()

    def tell(words: str) -> None:
        heard.append(words)
        told.set()

    tuning = IdleTuning(tmp_path, lambda: False, tell, idle=0.0, command=python("pass"))
    tuning.start()
    until(told)
    tuning.close()
    assert len(heard) == 1


def test_whoever_asks_ends_it_and_it_is_tried_again(tmp_path: Path) -> None:
    asked, begun = threading.Event(), tmp_path / "begun"
    code = f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(600)"
    tuning = IdleTuning(tmp_path, asked.is_set, idle=0.5, command=python(code))
    tuning.start()
    until(begun)
    asked.set()
    time.sleep(1.0)  # the child is gone by then, and none is begun while it is busy
    begun.unlink()
    time.sleep(1.0)
    assert not begun.exists()
    asked.clear()
    until(begun)
    tuning.close()
    assert not tuning._thread.is_alive()


def test_a_machine_where_it_fails_is_left_alone(tmp_path: Path) -> None:
    heard: list[str] = []
    tuning = IdleTuning(
        tmp_path, lambda: False, heard.append, idle=0.0, command=python("import sys; sys.exit(1)")
    )
    tuning.start()
    tuning._thread.join(timeout=60)
    assert not tuning._thread.is_alive()
    assert heard == []


def test_a_server_that_ends_before_it_was_idle_measures_nothing(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    code = f"import pathlib; pathlib.Path({str(begun)!r}).touch()"
    tuning = IdleTuning(tmp_path, lambda: True, idle=0.5, command=python(code))
    tuning.start()
    time.sleep(1.5)
    tuning.close()
    assert not begun.exists()
