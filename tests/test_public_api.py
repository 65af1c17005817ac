"""The public API: sorted, whole, lazy, documented, and nothing in it is a private word."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pipeline

ROOT = Path(__file__).parents[1]


def test_every_name_is_there_and_in_order() -> None:
    assert sorted(pipeline.__all__) == pipeline.__all__
    for name in pipeline.__all__:
        assert getattr(pipeline, name) is not None, name
    assert dir(pipeline) == pipeline.__all__


def test_importing_it_imports_nothing_else() -> None:
    code = "import sys, pipeline; print(sorted(m for m in sys.modules if m.startswith('pipeline')))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "['pipeline']"


def test_every_public_thing_says_what_it_is() -> None:
    for name in pipeline.__all__:
        thing = getattr(pipeline, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            told = inspect.getdoc(thing)
            assert told, name
            assert not told.startswith(f"{name}("), name


def test_every_public_class_and_function_has_an_example() -> None:
    things = {name: getattr(pipeline, name) for name in pipeline.__all__}
    told = {
        name: inspect.getdoc(thing) or ""
        for name, thing in things.items()
        if inspect.isclass(thing) or inspect.isfunction(thing)
    }
    assert [name for name, text in told.items() if not re.search(">>> |Example:", text)] == []


def test_the_examples_in_docstrings_run() -> None:
    files = [
        path for path in (ROOT / "pipeline").rglob("*.py") if ">>> " in path.read_text("utf-8")
    ]
    homes = sorted(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files)
    found = {home: doctest.testmod(importlib.import_module(home)) for home in homes}
    assert {home: one.failed for home, one in found.items() if one.failed} == {}
    assert sum(one.attempted for one in found.values()) >= 60


SAME = {
    "base", "chat", "choices", "contamination", "coverage", "engine", "errors", "frontier",
    "html", "index", "judge", "models", "notes", "opening", "paths", "pilot", "progress",
    "registry", "search", "store", "strategies", "verifiers", "worker",
}  # fmt: skip
"""Names of modules that mean in every package the same thing: the command `search` and the search,
the statistics of `coverage` and their part of a report."""


def test_no_two_modules_of_one_name_mean_different_things() -> None:
    """A name that comes again is looked at, and stands above when it means the same."""
    paths = [path for folder in ("pipeline", "evals") for path in (ROOT / folder).rglob("*.py")]
    seen = Counter(path.stem for path in paths if path.stem not in ("__init__", "__main__"))
    assert {name for name, times in seen.items() if times > 1} == SAME


_TYPE = re.compile(r"^([A-Z][a-z]\w*)(?:: TypeAlias)? = (\w+\[.*\]|\w+ \| .*)", re.M)


def test_no_two_public_classes_or_types_share_a_name() -> None:
    """A reader who sees a name knows which thing it is; a type may be spelled out twice alike."""
    found: dict[str, dict[str, str]] = {}
    for folder in ("pipeline", "evals"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            where, text = str(path.relative_to(ROOT)), path.read_text("utf-8")
            for name in re.findall(r"^class ([A-Z]\w*)", text, re.M):
                found.setdefault(name, {})[where] = where
            for name, means in _TYPE.findall(text):
                found.setdefault(name, {})[where] = means
    shared = {name: homes for name, homes in found.items() if len(set(homes.values())) > 1}
    assert shared == {}
