"""The balance of the question set as a table: `python -m tests.corpus.balance` prints it."""

from __future__ import annotations

from collections import Counter

from .reading import items

__all__ = ["table"]

_COLUMNS = [("en", "dev"), ("en", "test"), ("ko", "dev"), ("ko", "test")]


def table() -> str:
    """Questions by kind, language and split, in Markdown."""
    rows = items()
    count = Counter((row["kind"], row["language"], row["split"]) for row in rows)
    lines = ["| kind | en dev | en test | ko dev | ko test | all |", "|---|---|---|---|---|---|"]
    kinds = sorted({row["kind"] for row in rows}, key=lambda kind: (kind == "unanswerable", kind))
    for kind in kinds:
        cells = [count[kind, *column] for column in _COLUMNS]
        lines.append(f"| {kind} | {' | '.join(map(str, cells))} | {sum(cells)} |")
    sums = [sum(count[kind, *column] for kind in kinds) for column in _COLUMNS]
    lines.append(f"| all | {' | '.join(map(str, sums))} | {sum(sums)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
