"""Chooses the weights: the file as it is, or a wider copy. Measured, then remembered.

A copy in bfloat16 or float16 holds the same numbers (rounded to 8 or 11 bits of mantissa), so it is
a matter of speed and memory; which one wins depends on the processor and the file's own format. A
copy is taken only where it is clearly faster for many samples, not slower for many prompts, hardly
slower for a single sample, and reads a text as well as the file does. `q8_0` rounds once more, so
it is never taken unasked.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from pipeline.engine.local.native import EngineSettings, NativeModel, features, library
from pipeline.engine.tuning import settings as tuning
from pipeline.engine.tuning.dequantize import copy_bytes, copy_path, unpacked
from pipeline.engine.tuning.divergence import Divergence, divergence
from pipeline.engine.tuning.settings import SHAPES, Workload
from pipeline.engine.tuning.system_load import OtherLoad, busy_words, is_busy
from pipeline.errors import ModelError, filled
from pipeline.models.gguf import file_sha256, read_gguf
from pipeline.user_cache import cache_dir, damage, recalled, remember

__all__ = ["FILE", "WeightChoice", "choose", "recall", "settle"]

FILE = "file"

_FORMAT = 2
_LARGEST = 1 << 30  # bytes of a file that is worth a copy without being asked
_SHARE = 0.25  # of the machine's memory a copy may take
_ROUNDS = 2
_FASTER, _NOT_SLOWER, _SINGLE = 1.1, 1.0, 0.9
_MOST_KL, _MOST_LOSS = 0.05, 0.03  # nats; a text of a few hundred tokens tells no finer

Notice = Callable[[str], None]

_WORK: dict[str, tuple[EngineSettings, Workload, Workload]] = {
    # name -> settings, the work a rate is given for, the part of it that is tried
    "shared": (EngineSettings(unified=True), SHAPES["shared"], Workload(246, 64, 16)),
    "separate": (EngineSettings(unified=False), SHAPES["separate"], Workload(128, 64, 1)),
    "single": (EngineSettings(streams=1), Workload(200, 64, 1), Workload(128, 64, 1)),
}


@dataclass(frozen=True, slots=True)
class WeightChoice:
    """`kind` is `file` or a format; `why` says what decided. `speeds` are samples a second of whole
    requests, of each format and shape of work: `shared`, `separate`, and `single`, one sample of 64
    tokens after a prompt of 200."""

    kind: str
    why: str
    machine: str = ""
    speeds: dict[str, dict[str, float]] = field(default_factory=dict)
    drifts: dict[str, Divergence] = field(default_factory=dict)
    seconds: float = 0.0
    doubt: str = ""
    """Why it is not remembered; empty if it is."""

    def __str__(self) -> str:
        kind = filled("the file as it is") if self.kind == FILE else self.kind
        return filled("weights: {kind} ({why})", kind=kind, why=self.why)

    def lines(self) -> list[str]:
        """What was measured, a line for each format."""
        rows: list[str] = []
        for kind, speed in self.speeds.items():
            shown = ", ".join(f"{shape} {value:.2f}" for shape, value in speed.items())
            row = filled("weights {kind}: samples/s {speeds}", kind=kind, speeds=shown)
            if kind in self.drifts:
                row = filled("{speeds}; {moved}", speeds=row, moved=str(self.drifts[kind]))
            rows.append(row)
        return rows


def settle(
    model: Path,
    wanted: str,
    *,
    gpu_layers: int | str = "auto",
    on_notice: Notice = lambda _: None,
) -> tuple[Path, str]:
    """The file to load for `wanted` (auto, file or a format), and its format: "" is the file as it
    is. `auto` takes what was measured here earlier, else the file.

    Raises ModelError when a format asked for by name cannot be had.
    """
    if wanted == FILE:
        return model, ""
    if wanted != "auto":
        return unpacked(model, wanted, on_notice=on_notice), wanted
    machine = tuning.fingerprint(gpu_layers)
    choice = recall(model, machine)
    if choice is None or choice.kind == FILE:
        if damaged := damage(_memo(model, machine)):
            on_notice(damaged)
        return model, ""
    try:
        return unpacked(model, choice.kind, on_notice=on_notice), choice.kind
    except ModelError as error:  # the disk has filled up since
        on_notice(filled("The file's own weights are used: {why}", why=error.what))
        return model, ""


def choose(
    model: Path,
    machine: str,
    *,
    gpu_layers: int | str = "auto",
    thorough: bool = False,
    on_notice: Notice = lambda _: None,
) -> WeightChoice:
    """Measure the file and the copies worth trying, for some seconds; returns what is best, and
    remembers it unless other processes were at work meanwhile. `thorough` tries every format that
    rounds no further."""
    start = time.perf_counter()
    others = OtherLoad()
    kinds, why = _candidates(model, gpu_layers, thorough)
    choice = WeightChoice(FILE, why, machine)
    if kinds:
        on_notice(
            filled("Measuring which weights of {model} are fastest here ...", model=model.stem)
        )
        choice = _compare(model, machine, kinds, gpu_layers, on_notice)
    choice = replace(choice, seconds=time.perf_counter() - start)
    if kinds and is_busy(used := others.processors):
        choice = replace(choice, doubt=busy_words(used))
    else:
        _remember(model, choice)
    if kinds:
        for line in [*choice.lines(), str(choice)]:
            on_notice(filled("  {line}", line=line))
    return choice


def recall(model: Path, machine: str) -> WeightChoice | None:
    """What was chosen earlier for this model here; None when nothing was, or it is unreadable."""
    try:
        known = recalled(_memo(model, machine))
        if known is None or known.pop("format") != _FORMAT or known["machine"] != machine:
            return None
        drifts = {kind: Divergence(**row) for kind, row in known.pop("drifts").items()}
        return WeightChoice(**known, drifts=drifts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _remember(model: Path, choice: WeightChoice) -> None:
    remember(_memo(model, choice.machine), {"format": _FORMAT, **asdict(choice)})


def _memo(model: Path, machine: str) -> Path:
    digest = hashlib.sha256(f"{file_sha256(model)}\n{machine}".encode()).hexdigest()[:32]
    return cache_dir() / "tuning" / f"{digest}-weights.json"


# -- what is worth trying ------------------------------------------------------------------------


def _candidates(model: Path, gpu_layers: int | str, thorough: bool) -> tuple[list[str], str]:
    """Formats worth a copy, the likeliest first; where there is none, why."""
    gguf = read_gguf(model)
    if library().llama_supports_gpu_offload() and gpu_layers != 0:
        return [], filled("a GPU reads it best as it is")
    if 2 * gguf.quantized < gguf.parameters:
        return [], filled("its weights are not quantized")
    if model.stat().st_size > _LARGEST:
        return [], filled("larger than {most} MB", most=f"{_LARGEST >> 20:,}")
    kinds = _fast_kinds(thorough)
    if not kinds:
        return [], filled("this processor multiplies no wider format fast")
    size, memory = copy_bytes(gguf, kinds[0]), _memory()
    if size > _SHARE * memory:
        most = f"{_SHARE:.0%}"
        return [], filled("a copy would take more than {share} of the memory", share=most)
    home = cache_dir()
    while not home.exists() and home != home.parent:
        home = home.parent
    with contextlib.suppress(OSError):
        if shutil.disk_usage(home).free < 2 * size:
            why = "a copy would take more than half of what is free on the disk"
            return [], filled(why)
    return kinds, ""


def _fast_kinds(thorough: bool) -> list[str]:
    """Formats that this build of llama.cpp multiplies fast on this processor."""
    has = features()
    if "LLAMAFILE" not in has:
        return []
    kinds = ["bf16"] if "AVX512_BF16" in has else []
    if {"F16C", "FMA"} <= has or "FP16_VA" in has:
        kinds.append("f16")
    return kinds if thorough else kinds[:1]


def _memory() -> int:
    """Bytes of memory this process may hope for; a modest guess where nobody says."""
    found = []
    with contextlib.suppress(OSError, ValueError, AttributeError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with contextlib.suppress(OSError, ValueError):  # a container's limit; "max" where it has none
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return min(found, default=4 << 30)


# -- measuring -----------------------------------------------------------------------------------


def _compare(
    path: Path, machine: str, kinds: list[str], gpu_layers: int | str, on_notice: Notice
) -> WeightChoice:
    """The file against each copy, turn by turn. Copies that are not chosen are not kept."""
    models = {FILE: NativeModel(path, gpu_layers=gpu_layers)}
    made: list[Path] = []
    best, why = FILE, filled("nothing is faster")
    speeds: dict[str, dict[str, float]] = {}
    drifts: dict[str, Divergence] = {}
    try:
        for kind in kinds:
            there = copy_path(path, kind).is_file()
            try:
                copy = unpacked(path, kind, on_notice=on_notice)
                if not there:
                    made.append(copy)
                models[kind] = NativeModel(copy, gpu_layers=gpu_layers)
            except ModelError as error:
                why = error.what
        speeds = _race(models)
        for kind in speeds:
            if kind == FILE:
                continue
            drifts[kind] = divergence(models[FILE], models[kind])
            gain = {shape: speeds[kind][shape] / speeds[FILE][shape] for shape in _WORK}
            verdict = _judge(gain, drifts[kind])
            if verdict:
                why = filled("{kind}: {why}", kind=kind, why=verdict) if best == FILE else why
            elif best == FILE or speeds[kind]["shared"] > speeds[best]["shared"]:
                best = kind
                shown = ", ".join(f"{shape} {value:.2f}x" for shape, value in gain.items())
                why = filled("{gains} the file's speed", gains=shown)
    finally:
        for model in models.values():
            model.close()
        for copy in made:
            if copy != copy_path(path, best):
                with contextlib.suppress(OSError):
                    copy.unlink()
    return WeightChoice(best, why, machine, speeds, drifts)


def _race(models: dict[str, NativeModel]) -> dict[str, dict[str, float]]:
    """Samples a second of each kind of work: the fastest reading and writing of some rounds, each
    model in its turn, since noise only slows. One that is far behind after a round is out."""
    seen: dict[tuple[str, str], tuple[float, float]] = {}
    running = dict(models)
    speeds: dict[str, dict[str, float]] = {kind: {} for kind in models}
    for _ in range(_ROUNDS):
        for name, (settings, work, part) in _WORK.items():
            for kind, model in running.items():
                trial = tuning.try_settings(model, settings, part)
                read, write = seen.get((kind, name), (0.0, 0.0))
                read, write = max(read, trial.read), max(write, trial.write)
                seen[kind, name] = read, write
                speeds[kind][name] = work.rate(read, write)
        least = 0.8 * speeds[FILE]["shared"]
        running = {k: m for k, m in running.items() if speeds[k]["shared"] >= least}
        if len(running) == 1:
            break
    return speeds


def _judge(gain: dict[str, float], moved: Divergence) -> str:
    """Why a copy is not to be taken; empty when it is."""
    if gain["shared"] < _FASTER or gain["separate"] < _NOT_SLOWER:
        return filled(
            "many samples only {many}x, prompts {prompts}x as fast",
            many=f"{gain['shared']:.2f}",
            prompts=f"{gain['separate']:.2f}",
        )
    if gain["single"] < _SINGLE:
        return filled("a single sample only {single}x as fast", single=f"{gain['single']:.2f}")
    if moved.kl > _MOST_KL or moved.loss > _MOST_LOSS:
        return filled("it reads worse ({moved})", moved=str(moved))
    return ""
