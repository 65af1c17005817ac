"""One pytest session a package, its tests collected once: notes of which test calls which function,
then a child process for every fault, in which the function around it is given other code."""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from cProfile import Profile
from dataclasses import dataclass, field
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from benchmarks.mutation.mutants import Mutant

__all__ = ["Coverage", "Session", "survives_import"]

_WORDS = (
    "-m", "not long and not model and not browser", "-qq", "--no-header", "--no-summary",
    "-p", "no:cacheprovider",
)  # fmt: skip
_SLOWER = 10.0  # times the processor time without the fault
_LEAST = 20.0  # seconds of it
_WAIT = 3600.0  # seconds on the clock: what waits for ever ends too
_MEMORY = 12 << 30  # bytes of address space
_FEW = 5  # examples of a property, to see what it calls


@dataclass
class Coverage:
    """By `file:first line` of a function, the tests that call it; how much processor time each test
    takes; and the functions that are called when modules are imported."""

    tests: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    importing: list[str] = field(default_factory=list)

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that call the function with a fault, the quickest first."""
        return sorted(
            self.tests.get(mutant.place, []), key=lambda test: (self.seconds.get(test, 0.0), test)
        )


class Session:
    """A plugin of pytest that runs `work(self)` in the place of the tests it has collected."""

    def __init__(self, root: Path, work: Callable[[Session], None]) -> None:
        self._root, self._work = root, work
        self._items: dict[str, Any] = {}
        self._session: Any = None
        self._importing = _Places(root)
        self._imported: set[str] = set()
        self._wrong = ""

    def run(self, tests: Sequence[str]) -> None:
        """Collect these files and folders, and do the work. Raises SystemExit, in one line, where
        they cannot be collected or a test fails without any fault."""
        if wrong := _child(lambda: self._pytest(tests), loud=True):
            raise SystemExit(f"No faults were tried on {', '.join(tests)}: {wrong}")

    def _pytest(self, tests: Sequence[str]) -> str:
        """What went wrong; empty where nothing did."""
        import pytest

        self._importing.watch()
        code = int(pytest.main([*tests, *_WORDS], plugins=[self]))
        ends = {0: "", 5: "there are no tests"}
        return self._wrong or ends.get(code, f"pytest ends with {code}")

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and not self._wrong:
            why = str(report.longrepr).strip().splitlines()[-1].removeprefix("E").strip()
            self._wrong = f"{report.nodeid} cannot be collected: {why}"

    def pytest_runtestloop(self, session: Any) -> bool:
        self._imported = self._importing.taken()
        self._session = session
        self._items = {item.nodeid: item for item in session.items}
        if self._items and not self._wrong:
            try:
                self._work(self)
            except SystemExit as end:
                self._wrong = str(end)
        return True

    def coverage(self) -> Coverage:
        """What each test calls of `pipeline` and `evals`. Raises SystemExit where one fails."""

        def work() -> dict[str, Any]:
            notes = _Notes(self._root, _with_few_examples(self._items))
            plugins = self._session.config.pluginmanager
            plugins.register(notes)
            notes.seen.watch()
            failing = self._failing(list(self._items))
            notes.seen.taken()
            plugins.unregister(notes)
            # Being watched takes time, and some tests measure theirs.
            return {"failing": self._failing(failing), **notes.told()}

        told = _child(work)
        if failing := told.pop("failing"):
            raise SystemExit(f"{failing[0]} fails without a fault; mend it first")
        return Coverage(**told, importing=sorted(self._imported))

    def survives(self, mutant: Mutant, coverage: Coverage) -> bool:
        """Every test that calls the function with the fault passes all the same, or fails without
        the fault too (on a busy machine, one that measures time)."""
        tests = [one for one in coverage.of(mutant) if one in self._items]
        while tests:
            seconds = max(_LEAST, _SLOWER * sum(coverage.seconds[test] for test in tests))
            try:
                failing = _child(partial(self._first_failing, tests, mutant), seconds)
            except ChildProcessError:
                return False
            if failing and not _child(partial(self._failing, failing)):
                return False
            tests = tests[tests.index(failing[0]) + 1 :] if failing else []
        return True

    def _first_failing(self, tests: Sequence[str], mutant: Mutant) -> list[str]:
        _put(mutant, self._root)
        return self._failing(tests, most=1)

    def _failing(self, tests: Sequence[str], most: int = sys.maxsize) -> list[str]:
        """The tests that fail, in order, until there are `most`."""
        items = [self._items[test] for test in tests]
        found: list[str] = []
        for item, after in zip(items, [*items[1:], None], strict=False):
            before = self._session.testsfailed
            self._session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self._session.testsfailed > before:
                found.append(item.nodeid)
                if len(found) == most:
                    break
        return found


def survives_import(mutant: Mutant, root: Path, tests: Sequence[str], seconds: float) -> bool:
    """All tests pass with a fault in a function that is called when modules are imported, which is
    done anew with the fault in the source; it is killed too where they cannot be collected then.
    `seconds`: how much processor time they take without it."""

    def work(fault: bool) -> bool:
        import pytest

        if fault:
            _load_with(mutant, root)
        return not pytest.main([*tests, *_WORDS, "-x"])

    try:
        if _child(partial(work, True), max(_LEAST, _SLOWER * seconds)):
            return True
    except ChildProcessError:
        return False
    if not _child(partial(work, False)):
        raise SystemExit(f"{', '.join(tests)} fails without a fault; mend it first")
    return False


def _put(mutant: Mutant, root: Path) -> None:
    """Give the function around a fault the code that has it."""
    importlib.import_module(_module(mutant))
    file = str(root / mutant.path)
    code = next(
        one for one in _codes(compile(mutant.tree(), file, "exec"))
        if one.co_firstlineno == mutant.function and one.co_name == mutant.name
    )  # fmt: skip
    found = [
        function
        for function in gc.get_objects()
        if isinstance(function, FunctionType)
        and function.__code__.co_filename == file
        and function.__code__.co_firstlineno == mutant.function
        and function.__code__.co_name == mutant.name
    ]
    if not found:
        raise LookupError(f"{mutant.path}:{mutant.function} {mutant.name} is not loaded")
    for function in found:
        function.__code__ = code


def _module(mutant: Mutant) -> str:
    return ".".join(mutant.path.with_suffix("").parts).removesuffix(".__init__")


def _load_with(mutant: Mutant, root: Path) -> None:
    """Let the module be imported with a fault in it."""
    file, plain = str(root / mutant.path), SourceFileLoader.get_code
    if _module(mutant) in sys.modules:
        raise LookupError(f"{mutant.path} is imported already")

    def get_code(self: SourceFileLoader, name: str) -> CodeType | None:
        return compile(mutant.tree(), file, "exec") if self.path == file else plain(self, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]


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


class _Places:
    """The functions of `pipeline` and `evals` that are called, as `file:first line`."""

    def __init__(self, root: Path) -> None:
        self._roots = tuple(f"{root / part}{os.sep}" for part in ("pipeline", "evals"))
        self._cut = len(str(root)) + 1
        self._profile = Profile(builtins=False)

    def watch(self) -> None:
        self._profile = Profile(builtins=False)
        self._profile.enable()

    def taken(self) -> set[str]:
        """Those that were called since it watches; it watches no more."""
        self._profile.disable()
        codes = (entry.code for entry in self._profile.getstats())
        return {
            f"{code.co_filename[self._cut :]}:{code.co_firstlineno}"
            for code in codes
            if isinstance(code, CodeType) and code.co_filename.startswith(self._roots)
        }


class _Notes:
    """Notes which functions each test calls; what its fixtures call counts for all of its file."""

    def __init__(self, root: Path, more: dict[str, float]) -> None:
        self._more = more
        self._tests: defaultdict[str, set[str]] = defaultdict(set)
        self._of_file: defaultdict[str, set[str]] = defaultdict(set)
        self._took: defaultdict[str, float] = defaultdict(float)
        self._now = time.process_time()
        self.seen = _Places(root)

    def told(self) -> dict[str, object]:
        for test in self._took:
            for place in self._of_file[test.partition("::")[0]]:
                self._tests[place].add(test)
        took = {test: spent * self._more.get(test, 1.0) for test, spent in self._took.items()}
        return {"tests": {k: sorted(v) for k, v in self._tests.items()}, "seconds": took}

    def pytest_runtest_logreport(self, report: Any) -> None:
        before, self._now = self._now, time.process_time()
        self._took[report.nodeid] += self._now - before
        for place in self.seen.taken():
            if report.when == "setup":
                self._of_file[report.nodeid.partition("::")[0]].add(place)
            self._tests[place].add(report.nodeid)
        self.seen.watch()


def _child(work: Callable[[], Any], seconds: float | None = None, loud: bool = False) -> Any:
    """What some work returns that is done in a process of its own; `loud`: what it says on standard
    error is heard. Raises ChildProcessError where it dies, or takes so many seconds of processor
    time, and SystemExit for an error of its own."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(read)
        _do(work, write, seconds, loud)
    os.close(write)
    said = b""
    end = None if seconds is None else time.monotonic() + _WAIT
    while select.select([read], [], [], end and max(0.0, end - time.monotonic()))[0]:
        if not (more := os.read(read, 1 << 20)):
            break
        said += more
    else:
        os.killpg(pid, signal.SIGKILL)
        said = b""
    os.close(read)
    os.waitpid(pid, 0)
    if not said:
        raise ChildProcessError(f"it took more than {seconds} seconds, or died")
    told = json.loads(said)
    if told["wrong"]:
        raise SystemExit(told["wrong"])
    return told["found"]


def _do(work: Callable[[], Any], write: int, seconds: float | None, loud: bool) -> None:
    """In the child: do the work, say what it found, and end. Out of memory it says nothing."""
    try:
        os.setsid()
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1) if loud else (0, 1, 2):
            os.dup2(quiet, stream)
        if seconds is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1,) * 2)
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY,) * 2)
        told: dict[str, Any] = {"wrong": ""}
        try:
            told["found"] = work()
        except SystemExit as end:
            told["wrong"] = str(end)
        except (
            ArithmeticError,
            LookupError,
            OSError,
            RuntimeError,
            TypeError,
            ValueError,
        ) as error:
            told["wrong"] = f"{type(error).__name__}: {error}"
        with os.fdopen(write, "w", encoding="utf-8") as out:
            json.dump(told, out)
    finally:
        os._exit(0)
