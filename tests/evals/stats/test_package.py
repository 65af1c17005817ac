"""What holds for all of evals/stats: light, pure, documented, and no dice of its own."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.evals.stats import figures

ROOT = Path(__file__).parents[3]
MODULES = sorted(p.stem for p in (ROOT / "evals/stats").glob("[a-z]*.py"))
PAGE = (ROOT / "docs/statistics.md").read_text(encoding="utf-8")


def test_numpy_and_scipy_only() -> None:
    """And of the product what keeps the values of a sentence apart from its words."""
    wanted = ", ".join(f"evals.stats.{m}" for m in MODULES)
    code = f"import sys, {wanted}; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = found.stdout.split()
    loaded = {name.partition(".")[0] for name in modules}
    assert {"numpy", "scipy"} <= loaded
    assert not loaded & {"pandas", "torch", "pydantic", "click"}
    assert {name for name in modules if name.startswith("pipeline.")} == {"pipeline.errors"}


@pytest.mark.parametrize("module", MODULES)
def test_what_is_public_is_named_and_explained(module: str) -> None:
    found = importlib.import_module(f"evals.stats.{module}")
    assert found.__doc__
    tree = ast.parse(inspect.getsource(found))
    public = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }
    assert public <= set(found.__all__)
    for name in public:
        assert inspect.getdoc(getattr(found, name)), name


@pytest.mark.parametrize("module", MODULES)
def test_no_io_and_no_dice_but_the_seed_given(module: str) -> None:
    text = (ROOT / f"evals/stats/{module}.py").read_text(encoding="utf-8")
    assert not re.search(r"\bopen\(|\bprint\(|import (os|random|time|io)\b|pathlib", text)
    dice = re.findall(r"np\.random\.(\w+)", text)
    assert set(dice) <= {"Generator", "default_rng"}
    assert "default_rng" not in dice or module == "checks"


def test_the_page_names_only_what_exists() -> None:
    names: set[str] = set()
    for module in MODULES:
        names |= set(importlib.import_module(f"evals.stats.{module}").__all__)
    called = set(re.findall(r"`(\w+)\(", PAGE))
    assert len(called) > 20
    assert called <= names


def test_the_figures_of_the_page_come_from_the_command() -> None:
    shown = re.findall(r"^\| (.+?) \| (.+?) \| ([\d.]+) % \|$", PAGE, re.M)
    # few runs are enough to see that lines and words are those of the command
    assert [line[:2] for line in shown] == [row[:2] for row in figures.rows(4)]


@pytest.mark.long
def test_the_figures_of_the_page_are_those_printed() -> None:
    runs = int(re.findall(r"of ([\d,]+) runs", PAGE)[0].replace(",", ""))
    shown = [float(x) for x in re.findall(r"\| ([\d.]+) % \|$", PAGE, re.M)]
    printed = [100 * row[2] for row in figures.rows(runs)]
    assert shown == pytest.approx(printed, abs=0.2)  # rounding, and a sum in another order
