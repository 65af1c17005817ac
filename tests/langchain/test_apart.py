"""LangChain is at the edge: what a question needs does not load it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

LOAD = """
import importlib, sys
from pathlib import Path
for path in sorted(Path("pipeline").rglob("*.py")):
    if "langchain" not in path.parts and path.stem not in ("__init__", "__main__"):
        importlib.import_module(".".join(path.with_suffix("").parts))
print(sorted({name.split(".")[0] for name in sys.modules if name.startswith("langchain")}))
"""


def test_every_module_of_the_core_is_loaded_without_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_only_the_stores_name_it_and_only_where_one_is_configured() -> None:
    naming = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "pipeline").rglob("*.py")
        if "langchain_core" in path.read_text(encoding="utf-8")
        and "langchain" not in path.relative_to(ROOT / "pipeline").parts
    }
    assert all(name.startswith("pipeline/retrieval/") for name in naming), naming
