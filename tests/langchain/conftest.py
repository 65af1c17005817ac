"""What the standard suites of langchain-tests expect of pytest, without the plugins that it names:
async tests are run, nothing is timed or compared with a snapshot."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeline.engine import Engine, open_engine


def pytest_configure(config: pytest.Config) -> None:
    for marker in ("benchmark: timed, where a plugin is there", "vcr: recorded, where one is"):
        config.addinivalue_line("markers", marker)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture
def benchmark() -> Callable[[Callable[[], Any]], Any]:
    """Called once: this machine is shared."""
    return lambda work: work()


@pytest.fixture
def vcr() -> None:
    """Asked for by a test that skips where nothing is recorded."""


@pytest.fixture
def snapshot() -> None:
    """Asked for by a test that skips what is not serializable."""


@pytest.fixture(scope="session")
def local() -> Iterator[Engine]:
    """The embedded model, opened once."""
    from pipeline.config import load_config

    with open_engine(load_config()) as opened:
        yield opened
