"""The examples of docs/langchain.md, run in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.config import Config

PAGE = (Path(__file__).parents[2] / "docs/langchain.md").read_text(encoding="utf-8")


@pytest.mark.model
def test_the_examples_run(
    small: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(small.file.parent)
    examples = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    assert len(examples) == 6
    names: dict[str, object] = {"__name__": "page"}
    shown = []
    for number, example in enumerate(examples, 1):
        exec(compile(example, f"docs/langchain.md, example {number}", "exec"), names)
        shown.append(capsys.readouterr().out)
    assert "models.md:" in shown[0]
    assert all(text.strip() for text in shown)
    assert "name=" in shown[3]
    assert "billions=" in shown[3]
    assert shown[4].endswith("rag2+direct\n")
    assert shown[5] == "models.md\nbees\n"
