"""One index and one server for the tests that leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.config import Config
from pipeline.retrieval import Index, ensure
from tests.serve.running import Paced, Running, serving


def script(prompt: str, draw: int) -> str:
    """Replies by what is asked."""
    if "GPT-2" in prompt:
        return ["It has 1.5 billion parameters.", "GPT-2 has 9 trillion parameters."][draw % 4 == 3]
    if "3 + 5" in prompt:
        return f"3 + 5 makes 8. The answer is {[8, 9, 8, 8][draw % 4]}."
    if "broken" in prompt:
        raise RuntimeError("secret detail")
    return f"one two three {draw}"


@pytest.fixture(scope="session")
def notes_index(small: Config) -> Iterator[Index]:
    with ensure(small) as opened:
        yield opened


@pytest.fixture(scope="session")
def engine() -> Paced:
    return Paced(script, context=200)


@pytest.fixture(scope="session")
def here(small: Config, notes_index: Index, engine: Paced) -> Iterator[Running]:
    with serving(small, notes_index, engine) as running:
        yield running
