"""The estimate of memory, against what a model takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.models import facts_of
from pipeline.models.local_files import embedded_model
from tests.engine.second_model import needs_second_model, second_model

# In a process of its own, so that nothing else is counted: one question of 16 draws, its prompt
# and draws as long as the context.
_ASK = """
import json, sys
from pathlib import Path
import numpy
from pipeline.engine.local.engine import LocalEngine
from pipeline.engine.local.native import library
from pipeline.types import Prompt, SampleParams, Draw

def resident():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024

library()
before, context = resident(), int(sys.argv[2])
with LocalEngine(Path(sys.argv[1]), context=context, gpu_layers=0) as engine:
    prompt = Prompt(text="The keeper wrote the height of the water. " * (context // 14))
    room = context - engine.count(prompt)
    params = SampleParams(max_tokens=max(room // 16, 1))
    list(engine.sample([Draw(prompt, params, draw=i) for i in range(16)]))
    (scheduler,) = engine.schedulers
    print(json.dumps([resident() - before, scheduler.cache.table.cells]))
"""


@pytest.mark.model
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="the system does not tell")
@pytest.mark.parametrize("name", ["embedded", pytest.param("second", marks=needs_second_model)])
def test_a_question_takes_about_what_is_said(name: str) -> None:
    path, context = embedded_model() if name == "embedded" else second_model(), 2048
    done = subprocess.run(
        [sys.executable, "-c", _ASK, str(path), str(context)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    taken, cells = json.loads(done.stdout)
    facts = facts_of(path, cells)
    assert facts.memory == pytest.approx(taken, rel=0.2)
    assert facts.most_memory > taken
