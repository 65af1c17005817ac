"""A run: every question with every strategy, from one pool, whatever stops it in between."""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from evals.report.runs import list_runs
from evals.run.judged import judge_replies
from evals.run.model_run import ModelRun
from evals.run.recording import records
from evals.run.records import Run, load_run, save_run
from evals.run.spec import RunSpec, described, run_name, strategy_specs
from evals.tasks import load_task
from evals.tasks.base import Item, Task, sealed
from pipeline.answering.loop import Budget, run_many
from pipeline.config import load_config
from pipeline.engine import ScriptedEngine
from pipeline.errors import ConfigError, DatasetError
from pipeline.pool import DiskPool, MemoryPool, Pool
from pipeline.strategies import AGGREGATIONS, PROMPT_METHODS, make_strategy
from pipeline.types import Cost, SampleParams
from tests.damage import DAMAGES, damaged, files_under

ROOT = Path(__file__).parents[3]
SIX = ["direct", "cot", "cot@sc4", "cot@sc8", "cot@sc32", "plan"]


def reply(prompt: str, draw: int) -> str:
    """Now and then right, now and then wrong, and sometimes nothing at all."""
    lot = hashlib.sha256(f"{prompt}{draw}".encode()).digest()[0]
    return ["", "I do not know.", *(f"So it is {lot % 7}.\nAnswer: {lot % 7}",) * 6][lot % 8]


def engine(script: object = reply, context: int = 4096) -> ScriptedEngine:
    return ScriptedEngine(script, context=context)  # type: ignore[arg-type]


def sit(names: list[str], on: ScriptedEngine, pool: Pool, n: int = 12, **order: object) -> Run:
    task = load_task(f"sums:n={n}")
    made = RunSpec((task,), strategy_specs(names), SampleParams(max_tokens=0), **order)  # type: ignore[arg-type]
    with ExitStack() as stack:
        model_run = ModelRun(stack, load_config(ROOT / "config.yaml"), made, on)
        model_run.draw(pool)
        return records(run_name(made, [on.info]), [model_run], {})


def test_every_question_has_an_outcome_of_every_strategy() -> None:
    on = engine()
    run = sit(SIX, on, MemoryPool(on.info))
    assert len(run.outcomes) == 12 * 6
    assert len({(o.item, o.strategy) for o in run.outcomes}) == 72
    assert run.strategies == tuple(SIX)
    stored = {s.key: s for s in run.samples}
    assert len(stored) == len(run.samples) == len(on.requests)
    for outcome in run.outcomes:
        assert set(outcome.samples) <= stored.keys()
        assert outcome.generated_tokens == sum(stored[key].tokens for key in outcome.samples)


def test_one_pool_serves_every_strategy_and_a_seventh_costs_nothing(tmp_path: Path) -> None:
    on = engine()
    with DiskPool(tmp_path / "p", on.info) as pool:
        sit(SIX, on, pool, 100)
    # Three greedy replies and 32 draws of one prompt: what sc4 and sc8 draw is part of sc32's.
    assert len(on.requests) == 100 * (3 + 32)
    silent = engine({})
    begun = time.process_time()
    with DiskPool(tmp_path / "p", silent.info) as pool:
        run = sit([*SIX, "cot@sc16"], silent, pool, 100)
    assert silent.requests == []
    assert len(run.outcomes) == 700
    assert time.process_time() - begun < 20, "a replay is no work to speak of"


def test_side_by_side_is_the_same_as_one_by_one() -> None:
    from pipeline.answering.loop import run_strategy
    from pipeline.strategies import Question, make_strategy

    on = engine()
    made = sit(["cot@sc4"], on, MemoryPool(on.info))
    task = load_task("sums:n=12")
    from evals.run.items import ItemPreparer
    from pipeline.answering.loop import run
    from pipeline.answering.prepare import PrepareSettings

    preparer = ItemPreparer(task, SampleParams(max_tokens=0), PrepareSettings())
    for item, outcome in zip(task.items, made.outcomes, strict=True):
        question = run(preparer.course(item, preparer.access(None)), engine).question
        assert isinstance(question, Question)
        alone = engine()
        thought = run_strategy(question, make_strategy("cot@sc4"), alone, MemoryPool(alone.info))
        winner = thought.decision.winner
        assert outcome.answer == (winner.text if winner else None)
        assert outcome.share == thought.decision.share
        assert outcome.prompt_tokens == thought.cost.prompt_tokens


