"""Shared by the parts of the engine's benchmark: models, peers, prompts, a report."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.engine_peers import LlamaLoop
from pipeline.engine.local.engine import LocalEngine
from pipeline.engine.local.native import cores
from pipeline.engine.local.stats import SchedulerStats
from pipeline.types import Draw, Prompt, SampleParams

__all__ = ["FIELDS", "Bench", "Report", "fresh", "prose", "whole"]

_WORDS = (
    "the library opened a small room where readers compare old maps of rivers and roads while a "
    "teacher explains how weather moves over the sea and why ships once waited for the wind to "
    "turn before they left the harbour with salt cloth timber and letters for towns along the coast"
).split()
_SEEDS = itertools.count(1)
FIELDS = SampleParams(temperature=0.8, top_k=40, top_p=0.95, min_p=0.05, max_tokens=64)


class Report:
    """Prints each figure beside what is asked of it and remembers what was missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def line(self, name: str, text: str, value: float, asked: float, *, most: bool = False) -> None:
        good = value <= asked if most else value >= asked
        if not good:
            self.missed.append(name)
        sign = "<=" if most else ">="
        print(
            f"{name:<34} {text:<58} asked {sign} {asked:g}: {'ok' if good else 'MISSED'}",
            flush=True,
        )

    def skip(self, name: str, why: str) -> None:
        print(f"{name:<34} skipped: {why}", flush=True)


class Bench:
    """The user's `model` file, the engine on the weights that were chosen for it (`path`, of format
    `kind`), the engine on the file as it is, and `llama_cpp.Llama` on either."""

    def __init__(self, model: Path, path: Path, kind: str, report: Report) -> None:
        self.model, self.path, self.kind, self.report = model, path, kind or "file", report
        self.rounds = 2
        self.llama_server: Path | None = None
        self.llama_batched_bench: Path | None = None
        self.engine = self._open(path, kind)
        self.plain = self._open(model, "") if path != model else self.engine
        self._loops: dict[Path, LlamaLoop] = {}

    def _open(self, path: Path, kind: str) -> LocalEngine:
        engine = LocalEngine(path, weights=kind)
        engine.use_tuned()
        return engine

    def loop(self, path: Path) -> LlamaLoop:
        """`llama_cpp.Llama` on a file."""
        if path not in self._loops:
            self._loops[path] = LlamaLoop(path, cores())
        return self._loops[path]

    def close(self) -> None:
        for loop in self._loops.values():
            loop.close()
        for engine in {self.engine, self.plain}:
            engine.close()


def prose(engine: LocalEngine, tokens: int, seed: int) -> Prompt:
    """A prompt of exactly that many tokens."""
    rng = random.Random(seed)
    words = [rng.choice(_WORDS) for _ in range(2 * tokens)]
    text = ""
    for word in words:
        longer = f"{text} {word}".strip()
        if engine.count(Prompt(text=longer)) > tokens:
            break
        text = longer
    while engine.count(Prompt(text=text)) < tokens:
        text += "."
    return Prompt(text=text)


def fresh(engine: LocalEngine, tokens: int) -> Prompt:
    """A prompt of exactly that many tokens that nobody has seen yet."""
    return prose(engine, tokens, next(_SEEDS))


def whole(engine: LocalEngine, requests: list[Draw]) -> tuple[int, float, SchedulerStats]:
    """New tokens and seconds of a request on an engine at work, nothing of it resident."""
    first = requests[:16]
    others = {r.prompt: fresh(engine, len(engine.prompts.of(r.prompt))) for r in first}
    warm = [replace(r, prompt=others[r.prompt]) for r in first]
    list(engine.sample(warm, lambda *_: False))  # as large, and stopped after a word
    for scheduler in engine.schedulers:
        scheduler.stats.clear()
    start = time.perf_counter()
    made = sum(s.tokens for s in engine.sample(requests))
    seconds = time.perf_counter() - start
    return (
        made,
        seconds,
        max((scheduler.stats for scheduler in engine.schedulers), key=lambda s: s.steps),
    )
