"""`thinkscale eval tasks` and `thinkscale eval validate`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evals.cli.group import command

from .samples import documented, write

ROOT = Path(__file__).parents[3]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments], catch_exceptions=False)


def test_tasks_are_listed() -> None:
    result = run("tasks")
    assert result.exit_code == 0
    for word in ("sums", "facts", "notes-qa", "KorQuAD", "terms=3 (2-20)"):
        assert word in result.output


def test_tasks_as_json_can_be_loaded_as_they_are_shown() -> None:
    from evals.tasks import load_task
    from pipeline.config import load_config

    listed = json.loads(run("tasks", "--json").output)
    config = load_config(ROOT / "config.yaml")
    for made in listed["generators"]:
        spec = f"{made['name']}.ko:" + ",".join(
            f"{d['name']}={d['default']}" for d in made["dials"]
        )
        assert load_task(spec, config, limit=2).items
    assert [row["name"] for row in listed["sets"]] == ["notes-qa"]
    assert len(listed["schemas"]) == 8


def test_a_sound_file(tmp_path: Path) -> None:
    path = write(tmp_path, "gsm8k.jsonl", documented()["gsm8k.jsonl"])
    result = run("validate", str(path))
    assert result.exit_code == 0
    assert re.search(r"\b1 .*\bnumber\b.*\bnumeric\b", result.output)


def test_problems_go_to_stderr_and_the_exit_code_is_two(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", '{"id": "a", "question": "?"}\n{"id": \n')
    result = run("validate", str(path))
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"{path}:1: 'a' has no correct answer. Add `answers`, or say `answerable: false`.",
        f"{path}:2: is not valid JSON (Expecting value at character 8). Mend that line.",
    ]
    assert result.stdout == f"{path}: 2 problems, 0 sound items\n"
    found = json.loads(run("validate", str(path), "--json").stdout)
    assert (found["sound"], found["items"]) == (False, 0)
    assert [(p["fault"], p["line"]) for p in found["problems"]] == [
        ("no-gold", 1),
        ("malformed", 2),
    ]


def test_a_warning_is_no_problem(tmp_path: Path) -> None:
    text = documented()["hotpot.json"].replace('["Anna Holm", 0]', '["Anna Holm", 7]')
    result = run("validate", str(write(tmp_path, "h.json", text)))
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: ")


def test_a_shipped_set_by_its_name_and_notes_that_are_others(tmp_path: Path) -> None:
    assert run("validate", "notes-qa", "--notes", str(ROOT / "corpus")).exit_code == 0
    (tmp_path / "empty").mkdir()
    result = run("validate", "notes-qa", "--notes", str(tmp_path / "empty"), "--json")
    assert result.exit_code == 2
    assert len(json.loads(result.stdout)["problems"]) > 500


@pytest.mark.parametrize("name", ["nowhere.jsonl", "/", "notes-qaa"])
def test_what_is_no_file(name: str) -> None:
    result = run("validate", name)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_listing_tasks_loads_no_model_library() -> None:
    code = (
        "import sys\nfrom evals.cli.group import command\n"
        "command(['tasks', '--json'], standalone_mode=False)\n"
        "heavy = {'torch', 'faiss', 'llama_cpp', 'kiwipiepy', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
