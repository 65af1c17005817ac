"""A pytest fixture for projects that must not fall behind: `thinkscale_gate`.

def test_no_worse_than_last_release(thinkscale_gate):
    thinkscale_gate("runs/new", baseline="runs/released", margin=0.02)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from evals.report.topics.gate import Gate

__all__ = ["thinkscale_gate"]


@pytest.fixture
def thinkscale_gate(request: pytest.FixtureRequest) -> Callable[..., Gate]:
    """Called as `thinkscale_gate(run, baseline=..., margin=0.02, strategy="")` with folders, or
    names under `.thinkscale/runs` of the project's root. Fails the test with the gate's own lines
    where the run is not shown to lose less than the margin; returns the gate where it is."""
    runs = Path(request.config.rootpath) / ".thinkscale/runs"

    def check(
        run: str | Path, *, baseline: str | Path, margin: float = 0.02, strategy: str = ""
    ) -> Gate:
        from evals.report.runs import open_run
        from evals.report.topics.gate import gate
        from pipeline.errors import ThinkscaleError
        from pipeline.shown import clean

        __tracebackhide__ = True
        try:
            found = gate(open_run(str(run), runs), open_run(str(baseline), runs), margin, strategy)
        except ThinkscaleError as error:
            pytest.fail(clean(str(error)), pytrace=False)
        if not found.passed:
            lines = [check.line for check in found.checks]
            pytest.fail(clean("\n".join([found.line, *lines, *found.notes])), pytrace=False)
        return found

    return check
