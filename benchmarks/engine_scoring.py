"""Measures how fast and how exactly the engine scores many texts after one prompt, beside
`llama_cpp.Llama` with `logits_all=True`, which is asked text by text."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from benchmarks.engine_bench import Bench, fresh
from benchmarks.engine_peers import LlamaScores
from pipeline.engine.local.engine import DEFAULTS, LocalEngine
from pipeline.engine.local.native import cores
from pipeline.engine.tuning.dequantize import copy_path, unpacked
from pipeline.types import Score

__all__ = ["scoring"]

_PROMPT, _SPANS = 164, 200
_WORDS, _LONGEST = 30, 8
_COMPARED = 5  # every fifth value: Llama reads the prompt anew for each

Ask = Callable[[LlamaScores, LocalEngine, list[Score]], list[float]]


def scoring(bench: Bench) -> None:
    """200 spans of the sentence that ends a prompt of 164 tokens."""
    engine, kind = bench.engine, bench.kind
    ours, tokens, decoded = _ours(engine, bench.rounds)
    file = _peer(bench.model, engine, _completions)
    bench.report.line(
        f"{_SPANS} spans after one prompt, whole",
        f"{ours:.0f} spans/s ({kind}); Llama with logits_all {file:.1f} (file): {ours / file:.1f}x",
        ours / file,
        20,
    )
    print(f"  {tokens:,} tokens of spans; {decoded} were decoded after the prompt")
    if bench.plain is not engine:
        plain, *_ = _ours(bench.plain, bench.rounds)
        wide = _peer(bench.path, engine, _completions)
        print(f"  both on the file: {plain:.0f}; {file:.1f}: {plain / file:.1f}x")
        print(f"  both on {kind}: {ours:.0f}; {wide:.1f}: {ours / wide:.1f}x")
    kept = _peer(bench.model, engine, _kept)
    print(
        f"  Llama with the prompt kept and only the rows needed, on the file: {kept:.1f}: "
        f"{ours / kept:.1f}x"
    )
    _values(bench)


def _asked(engine: LocalEngine) -> list[Score]:
    """Spans of the last words of a prompt that nobody has seen."""
    prompt = fresh(engine, _PROMPT)
    words = (prompt.text or "").rstrip(".").split()[-_WORDS:]
    spans = [
        " ".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + _LONGEST, len(words)) + 1)
    ]
    return [Score(prompt, f" {span}") for span in spans[:_SPANS]]


def _tokens(engine: LocalEngine, asked: list[Score]) -> tuple[list[int], list[list[int]]]:
    pairs = engine._scored(asked)
    return pairs[0][0], [text for _, text in pairs]


def _ours(engine: LocalEngine, rounds: int) -> tuple[float, int, int]:
    """Spans a second at best, tokens of all spans, and those decoded."""
    list(engine.score(_asked(engine)))  # an engine at work, nothing of what is asked resident
    best, tokens, decoded = 0.0, 0, 0
    for _ in range(rounds):
        asked = _asked(engine)
        before = sum(scheduler.stats.scored for scheduler in engine.schedulers)
        start = time.perf_counter()
        tokens = sum(one.tokens for one in engine.score(asked))
        best = max(best, _SPANS / (time.perf_counter() - start))
        decoded = sum(scheduler.stats.scored for scheduler in engine.schedulers) - before
    return best, tokens, decoded


def _peer(model: Path, engine: LocalEngine, ask: Ask) -> float:
    """Spans a second, once: it takes long enough to be told from noise."""
    with closing(LlamaScores(model, cores())) as peer:
        ask(peer, engine, _asked(engine)[:2])
        asked = _asked(engine)
        start = time.perf_counter()
        ask(peer, engine, asked)
        return _SPANS / (time.perf_counter() - start)


def _completions(peer: LlamaScores, _: LocalEngine, asked: list[Score]) -> list[float]:
    return peer.completions(asked[0].prompt.text or "", [one.text for one in asked])


def _kept(peer: LlamaScores, engine: LocalEngine, asked: list[Score]) -> list[float]:
    return peer.evaluated(*_tokens(engine, asked), keep=True)


def _values(bench: Bench) -> None:
    """The same values as Llama's, where kernels round to nothing less than 32 bits; and how far
    apart they are on the weights that run, beside how far Llama is from itself."""
    made = not copy_path(bench.model, "f32").is_file()
    exact = unpacked(bench.model, "f32")
    try:
        settings = {shape: replace(s, kv="f32") for shape, s in DEFAULTS.items()}
        with LocalEngine(exact, settings=settings) as engine:
            apart, _ = _apart(engine, exact)
        bench.report.line(
            "scores equal Llama's, in 32 bits",
            f"at most {apart:.6f} nats apart over {_SPANS // _COMPARED} spans",
            apart,
            1e-3,
            most=True,
        )
    finally:
        if made:
            exact.unlink(missing_ok=True)
    apart, own = _apart(bench.engine, bench.path)
    print(
        f"  on the weights that run ({bench.kind}): at most {apart:.4f} nats apart; Llama with the "
        f"prompt kept from Llama that reads it again: {own:.4f}"
    )


def _apart(engine: LocalEngine, model: Path) -> tuple[float, float]:
    """The most that scores differ from Llama's, and Llama's from its own."""
    asked = _asked(engine)
    ours = [one.logprob for one in engine.score(asked)][::_COMPARED]
    with closing(LlamaScores(model, cores())) as peer:
        prompt, texts = _tokens(engine, asked[::_COMPARED])
        theirs = peer.evaluated(prompt, texts, keep=False)
        again = peer.evaluated(prompt, texts, keep=True)
    return (
        max(abs(a - b) for a, b in zip(ours, theirs, strict=True)),
        max(abs(a - b) for a, b in zip(theirs, again, strict=True)),
    )