def test_replies_to_a_multiple_choice_are_read_with_its_options() -> None:
    from evals.run.items import ItemPreparer
    from pipeline.answering.loop import run
    from pipeline.answering.prepare import PrepareSettings

    item = Item("q", "Where is it cold?", answers=("B",), options=("in the south", "in the north"))
    task = Task("poles", (item,), reading="choice", scorer="choice")
    preparer = ItemPreparer(task, SampleParams(max_tokens=0), PrepareSettings())
    question = run(preparer.course(item, preparer.access(None)), engine).question
    assert question is not None
    assert question.kind is None, "votes are counted by option"
    for reply in ("B", "In the north.", "The answer is in the north, not in the south."):
        reading = question.read(reply)
        assert reading is not None
        assert reading.key == "choice:B"


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    on = engine()
    run = sit(["direct", "cot@sc4"], on, MemoryPool(on.info))
    save_run(run, tmp_path / "r")
    assert load_run(tmp_path / "r") == run
    (tmp_path / "r" / "outcomes.jsonl").write_text("{}\n")
    with pytest.raises(DatasetError, match=r"outcomes\.jsonl: damaged"):
        load_run(tmp_path / "r")
    with pytest.raises(DatasetError, match="no such file"):
        load_run(tmp_path / "s")


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_record_is_never_a_result(tmp_path: Path, how: str) -> None:
    """Every file of a run, damaged in every way: the same run, or the file is named."""
    on = engine()
    run = sit(["direct", "cot@sc4"], on, MemoryPool(on.info))
    folder = tmp_path / "r"
    save_run(run, folder)
    for file in files_under(folder):
        sound = file.read_bytes()
        for seed in range(15):
            file.write_bytes(damaged(sound, how, seed))
            found: Run | None = None
            try:
                found = load_run(folder)
                assert [row.problem for row in list_runs(tmp_path)] == [""]
            except DatasetError as error:
                assert file.name in error.what, error  # noqa: PT017
                assert error.remedy  # noqa: PT017
            assert found in (None, run)
        file.write_bytes(sound)
    assert load_run(folder) == run


def test_a_run_of_the_earlier_version_is_read(tmp_path: Path) -> None:
    on = engine()
    run = sit(["direct"], on, MemoryPool(on.info))
    save_run(run, tmp_path)
    head = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    for name in ("checksum", "checksums"):
        del head[name]
    (tmp_path / "run.json").write_text(json.dumps({**head, "format": 1}), encoding="utf-8")
    (tmp_path / "prompts.jsonl").unlink()  # which it did not record
    assert load_run(tmp_path) == replace(run, prompts=())
    (tmp_path / "run.json").write_text(json.dumps({**head, "format": 4}), encoding="utf-8")
    with pytest.raises(DatasetError, match="newer version"):
        load_run(tmp_path)


def test_the_name_of_a_run_is_that_of_no_other() -> None:
    on = engine()
    names = set()
    for task in ("sums:n=4", "sums:n=5", "sums:n=4,terms=4"):
        for specs in (["direct"], ["cot"], ["cot", "direct"]):
            for budget in (Budget(), Budget(tokens=9)):
                order = RunSpec((load_task(task),), strategy_specs(specs), SampleParams(), budget)
                names.add(run_name(order, [on.info]))
                assert run_name(order, [on.info]) in names
    assert len(names) == 18


def test_a_strategy_is_described_alike_in_every_process_and_release() -> None:
    assert (
        described(make_strategy("cot@rerank8"))
        == "Reranked(name='cot@rerank8', way=PromptMethod(name='cot'), draws=8, "
        "scorer=<function on_topic>)"
    )
    assert not [a for a in AGGREGATIONS if a and " at 0x" in described(make_strategy(f"cot@{a}"))]


