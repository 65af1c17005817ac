import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine.confidence import summarise
from pipeline.engine.local.logprobs import LogprobMeter
from pipeline.types import Confidence


@pytest.mark.parametrize("vocabulary", [10, 100, 700, 1000, 4097])
def test_the_gauge_equals_the_plain_formula(vocabulary: int) -> None:
    rng = np.random.default_rng(vocabulary)
    logits = rng.normal(0, 4, (5, vocabulary)).astype(np.float32)
    tokens = [int(t) for t in rng.integers(0, vocabulary, 5)]
    gauge = LogprobMeter()
    logprobs, sure = gauge(logits, tokens)
    exact = logits - np.log(np.exp(logits.astype(np.float64)).sum(1, keepdims=True))
    top = np.sort(exact, axis=1)[:, -20:].mean(1)
    assert logprobs == pytest.approx([exact[i, t] for i, t in enumerate(tokens)], abs=1e-4)
    assert sure == pytest.approx((-top).tolist(), abs=1e-4)


def test_the_gauge_leaves_the_logits_alone() -> None:
    logits = np.arange(2000, dtype=np.float32).reshape(2, 1000).copy()
    before = logits.copy()
    LogprobMeter()(logits, [1, 2])
    assert (logits == before).all()


@settings(deadline=None)
@given(st.lists(st.floats(0, 20), min_size=1, max_size=100))
def test_the_summary(sure: list[float]) -> None:
    got = summarise([-c for c in sure], sure, group=4, tail=3)
    assert got.mean == pytest.approx(sum(sure) / len(sure))
    assert got.mean_logprob == pytest.approx(-got.mean)
    window = min(4, len(sure))
    groups = [sum(sure[i : i + window]) / window for i in range(len(sure) - window + 1)]
    assert got.lowest_group == pytest.approx(min(groups), abs=1e-6)
    last = sure[-3:]
    assert got.tail == pytest.approx(sum(last) / len(last))


def test_nothing_written_nothing_known() -> None:
    assert summarise([], []) == Confidence()
