"""What the tests share: small notes, and the shipped corpus indexed once with the real embedder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.config import Config, load_config

# A busy machine must not fail a property, and the same code gets the same verdict twice; other
# examples every time, or those of --hypothesis-seed: `pytest --hypothesis-profile=hunt`.
settings.register_profile("patient", deadline=None, derandomize=True)
settings.register_profile("hunt", deadline=None, print_blob=True)
settings.load_profile("patient")


def _own_cores() -> None:
    """Give each process of `pytest -n` its share of the cores: threads that wait for one another
    spin, and those of two processes on the same cores would slow each other tenfold."""
    worker, count = (
        os.environ.get(name, "") for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT")
    )
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        own = cores[int(worker.removeprefix("gw")) % len(cores) :: int(count)]
        os.sched_setaffinity(0, own or cores[:1])


_own_cores()

ROOT = Path(__file__).parents[1]

NOTES = {
    "models.md": """---
title: Model sizes
language: en
date: 2026-01-05
---

# Model sizes

## The GPT family

GPT-1 has 117 million parameters and came out in 2018.
The largest version of GPT-2 has **1.5 billion** parameters. GPT-3 has 175 billion parameters.

## Others

- Gopher, made by DeepMind, has 280 billion parameters.
- PaLM, made by Google, has 540 billion parameters.
""",
    "모델.md": """---
title: 모델의 크기
language: ko
date: 2026-01-05
---

# 모델의 크기

GPT-3의 파라미터는 1,750억 개이며 GPT-2보다 백 배 넘게 크다. 친칠라의 파라미터는 700억 개이다.
""",
}


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the user's cache, spends its time on tuning the engine, or is spoken
    to in the user's language."""
    own = {"THINKSCALE_CACHE": str(tmp_path_factory.mktemp("cache")), "THINKSCALE_TUNE": "0",
           "LC_ALL": "C.UTF-8"}  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in own.items():
            patch.setenv(name, value)
        yield


def write_notes(folder: Path) -> Config:
    """Two small notes and a configuration over them."""
    (folder / "notes").mkdir(parents=True)
    for name, text in NOTES.items():
        (folder / "notes" / name).write_text(text, encoding="utf-8")
    (folder / "config.yaml").write_text("notes: {path: notes}\nindex: {path: index}\n")
    return load_config(folder / "config.yaml")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A configuration over two small notes; tests that change them make their own."""
    return write_notes(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The shipped configuration, untouched, over a copy of the corpus with an index of its own."""
    folder = tmp_path_factory.mktemp("shipped")
    shutil.copy(ROOT / "config.yaml", folder)
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    return load_config(folder / "config.yaml")
