"""Likelihoods of given texts, and of a verdict in one token."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.engine.local.engine import LocalEngine
from pipeline.engine.local.prefix_tree import PrefixTree
from pipeline.engine.tuning.dequantize import unpacked
from pipeline.models.local_files import embedded_model
from pipeline.types import Draw, Likelihood, Message, Prompt, SampleParams, Score
from tests.engine.small_engine import ASK, GREEDY, SPLIT, UNIFIED, WARM, busy, draws

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
    tokens = engine.prompts.of(prompt)
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


SENTENCE = "The lamp of the harbour light was lit with whale oil until it burned down in 1871"
BEFORE = Prompt(text=f"{SENTENCE}.\nQuestion: When did it burn down?\nAnswer:")


def spans(sentence: str = SENTENCE) -> list[str]:
    words = sentence.split()
    ends = range(1, len(words) + 1)
    return [f" {' '.join(words[a:b])}" for a in range(len(words)) for b in ends if a < b]


def left_in_branches(engine: LocalEngine) -> int:
    caches = [scheduler.cache for scheduler in engine.schedulers]
    return sum(cache.context.length(branch) for cache in caches for branch in cache.branches)


def test_spans_are_decoded_as_a_tree(engine: LocalEngine) -> None:
    engine.release()
    asked = [Score(BEFORE, span) for span in spans()]
    found = list(engine.score(asked))
    (scheduler,) = engine.schedulers
    tree = PrefixTree([text for _, text in engine._scored(asked)])
    assert scheduler.stats.scored == tree.inner
    assert scheduler.stats.read == engine.count(BEFORE)
    assert sum(one.tokens for one in found) > 4 * tree.inner
    paid = sum(one.cost.prompt_tokens for one in found)
    assert paid == engine.count(BEFORE) + len(tree.tokens) - 1, "each token of the tree once"
    whole = engine.info.flops(engine.count(BEFORE) + len(tree.tokens))
    assert sum(one.cost.flops for one in found) < 1.1 * whole
    assert left_in_branches(engine) == busy(engine) == 0
    best = max(found, key=lambda one: one.logprob / one.tokens)
    assert "1871" in best.request.text


def test_scores_of_one_buffer_and_of_separate_ones_are_alike() -> None:
    asked = [Score(BEFORE, span) for span in spans()[:24]]
    values = []
    for settings in (UNIFIED, SPLIT, replace(UNIFIED, flash=True)):
        with LocalEngine(embedded_model(), context=512, settings={"shared": settings}) as other:
            values.append([one.logprob for one in other.score(asked)])
            (scheduler,) = other.schedulers
            assert bool(scheduler.cache.branches) == settings.unified
            assert busy(other) == 0
    for other_values in values[1:]:  # weights in four bits, up to 24 tokens
        assert other_values == pytest.approx(values[0], abs=1.0)


def test_samples_go_on_as_if_nothing_was_scored_between(engine: LocalEngine) -> None:
    """On a text without near ties."""
    counting = Prompt(text="one, two, three, four, five, six, seven, eight, one, two, three,")
    asked = [Draw(counting, GREEDY, draw=i, item="between") for i in range(4)]
    plain = {s.text for s in draws(engine, *asked)}
    scored = [Score(BEFORE, span) for span in spans()]

    def score_now(request: Draw, piece: str) -> None:
        if request.draw == 0 and "five" in piece:
            told.extend(engine.score(scored))

    told: list[Likelihood] = []
    between = {s.text for s in engine.sample(asked, score_now)}
    assert between == plain
    assert len(plain) == 1
    assert len(told) >= len(scored)
    assert left_in_branches(engine) == busy(engine) == 0


def test_scores_that_nobody_waits_for_leave_nothing(engine: LocalEngine) -> None:
    others = [Prompt(text=f"{i} {BEFORE.text}") for i in range(3)]
    stream = engine.score([Score(prompt, span) for prompt in others for span in spans()])
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert left_in_branches(engine) == busy(engine) == 0


@pytest.mark.long
def test_in_32_bits_each_score_is_that_of_its_text_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where weights, keys or values are rounded the last bits of a sum matter; here they do not."""
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path))
    exact = unpacked(embedded_model(), "f32")
    prompts = [BEFORE, Prompt(text="Tides rise and fall twice a day. " * 70 + (BEFORE.text or ""))]
    asked = [[Score(prompt, span) for span in spans()] for prompt in prompts]
    few = slice(None, None, 9)
    values = []
    for usual in (UNIFIED, SPLIT):
        settings = {"shared": replace(usual, kv="f32")}
        with LocalEngine(exact, context=1024, settings=settings) as engine:
            assert engine.count(prompts[1]) > 512
            values.append([one.logprob for some in asked for one in engine.score(some[few])])
            if usual == UNIFIED:
                found = [list(engine.score(some))[few] for some in asked]
                values.append([one.logprob for some in found for one in some])
                alone = [next(engine.score([one])) for some in asked for one in some[few]]
                values.append([one.logprob for one in alone])
    for value in values[1:]:
        assert value == pytest.approx(values[0], abs=1e-3)


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