def test_a_prompt_that_is_too_long_fails_its_own_question_only() -> None:
    on = engine(context=60)
    items = (
        Item("short", "What is 1 + 2?", answers=("3",)),
        Item("long", "What is " + "1 + " * 90 + "2?", answers=("92",)),
    )
    task = sealed(Task("two", items, reading="number", scorer="numeric"))
    order = RunSpec((task,), strategy_specs(["direct", "direct@sc4"]), SampleParams())
    with ExitStack() as stack:
        model_run = ModelRun(stack, load_config(ROOT / "config.yaml"), order, on)
        told = []
        model_run.draw(
            MemoryPool(on.info), on_thought=lambda name, whole: told.append((name, whole))
        )
        run = records("r", [model_run], {})
    assert sorted(whole for _, whole in told) == [False, False, True, True]
    for outcome in run.outcomes:
        assert ("tokens, the context" in outcome.why) == (outcome.item == "long")
        if outcome.item == "long":
            assert outcome.answer is None
            assert not outcome.correct
            assert outcome.tokens == 0


def test_a_model_that_answers_nothing_is_wrong_and_never_votes() -> None:
    on = engine(lambda prompt, draw: "")
    run = sit(SIX, on, MemoryPool(on.info))
    assert not any(o.correct or o.votes or o.answer for o in run.outcomes)


def test_a_budget_holds_for_every_question() -> None:
    on = engine()
    run = sit(["cot@sc32"], on, MemoryPool(on.info), budget=Budget(tokens=300))
    assert all(0 < o.tokens <= 300 for o in run.outcomes)
    assert {o.complete for o in run.outcomes} == {False}


def test_strategies_are_checked_before_anything_is_drawn() -> None:
    with pytest.raises(ConfigError, match="twice"):
        strategy_specs(["cot", "cot"])
    with pytest.raises(ConfigError, match="no passages"):
        sit(["rag+cot"], engine(), MemoryPool(engine().info))
    assert [spec.name for spec in strategy_specs(["cot@sc", "cot@sc4"], samples=16)] == [
        "cot@sc16",
        "cot@sc4",
    ]


def test_no_course_waits_for_another_forever() -> None:
    on = engine()
    task = load_task("sums:n=30")
    order = RunSpec((task,), strategy_specs(list(PROMPT_METHODS)[:3]), SampleParams(max_tokens=0))
    with ExitStack() as stack:
        model_run = ModelRun(stack, load_config(ROOT / "config.yaml"), order, on)
        model_run.draw(MemoryPool(on.info))
    assert len(model_run.results) == 30 * 3
    assert list(run_many([], on, MemoryPool(on.info))) == []


# --- killed ---------------------------------------------------------------------------------------

_RUN = """
import sys, time
from pathlib import Path
from pipeline.pool import DiskPool
from evals.run.records import save_run
from tests.evals.run.test_model_run import SIX, engine, sit
on = engine()
ask = on.sample
def slowly(requests, on_token=None):
    for sample in ask(requests, on_token):
        time.sleep(0.0002)
        yield sample
on.sample = slowly
print("ready", flush=True)
with DiskPool(Path(sys.argv[1]), on.info) as pool:
    run = sit(SIX, on, pool, 40)
save_run(run, Path(sys.argv[2]))
print(len(on.requests), flush=True)
"""


