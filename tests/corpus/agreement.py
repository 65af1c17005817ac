"""What the second pass over the question set agreed with: `python -m tests.corpus.agreement`.

`second_pass.jsonl` has the answer that was written for each question from the notes, without the
gold (empty: the notes do not say), and what became of the question: `agreed`; `alias`, where the
answer was right and its wording has been added; `question`, where it could be read in two ways and
has been mended (`again` is the answer to the mended one, where it differs); `gold`, where the gold
was wrong.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from .reading import items

__all__ = ["OUTCOMES", "agreement", "answers"]

_PASS = Path(__file__).with_name("second_pass.jsonl")
OUTCOMES = ("agreed", "alias", "question", "gold")
_HEAD = "| kind | language | questions | agreed | alias added | question mended | answer mended |"


def answers() -> dict[str, dict[str, Any]]:
    """The second pass by question id."""
    lines = _PASS.read_text(encoding="utf-8").splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return {row["id"]: row for row in rows}


def agreement() -> str:
    """Outcomes by kind and language, in Markdown."""
    passed = answers()
    count = Counter((i["kind"], i["language"], passed[i["id"]]["outcome"]) for i in items())
    kinds = sorted({kind for kind, _, _ in count}, key=lambda kind: (kind == "unanswerable", kind))
    lines = [_HEAD, "|---|---|---|---|---|---|---|"]
    for kind in kinds:
        for language in ("en", "ko"):
            cells = [count[kind, language, outcome] for outcome in OUTCOMES]
            lines.append(_row(kind, language, cells))
    for language in ("en", "ko"):
        lines.append(_row("all", language, [_sum(count, language, o) for o in OUTCOMES]))
    return "\n".join(lines)


def _row(kind: str, language: str, cells: list[int]) -> str:
    return f"| {kind} | {language} | {sum(cells)} | {' | '.join(map(str, cells))} |"


def _sum(count: Counter[tuple[str, str, str]], language: str, outcome: str) -> int:
    return sum(
        n for (_, spoken, found), n in count.items() if (spoken, found) == (language, outcome)
    )


if __name__ == "__main__":
    print(agreement())
