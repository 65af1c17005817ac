"""Measures the engine's speed beside its neighbours: whole requests, reading included.

The judged lines set the engine, on the weights it chose, against each neighbour on the file that
the user gave. Where that is a copy, further lines give both sides the same weights. All sides run
in turn, on prompts nobody has seen, and the best round of each counts: other work only slows.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.engine_bench import FIELDS, Bench, fresh, whole
from benchmarks.engine_peers import BatchedBench, LlamaServer
from pipeline.engine.local.engine import LocalEngine
from pipeline.engine.local.native import cores
from pipeline.engine.local.stats import SchedulerStats
from pipeline.types import Draw

__all__ = ["separate", "shared", "single"]

_DRAWS, _NEW = 16, 64
_PROMPT, _OWN = 492, 200

Run = Callable[[], float]
"""One run: new tokens a second, reading included."""


def shared(bench: Bench) -> None:
    """492 tokens of prompt, 16 draws of 64 tokens."""
    engine, report, kind = bench.engine, bench.report, bench.kind
    print(f"weights {kind}, {engine.settings['shared']}")
    decoding: list[SchedulerStats] = []
    runs: dict[str, Run] = {"ours": _draws(engine, decoding), "loop": _loop(bench, bench.model)}
    if bench.plain is not engine:
        runs["file"] = _draws(bench.plain, [])
        runs["wide loop"] = _loop(bench, bench.path)
    server = LlamaServer(bench.llama_server, bench.model, _DRAWS) if bench.llama_server else None
    if server:
        runs["server"] = _served(bench, server)
    try:
        best = _turns(runs, bench.rounds)
    finally:
        if server:
            server.close()
    ours, loop = best["ours"], best["loop"]
    report.line(
        "16 draws of one prompt, whole",
        f"{ours:.0f} tokens/s ({kind}); Llama loop {loop:.0f} (file): {ours / loop:.2f}x",
        ours / loop,
        2.5,
    )
    if "file" in best:
        same, wide = best["file"], best["wide loop"]
        print(f"  both on the file: {same:.0f}; Llama loop {loop:.0f}: {same / loop:.2f}x")
        print(f"  both on {kind}: {ours:.0f}; Llama loop {wide:.0f}: {ours / wide:.2f}x")
    if server:
        theirs = best["server"]
        report.line(
            "the same, llama-server n=16",
            f"{ours:.0f} tokens/s ({kind}); llama-server {theirs:.0f} (file): {ours / theirs:.2f}x",
            ours / theirs,
            2.3,
        )
        if "file" in best:
            same = best["file"]
            print(f"  both on the file: {same:.0f}; {theirs:.0f}: {same / theirs:.2f}x")
    else:
        report.skip("the same, llama-server n=16", "no --llama-server PATH")
    stats = min(decoding, key=lambda s: s.step_seconds)
    report.line(
        "Python's share of decoding",
        f"{100 * stats.python_share:.1f} % (samplers of llama.cpp "
        f"{100 * stats.sampler_seconds / stats.step_seconds:.1f} %)",
        100 * stats.python_share,
        5,
        most=True,
    )
    if bench.llama_batched_bench:
        _batched(bench, bench.llama_batched_bench, runs["ours"], decoding)
    else:
        report.skip("decoding", "no --llama-batched-bench PATH")


def _batched(bench: Bench, binary: Path, ours: Run, decoding: list[SchedulerStats]) -> None:
    """llama-batched-bench, on the weights that the engine runs on."""
    peer = BatchedBench(binary, bench.path, cores())
    best, setting = max((speed, name) for name, speed in peer.run(_PROMPT, _NEW, [8, 16]))
    ours()  # before and after the peer, so that a machine that gets slower is fair
    decode = max(s.written / s.step_seconds for s in decoding)
    bench.report.line(
        "decoding, sampling included",
        f"{decode:.0f} tokens/s; batched-bench {best:.0f} ({setting}): {decode / best:.2f}x",
        decode / best,
        0.95,
    )


def separate(bench: Bench) -> None:
    """64 prompts of about 200 tokens, 64 new tokens each; 16 at a time beside the peer."""
    engine, kind = bench.engine, bench.kind
    print(f"weights {kind}, {engine.settings['separate']}")
    seen: list[SchedulerStats] = []
    runs: dict[str, Run] = {
        "ours": _prompts(engine, 64, seen),
        "loop": _loop(bench, bench.model, prompts=12),
    }
    if bench.plain is not engine:
        runs["file"] = _prompts(bench.plain, 32, [])
    best = _turns(runs, bench.rounds)
    ours, loop = best["ours"], best["loop"]
    bench.report.line(
        "64 prompts, whole",
        f"{ours:.0f} tokens/s ({kind}); Llama loop {loop:.0f} (file, 12 of them): "
        f"{ours / loop:.2f}x",
        ours / loop,
        2.0,
    )
    stats = min(seen, key=lambda s: s.step_seconds)
    print(
        f"  reading {stats.read / stats.read_seconds:.0f} tokens/s, "
        f"writing {stats.written / stats.step_seconds:.0f}"
    )
    if "file" in best:
        same = best["file"]
        print(f"  both on the file (32 of them): {same:.0f}; {loop:.0f}: {same / loop:.2f}x")


def single(bench: Bench) -> None:
    """One draw: 200 tokens of prompt, 64 new. A copy must not cost it more than a tenth."""
    seen: dict[str, list[SchedulerStats]] = {"ours": [], "file": []}
    engines = {"ours": bench.engine, "file": bench.plain}
    best = _turns({name: _prompts(e, 1, seen[name]) for name, e in engines.items()}, 4)
    ours, plain = best["ours"], best["file"]
    bench.report.line(
        "a single draw, whole",
        f"{ours:.0f} tokens/s ({bench.kind}); on the file {plain:.0f}: {ours / plain:.2f}x",
        ours / plain,
        0.9,
    )
    write = {name: max(s.written / s.step_seconds for s in rows) for name, rows in seen.items()}
    print(f"  its writing alone: {write['ours']:.0f} tokens/s; on the file {write['file']:.0f}")


# -- one run of each side ------------------------------------------------------------------------


def _draws(engine: LocalEngine, seen: list[SchedulerStats]) -> Run:
    """All draws of one prompt."""

    def run() -> float:
        prompt = fresh(engine, _PROMPT)
        asked = [Draw(prompt, FIELDS, draw=i) for i in range(_DRAWS)]
        made, seconds, stats = whole(engine, asked)
        seen.append(copy.copy(stats))
        return made / seconds

    return run


def _prompts(engine: LocalEngine, n: int, seen: list[SchedulerStats]) -> Run:
    """A draw of each of n prompts."""

    def run() -> float:
        asked = [Draw(fresh(engine, _OWN), FIELDS) for _ in range(n)]
        made, seconds, stats = whole(engine, asked)
        seen.append(copy.copy(stats))
        return made / seconds

    return run


def _loop(bench: Bench, path: Path, prompts: int = 0) -> Run:
    """`llama_cpp.Llama` on a file: all draws of one prompt, or a draw of each of `prompts`."""

    def run() -> float:
        if prompts:
            asked = [bench.engine.prompts.of(fresh(bench.engine, _OWN)) for _ in range(prompts)]
        else:
            asked = [bench.engine.prompts.of(fresh(bench.engine, _PROMPT))] * _DRAWS
        peer = bench.loop(path)
        peer.llama.reset()
        made, seconds = peer.run(asked, _NEW)
        return made / seconds

    return run


def _served(bench: Bench, server: LlamaServer) -> Run:
    """llama-server at its defaults, with a slot for each completion."""

    def run() -> float:
        tokens = bench.engine.prompts.of(fresh(bench.engine, _PROMPT))
        made, seconds = server.run(tokens, _DRAWS, _NEW)
        return made / seconds

    return run


def _turns(runs: Mapping[str, Run], rounds: int) -> dict[str, float]:
    """The best of some rounds of each, all in turn."""
    table = [{name: run() for name, run in runs.items()} for _ in range(rounds)]
    return {name: max(row[name] for row in table) for name in runs}
