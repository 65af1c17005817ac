"""What docs/chat.md says is so: its table of follow-ups, and its example in Python."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.answering.conversation.context import Turn, in_context
from pipeline.config import Config
from pipeline.types import Hit, Passage, Place

PAGE = (Path(__file__).parents[3] / "docs/chat.md").read_text(encoding="utf-8")
ENGLISH = Turn("How many parameters does GPT-2 have?", "1.5 billion")
KOREAN = Turn("GPT-2의 파라미터는 몇 개인가요?", "15억 개")


class Notes:
    """One passage; a question without a verb of its own, or that points back, leans."""

    def leans(self, question: str) -> float:
        return -1.0 if "dropout" in question else 1.0

    def leans_on_both(self, question: str) -> bool:
        return False

    def overlap(self, text: str) -> tuple[float, float]:
        return 0.0, 0.0

    def search(self, question: str, k: int) -> list[Hit]:
        text = "GPT-2 has 1.5 billion parameters (파라미터)."
        return [Hit(Passage("p1", text, "a.md", Place("a.md", 1, 1), ("Models",)), 1.0)]

    def name_tokens(self, text: str) -> frozenset[int]:
        return frozenset(map(hash, re.findall(r"[a-z][\w-]*\d|[a-z]{9,}|파라미터", text.lower())))


def test_the_table_is_true() -> None:
    seen = 0
    for row in re.findall(r"^\| (?:something|nothing|a question).*$", PAGE, re.M):
        _, _, said, asked, _ = row.split("|")
        for question, whole in zip(said.split(" · "), asked.split(" · "), strict=True):
            before = KOREAN if re.search("[가-힣]", question) else ENGLISH
            assert in_context(question.strip(), [before], Notes()) == whole.strip()
            seen += 1
    assert seen == 5


@pytest.mark.model
def test_the_example_runs(
    small: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(small.file.parent)
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    exec(compile(example, "docs/chat.md", "exec"), {"__name__": "page"})
    out = capsys.readouterr().out
    assert re.search("^True 친칠라 파라미터.*: GPT-3는\\?$", out, re.M)
    assert "700억" in out
    assert "1,750억" in out
