"""Likelihoods of given texts, and of a verdict in one token."""

from __future__ import annotations

import pytest

from pipeline.engine.local.engine import LocalEngine
from pipeline.models.local_files import embedded_model
from pipeline.types import Draw, Message, Prompt, SampleParams, Score
from tests.engine.small_engine import ASK, GREEDY, WARM, busy, draws

pytestmark = pytest.mark.model


def test_scores_are_the_log_likelihoods_of_a_plain_reading(engine: LocalEngine) -> None:
    prompt = Prompt(text="The capital of France is")
    options = [" Paris", " London, of course", " 42", ""]
    got = [one.logprob for one in engine.score([Score(prompt, o) for o in options])]
    assert got[0] > got[2]
    assert got[3] == 0.0
    import llama_cpp
    import numpy as np

    llama = llama_cpp.Llama(str(embedded_model()), n_ctx=256, logits_all=True, verbose=False)
    tokens = engine._tokens(prompt)
    for option, score in zip(options, got, strict=True):
        extra = engine._model.tokenize(option, special=False, first=False)
        llama.reset()  # type: ignore[no-untyped-call]
        llama.eval([*tokens, *extra])
        rows = np.array(llama.scores[: len(tokens) + len(extra)], dtype=np.float64)
        exact = sum(
            rows[len(tokens) - 1 + i, t] - np.log(np.exp(rows[len(tokens) - 1 + i]).sum())
            for i, t in enumerate(extra)
        )
        assert score == pytest.approx(exact, abs=0.15)
    llama.close()
    assert busy(engine) == 0


def test_scoring_while_draws_are_in_flight(engine: LocalEngine) -> None:
    stream = engine.sample([Draw(ASK, WARM, draw=i) for i in range(6)])
    first = next(stream)
    assert len(list(engine.score([Score(ASK, w) for w in (" Red", " Blue", " Green")]))) == 3
    assert len([first, *stream]) == 6


def test_one_token_of_a_grammar_and_how_likely_it_was(engine: LocalEngine) -> None:
    """A verdict on a trace's own cache. Its log-probability is of all tokens, as the model's is."""
    trace = draws(engine, Draw(ASK, GREEDY))[0]
    verdict = Prompt((*ASK.messages, Message("assistant", trace.text + "\nTrue or false? ")))
    true, false = (
        engine._model.tokenize(w, special=False, first=False)[0] for w in ("True", "False")
    )
    for params in (
        SampleParams(temperature=0.0, max_tokens=1, grammar='root ::= "True" | "False"'),
        SampleParams(temperature=0.0, max_tokens=1, logit_bias=((true, 100.0), (false, 100.0))),
        SampleParams(temperature=1.0, top_k=1, max_tokens=1, grammar='root ::= "True" | "False"'),
    ):
        (said,) = draws(engine, Draw(verdict, params, parent=trace.key))
        assert said.text in ("True", "False")
        assert (said.tokens, said.cost.prompt_tokens) == (1, 0)
        wanted = [Score(verdict, word, trace.key) for word in ("True", "False")]
        scores = [one.logprob for one in engine.score(wanted)]
        expected = dict(zip(("True", "False"), scores, strict=True))[said.text]
        assert said.confidence.mean_logprob == pytest.approx(expected, abs=0.05)
        assert expected == max(scores) < -0.5
