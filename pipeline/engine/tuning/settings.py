"""Finds the fastest settings of the engine here: measured when asked for, then remembered.

Flash attention, one buffer or many, streams and threads make a difference of up to three times,
and no rule says which wins where: it depends on model, machine and shape of the work. So each is
tried for a moment, at the place in the middle of the work where the cache is half full. Quantized
keys and values lose information, so they are measured and shown, and used only when asked for; the
others differ in rounding alone (bfloat16 ones as little as flash attention does).

Other work on the machine slows settings unequally. What was measured while others used the
processors is not remembered.
"""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from pipeline.engine.local.kv_layout import can_convert
from pipeline.engine.local.native import (
    Context,
    EngineSettings,
    NativeModel,
    cores,
    features,
    library,
    versions,
)
from pipeline.engine.tuning.system_load import OtherLoad, busy_words, is_busy
from pipeline.errors import ModelError, filled
from pipeline.user_cache import cache_dir, damage, recalled
from pipeline.user_cache import remember as keep

__all__ = [
    "SHAPES",
    "Profile",
    "Trial",
    "Workload",
    "fingerprint",
    "measure",
    "processor",
    "recall",
    "remember",
    "try_settings",
    "unreadable",
    "wanted",
]

_FORMAT = 4
_PATIENCE = 3.0  # budgets that the first trial of every likely setting may take in all
_STEPS = 4
_ROUNDS = 2  # so many times more are the good settings tried
_HOPELESS = 0.75  # of the best: not tried again, nor what differs from it in one thing
_EXACT = ("f16", "bf16")  # keys and values that may be chosen unasked


@dataclass(frozen=True, slots=True)
class Workload:
    """A kind of work: prompt tokens, new tokens of a sample, samples of each prompt."""

    prompt: int
    new: int
    draws: int

    def rate(self, read: float, write: float) -> float:
        """Samples a second of the whole work, at `read` and `write` tokens a second."""
        return 1 / (self.prompt / read / self.draws + self.new / write)


SHAPES = {"shared": Workload(prompt=492, new=64, draws=16), "separate": Workload(200, 64, 1)}


