"""A rebuild killed at any moment leaves the old index answering, and the next one completes."""

from __future__ import annotations

import sys

import pytest

from benchmarks.retrieval_kill import kill_builds
from pipeline.config import Config
from pipeline.retrieval import build

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")


def check(config: Config, times: int) -> None:
    for path in config.notes_path.iterdir():
        if not path.name.isascii():
            path.unlink()  # kiwi takes longer to load than all else takes
    assert kill_builds(config, times) == times
    build(config, rebuild=True)
    left = [p.name for p in (config.index_path / "generations").iterdir()]
    assert not [name for name in left if name.endswith(".part")]
    assert len(left) == 2


def test_a_few_kills(workshop: Config) -> None:
    (workshop.notes_path / "note.md").write_text("A note about notes.", encoding="utf-8")
    check(workshop, 4)


@pytest.mark.long
def test_a_hundred_kills(workshop: Config) -> None:
    (workshop.notes_path / "note.md").write_text("A note about notes.", encoding="utf-8")
    check(workshop, 100)
