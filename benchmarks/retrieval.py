"""Measures what retrieval finds, how fast, and which damage it survives.

    python -m benchmarks.retrieval [--check] [--only PART ...]

Parts: english, rerank, korean, notes, orders, build, embed, cold, warm, middle, million, kill. With
--check the exit code is 1 where a figure asked for is not reached. `english` and `rerank` need
../shared/data/xquad.en.json; `notes` and `orders` ask the shipped questions of the shipped notes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from benchmarks.retrieval_bench import XQUAD, Figures
from benchmarks.retrieval_embed import embed
from benchmarks.retrieval_kill import kill
from benchmarks.retrieval_quality import english, korean, notes, orders, rerank
from benchmarks.retrieval_speed import build_times, cold, middle, million, warm

PARTS: dict[str, Callable[[Figures], None]] = {
    "english": english,
    "rerank": rerank,
    "korean": korean,
    "notes": notes,
    "orders": orders,
    "build": build_times,
    "embed": embed,
    "cold": cold,
    "warm": warm,
    "middle": middle,
    "million": million,
    "kill": kill,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    figures = Figures()
    for name in options.only:
        if name in ("english", "rerank") and not XQUAD.exists():
            print(f"{name}: skipped, {XQUAD} is not there")
            continue
        print(f"{name}:", flush=True)
        PARTS[name](figures)
    print(json.dumps({"missed": figures.missed}))
    return 1 if options.check and figures.missed else 0


if __name__ == "__main__":
    sys.exit(main())
