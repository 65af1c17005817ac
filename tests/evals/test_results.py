"""The page of results that ship, from a run of an engine that says what it is told to."""

from __future__ import annotations

import re
from pathlib import Path

from evals.results import PARTS, page
from evals.run.model_run import ModelRun
from evals.run.recording import records
from evals.run.records import Run, load_run, save_run
from evals.run.spec import RunSpec, strategy_specs
from evals.tasks import load_task
from pipeline.config import Config
from pipeline.engine import ScriptedEngine
from pipeline.pool import MemoryPool
from pipeline.types import SampleParams


def made(config: Config, folder: Path) -> Run:
    """Thirty sums: direct is never right, steps always."""
    from contextlib import ExitStack

    def reply(prompt: str, _: int) -> str:
        total = sum(int(n) for n in re.findall(r"\d+", prompt.rsplit("user:", 1)[-1])[:3])
        return f"Answer: {total if 'step' in prompt.rsplit('user:', 1)[-1].lower() else 99}"

    order = RunSpec(
        (load_task("sums:n=30"),), strategy_specs(["direct", "cot"]), SampleParams(max_tokens=0)
    )
    with ExitStack() as stack:
        engine = ScriptedEngine(reply)
        model_run = ModelRun(stack, config, order, engine)
        model_run.draw(MemoryPool(engine.info))
        save_run(records("results-sums", [model_run], {}), folder)
    return load_run(folder)


def test_the_page_says_what_the_run_says(small: Config, tmp_path: Path) -> None:
    text = page([(PARTS[0], made(small, tmp_path / "run"))])
    assert text.startswith("# Results\n")
    assert "30 questions, scripted. [Everything](results/sums.md)" in text
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    assert [(row[1].strip(), row[2].strip()) for row in rows] == [
        ("`direct`", "0.0 %"),
        ("`cot`", "100.0 %"),
    ]
    assert "- Gain: cot over direct +100.0 points" in text


def test_parts_have_a_run_that_can_be_ordered() -> None:
    for part in PARTS:
        names = part.arguments[part.arguments.index("--strategies") + 1]
        assert strategy_specs(names.split(","))
        assert bool(part.file) is part.arguments[0].startswith("--")
