"""What the tests of the command line share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.cli import _run

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*args: str) -> tuple[int, str, str]:
        code = _run([*args])
        out, err = capsys.readouterr()
        return code, out, err

    return go
