"""Tests in a child process, with a fault in one module or with notes of what they run."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

__all__ = ["Coverage", "covered", "survives"]

_MARKS = "not long and not model and not browser"


@dataclass
class Coverage:
    """By `file:first line` of a function, the tests that call it; and how long each test takes."""

    tests: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def of(self, path: Path, function: int) -> list[str]:
        """The tests that call a function (0: anything of the file), the quickest first."""
        wanted = f"{path.as_posix()}:{function}" if function else f"{path.as_posix()}:"
        found = {
            test for place, tests in self.tests.items() for test in tests
            if place == wanted or (not function and place.startswith(wanted))
        }  # fmt: skip
        return sorted(found, key=lambda test: (self.seconds.get(test, 0.0), test))


def covered(root: Path, tests: Sequence[str]) -> Coverage:
    """What the tests of some files and folders call of `pipeline` and `evals`."""
    import json

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "coverage.json"

        def work() -> int:
            notes = _Notes(root)
            code = _pytest([*tests, "-m", _MARKS], notes)
            told = {"tests": {k: sorted(v) for k, v in notes.tests.items()}, "seconds": notes.took}
            out.write_text(json.dumps(told), encoding="utf-8")
            return code

        if _child(work, 3600.0) != 0:
            raise SystemExit(f"The tests of {', '.join(tests)} fail as they are. Mend them first.")
        return Coverage(**json.loads(out.read_text(encoding="utf-8")))


def survives(path: Path, tree: ast.Module, tests: Sequence[str], seconds: float) -> bool:
    """The tests pass in the given order although the module at `path` is this one; a run that takes
    longer than `seconds` does not."""
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")

    def work() -> int:
        sys.meta_path.insert(0, _Faulty(name, path.resolve(), tree))
        files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
        return _pytest([*files, "-x", "-m", _MARKS], _Chosen(tests))

    return _child(work, seconds) == 0


def _pytest(words: list[str], plugin: object) -> int:
    import pytest

    return int(pytest.main([*words, "-q", "-p", "no:cacheprovider"], plugins=[plugin]))


def _child(work: Callable[[], int], seconds: float) -> int:
    """The exit code of some work in a process of its own; -1 where it took too long or died."""
    pid = os.fork()
    if not pid:
        code = 70
        try:
            os.setsid()
            quiet = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(quiet, stream)
            code = work()
        except BaseException:  # noqa: BLE001 - the child must not go on as its parent
            traceback.print_exc()
        finally:
            os._exit(code)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else -1
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -1


class _Faulty(importlib.machinery.SourceFileLoader):
    """Finds one module, and loads it from a tree instead of its text."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        super().__init__(name, str(path))
        self._tree = tree

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def get_code(self, fullname: str) -> CodeType | None:
        return compile(self._tree, self.path, "exec", dont_inherit=True)


class _Chosen:
    """Runs these tests alone, in this order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._order = {test: at for at, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._order),
            key=lambda item: self._order[item.nodeid],
        )


class _Notes:
    """Notes which functions each test calls, what its fixtures call counted for all of its file."""

    def __init__(self, root: Path) -> None:
        self._roots = tuple(f"{root / part}{os.sep}" for part in ("pipeline", "evals"))
        self._cut = len(str(root)) + 1
        self.tests: defaultdict[str, set[str]] = defaultdict(set)
        self.took: dict[str, float] = {}
        self._of_file: defaultdict[str, set[str]] = defaultdict(set)
        self._seen: set[CodeType] = set()

    def _call(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            self._seen.add(frame.f_code)

    def _places(self) -> Iterator[str]:
        for code in self._seen:
            if code.co_filename.startswith(self._roots):
                yield f"{code.co_filename[self._cut :]}:{code.co_firstlineno}"
        self._seen.clear()

    def pytest_runtest_protocol(self, item: Any) -> None:
        self._seen.clear()

    def pytest_runtest_call(self, item: Any) -> None:
        self._of_file[item.nodeid.partition("::")[0]].update(self._places())

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.took[report.nodeid] = self.took.get(report.nodeid, 0.0) + report.duration
        if report.when == "call":
            for place in self._places():
                self.tests[place].add(report.nodeid)

    def pytest_sessionstart(self) -> None:
        sys.setprofile(self._call)

    def pytest_sessionfinish(self) -> None:
        sys.setprofile(None)
        for test in self.took:
            for place in self._of_file[test.partition("::")[0]]:
                self.tests[place].add(test)


def preload(modules: Sequence[str]) -> list[ModuleType]:
    """Import what every child needs once, none of it ours."""
    return [importlib.import_module(name) for name in modules]
