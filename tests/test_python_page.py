"""Every example of docs/python.md runs as it stands, in a folder of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/python.md").read_text("utf-8")
EXAMPLES = re.findall(r"^## (.+?)\n.*?```python\n(.*?)```", PAGE, re.S | re.M)
SAYS = {
    "Ask": "1.5 billion",
    "Search": "quantization",
    "Sample and score": "Paris",
    "A strategy of your own": "7",
    "Errors": "no-such-folder",
}


def test_every_section_has_an_example_and_what_it_says() -> None:
    assert [title for title, _ in EXAMPLES] == list(SAYS)


def test_what_an_example_imports_is_public() -> None:
    for title, code in EXAMPLES:
        for names in re.findall(r"^from pipeline import (.+)$", code, re.M):
            assert set(names.split(", ")) <= set(pipeline.__all__), title


@pytest.mark.model
@pytest.mark.parametrize(("title", "code"), EXAMPLES, ids=list(SAYS))
def test_the_example_runs(title: str, code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert SAYS[title] in done.stdout
