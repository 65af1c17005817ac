"""The commit of code and notes is told where git keeps them, and only there."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from evals.run.manifest import commit_of, machine, manifest
from evals.run.model_run import ModelRun
from evals.run.spec import RunSpec, strategy_specs
from evals.tasks import load_task
from pipeline.config import load_config
from pipeline.pool import MemoryPool
from pipeline.types import SampleParams
from tests.evals.run.test_model_run import ROOT, engine


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e@e", *arguments],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_of_notes(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    note = notes / "tides.md"
    note.write_text("The tide turns at six.", encoding="utf-8")
    assert commit_of(notes) == ""
    git(tmp_path, "init", "-q")
    assert commit_of(notes) == ""  # in a repository, but not kept by it
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "notes")
    assert commit_of(notes) == commit_of(note) == git(tmp_path, "rev-parse", "HEAD")
    note.write_text("The tide turns at seven.", encoding="utf-8")
    assert commit_of(notes).endswith("+changes")
    other = tmp_path / "other"
    other.mkdir()
    (other / "new.md").write_text("x", encoding="utf-8")
    assert commit_of(other) == ""


def test_without_git_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(Path(__file__)) == ""


def test_the_machine_is_told() -> None:
    found = machine()
    assert found["cores"] >= 1
    assert found["processor"] or found["machine"]


def test_what_a_run_was_made_with_is_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever bears on a result can be read from the run, and no folder of whoever ran it."""
    monkeypatch.setattr("sys.argv", ["thinkscale", "eval", "run", "sums", "--shots", "2"])
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    on = engine()
    task = load_task("sums:n=4")
    order = RunSpec((task,), strategy_specs(["direct", "cot@sc2"]), SampleParams(max_tokens=0),
                    shots=2, repeat=2)  # fmt: skip
    config = load_config(ROOT / "config.yaml")
    with ExitStack() as stack:
        model_run = ModelRun(stack, config, order, on)
        model_run.draw(MemoryPool(on.info))
        found = manifest(config, [model_run])
    assert found["command"] == "thinkscale eval run sums --shots 2"
    assert found["shots"] == {"sums": {"en": 2}}
    assert set(found["reply_tokens"]["sums"]) == {"direct", "cot@sc2"}
    for settings in ("ask", "retrieval", "embedder", "model"):
        assert found[settings]
    assert set(found["prompts"]) == {"direct", "cot", "exemplars", "turns", "wordings"}
    assert all(len(one) == 64 for one in found["prompts"].values())
    assert found["indexes"] == {}  # nothing was searched
    assert found["machine"]["environment"]["OMP_NUM_THREADS"] == "3"
    assert found["machine"]["memory_gib"] > 0
    assert found["engines"]["scripted"]["form"] == "chat"
    assert found["packages"]["numpy"]
    assert str(ROOT) not in json.dumps(found)


def test_prompts_are_hashed_in_the_form_they_were_used_in() -> None:
    from evals.run.manifest import _prompts

    chat = _prompts({"cot"}, {"chat"}, wordings=False)
    base = _prompts({"cot"}, {"completion"}, wordings=False)
    assert chat["cot"] != base["cot"]
    both = _prompts({"cot"}, {"chat", "completion"}, wordings=False)
    assert (both["chat cot"], both["completion cot"]) == (chat["cot"], base["cot"])
    assert "wordings" not in chat
