"""The server against its own description, searched by schemathesis: no fault of ours, no hang, and
every reply is one that the description knows."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.serve.running import Running

TOOL = os.environ.get("THINKSCALE_SCHEMATHESIS") or shutil.which("schemathesis")
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)

pytestmark = pytest.mark.skipif(
    not TOOL, reason="schemathesis is not installed (or THINKSCALE_SCHEMATHESIS, its path)"
)


@pytest.mark.parametrize("examples", [20, pytest.param(300, marks=pytest.mark.long)])
def test_replies_are_those_of_the_description(here: Running, tmp_path: Path, examples: int) -> None:
    assert TOOL
    done = subprocess.run(
        [TOOL, "run", f"{here.url}/openapi.json", "--checks", CHECKS, "--max-examples",
         str(examples), "--phases", "examples,coverage,fuzzing", "--seed", "1",
         "--request-timeout", "20", "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=1200,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert here.get("/health").status_code == 200