@dataclass(frozen=True, slots=True)
class Trial:
    """What one setting does: tokens/s reading and writing, and samples/s of the whole work."""

    settings: EngineSettings
    read: float
    write: float
    draws: float

    def __str__(self) -> str:
        return filled(
            "{settings}: reads {read}, writes {write} tokens/s, {samples} samples/s",
            settings=self.settings,
            read=f"{self.read:.0f}",
            write=f"{self.write:.0f}",
            samples=f"{self.draws:.2f}",
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """The fastest trial of each shape, on the machine that `machine` describes. `callers` is the
    fastest in one buffer for many prompts: for a server, whose callers come one by one. `tried`
    settings were compared, of each shape the fewest; `others` is how many processors other
    processes used meanwhile."""

    best: dict[str, Trial]
    machine: str
    seconds: float
    tried: int = 0
    others: float = 0.0

    @property
    def settings(self) -> dict[str, EngineSettings]:
        return {shape: trial.settings for shape, trial in self.best.items()}

    @property
    def doubt(self) -> str:
        """Why it is not to be remembered; empty if it is."""
        return busy_words(self.others) if is_busy(self.others) else ""


def processor() -> str:
    """The name of the processor, as its maker writes it."""
    name = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    return name


def fingerprint(gpu_layers: int | str = "auto") -> str:
    """The machine as far as speed depends on it: processor, cores, GPU, llama.cpp's build."""
    name = processor()
    lib = library()
    gpu = f"gpu layers {gpu_layers}" if lib.llama_supports_gpu_offload() else "no gpu"
    features = lib.llama_print_system_info().decode("utf-8", "replace").strip()
    return f"{platform.machine()}, {name}, {cores()} cores, {gpu}, {versions()}, {features}"


def recall(model_sha256: str, machine: str) -> Profile | None:
    """What was measured earlier for this model here; None when nothing was, or it is unreadable."""
    known = recalled(_file(model_sha256, machine))
    try:
        if known is None or known["format"] != _FORMAT or known["machine"] != machine:
            return None
        best = {
            shape: Trial(**{**row, "settings": EngineSettings(**row["settings"])})
            for shape, row in known["best"].items()
        }
        return Profile(best, machine, float(known["seconds"]), int(known["tried"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def unreadable(model_sha256: str, machine: str) -> str:
    """Why what was measured is not used, in a sentence; "" where it is, or nothing was."""
    return damage(_file(model_sha256, machine))


def remember(model_sha256: str, profile: Profile) -> Path:
    """Store a profile; returns the file."""
    file = _file(model_sha256, profile.machine)
    keep(
        file,
        {
            "format": _FORMAT,
            "machine": profile.machine,
            "seconds": profile.seconds,
            "tried": profile.tried,
            "best": {shape: asdict(trial) for shape, trial in profile.best.items()},
        },
    )
    return file


def measure(
    model: NativeModel,
    machine: str,
    *,
    budget: float = 12.0,
    thorough: bool = False,
    quantized: bool = False,
    on_trial: Callable[[str, Trial], None] = lambda shape, trial: None,
) -> Profile:
    """Try settings for each shape for about `budget` seconds in all, the likeliest ones first and
    the best ones again. Every likely one is tried once, where three times as long is enough.

    `thorough` also tries other numbers of streams and threads, and quantized keys and values;
    these are only chosen with `quantized`.
    """
    start = time.perf_counter()
    others = OtherLoad()
    best: dict[str, Trial] = {}
    fewest = 0
    for i, (name, shape) in enumerate(SHAPES.items()):
        share = budget * (i + 1) / len(SHAPES)
        tried: dict[EngineSettings, Trial] = {}
        most = shape.draws if shape.draws > 1 else 256  # there are never more to write at a time
        for settings in _schedule(tried, thorough, quantized, most):
            deadline = start + (share if settings in tried else _PATIENCE * share)
            if tried and not thorough and time.perf_counter() > deadline:
                break
            try:
                trial = try_settings(model, settings, shape, thorough=thorough)
            except ModelError:
                continue  # this setting is not possible here (memory, kind of model)
            earlier = tried.get(settings, trial)
            read, write = max(trial.read, earlier.read), max(trial.write, earlier.write)
            tried[settings] = Trial(settings, read, write, shape.rate(read, write))
            on_trial(name, tried[settings])
        fewest = min(fewest or len(tried), len(tried))
        allowed = _allowed(tried, quantized)
        if not allowed:
            raise ModelError("The model cannot be run with any setting.", "Try a smaller one.")
        allowed += [t for t in [_together(model, allowed, shape)] if t]
        best[name] = max(allowed, key=lambda t: t.draws)
        if shape.draws == 1 and any(t.settings.unified for t in allowed):
            # Who calls on his own cannot be given a buffer of his own: nobody knows how many come.
            one = [t for t in allowed if t.settings.unified and not t.settings.read_flash]
            best["callers"] = max(one, key=lambda t: t.draws)
    return Profile(best, machine, time.perf_counter() - start, fewest, others.processors)


def _schedule(
    tried: dict[EngineSettings, Trial], thorough: bool, quantized: bool, most: int
) -> Iterator[EngineSettings]:
    """Every candidate once, then the good ones again, as time allows: other work on the machine
    only slows, and what was tried in a bad moment deserves another."""
    for settings in _candidates(thorough, tried, quantized, most):
        if settings not in tried:
            yield settings
    for _ in range(_ROUNDS):
        ranked = sorted(tried.values(), key=lambda t: -t.draws)
        for trial in ranked:
            if trial.draws >= _HOPELESS * ranked[0].draws:
                yield trial.settings


def _candidates(
    thorough: bool, tried: dict[EngineSettings, Trial], quantized: bool, most: int
) -> Iterator[EngineSettings]:
    """Kinds of cache and attention first; then variations of what was best."""
    gpu = library().llama_supports_gpu_offload()
    streams = min(64 if gpu else 16, most)
    for unified, flash in ((True, gpu), (False, gpu), (True, not gpu), (False, not gpu)):
        settings = EngineSettings(unified=unified, flash=flash, streams=streams)
        near = tried.get(replace(settings, flash=not flash))
        best = max((t.draws for t in tried.values()), default=0.0)
        if near and not (thorough or unified) and near.draws < _HOPELESS * best:
            continue
        yield settings
    if not gpu and "AVX512_BF16" in features():
        yield replace(_leader(tried, quantized=False), flash=False, kv="bf16")
    if not thorough:
        return
    yield EngineSettings(unified=True, flash=True, kv="q8_0", streams=min(16, most))
    for streams in (n for n in (8, 24, 32, 64) if n <= most):
        yield replace(_leader(tried, quantized), streams=streams)
    for threads in sorted({max(1, cores() // 2), max(1, cores() - 1)}):
        if threads < cores():
            yield replace(_leader(tried, quantized), threads=threads)


def _allowed(tried: dict[EngineSettings, Trial], quantized: bool) -> list[Trial]:
    return [t for t in tried.values() if quantized or t.settings.kv in _EXACT]


def _leader(tried: dict[EngineSettings, Trial], quantized: bool) -> EngineSettings:
    allowed = _allowed(tried, quantized)
    return max(allowed, key=lambda t: t.draws).settings if allowed else EngineSettings()


def _together(model: NativeModel, tried: list[Trial], shape: Workload) -> Trial | None:
    """Reading with flash attention and writing without it, where the one reads and the other
    writes enough faster to be worth a second context, and the model's state can be converted."""
    write = max(tried, key=lambda t: t.write)
    flash = [t.read for t in tried if t.settings.flash and t.settings.kv == "f16"]
    read = max(flash, default=0.0)
    plain = max((t.read for t in tried if not t.settings.flash), default=read)
    if write.settings.flash or write.settings.kv not in _EXACT or read < 1.1 * plain:
        return None
    both = replace(write.settings, read_flash=True)
    if not can_convert(model, both):
        return None
    return Trial(both, read, write.write, shape.rate(read, write.write))


def try_settings(
    model: NativeModel, settings: EngineSettings, shape: Workload, *, thorough: bool = False
) -> Trial:
    """Read a prompt, let every stream have it, write a few tokens in the middle of the work."""
    n = settings.streams
    held = shape.prompt + shape.new // 2
    own = shape.new // 2 + _STEPS + 2
    others = 0  # sequences that stand for what all have written by then, in a buffer for all
    if settings.unified:
        if shape.draws > 1:
            others = n * (shape.new // 2) // shape.prompt
        cells = (shape.prompt + n * own) if shape.draws > 1 else n * (shape.prompt + own)
    else:
        cells = held + own
    context = Context(model, settings, cells=-(-cells // 256) * 256, sequences=n + others)
    try:
        tokens = np.random.default_rng(0).integers(model.size // 8, model.size // 2, held)
        chunk = min(context.batch if thorough else 128, shape.prompt)
        _feed(context, tokens[:8], 0)  # the first call builds graphs
        context.drop(0)
        start = time.perf_counter()
        _feed(context, tokens[:chunk], 0)
        read = chunk / (time.perf_counter() - start)
        for at in range(chunk, shape.prompt, context.batch):
            _feed(context, tokens[at : min(at + context.batch, shape.prompt)], at)
        if others:
            state = context.save(0)
            for sequence in range(n, n + others):
                context.load(sequence, state)
        write = n / _step(context, n, shape)
    finally:
        context.close()
    return Trial(settings, read, write, shape.rate(read, write))


def _step(context: Context, n: int, shape: Workload) -> float:
    """Seconds of one step of n streams: the fastest of a few, since noise only slows."""
    if context.settings.unified and shape.draws == 1:
        state = context.save(0)  # prompts of their own take cells of their own
        for sequence in range(1, n):
            context.load(sequence, state)
    else:
        for sequence in range(1, n):
            context.copy(0, sequence, shape.prompt)
    fastest = float("inf")
    for step in range(_STEPS):
        context.token[:n] = 100 + step
        context.pos[:n] = shape.prompt + step
        context.seq[:n] = range(n)
        context.wanted[:n] = 1
        start = time.perf_counter()
        _check(context.decode(n))
        context.logits(n)
        fastest = min(fastest, time.perf_counter() - start)
    return fastest


def _feed(context: Context, tokens: np.ndarray[tuple[int], np.dtype[np.int64]], at: int) -> None:
    n = len(tokens)
    context.token[:n] = tokens
    context.pos[:n] = range(at, at + n)
    context.seq[:n] = 0
    context.wanted[:n] = 0
    context.wanted[n - 1] = 1
    _check(context.decode(n))
    context.logits(1)


def _check(code: int) -> None:
    if code:
        raise ModelError(
            filled("llama.cpp could not decode (code {code}).", code=code), "Try another setting."
        )


def _file(model_sha256: str, machine: str) -> Path:
    digest = hashlib.sha256(f"{model_sha256}\n{machine}".encode()).hexdigest()[:32]
    return cache_dir() / "tuning" / f"{digest}.json"


def wanted() -> bool:
    """A server may measure by itself: not where THINKSCALE_TUNE is 0."""
    return os.environ.get("THINKSCALE_TUNE", "1") != "0"
