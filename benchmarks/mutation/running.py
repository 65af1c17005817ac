"""One pytest session a package, its tests collected once: notes of which test calls which function,
then a child process for every fault, in which the function around it is given other code."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

from benchmarks.mutation.mutants import Mutant

__all__ = ["Coverage", "Session"]

_MARKS = "not long and not model and not browser"
_SLOWER = 10.0  # times as long as without the fault
_LEAST = 20.0  # seconds
_FEW = 5  # examples of a property, to see what it calls


@dataclass
class Coverage:
    """By `file:first line` of a function, the tests that call it; and how long each test takes."""

    tests: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def of(self, path: Path, function: int) -> list[str]:
        """The tests that call a function, the quickest first."""
        found = self.tests.get(f"{path.as_posix()}:{function}", [])
        return sorted(found, key=lambda test: (self.seconds.get(test, 0.0), test))


class Session:
    """A plugin of pytest that runs `work(self)` in the place of the tests it has collected."""

    def __init__(self, root: Path, work: Callable[[Session], None]) -> None:
        self._root, self._work = root, work
        self._items: dict[str, Any] = {}
        self._session: Any = None

    def run(self, tests: Sequence[str]) -> None:
        """Collect these files and folders, and do the work. Raises SystemExit where that fails."""
        code = _child(lambda: self._pytest(tests), 24 * 3600.0, loud=True)
        if code:
            raise SystemExit(f"The tests of {', '.join(tests)} could not be collected ({code}).")

    def _pytest(self, tests: Sequence[str]) -> int:
        import pytest

        words = [
            *tests,
            "-m",
            _MARKS,
            "-qq",
            "--no-header",
            "--no-summary",
            "-p",
            "no:cacheprovider",
        ]
        return int(pytest.main(words, plugins=[self]))

    def pytest_runtestloop(self, session: Any) -> bool:
        self._session = session
        self._items = {item.nodeid: item for item in session.items}
        self._work(self)
        return True

    def coverage(self) -> Coverage:
        """What each test calls of `pipeline` and `evals`. Raises SystemExit where one fails."""
        read, write = os.pipe()

        def work() -> int:
            os.close(read)
            notes = _Notes(self._root, _with_few_examples(self._items))
            self._session.config.pluginmanager.register(notes)
            sys.settrace(notes.call)
            good = self._passes(list(self._items))
            sys.settrace(None)
            with os.fdopen(write, "w", encoding="utf-8") as out:
                json.dump(notes.told() if good else None, out)
            return 0

        pid = _fork(work)
        os.close(write)
        with os.fdopen(read, encoding="utf-8") as said:
            told = json.loads(said.read() or "null")
        os.waitpid(pid, 0)
        if told is None:
            raise SystemExit("A test fails as it is. Mend it first.")
        return Coverage(**told)

    def survives(self, mutant: Mutant, coverage: Coverage) -> bool:
        """Every test that calls the function with the fault passes all the same."""
        tests = [one for one in coverage.of(mutant.path, mutant.function) if one in self._items]

        def work() -> int:
            _put(mutant, self._root)
            return 0 if self._passes(tests) else 1

        seconds = sum(coverage.seconds[test] for test in tests)
        return not tests or _child(work, max(_LEAST, _SLOWER * seconds)) == 0

    def _passes(self, tests: Sequence[str]) -> bool:
        items = [self._items[test] for test in tests]
        for item, after in zip(items, [*items[1:], None], strict=True):
            self._session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self._session.testsfailed:
                return False
        return True


def _put(mutant: Mutant, root: Path) -> None:
    """Give the function around a fault the code that has it."""
    file = str(root / mutant.path)
    code = next(
        one for one in _codes(compile(mutant.tree(), file, "exec"))
        if one.co_firstlineno == mutant.function and one.co_name == mutant.name
    )  # fmt: skip
    for function in gc.get_objects():
        if (
            isinstance(function, FunctionType)
            and function.__code__.co_filename == file
            and function.__code__.co_firstlineno == mutant.function
            and function.__code__.co_name == mutant.name
        ):
            function.__code__ = code


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _codes(const)


def _with_few_examples(items: dict[str, Any]) -> dict[str, float]:
    """Let properties be tried on a few examples each; how many times as many they have else."""
    from hypothesis import settings

    more: dict[str, float] = {}
    times: dict[Any, float] = {}  # a function may stand for several tests
    for test, item in items.items():
        function = getattr(item.obj, "__func__", item.obj)
        usual = getattr(function, "_hypothesis_internal_use_settings", None)
        if usual is None:
            continue
        if function not in times:
            times[function] = max(1.0, usual.max_examples / _FEW)
            function._hypothesis_internal_use_settings = settings(usual, max_examples=_FEW)
        more[test] = times[function]
    return more


class _Notes:
    """Notes which functions each test calls; what its fixtures call counts for all of its file."""

    def __init__(self, root: Path, more: dict[str, float]) -> None:
        self._more = more
        self._roots = tuple(f"{root / part}{os.sep}" for part in ("pipeline", "evals"))
        self._cut = len(str(root)) + 1
        self._tests: defaultdict[str, set[str]] = defaultdict(set)
        self._of_file: defaultdict[str, set[str]] = defaultdict(set)
        self._took: dict[str, float] = {}
        self._seen: set[CodeType] = set()

    def call(self, frame: FrameType, *_: object) -> None:
        """A function is called; its lines are not followed."""
        self._seen.add(frame.f_code)

    def told(self) -> dict[str, object]:
        for test in self._took:
            for place in self._of_file[test.partition("::")[0]]:
                self._tests[place].add(test)
        took = {test: spent * self._more.get(test, 1.0) for test, spent in self._took.items()}
        return {"tests": {k: sorted(v) for k, v in self._tests.items()}, "seconds": took}

    def pytest_runtest_logreport(self, report: Any) -> None:
        self._took[report.nodeid] = self._took.get(report.nodeid, 0.0) + report.duration
        for code in self._seen:
            if code.co_filename.startswith(self._roots):
                place = f"{code.co_filename[self._cut :]}:{code.co_firstlineno}"
                if report.when == "setup":
                    self._of_file[report.nodeid.partition("::")[0]].add(place)
                self._tests[place].add(report.nodeid)
        self._seen.clear()


def _child(work: Callable[[], int], seconds: float, loud: bool = False) -> int:
    """The exit code of some work in a process of its own; -1 where it took too long or died."""
    pid = _fork(work, loud)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else -1
        time.sleep(0.05)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -1


def _fork(work: Callable[[], int], loud: bool = False) -> int:
    """A process that does some work and ends; `loud`: what it says on standard error is heard."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setsid()
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1) if loud else (0, 1, 2):
            os.dup2(quiet, stream)
        code = work()
    except SystemExit as end:
        print(end, file=sys.__stderr__, flush=True)
    finally:
        os._exit(code)
