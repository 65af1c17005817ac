"""Reading answers is light: standard library only, and quick to import."""

from __future__ import annotations

import subprocess
import sys

MODULES = (
    "text.numbers.quantities answers.parse answers.normalise answers.voting answers.calculator"
)


def test_nothing_outside_the_standard_library_is_imported() -> None:
    wanted = ", ".join(f"pipeline.{m}" for m in MODULES.split())
    code = (
        f"import sys; before = set(sys.modules); import {wanted}; print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    outside = {m.split(".")[0] for m in done.stdout.split()} - set(sys.stdlib_module_names)
    assert outside == {"pipeline"}


def test_no_pattern_is_compiled_by_an_import() -> None:
    """Sixty patterns take longer to compile than all else; that is for the first use."""
    wanted = ", ".join(f"pipeline.{m}" for m in MODULES.split())
    code = (
        "import re, ast, dataclasses, fractions, contextlib, warnings, typing; made = [];"
        "compile_ = re.compile; re.compile = lambda *a: made.append(a[0]) or compile_(*a);"
        f"import {wanted}; print(len(made))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 2
