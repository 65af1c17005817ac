"""How fast the engine is beside its neighbours: whole requests, reading included.

The judged lines set the engine, on the weights it chose, against each neighbour on the file that
the user gave. Where that is a copy, further lines give both sides the same weights. Each side runs
twice, in turn, on prompts it has not seen, and its faster run counts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.engine_bench import FIELDS, Bench, prose, whole
from benchmarks.engine_peers import BatchedBench, LlamaServer
from pipeline.engine.local import LocalEngine
from pipeline.engine.native import cores
from pipeline.engine.stats import Stats
from pipeline.types import SampleRequest

__all__ = ["separate", "shared", "single"]

_DRAWS, _NEW = 16, 64


def shared(bench: Bench) -> None:
    """492 tokens of prompt, 16 draws of 64 tokens."""
    engine, report = bench.engine, bench.report
    print(f"weights {bench.kind}, {engine.settings['shared']}")
    decoding: list[Stats] = []

    def ours(engine: LocalEngine) -> Callable[[int], float]:
        def run(turn: int) -> float:
            prompt = prose(engine, 492, turn)
            made, seconds, stats = whole(
                engine, [SampleRequest(prompt, FIELDS, draw=i) for i in range(_DRAWS)]
            )
            if engine is bench.engine:
                decoding.append(stats)
            return made / seconds

        return run

    def loop(turn: int) -> float:
        peer = bench.loop(bench.model)
        peer.llama.reset()
        made, seconds = peer.run([engine._tokens(prose(engine, 492, turn))] * _DRAWS, _NEW)
        return made / seconds

    mine, theirs = _turns(ours(engine), loop)
    report.line(
        "16 draws of one prompt, whole",
        f"{mine:.0f} tokens/s ({bench.kind}); Llama loop {theirs:.0f} (file): {mine / theirs:.2f}x",
        mine / theirs,
        2.5,
    )
    if bench.plain is not engine:
        same, again = _turns(ours(bench.plain), loop)
        same_loop = max(theirs, again)
        print(
            f"  both on the file: {same:.0f}; Llama loop {same_loop:.0f}: {same / same_loop:.2f}x"
        )
        wide = bench.loop(bench.path)
        wide.llama.reset()
        made, seconds = wide.run([engine._tokens(prose(engine, 492, 1))] * _DRAWS, _NEW)
        wide_loop = made / seconds
        ratio = f"{mine / wide_loop:.2f}x"
        print(f"  both on {bench.kind}: {mine:.0f}; Llama loop {wide_loop:.0f}: {ratio}")
    stats = min(decoding, key=lambda s: s.step_seconds)
    report.line(
        "Python's share of decoding",
        f"{100 * stats.python_share:.1f} % (samplers of llama.cpp "
        f"{100 * stats.sampler_seconds / stats.step_seconds:.1f} %)",
        100 * stats.python_share,
        5,
        most=True,
    )
    if bench.llama_server:
        _server(bench, bench.llama_server, ours)
    else:
        report.skip("the same, llama-server n=16", "no --llama-server PATH")
    if bench.llama_batched_bench:
        peer = BatchedBench(bench.llama_batched_bench, bench.path, cores())
        best, setting = max((speed, name) for name, speed in peer.run(492, _NEW, [8, 16]))
        ours(engine)(3)
        decode = max(s.written / s.step_seconds for s in decoding)
        report.line(
            "decoding, sampling included",
            f"{decode:.0f} tokens/s; batched-bench {best:.0f} ({setting}): {decode / best:.2f}x",
            decode / best,
            0.95,
        )
    else:
        report.skip("decoding", "no --llama-batched-bench PATH")


def _server(
    bench: Bench, binary: Path, ours: Callable[[LocalEngine], Callable[[int], float]]
) -> None:
    """llama-server at its defaults, with a slot for each completion."""
    server = LlamaServer(binary, bench.model, _DRAWS)

    def run(turn: int) -> float:
        tokens = bench.engine._tokens(prose(bench.engine, 492, turn))
        served, seconds = server.run(tokens, _DRAWS, _NEW)
        return served / seconds

    try:
        mine, theirs = _turns(ours(bench.engine), run)
        bench.report.line(
            "the same, llama-server n=16",
            f"{mine:.0f} tokens/s ({bench.kind}); llama-server {theirs:.0f} (file): "
            f"{mine / theirs:.2f}x",
            mine / theirs,
            2.3,
        )
        if bench.plain is not bench.engine:
            same = ours(bench.plain)(1)
            print(f"  both on the file: {same:.0f}; {theirs:.0f}: {same / theirs:.2f}x")
    finally:
        server.close()


def separate(bench: Bench) -> None:
    """64 prompts of about 200 tokens, 64 new tokens each."""
    engine, report = bench.engine, bench.report
    prompts = [prose(engine, 200, 100 + i) for i in range(64)]
    print(f"weights {bench.kind}, {engine.settings['separate']}")
    peer = bench.loop(bench.model)
    peer.llama.reset()
    made, seconds = peer.run([engine._tokens(p) for p in prompts[:8]], _NEW)
    mine, took, stats = whole(engine, [SampleRequest(p, FIELDS) for p in prompts])
    more, longer = peer.run([engine._tokens(p) for p in prompts[8:16]], _NEW)
    ours, theirs = mine / took, max(made / seconds, more / longer)
    report.line(
        "64 prompts, whole",
        f"{ours:.0f} tokens/s ({bench.kind}); Llama loop {theirs:.0f} (file, 16 of them): "
        f"{ours / theirs:.2f}x",
        ours / theirs,
        2.0,
    )
    print(
        f"  reading {stats.read / stats.read_seconds:.0f} tokens/s "
        f"({stats.read_seconds / took:.0%} of the time), "
        f"writing {stats.written / stats.step_seconds:.0f}"
    )
    if bench.plain is not engine:
        made, seconds, _ = whole(bench.plain, [SampleRequest(p, FIELDS) for p in prompts[:32]])
        same = made / seconds
        print(f"  both on the file (32 of them): {same:.0f}; {theirs:.0f}: {same / theirs:.2f}x")


def single(bench: Bench) -> None:
    """One draw: 200 tokens of prompt, 64 new. A copy must not cost it more than a tenth."""

    def run(engine: LocalEngine) -> Callable[[int], float]:
        def once(turn: int) -> float:
            made, seconds, stats = whole(engine, [SampleRequest(prose(engine, 200, turn), FIELDS)])
            writing.setdefault(id(engine), []).append(stats.written / stats.step_seconds)
            return made / seconds

        return once

    writing: dict[int, list[float]] = {}
    mine, plain = _turns(run(bench.engine), run(bench.plain), 3)
    write = {key: max(speeds) for key, speeds in writing.items()}
    bench.report.line(
        "a single draw, whole",
        f"{mine:.0f} tokens/s ({bench.kind}); on the file {plain:.0f}: {mine / plain:.2f}x",
        mine / plain,
        0.9,
    )
    print(
        f"  its writing alone: {write[id(bench.engine)]:.0f} tokens/s; "
        f"on the file {write[id(bench.plain)]:.0f}"
    )


def _turns(
    one: Callable[[int], float], other: Callable[[int], float], rounds: int = 2
) -> tuple[float, float]:
    """The best of some rounds of each, in turn: other work on the machine only slows."""
    pairs = [(one(turn), other(turn)) for turn in range(1, rounds + 1)]
    return max(a for a, _ in pairs), max(b for _, b in pairs)
