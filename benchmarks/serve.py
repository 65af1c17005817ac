"""Two hundred clients at once, and what asking side by side is worth: the server as users run it.

    python -m benchmarks.serve [--check] [--clients 200] [--seconds 60] [--rounds 3]

A `thinkscale serve` process over the embedded model and two small notes; the clients and who looks
after the server's health are processes of their own.

* crowd: every client asks again as soon as it is answered (of four asks one plain, one streamed,
  one in several draws, one from the notes), and a second after it was told 429. Asked for: nothing
  but whole replies and 429s that say when to come again; p99 of `/health` under 100 ms; no more
  memory in the last fifth of the time than in the second fifth (5 % allowed).
* together: 16 questions one after another over 16 at once, fresh questions each time, the order of
  the sides alternates and the middle of the ratios counts. Asked for: at least 2 times. Asks from
  the notes are shown beside it: each of them is several draws already, so that a single one fills
  the engine better.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import httpx

from benchmarks.serve_crowd import Crowd, crowd
from benchmarks.serve_process import serve

_ASKS = 16


def chat(http: httpx.Client, text: str, **fields: object) -> None:
    """One question answered whole. Raises where it is not."""
    body = {"messages": [{"role": "user", "content": text}], **fields}
    reply = http.post("/v1/chat/completions", json=body)
    reply.raise_for_status()
    assert reply.json()["choices"][0]["message"]["content"]


def gain(http: httpx.Client, fields: dict[str, object], rounds: int, words: str) -> float:
    """How many times as fast 16 questions are at once as one after another."""
    ratios = []
    for turn in range(rounds):
        spent: dict[str, float] = {}
        for side in ("after", "once") if turn % 2 else ("once", "after"):
            texts = [f"{words} {turn * 32 + i}{side[0]}?" for i in range(_ASKS)]
            begun = perf_counter()
            with ThreadPoolExecutor(_ASKS if side == "once" else 1) as pool:
                list(pool.map(lambda text: chat(http, text, **fields), texts))
            spent[side] = perf_counter() - begun
        ratios.append(spent["after"] / spent["once"])
    return statistics.median(ratios)


def main() -> int:
    """Print the figures; with --check, 1 where one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--clients", type=int, default=200, metavar="N")
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    given = parser.parse_args()
    fine: list[bool] = []

    def said(name: str, value: str, asked: str = "", good: bool = True) -> None:
        fine.append(good)
        tail = f"asked {asked}   {'ok' if good else 'NOT REACHED'}" if asked else ""
        print(f"{name:<52} {value:>16}   {tail}".rstrip(), flush=True)

    with serve() as served, httpx.Client(base_url=served.url, timeout=300) as http:
        plain: dict[str, object] = {"model": served.model, "max_tokens": 48, "temperature": 0.7}
        asking: dict[str, object] = {"model": f"{served.model}@ask+direct@verified4"}
        chat(http, "Hello.", **plain)
        times = gain(http, plain, given.rounds, "Tell a story about the number")
        said(f"{_ASKS} questions at once", f"{times:.2f}x", ">= 2x", times >= 2)
        times = gain(http, asking, given.rounds, "How many parameters has GPT-2, reader")
        said(f"{_ASKS} asks from the notes at once (4 draws each)", f"{times:.2f}x")
        seen = crowd(served, given.clients, given.seconds)
        _tell(seen, given.clients, given.seconds, said)
    return 0 if all(fine) or not given.check else 1


def _tell(seen: Crowd, clients: int, seconds: float, said: object) -> None:
    assert callable(said)
    wrong = {kind: n for kind, n in seen.outcomes.items() if kind not in ("answered", "429")}
    said(f"{clients} clients for {seconds:.0f} s: answered", str(seen.outcomes["answered"]))
    said("  told to come again (429, with a time)", str(seen.outcomes["429"]))
    said("  anything else", str(wrong or 0), "0", not wrong)
    said("  an answer took (p50, p99)", f"{seen.middle:.1f} s, {seen.slow:.1f} s")
    said(f"  /health, {seen.looked} looks: p99", f"{seen.health:.0f} ms", "< 100 ms",
         seen.health < 100)  # fmt: skip
    said("  memory, the second and the last fifth", f"{seen.before:.0f}, {seen.after:.0f} MB",
         "<= +5 %", seen.after <= 1.05 * seen.before)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
