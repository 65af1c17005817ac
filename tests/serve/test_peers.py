"""Other harnesses drive the server, as their users would call them: nothing of them is changed.

THINKSCALE_LM_EVAL and THINKSCALE_INSPECT name their commands where they are not on the path; they
may live in an environment of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.serve_process import Served, serve
from evals.run.records import save_run
from evals.tasks import Task, load_task
from tests.evals.synthetic import made_run

pytestmark = [pytest.mark.long, pytest.mark.model]

N = 100
WAYS = ("direct", "cot", "cot@sc8")


def command(variable: str, name: str) -> str:
    found = os.environ.get(variable) or shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not on the path, and {variable} does not name it")
    return found


def call(folder: Path, *words: str, **more: str) -> str:
    """Run a command in `folder`, without the network; all it prints. It must succeed."""
    quiet = {"HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **quiet, **more}, timeout=900,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def sums() -> Task:
    return load_task(f"sums:n={N}")


def worked(task: Task) -> list[tuple[str, str]]:
    """Four questions with replies that go step by step."""
    shown = task.exemplars["en"]
    return [(e.question, f"{e.reasoning} The answer is {e.answer}.") for e in shown]


def test_lm_eval_scores_a_vote_above_answering_at_once(
    served: Served, sums: Task, tmp_path: Path
) -> None:
    program = command("THINKSCALE_LM_EVAL", "lm_eval")
    rows = {
        "test": [(i.question, f"The answer is {i.answers[0]}.") for i in sums.items],
        "train": worked(sums),
    }
    for split, pairs in rows.items():
        lines = [json.dumps({"question": q, "reply": a}) for q, a in pairs]
        (tmp_path / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "sums.yaml").write_text(_LM_EVAL.replace("FOLDER", str(tmp_path)), encoding="utf-8")
    scores = {}
    for way in WAYS:
        out = tmp_path / way.replace("@", "-")
        call(
            tmp_path, program, "run", "--model", "local-chat-completions",
            "--model_args", f"model={served.model}@{way},"
            f"base_url={served.url}/v1/chat/completions,num_concurrent=16,tokenized_requests=False",
            "--tasks", "sums", "--include_path", str(tmp_path), "--apply_chat_template",
            "--log_samples", "--output_path", str(out),
        )  # fmt: skip
        results = json.loads(next(out.rglob("results_*.json")).read_text(encoding="utf-8"))
        assert results["n-samples"]["sums"]["effective"] == N
        scores[way] = results["results"]["sums"]["exact_match,last"]
    print("lm_eval", scores)
    assert scores["cot@sc8"] > scores["direct"]


def test_inspect_scores_a_vote_above_answering_at_once(
    served: Served, sums: Task, tmp_path: Path
) -> None:
    program = command("THINKSCALE_INSPECT", "inspect")
    items = [{"question": i.question, "answer": i.answers[0]} for i in sums.items]
    data = {"worked": worked(sums), "items": items}
    (tmp_path / "sums.json").write_text(json.dumps(data), encoding="utf-8")
    (tmp_path / "sums.py").write_text(_INSPECT, encoding="utf-8")
    scores = {}
    for way in WAYS:
        out = tmp_path / way.replace("@", "-")
        call(
            tmp_path, program, "eval", "sums.py", "--model",
            f"openai-api/thinkscale/{served.model}@{way}", "--temperature", "0",
            "--max-connections", "16", "--display", "none", "--log-dir", str(out),
            "--log-format", "json",
            THINKSCALE_API_KEY="none-is-needed", THINKSCALE_BASE_URL=f"{served.url}/v1",
        )  # fmt: skip
        log = json.loads(next(out.glob("*.json")).read_text(encoding="utf-8"))
        assert log["status"] == "success"
        assert log["results"]["completed_samples"] == N
        (score,) = log["results"]["scores"]
        scores[way] = score["metrics"]["accuracy"]["value"]
    print("inspect", scores)
    assert scores["cot@sc8"] > scores["direct"]


def test_a_run_exported_for_inspect_opens_in_inspect(tmp_path: Path) -> None:
    """Our export, by the writer in Inspect's own environment, read back by Inspect's command."""
    program = command("THINKSCALE_INSPECT", "inspect")
    python = Path(program).with_name("python")
    if not python.exists():
        pytest.skip(f"there is no python beside {program}")
    save_run(made_run(), tmp_path / "run")
    export = (
        "from pathlib import Path; from evals.run.records import load_run; "
        "from evals.report.inspect_log import write_inspect; "
        "print(*write_inspect(load_run(Path('run')), Path('logs')), sep='\\n')"
    )
    root = str(Path(__file__).parents[2])
    paths = call(tmp_path, str(python), "-W", "ignore", "-c", export, PYTHONPATH=root).split()
    assert paths
    for path in paths:
        header = json.loads(call(tmp_path, program, "log", "dump", "--header-only", path))
        assert header["status"] == "success"
        assert header["results"]["total_samples"] == header["eval"]["dataset"]["samples"]


_LM_EVAL = """task: sums
dataset_path: json
dataset_kwargs: {data_files: {test: FOLDER/test.jsonl, train: FOLDER/train.jsonl}}
output_type: generate_until
test_split: test
fewshot_split: train
fewshot_config: {sampler: first_n}
num_fewshot: 4
doc_to_text: "{{question}}"
doc_to_target: "{{reply}}"
generation_kwargs: {until: ["\\n\\n"], max_gen_toks: 96, temperature: 0}
filter_list:
  - name: last
    filter:
      - {function: regex, regex_pattern: "(-?[0-9]+)", group_select: -1}
      - {function: take_first}
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
    regexes_to_ignore: ["^The answer is ", "\\\\.$"]
"""

_INSPECT = """
import json
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser
from inspect_ai.scorer import match
from inspect_ai.solver import generate

DATA = json.loads(Path(__file__).with_name("sums.json").read_text(encoding="utf-8"))


@task
def sums():
    shots = []
    for question, reply in DATA["worked"]:
        shots += [ChatMessageUser(content=question), ChatMessageAssistant(content=reply)]
    samples = [
        Sample(input=[*shots, ChatMessageUser(content=item["question"])], target=item["answer"])
        for item in DATA["items"]
    ]
    return Task(dataset=MemoryDataset(samples), solver=generate(), scorer=match(numeric=True))
"""
