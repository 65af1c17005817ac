"""Shared by the parts of retrieval's benchmark: figures, a place to work, notes."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evals.tasks.collection import Collection, Query
from pipeline.config import Config, load_config
from pipeline.types import Passage, Place

__all__ = ["HERE", "XQUAD", "Figures", "korean_collection", "thousand_notes", "workshop"]

HERE = Path(__file__).parent
XQUAD = HERE / "../../shared/data/xquad.en.json"


class Figures:
    """Prints each figure as it comes; remembers whether all asked for were reached."""

    def __init__(self) -> None:
        self.missed = 0

    def __call__(self, name: str, value: float, least: float | None = None, **bound: float) -> None:
        most = bound.get("most")
        good = (least is None or value >= least) and (most is None or value <= most)
        asked = "" if least is None else f"  (asked: >= {least:g})"
        asked = asked if most is None else f"  (asked: <= {most:g})"
        self.missed += not good
        print(f"{name:<58} {value:>9.4g}{asked}{'' if good else '  MISSED'}", flush=True)


@contextmanager
def workshop(text: str = "") -> Iterator[Config]:
    """A configuration in a temporary folder."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "config.yaml"
        first = "" if text.startswith("notes:") else "notes: {path: notes}\n"
        file.write_text(f"{first}index: {{path: index}}\n{text}", encoding="utf-8")
        (Path(folder) / "notes").mkdir()
        yield load_config(file)


def korean_collection() -> Collection:
    """The passages and questions of data/retrieval.ko.txt."""
    passages: list[Passage] = []
    queries: list[Query] = []
    for line in (HERE / "data" / "retrieval.ko.txt").read_text(encoding="utf-8").splitlines():
        number = len(passages)
        if line.startswith("? "):
            name = f"q{len(queries)}"
            queries.append(Query(name, line[2:], "ko", {f"p{number}": 1}, f"p{number}"))
        elif line and not line.startswith("#"):
            place = Place("retrieval.ko.txt", number + 1, number + 1)
            passages.append(Passage(f"p{number + 1}", line, "retrieval.ko.txt", place, (), "ko"))
    return Collection("korean", tuple(passages), tuple(queries))


def thousand_notes(folder: Path, count: int = 1000) -> None:
    """Notes of made-up words, some passages each."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(3, 9))) for _ in range(3000)]
    for number in range(count):
        lines = [" ".join(rng.choices(words, k=12)).capitalize() + "." for _ in range(2)]
        (folder / f"note {number:04d}.md").write_text(
            f"# Note {number}\n\n{' '.join(lines)}\n", "utf-8"
        )
