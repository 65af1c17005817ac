"""Passages on disk: their sources are listed without decoding them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.retrieval import passage_store
from pipeline.retrieval.passage_store import StoredPassages, named_sources, write_passages
from pipeline.types import Passage, Place


def passage(source: str, text: str) -> Passage:
    return Passage(id=text, text=text, source=source, place=Place(source, 1, 1), language="en")


def test_sources_are_listed_in_order_and_no_passage_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = [
        passage("tides.md", "The moon pulls the sea."),
        passage("tides.md", "Spring tides\u2028come twice a month."),
        passage("한글.md", "한글은 1446년에 반포되었다."),
        passage("cells.md", "A cell has a membrane."),
    ]
    write_passages(tmp_path, "passages", notes)
    files: Any = SimpleNamespace(
        folder=tmp_path, array=lambda name: np.load(tmp_path / name), check=lambda *_: None
    )
    stored = StoredPassages(files)
    decoded: list[object] = []
    monkeypatch.setattr(passage_store, "passage_from_row", decoded.append)
    assert named_sources(stored) == ("tides.md", "한글.md", "cells.md") == named_sources(notes)
    assert decoded == []
    write_passages(tmp_path, "passages", [])
    assert named_sources(stored) == ("tides.md", "한글.md", "cells.md")
    stored.close()
