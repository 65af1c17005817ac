"""Top-k first, in one pass: the same tokens that llama.cpp draws from the whole vocabulary."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine.local.active_draw import ActiveDraw, DrawBatch
from pipeline.engine.local.engine import LocalEngine
from pipeline.engine.local.logprobs import LogprobMeter, Normaliser, largest
from pipeline.engine.local.sampler import SamplerChain
from pipeline.engine.local.token_choice import TokenSampler, needed
from pipeline.types import Draw, Prompt, SampleParams
from tests.engine.small_engine import ASK, WARM, draws

PLAIN = SampleParams(temperature=0.8, top_k=40, top_p=0.95, min_p=0.05)
KINDS = [
    PLAIN,
    replace(PLAIN, top_k=1),
    replace(PLAIN, top_k=256, top_p=1.0, min_p=0.0),
    replace(PLAIN, top_k=5, temperature=3.0),
    replace(PLAIN, temperature=0.0),
]
OTHERS = [
    replace(PLAIN, top_k=0),
    replace(PLAIN, top_k=1000),
    replace(PLAIN, repeat_penalty=1.3),
    replace(PLAIN, logit_bias=((3, -5.0),)),
    replace(PLAIN, temperature=0.0, grammar='root ::= "a"'),
]


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(1, 4000), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_the_largest_are_all_there(rows: int, vocabulary: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.choice([0.0, 1.0, 2.5, -7.0, 9.0, 9.5], (rows, vocabulary)).astype(np.float32)
    logits += rng.normal(size=logits.shape).astype(np.float32) * rng.choice([0, 1])
    few = largest(logits, count)
    count = min(count, vocabulary)
    assert few.exact >= count
    assert (np.take_along_axis(logits, few.tokens, axis=1) == few.values).all()
    values, tokens = few.first(count)
    assert (np.sort(values, axis=1) == np.sort(logits, axis=1)[:, -count:]).all()
    assert (np.take_along_axis(logits, tokens, axis=1) == values).all()
    assert all(len(set(row)) == count for row in tokens.tolist())
    assert (few.peak() == logits.max(axis=1)).all()


@pytest.mark.parametrize("shift", [0.0, 55.0, 70.0, 5000.0, -5000.0])
def test_the_normaliser_holds_for_any_size_of_logits(shift: float) -> None:
    logits = np.random.default_rng(0).normal(0, 4, (3, 5000)).astype(np.float32) + np.float32(shift)
    exact = np.log(np.exp(logits.astype(np.float64) - shift).sum(axis=1)) + shift
    assert LogprobMeter().normaliser(logits) == pytest.approx(exact, rel=1e-6, abs=1e-4)


def test_which_draws_need_but_a_few() -> None:
    assert [needed(params) for params in KINDS] == [40, 1, 256, 5, 1]
    assert [needed(params) for params in OTHERS] == [0] * len(OTHERS)


@pytest.mark.model
def test_the_tokens_are_those_of_the_whole_vocabulary(engine: LocalEngine) -> None:
    model = engine._model
    picker = TokenSampler(model)
    rng = np.random.default_rng(1)
    rows = rng.normal(0, 3, (60, model.size)).astype(np.float32)
    params = [(KINDS + OTHERS)[i % (len(KINDS) + len(OTHERS))] for i in range(60)]
    expected, made = [], []
    for i, (row, one) in enumerate(zip(rows, params, strict=True)):
        chain = SamplerChain(model, one, seed=i)
        expected.append(chain.pick(row))
        chain.close()
        draw = ActiveDraw(Draw(ASK, one), DrawBatch(), "", i, [1], 4, 0, 1)
        draw.chain = SamplerChain(model, one, seed=i)
        made.append(draw)
    few = largest(rows, picker.count(made))
    got = picker.pick(made, few, lambda i: made[i].chain.pick(rows[i]))  # type: ignore[union-attr]
    for draw in made:
        draw.chain.close()  # type: ignore[union-attr]
    assert got == expected
    assert len(set(got)) > 20


@pytest.mark.model
def test_draws_of_every_kind_run_side_by_side(engine: LocalEngine) -> None:
    kinds = [*KINDS, *OTHERS]
    prompt = Prompt(text="The colours are red, green,")
    asked = [
        Draw(prompt, replace(one, max_tokens=6), draw=1, item=str(i)) for i, one in enumerate(kinds)
    ]
    together = draws(engine, *asked)
    assert len(together) == len(kinds)
    assert {s.finish for s in together} <= {"stop", "length"}
    assert all(s.confidence.mean > 0 for s in together)


@pytest.mark.model
def test_a_draw_is_the_same_alone_and_beside_slower_ones(engine: LocalEngine) -> None:
    engine.release()
    alone = draws(engine, Draw(ASK, WARM, item="x"))[0]
    slow = replace(WARM, top_k=0)
    engine.release()
    beside = draws(engine, Draw(ASK, WARM, item="x"), Draw(ASK, slow, item="y"))[0]
    assert alone.text.split()[:1] == beside.text.split()[:1]


def test_threads_share_the_rows_and_leave_none_out() -> None:
    logits = np.random.default_rng(2).normal(0, 4, (64, 3000)).astype(np.float32)
    shared = Normaliser(logits, logits.max(axis=1))
    with ThreadPoolExecutor(4) as helpers:
        for done in [helpers.submit(shared.work) for _ in range(4)]:
            done.result()
    assert (shared.total == LogprobMeter().normaliser(logits)).all()
