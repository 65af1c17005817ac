"""Where two models are configured, one writes the replies and the other checks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.answering.loop import Budget, StrategyResult, run_strategy
from pipeline.engine import ScriptedEngine
from pipeline.engine.by_role import RoleEngine
from pipeline.evidence.reply_reading import FinalReader
from pipeline.pool import DiskPool, MemoryPool
from pipeline.strategies import AGGREGATIONS, Question, make_strategy
from pipeline.types import (
    Cost,
    Draw,
    Form,
    Hits,
    Passage,
    Place,
    Request,
    SampleParams,
    Score,
    Search,
)

SAID = Passage("p", "The bridge is 86 metres long.", "n.md", Place("n.md", 1, 1))
SEEN = Question(
    "How long is the bridge?",
    "en",
    FinalReader("number", "en"),
    kind="number",
    passages=(SAID,),
    pieces=(SAID,),
    params=SampleParams(max_tokens=0),
    id="q",
)
CLOSED = Question(
    "What is 3 + 5 + 9?", "en", FinalReader("number", "en"), kind="number",
    params=SampleParams(max_tokens=0), id="s", role="reason",
)  # fmt: skip
FORMS: list[tuple[Form, Form]] = [
    ("completion", "chat"), ("chat", "completion"), ("chat", "chat"), ("completion", "completion"),
]  # fmt: skip
CHECKED = [
    "direct@ptrue8",
    "cot@judge8",
    "direct@universal9",
    "cot@refine5",
    "cot@optscale8",
    "direct@scrutinize12",
]


def reply(_: str, draw: int) -> str:
    return f"Answer: {86 if draw % 3 else 84}"


def check(prompt: str, draw: int) -> str:
    asked = prompt.rsplit("user: ", 1)[-1]
    return "True" if "True" in asked else f"Answer: {17 + draw % 2}"


def lived(
    name: str, question: Question, forms: tuple[Form, Form], **given: object
) -> tuple[StrategyResult, list[Draw], list[Draw], RoleEngine]:
    reads = ScriptedEngine(reply, name="reader", form=forms[0])
    reasons = ScriptedEngine(check, name="reasoner", form=forms[1])
    on = RoleEngine(reads, reasons)
    given.setdefault("pool", MemoryPool(on.info))
    thought = run_strategy(question, make_strategy(name), on, search=nothing, **given)  # type: ignore[arg-type]
    return thought, reads.requests, reasons.requests, on


def nothing(request: Search, _: object) -> Hits:
    return Hits(request, ())


@pytest.mark.parametrize("forms", FORMS)
@pytest.mark.parametrize("name", CHECKED)
def test_replies_are_the_readers_and_checks_the_reasoners(
    name: str, forms: tuple[Form, Form]
) -> None:
    thought, read, reasoned, _ = lived(name, SEEN, forms)
    assert read
    assert reasoned
    assert {one.prompt.role for one in read} == {"read"}
    assert {one.prompt.role for one in reasoned} == {"reason"}
    for form, some in zip(forms, (read, reasoned), strict=True):
        for one in some:  # in completion form worked examples come first
            about_it = "How long is the bridge?" in one.prompt.messages[0].content
            assert about_it == (form == "chat")
    made = {sample.key: sample.request.prompt.role for sample in thought.samples}
    for one in (*read, *reasoned):  # what another model wrote, none has read yet
        assert one.parent is None or made[one.parent] == one.prompt.role
    for sample in thought.samples:
        if sample.request.prompt.role == "reason" and sample.request.parent is None:
            first = next(s for s in thought.samples if s.request.prompt == sample.request.prompt)
            assert first.cost.prompt_tokens > 0, "it reads all of it, and that is paid for"


@pytest.mark.parametrize("forms", FORMS)
@pytest.mark.parametrize("name", CHECKED)
def test_a_question_without_passages_is_the_reasoners_alone(
    name: str, forms: tuple[Form, Form]
) -> None:
    _, read, reasoned, _ = lived(name, CLOSED, forms)
    assert not read
    assert {one.prompt.role for one in reasoned} == {"reason"}
    if forms[1] == "chat" and "ptrue" in name:
        assert any(one.parent for one in reasoned), "its own reply is gone on from"


@pytest.mark.parametrize("question", [SEEN, CLOSED])
@pytest.mark.parametrize("rule", [rule for rule in AGGREGATIONS if rule != "rerank"])
def test_every_strategy_runs_replays_and_keeps_its_budget(
    rule: str, question: Question, tmp_path: Path
) -> None:
    name = f"cot@{rule}" if rule else "cot"
    *_, on = lived(name, question, FORMS[0])
    with DiskPool(tmp_path / "pool.sqlite", on.info) as pool:
        first, read, reasoned, _ = lived(name, question, FORMS[0], pool=pool)
        again, *none, _ = lived(name, question, FORMS[0], pool=pool)
    assert none == [[], []], "a replay asks nothing"
    assert again == first
    assert len([*read, *reasoned]) == len(first.samples)
    small, *_ = lived(name, question, FORMS[0], budget=Budget(tokens=60))
    assert small.cost.prompt_tokens + small.cost.generated_tokens <= 60


@pytest.mark.parametrize("name", CHECKED)
def test_the_price_is_the_sum_of_both_models(name: str) -> None:
    thought, *_, on = lived(name, SEEN, FORMS[0])
    total = sum((result.cost for result in thought.results), Cost())
    assert thought.cost.flops == pytest.approx(total.flops)
    for sample in thought.samples:
        info = on.info.serving(sample.request.prompt)
        least = info.flops(sample.tokens, 0)
        assert sample.cost.flops >= least > 0


def test_a_model_by_itself_is_asked_as_before() -> None:
    requests: list[Request] = []
    engine = ScriptedEngine(reply)
    run_strategy(SEEN, make_strategy("direct@ptrue8"), engine, MemoryPool(engine.info))
    requests += engine.requests
    assert any(isinstance(one, Draw) and one.parent for one in requests)
    assert {one.prompt.role for one in requests if isinstance(one, (Draw, Score))} == {"read"}