def _killed_run(tmp_path: Path, kills: int) -> None:
    whole = tmp_path / "whole"
    on = engine()
    with DiskPool(tmp_path / "calm", on.info) as pool:
        save_run(sit(SIX, on, pool, 40), whole)
    dice = random.Random(7)
    pool_file, folder = tmp_path / "pool", tmp_path / "killed"
    held = 0
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", _RUN, str(pool_file), str(folder)],
            stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(dice.uniform(0, 0.25))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        if pool_file.exists():
            with DiskPool(pool_file, on.info) as pool:
                assert len(pool) >= held, "a draw was lost"
                held = len(pool)
    last = subprocess.run(
        [sys.executable, "-c", _RUN, str(pool_file), str(folder)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    made = int(last.stdout.split()[-1])
    with DiskPool(pool_file, on.info) as pool:
        assert len(pool) == 40 * 35
        assert made == 40 * 35 - held, "a stored draw was drawn again"
    names = ["run.json", "items.jsonl", "passages.jsonl", "prompts.jsonl"]
    names += ["samples.jsonl", "outcomes.jsonl"]
    same, *rest = filecmp.cmpfiles(whole, folder, names, shallow=False)
    assert (sorted(same), rest) == (sorted(names), [[], []])
    assert json.loads((folder / "run.json").read_text())["format"] == 3


def test_killed_and_run_again_it_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    _killed_run(tmp_path, 4)


@pytest.mark.long
def test_killed_fifty_times(tmp_path: Path) -> None:
    _killed_run(tmp_path, 50)


def test_a_range_of_sizes_is_each_of_them_doubled() -> None:
    names = [spec.name for spec in strategy_specs(["direct", "cot@adaptive3..20", "plan@sc4..8"])]
    assert names == [
        "direct", "cot@adaptive3", "cot@adaptive6", "cot@adaptive12", "cot@adaptive20",
        "plan@sc4", "plan@sc8",
    ]  # fmt: skip
    for wrong in ("cot@sc8..8", "cot@sc0..4", "cot@sc9..2"):
        with pytest.raises(ConfigError, match="is not below"):
            strategy_specs([wrong])
    for wrong in ("cot@sc8..", "cot@..8", "cot..8"):
        with pytest.raises(ConfigError):
            strategy_specs([wrong])


def test_sizes_of_one_rule_share_one_pool() -> None:
    on = engine()
    sit(["cot@sc2..16"], on, MemoryPool(on.info))
    assert len(on.requests) == 12 * 16


def judging(prompt: str, draw: int) -> str:
    """Right replies are called true, by whoever is asked in one word."""
    said = prompt.rsplit("assistant:", 1)
    if len(said) == 2:
        return "True" if "So it is 3" in said[1] else "False"
    return reply(prompt, draw)


def test_verifiers_judge_every_reply_and_cost_the_strategy_nothing() -> None:
    from evals.run.verifiers import verify

    on, plain = engine(judging), engine(judging)
    pool = MemoryPool(on.info)
    without = sit(["cot@sc4"], plain, MemoryPool(plain.info))
    task = load_task("sums:n=12")
    made = RunSpec((task,), strategy_specs(["cot@sc4"]), SampleParams(max_tokens=0),
                   verifiers=("ptrue",))  # fmt: skip
    with ExitStack() as stack:
        model_run = ModelRun(stack, load_config(ROOT / "config.yaml"), made, on)
        model_run.draw(pool)
        verify(model_run, pool)
        run = records("r", [model_run], {})
        asked = len(on.requests)
        verify(model_run, pool)
    assert len(on.requests) == asked, "checks are pooled"
    assert len(plain.requests) == 12 * 4 < asked
    assert [replace(o, seconds=0) for o in run.outcomes] == [
        replace(o, seconds=0) for o in without.outcomes
    ]
    judged = [s for s in run.samples if s.text]
    assert judged
    for sample in judged:
        assert (sample.verifiers["ptrue"] > 0.5) == ("So it is 3" in sample.text)
    assert run_name(made, [on.info]) != run_name(replace(made, verifiers=()), [on.info])


def test_a_judge_is_asked_once_of_each_reply_before_the_records_are_made() -> None:
    def script(prompt: str, draw: int) -> str:
        judged = prompt.partition("Reply to be judged: ")[2]
        return ("yes" if "3" in judged else "no") if judged else reply(prompt, draw)

    on = engine(script)
    pool = MemoryPool(on.info)
    plain = sit(["cot@sc4"], engine(script), MemoryPool(on.info))
    made = RunSpec((load_task("sums:n=12"),), strategy_specs(["cot@sc4"]),
                   SampleParams(max_tokens=0), scorer="judge")  # fmt: skip
    with ExitStack() as stack:
        model_run = ModelRun(stack, load_config(ROOT / "config.yaml"), made, on)
        model_run.draw(pool)
        judge_replies(model_run, pool)
        asked = len(on.requests)
        run = records("r", [model_run], {})
        assert len(on.requests) == asked, "the engine may be closed by now"
        first = model_run.judge_cost
        judge_replies(model_run, pool)
    assert len(on.requests) == asked, "what the judge said is pooled"
    assert model_run.judge_cost - first == first != Cost(), "and priced, replayed too"
    read = [s for s in run.samples if s.answer is not None]
    assert {s.correct for s in read} == {True, False}
    assert all(s.correct == ("3" in s.text) for s in read)
    assert [o.generated_tokens for o in run.outcomes] == [
        o.generated_tokens for o in plain.outcomes
    ], "in no strategy's price"


def test_a_cross_encoder_scores_each_reply_once() -> None:
    from evals.run.verifiers import cross_encoded

    on = engine()
    task = load_task("sums:n=2")
    made = RunSpec((task,), strategy_specs(["cot@sc8"]), SampleParams(max_tokens=0))
    with ExitStack() as stack:
        model_run = ModelRun(stack, load_config(ROOT / "config.yaml"), made, on)
        model_run.draw(MemoryPool(on.info))
        replies = model_run.replies()
    assert len(replies) == 2
    seen: list[str] = []

    def score(question: str, texts: Sequence[str]) -> list[float]:
        seen.extend(texts)
        return [float(len(text)) for text in texts]

    for question, _, found in replies:
        scores = cross_encoded(score, question.text, found)
        assert scores == {s.key: float(len(s.text)) for s in found}
    texts = {s.text for _, _, found in replies for s in found}
    assert len(seen) <= 2 * len(texts)
    assert cross_encoded(score, "?", []) == {}


def test_a_run_is_repeated_in_other_words_with_other_seeds(tmp_path: Path) -> None:
    from evals.run.recording import repeat_records
    from evals.run.spec import other_passes
    from evals.run.wordings import MOST_WORDINGS, worded

    asked = [worded("How far?", language, w) for language in ("en", "ko") for w in range(5)]
    assert len(set(asked)) == 2 * MOST_WORDINGS - 1  # 0 is the question itself in both
    assert all("How far?" in one for one in asked)
    assert worded("{x} {question}?", "en", 1) == "Question: {x} {question}?"
    on = engine()
    pool = MemoryPool(on.info)
    task = load_task("sums:n=12")
    made = RunSpec((task,), strategy_specs(["direct", "cot@sc4"]), SampleParams(max_tokens=0),
                   repeat=2)  # fmt: skip
    others = other_passes(made)
    assert [(o.wording, o.params.seed == 0) for o in others] == [(0, False), (1, True), (1, False)]
    assert other_passes(replace(made, repeat=1)) == []
    with ExitStack() as stack:
        config = load_config(ROOT / "config.yaml")
        model_runs = [ModelRun(stack, config, one, on) for one in (made, *others)]
        for model_run in model_runs:
            model_run.draw(pool)
        rows = [row for one in model_runs[1:] for row in repeat_records(one, made)]
        run = records("r", model_runs[:1], {}, rows)
    assert len(rows) == 3 * 12 * 2
    assert {(r.wording, r.seed) for r in rows} == {(0, 1), (1, 0), (1, 1)}
    prompts = {request.prompt.messages[-1].content for request in on.requests}
    assert any("Question: " in prompt for prompt in prompts)
    assert len({request.params.seed for request in on.requests}) == 2
    save_run(run, tmp_path / "r")
    assert load_run(tmp_path / "r") == run
    assert run_name(made, [on.info]) != run_name(replace(made, repeat=1), [on.info])


def test_a_base_models_replies_are_read_judged_and_counted() -> None:
    """Its prompts are in completion form from the first draw on, checks too."""
    from evals.report.topics.cells import cells
    from evals.run.verifiers import verify

    def script(prompt: str, draw: int) -> str:
        asked = re.findall(r"[\d +]+(?=\?)", prompt)[-1]
        total = sum(int(number) for number in asked.split("+"))
        return f"That makes {total + draw % 2}.\nAnswer: {total + draw % 2}"

    on = ScriptedEngine(script, form="completion")
    pool = MemoryPool(on.info)
    task = load_task("sums:n=12")
    made = RunSpec((task,), strategy_specs(["cot@sc4"]), SampleParams(max_tokens=0),
                   verifiers=("ptrue",))  # fmt: skip
    with ExitStack() as stack:
        model_run = ModelRun(stack, load_config(ROOT / "config.yaml"), made, on)
        first = model_run.first_draws()
        model_run.draw(pool)
        assert on.requests == first, "what is announced is what is asked"
        verify(model_run, pool)
        run = records("r", [model_run], {})
    checks = on.requests[len(first) :]
    assert checks
    assert {check.prompt.template for check in checks} == {"right"}
    assert all(len(check.prompt.messages) > 3 for check in checks), "after worked examples"
    assert {sample.correct for sample in run.samples} == {True, False}
    assert all("ptrue" in sample.verifiers for sample in run.samples)
    (cell,) = cells(replace(run, samples=tuple(replace(s, finish="length") for s in run.samples)))
    assert cell.cut == (1.0,), "replies that were cut off are counted"
