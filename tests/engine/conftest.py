"""One small engine for all that test it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.engine.local.engine import LocalEngine
from pipeline.models.local_files import embedded_model
from tests.engine.small_engine import SPLIT, UNIFIED


@pytest.fixture(scope="package")
def engine() -> Iterator[LocalEngine]:
    settings = {"shared": UNIFIED, "separate": SPLIT}
    with LocalEngine(embedded_model(), context=512, settings=settings) as small:
        yield small
