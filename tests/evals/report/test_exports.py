"""A run in other tools' forms: what was read, how many examples, and the reply that won."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.report.exports import write_lm_eval
from evals.report.topics.replies import replies_of, shots_of
from evals.run.records import PromptRecord, Run, load_run, save_run
from tests.evals.synthetic import made_run

PROMPTS = (
    PromptRecord(
        "p1", (("system", "Answer."), ("user", "2 + 2?"), ("assistant", "4"), ("user", "?"))
    ),
    PromptRecord("p2", (), "Question: ?\nAnswer:"),
)


def recorded(strategies: tuple[str, ...] = ("direct", "cot@sc4")) -> Run:
    """A run with prompts, measures, and votes whose winner is not the first reply."""
    run = made_run(12, 4, strategies=strategies)
    samples = tuple(replace(s, prompt="p1", limit=192) for s in run.samples)
    outcomes = tuple(replace(o, parts={"f1": 0.5 + 0.5 * o.correct}) for o in run.outcomes)
    about = {**run.about, "shots": {"sums": {"en": 4, "ko": 3}}}
    return replace(run, samples=samples, outcomes=outcomes, prompts=PROMPTS, about=about)


def test_the_winner_comes_first() -> None:
    run = recorded()
    drawn = {d.key: d for d in run.samples}
    prompts = {p.id: p for p in run.prompts}
    moved = 0
    for outcome in run.outcomes:
        found = replies_of(outcome, drawn, prompts)
        assert sorted(d.key for d in found.drawn) == sorted(outcome.samples)
        assert found.prompt == PROMPTS[0]
        if outcome.answer is not None:
            assert found.winner is not None
            assert found.drawn[0].answer == outcome.answer
            moved += found.drawn[0].key != outcome.samples[0]
    assert moved > 0
    quoted = replace(run.outcomes[0], answer="Words of a note.")
    found = replies_of(quoted, drawn, prompts)
    assert found.winner is None
    assert found.prompt == PROMPTS[0]


def test_prompts_are_kept_and_runs_without_them_are_read(tmp_path: Path) -> None:
    run = recorded()
    save_run(run, tmp_path / "run")
    assert load_run(tmp_path / "run").prompts == PROMPTS
    old = made_run(3, 1)
    save_run(old, tmp_path / "old")
    (tmp_path / "old" / "prompts.jsonl").unlink()
    head = json.loads((tmp_path / "old" / "run.json").read_text(encoding="utf-8"))
    del head["checksums"], head["checksum"]
    head["format"] = 1
    (tmp_path / "old" / "run.json").write_text(json.dumps(head), encoding="utf-8")
    assert load_run(tmp_path / "old").prompts == ()


def test_lm_eval_has_prompts_examples_and_measures(tmp_path: Path) -> None:
    files = write_lm_eval(recorded(), tmp_path)
    (results,) = (json.loads(f.read_text()) for f in files if f.name.startswith("results"))
    assert results["n-shot"] == {"sums": 4}
    scored = results["results"]["sums"]
    assert scored["f1,cot@sc4"] == pytest.approx(0.5 + 0.5 * scored["acc,cot@sc4"])
    assert scored["f1_stderr,cot@sc4"] > 0
    (samples,) = (f.read_text().splitlines() for f in files if f.name.startswith("samples"))
    row = next(r for r in map(json.loads, samples) if r["filter"] == "cot@sc4")
    sent = row["arguments"]["gen_args_0"]
    assert [turn["role"] for turn in json.loads(sent["arg_0"])] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip
    assert sent["arg_1"] == {"do_sample": True, "max_gen_toks": 192}
    assert row["metrics"] == ["acc", "f1"]
    assert row["f1"] == 0.5 + 0.5 * row["acc"]
    assert shots_of(made_run(2), "sums") is None


def test_inspect_has_messages_and_the_winner(tmp_path: Path) -> None:
    pytest.importorskip("inspect_ai", reason="only its own writer writes its logs")
    from evals.report.inspect_log import write_inspect

    reader: Any = importlib.import_module("inspect_ai.log")
    run = recorded()
    quoted = replace(run.outcomes[0], answer="Words of a note.")
    run = replace(run, outcomes=(quoted, *run.outcomes[1:]))
    for path in write_inspect(run, tmp_path):
        log = reader.read_eval_log(str(path))
        strategy = log.eval.solver
        by = {o.item: o for o in run.outcomes if o.strategy == strategy}
        drawn = {d.key: d for d in run.samples}
        for sample in log.samples:
            outcome = by[sample.id]
            roles = [message.role for message in sample.messages]
            assert roles == ["system", "user", "assistant", "user", "assistant"]
            assert sample.messages[-1].text == sample.output.completion
            said = {drawn[key].text: drawn[key].answer for key in outcome.samples}
            if sample.id == quoted.item and strategy == quoted.strategy:
                assert sample.output.completion == "Words of a note."
            elif outcome.answer is not None:
                assert said[sample.output.completion] == outcome.answer
        assert log.results.scores[0].metrics["f1"].value > 0
