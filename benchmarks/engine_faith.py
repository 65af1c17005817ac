"""Is what the engine draws what the model says? The same greedy text, the same distribution, and
nothing lost or leaked over ten thousand draws. The peer reads the same weights."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import astuple
from pathlib import Path

from benchmarks.engine_bench import Bench, prose
from pipeline.engine import draw_seed
from pipeline.engine.local.engine import DEFAULTS
from pipeline.engine.local.native import NativeModel
from pipeline.engine.tuning.dequantize import copy_path, unpacked
from pipeline.engine.tuning.divergence import Divergence, divergence
from pipeline.types import Draw, SampleParams

__all__ = ["copies", "distribution", "greedy", "steady"]


def copies(bench: Bench) -> None:
    """How far the file as it is and each copy are from the same weights and sums in 32 bits."""
    notes = sorted((Path(__file__).parents[1] / "corpus").rglob("*.md"))
    texts = [note.read_text(encoding="utf-8")[:400] for note in notes[::3]]
    made = []
    models = {}
    try:
        for kind in ("f32", "file", "f16", "bf16", "q8_0"):
            path = bench.model
            if kind != "file":
                if not copy_path(bench.model, kind).is_file():
                    made.append(copy_path(bench.model, kind))
                path = unpacked(bench.model, kind)
            models[kind] = NativeModel(path, gpu_layers=0)
        exact = models["f32"]
        count = sum(len(exact.tokenize(t, special=False, first=True)) for t in texts)
        print(f"against the same weights and sums in 32 bits, {count:,} tokens of notes:")
        for kind, model in models.items():
            rows = [divergence(exact, model, text) for text in texts]
            mean = Divergence(
                *(sum(column) / len(rows) for column in zip(*map(astuple, rows), strict=True))
            )
            print(f"  {kind:<5} {mean}", flush=True)
    finally:
        for model in models.values():
            model.close()
        for path in made:
            path.unlink(missing_ok=True)


def greedy(bench: Bench) -> None:
    """The likeliest text is the same as llama_cpp.Llama's."""
    engine, report, loop = bench.engine, bench.report, bench.loop(bench.path)
    prompts = [prose(engine, 24, 1000 + i) for i in range(100)]
    params = SampleParams(temperature=0.0, max_tokens=32)
    expected = [loop.greedy(engine.prompts.of(p), 32) for p in prompts]
    alone = []
    for prompt in prompts:
        engine.release()  # as the peer does: where in the cache a prompt lies changes the last bits
        alone.append(next(iter(engine.sample([Draw(prompt, params)]))).text)
    same = sum(a == b for a, b in zip(alone, expected, strict=True))
    report.line("greedy text equals Llama's", f"{same} of 100 prompts, 32 tokens", same, 95)
    batch = [Draw(p, params, item=str(i)) for i, p in enumerate(prompts)]
    texts = {s.request.item: s.text for s in engine.sample(batch)}
    together = sum(texts[str(i)] == e for i, e in enumerate(expected))
    print(f"  batched, each on a buffer of its own: {together} of 100")
    engine.release()
    engine.settings = dict.fromkeys(engine.settings, DEFAULTS["shared"])
    texts = {s.request.item: s.text for s in engine.sample(batch)}
    together = sum(texts[str(i)] == e for i, e in enumerate(expected))
    print(f"  batched, all on one buffer: {together} of 100 (this model makes much of last bits)")


def distribution(bench: Bench) -> None:
    """First-token frequencies of 2,000 draws against the exact softmax after the samplers."""
    engine, report, loop = bench.engine, bench.report, bench.loop(bench.path)
    import numpy as np
    from scipy import stats  # type: ignore[import-untyped, unused-ignore]

    prompt = prose(engine, 40, 7)
    n = 2000
    params = SampleParams(temperature=0.8, top_k=40, top_p=0.95, min_p=0.02, max_tokens=1)
    logits = loop.logits(engine.prompts.of(prompt)).astype(np.float64)
    order = np.argsort(-logits)[:40]
    p = np.exp(logits[order] - logits[order[0]])
    p /= p.sum()
    keep = int(np.searchsorted(np.cumsum(p), 0.95)) + 1
    order, p = order[:keep], p[:keep]
    order = order[p >= 0.02 * p[0]]
    q = np.exp(logits[order] / 0.8 - logits[order[0]] / 0.8)
    q /= q.sum()
    pieces = [(engine._model.piece(int(t)) or b"").decode("utf-8", "replace") for t in order]
    seen: Counter[str] = Counter()
    for sample in engine.sample([Draw(prompt, params, draw=i) for i in range(n)]):
        seen[sample.text] += 1
    outside = sum(count for text, count in seen.items() if text not in pieces)
    counts = np.array([seen[piece] for piece in pieces], float)
    rare = q * n < 5
    if rare.any():
        counts = np.append(counts[~rare], counts[rare].sum())
        q = np.append(q[~rare], q[rare].sum())
    value = float(stats.chisquare(counts, q / q.sum() * counts.sum()).pvalue)
    report.line(
        "first token, chi-square p",
        f"p = {value:.3f} over {len(counts)} classes, {outside} of {n} outside the support",
        value if not outside else 0.0,
        0.001,
    )
    seeds = {draw_seed(0, item, i) for item in ("a", "b") for i in range(n)}
    report.line("k draws, k seeds", f"{len(seeds)} different of {2 * n}", len(seeds), 2 * n)


def steady(bench: Bench) -> None:
    """10,000 draws in one process, then half of a run cancelled."""
    engine, report = bench.engine, bench.report
    prompts = [prose(engine, 12, 5000 + i) for i in range(10)]
    params = SampleParams(temperature=1.0, max_tokens=2)
    sizes = []
    for part in range(10):
        asked = [Draw(p, params, draw=i, item=f"{part}") for p in prompts for i in range(100)]
        done = sum(1 for _ in engine.sample(asked))
        assert done == 1000
        gc.collect()
        sizes.append(resident())
    growth = max(sizes[2:]) / min(sizes[2:]) - 1
    report.line(
        "resident memory over 10,000 draws",
        f"{sizes[2]:.0f} to {sizes[-1]:.0f} MB after the first 3,000: {100 * growth:.1f} %",
        100 * growth,
        5,
        most=True,
    )
    calls: Counter[Draw] = Counter()

    def stop_half(request: Draw, piece: str) -> bool:
        calls[request] += 1
        return not (request.draw % 2 and calls[request] >= 3)

    long = SampleParams(temperature=1.0, max_tokens=8)
    asked = [Draw(prompts[0], long, draw=i) for i in range(200)]
    ends = Counter(s.finish for s in engine.sample(asked, on_token=stop_half))
    held = sum(scheduler.cache.table.busy for scheduler in engine.schedulers)
    lost = sum(t.count - t.free - len(t.live) for t in (x.cache.table for x in engine.schedulers))
    report.line(
        "sequences leaked by cancelling half",
        f"{held + lost} ({ends['cancelled']} of {len(asked)} draws cancelled)",
        held + lost,
        0,
        most=True,
    )


def resident() -> float:
    """Resident memory of this process in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
