"""What docs/chat.md says is so: its table of follow-ups, and its example in Python."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.answering.conversation import Turn, readings
from pipeline.config import Config

PAGE = (Path(__file__).parents[3] / "docs/chat.md").read_text(encoding="utf-8")
ENGLISH = Turn("How many parameters does GPT-2 have?", "1.5 billion")
KOREAN = Turn("GPT-2의 파라미터는 몇 개인가요?", "15억 개")
GOPHER = Turn("Who made Gopher?", "DeepMind")


def test_the_table_is_true() -> None:
    seen = 0
    rows = r"^\| (?:a word|somebody|another thing|the last two|a subject).*$"
    for row in re.findall(rows, PAGE, re.M):
        _, _, said, asked, _ = row.split("|")
        for question, whole in zip(said.split(" · "), asked.split(" · "), strict=True):
            question = re.sub(r"^\(.*?\) ", "", question.strip())
            before = KOREAN if re.search("[가-힣]", question) else ENGLISH
            past = [GOPHER] if "(" in said else [GOPHER, before]
            (found,) = readings(question, past)
            assert found.text == whole.strip()
            seen += 1
    assert seen == 10


@pytest.mark.model
def test_the_example_runs(
    small: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(small.file.parent)
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    exec(compile(example, "docs/chat.md", "exec"), {"__name__": "page"})
    out = capsys.readouterr().out
    assert "True GPT-3의 파라미터는 몇 개인가요?" in out
    assert "700억" in out
    assert "1,750억" in out
