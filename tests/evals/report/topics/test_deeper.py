"""Causes, parts, frontiers, factors, doubt, sizes, pilots, coverage: each against a known truth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evals.report.topics.breakdown import breakdowns
from evals.report.topics.causes import MEANS, causes
from evals.report.topics.cells import Cell, cells
from evals.report.topics.coverage import coverage
from evals.report.topics.design import design
from evals.report.topics.doubt import doubts
from evals.report.topics.frontier import frontier
from evals.report.topics.models import sizes
from evals.report.topics.pilots import rehearsals
from evals.report.topics.streams import streams
from evals.run.records import ModelRecord, Outcome, PassageRecord, QuestionRecord, Run, SampleRecord
from evals.stats.verdict import Verdict
from tests.evals.synthetic import made_run


def one(
    text: str = "So it is 7.",
    answer: str | None = "7",
    strategy: str = "rag+cot",
    finish: str = "stop",
    right: bool = False,
    asked: QuestionRecord | None = None,
    **kwargs: Any,
) -> tuple[Run, Cell]:
    """A run of one wrong answer to a question whose gold answer is 12."""
    item = asked or QuestionRecord("t", "q", "How many?", answers=("12",))
    draw = SampleRecord(
        "k",
        "t",
        "q",
        "m",
        "cot",
        0,
        text,
        finish,
        5,
        answer=answer,
        score=float(right),
        correct=bool(right),
    )
    given: dict[str, Any] = {
        "correct": False,
        "samples": ("k",),
        "passages": ("p",),
        "gold_found": True,
    }
    made = Outcome(
        task="t", item="q", strategy=strategy, model="m", answer=answer, score=0.0,
        **(given | kwargs),
    )  # fmt: skip
    passage = PassageRecord("p", "n.md:1", "There are 12 of them, not 7 or 8.")
    run = Run("r", (), (strategy,), (ModelRecord("m"),), {}, (item,), (passage,), (draw,), (made,))
    return run, cells(run)[0]


@pytest.mark.parametrize(
    ("cause", "made"),
    [
        ("made up", one(asked=QuestionRecord("t", "q", "?", answerable=False))),
        ("retrieval missed", one(gold_found=False)),
        ("cut off", one("It is", None, finish="length")),
        ("outvoted", one(right=True)),
        ("extraction", one("12 in all. Of these 7 are new.", "7")),
        ("refused", one("I do not know.", None, abstained=True)),
        ("passage unused", one("It is 99.", "99")),
        ("reasoning", one("It is 7.", "7")),
        ("reasoning", one("It is 99.", "99", passages=(), gold_found=None)),
    ],
)
def test_each_cause_is_told(cause: str, made: tuple[Run, Cell]) -> None:
    (found,) = causes(*made)
    assert found.of == {"q": cause}
    assert found.wrong[cause] == 1
    assert sum(found.wrong.values()) == 1


def test_the_same_wrong_answer_without_passages_is_a_passage_unused() -> None:
    run, _ = one("It is 7.", "7")
    closed = replace(run.outcomes[0], strategy="closed+cot", passages=(), gold_found=None)
    both = replace(run, strategies=("rag+cot", "closed+cot"), outcomes=(run.outcomes[0], closed))
    assert causes(both, cells(both)[0])[0].of == {"q": "passage unused"}


def test_what_the_right_passage_mends_is_counted() -> None:
    run, _ = one("It is 7.", "7", gold_found=False)
    oracle = replace(run.outcomes[0], strategy="oracle+cot", correct=True, gold_found=None)
    both = replace(run, strategies=("rag+cot", "oracle+cot"), outcomes=(run.outcomes[0], oracle))
    found = causes(both, cells(both)[0])
    assert (found[0].wrong["retrieval missed"], found[0].mended) == (1, 1)
    assert found[1].mended is None


def test_right_and_wrong_add_up() -> None:
    run = made_run(60, 8)
    for found in causes(run, cells(run)[0]):
        assert found.right + sum(found.wrong.values()) == 60
        assert set(found.wrong) == set(MEANS)


def test_parts_add_up_to_the_whole() -> None:
    run = made_run(60, 4, cluster_size=5)
    cell = cells(run)[0]
    found = breakdowns(cell)
    assert set(found) == {"kind", "language", "difficulty", "cluster"}
    for parts in found.values():
        assert sum(part.n for part in parts) == 60
        for at, name in enumerate(cell.strategies):
            mean = sum(part.n * part.accuracy[at] for part in parts) / 60
            assert mean == pytest.approx(cell.correct(name).mean())
    assert "cluster" not in breakdowns(cells(made_run(60, 4))[0])


def test_the_frontier_is_what_nothing_cheaper_equals() -> None:
    run = made_run(120, 8, right={"direct": 0.1, "cot": 0.6, "plan": 0.1},
                   strategies=("direct", "cot", "plan@sc8"))  # fmt: skip
    cell = cells(run)[0]
    found = {p.strategy: p for p in frontier(cell, dict.fromkeys(cell.strategies, (0.0, 1.0)))}
    assert [found[s].on_tokens for s in cell.strategies] == [True, True, False]
    assert found["cot"].p_tokens > 0.95
    assert found["plan@sc8"].p_tokens < 0.05


def test_factors_are_read_from_names() -> None:
    names = ("direct", "cot", "direct@sc4", "cot@sc4", "rag3+plan")
    run = made_run(200, 4, strategies=names, right={"direct": 0.2, "cot": 0.6})
    found = design(cells(run)[0])
    assert found is not None
    assert found.strategies == names[:4]
    assert found.levels == {"prompt": ("direct", "cot"), "samples": ("one greedy", "sc4")}
    by = {effect.factors: effect.effect.value for effect in found.effects}
    cell = cells(run)[0]
    mean = {name: cell.correct(name).mean() for name in names}
    prompt = (mean["cot"] - mean["direct"] + mean["cot@sc4"] - mean["direct@sc4"]) / 2
    assert by["prompt",] == pytest.approx(prompt)
    assert by["prompt",] > 0.2
    assert design(cells(made_run(20, 4))[0]) is None


def test_confidence_that_tells_lies_below_one_that_does_not() -> None:
    run = made_run(150, 8, strategies=("direct", "cot@sc8"))
    flat, told = doubts(cells(run)[0])
    assert flat.coverage == ()
    assert told.aurc is not None
    assert told.random is not None
    assert told.aurc < told.random - 0.03
    assert told.answered == 1.0


def test_refusals_of_what_cannot_be_answered() -> None:
    run = made_run(100, 8, strategies=("cot@sc8",), cluster_size=4)
    odd = {f"q{i}" for i in range(0, 100, 2)}
    mixed = replace(
        run,
        items=tuple(replace(i, answerable=i.id not in odd) for i in run.items),
        outcomes=tuple(
            replace(o, answer=None, abstained=True, confidence=0.0)
            if o.item in odd and int(o.item[1:]) % 4 == 0 else o for o in run.outcomes
        ),
    )  # fmt: skip
    (found,) = doubts(cells(mixed)[0])
    assert found.refused == pytest.approx(0.5)
    assert found.threshold is not None
    assert 0.7 < found.threshold.answered.value <= 1


def test_thinking_replaces_a_size_between_the_models() -> None:
    run = made_run(200, 8, models=("small", "big"), strategies=("direct", "cot@sc8"))
    right = {("small", "direct"): 40, ("big", "direct"): 120, ("small", "cot@sc8"): 80}
    known = tuple(
        replace(o, correct=int(o.item[1:]) < right.get((o.model, o.strategy), 150), flops=
                (1e9 if o.model == "small" else 4e9) * (1 if o.strategy == "direct" else 1.5))
        for o in run.outcomes
    )  # fmt: skip
    (found,) = sizes(replace(run, outcomes=known))
    by = {(r.model, r.strategy): r for r in found.replaced}
    middle = by["small", "cot@sc8"]
    assert middle.by_flops.size == pytest.approx(2e9)  # half-way between 1e9 and 4e9, in logs
    assert middle.flops == pytest.approx(1.5e9)
    assert middle.by_parameters is not None
    assert by["big", "cot@sc8"].by_flops.where == "above"
    assert sizes(made_run(10)) == ()


def test_pilots_agree_with_a_large_gain() -> None:
    run = made_run(150, 8, right={"direct": 0.05, "cot": 0.8}, strategies=("direct", "cot@sc8"))
    (found,) = rehearsals(cells(run)[0])
    assert found.rehearsal.full.verdict is Verdict.GAIN
    assert found.questions is not None
    assert found.rehearsal.shares[Verdict.GAIN] > 0.9
    assert found.rehearsal.contradicted == 0
    assert rehearsals(cells(made_run(30))[0]) == ()


def test_coverage_grows_above_luck() -> None:
    run = made_run(80, 16, strategies=("cot@sc16",), right={"cot": 0.3})
    cell = cells(run)[0]
    (stream,) = streams(run, cell)
    found = coverage(run, cell, stream)
    assert found is not None
    assert found.seen == tuple(sorted(found.seen))
    assert found.fitted_to == 4
    assert found.beta_binomial_error < found.flat_error
    assert found.floor is not None
    assert found.floor[-1] < 0.2 < found.seen[-1]
    assert [k for k, _, _ in found.ahead] == [32, 64]
    few = made_run(20, 4, strategies=("cot@sc4",))
    assert coverage(few, cells(few)[0], streams(few, cells(few)[0])[0]) is None
