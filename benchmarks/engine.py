"""Measures the speed, the faithfulness and the steadiness of the sampling engine.

    python -m benchmarks.engine [--check] [--only NAME ...] [--model GGUF] [--weights KIND]
                                [--rounds N]
                                [--llama-server PATH] [--llama-batched-bench PATH]

Every ratio is against a peer run in this same process or beside it, minutes apart at most; times
of one machine mean little elsewhere. --check exits 1 where a figure asked for is not reached. Each
line says which weights ran: the file's own, or the copy that `model.weights: auto` chose here.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.engine_bench import Bench, Report
from benchmarks.engine_drafting import drafting
from benchmarks.engine_faith import copies, distribution, greedy, steady
from benchmarks.engine_scoring import scoring
from benchmarks.engine_speed import separate, shared, single
from pipeline.engine.local.engine import DEFAULTS
from pipeline.engine.local.native import cores
from pipeline.engine.tuning.settings import fingerprint
from pipeline.engine.tuning.weights import recall, settle
from pipeline.models.local_files import embedded_model

_PARTS: dict[str, Callable[[Bench], None]] = {
    "shared": shared,
    "separate": separate,
    "single": single,
    "scoring": scoring,
    "drafting": drafting,
    "greedy": greedy,
    "distribution": distribution,
    "steady": steady,
    "copies": copies,
}
_ASKED_FOR = ("copies",)  # a minute and a gigabyte: only by name
_TIMED = ("shared", "separate", "single", "scoring", "drafting")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument(
        "--only",
        nargs="*",
        choices=list(_PARTS),
        default=[p for p in _PARTS if p not in _ASKED_FOR],
    )
    parser.add_argument("--model", type=Path, help="Another GGUF, for the engine and its peers.")
    parser.add_argument(
        "--weights", choices=["auto", "file", "bf16", "f16", "q8_0"], default="auto"
    )
    parser.add_argument("--rounds", type=int, default=2, help="Of each side; the best counts.")
    parser.add_argument("--llama-server", type=Path)
    parser.add_argument("--llama-batched-bench", type=Path)
    args = parser.parse_args()
    model = args.model or embedded_model()
    path, kind = settle(model, args.weights, on_notice=print)
    report = Report()
    bench = Bench(model, path, kind, report)
    bench.rounds = max(1, args.rounds)
    bench.llama_server, bench.llama_batched_bench = args.llama_server, args.llama_batched_bench
    try:
        choice = recall(model, fingerprint()) if args.weights == "auto" else None
        print(f"{bench.engine.info.name}, {cores()} cores, {bench.engine.info.version}")
        print("\n".join([*choice.lines(), str(choice)]) if choice else f"weights: {bench.kind}")
        tuned = dict(bench.engine.settings)
        for name in args.only:
            # llama_cpp.Llama runs without flash attention, whose sums are other sums: what must be
            # the same as Llama's is compared without it, what must be fast as it was tuned.
            bench.engine.release()
            bench.plain.release()
            bench.engine.settings = tuned if name in _TIMED else dict(DEFAULTS)
            _PARTS[name](bench)
    finally:
        bench.close()
    if report.missed:
        print("missed: " + ", ".join(report.missed))
    return 1 if args.check and report.missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
