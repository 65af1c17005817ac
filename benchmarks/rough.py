"""Lets two hundred clients behave badly, and checks that the server is the same afterwards.

    python -m benchmarks.rough [--check] [--clients 200] [--seconds 300]

A `thinkscale serve` process over the embedded model and two small notes, and another one over the
same folder. Clients ask and wait, hang up at a random moment, read a byte at a time, send a byte at
a time, send half a request and leave, or send what is no request. Halfway the notes change and the
index is replaced by `thinkscale index`.

Asked for: no answer but whole ones, 429s and what a client spoiled itself; `/health` throughout;
afterwards nothing is being worked on, no sequence of the KV cache is held by a sample, descriptors
are as before (8 more allowed), memory in the last fifth is within 15 % of that in the second, and
both servers answer as they did before; SIGTERM in the middle of a crowd ends the process with 0
within 30 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

import httpx

from benchmarks.serve_crowd import crowd
from benchmarks.serve_process import Served, serve

EXPECTED = ("answered", "429", "left", "spoiled")
STREAMED = ("stream", "slow reader")
_LONGEST = 900  # seconds of a request, after which it counts as never answered
KINDS = ("whole", "whole", "stream", "hang up", "hang up", "slow reader", "slow sender", "half",
         "noise")  # fmt: skip


def _request(served: Served, number: int, stream: bool) -> bytes:
    model = served.model if number % 3 else f"{served.model}@ask+direct@verified4"
    asked = [{"role": "user", "content": f"How many parameters has GPT-2, reader {number}?"}]
    body = json.dumps(
        {"model": model, "messages": asked, "max_tokens": 16, "stream": stream}
    ).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {urlsplit(served.url).netloc}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


async def _one(served: Served, number: int, kind: str) -> str:
    """One client's request; how it ended."""
    rng = random.Random(number)
    kind = kind or rng.choice(KINDS)
    try:
        async with asyncio.timeout(_LONGEST):
            how = await _sent(served, kind, _request(served, number, kind in STREAMED), rng)
    except TimeoutError:
        return f"{kind}: no end within {_LONGEST} s"
    except OSError as error:
        how = type(error).__name__
    return "spoiled" if kind == "noise" else how


async def _sent(served: Served, kind: str, data: bytes, rng: random.Random) -> str:
    place = urlsplit(served.url)
    if kind == "noise":
        data = rng.choice((rng.randbytes(300), b"GET / HTTP/1.1\r\n" * 50, b"\r\n\r\n", data[60:]))
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        if kind == "slow sender":
            for at in range(0, len(data), 8):
                writer.write(data[at : at + 8])
                await writer.drain()
                await asyncio.sleep(0.02)
        else:
            writer.write(data[: len(data) // 2] if kind == "half" else data)
            await writer.drain()
        if kind in ("hang up", "half"):
            await asyncio.sleep(rng.uniform(0, 2))
            writer.transport.abort()
            return "left"
        reply = b""
        while piece := await reader.read(1 if _dawdles(kind, reply) else 65536):
            reply += piece
            if _dawdles(kind, reply):
                await asyncio.sleep(0.01)
        return _ended(reply, kind)
    finally:
        writer.close()


def _dawdles(kind: str, reply: bytes) -> bool:
    return kind == "slow reader" and len(reply) < 400


def _ended(reply: bytes, kind: str) -> str:
    status = reply[9:12].decode("latin-1")
    if status == "429":
        return "429"
    if status != "200":
        return f"status {status}"
    whole = b"data: [DONE]" in reply if kind in STREAMED else b'"usage"' in reply
    return "answered" if whole and b'"error"' not in reply else "cut short"


def answer(served: Served) -> str:
    """What it says to a question of the notes."""
    body = {
        "model": f"{served.model}@ask+direct@verified4",
        "messages": [{"role": "user", "content": "How many parameters has GPT-1?"}],
        "seed": 1,
    }
    reply = httpx.post(f"{served.url}/v1/chat/completions", json=body, timeout=120)
    reply.raise_for_status()
    return str(reply.json()["choices"][0]["message"]["content"])


def idle(served: Served) -> bool:
    """Within a minute nothing is worked on and nobody waits."""
    for _ in range(120):
        told = httpx.get(f"{served.url}/health", timeout=30).json()
        if not told["busy"] and not told["waiting"]:
            return True
        time.sleep(0.5)
    return False


def _index_anew(served: Served, seconds: float) -> int:
    """After so many seconds change a note and have another process replace the index."""
    time.sleep(seconds)
    note = served.folder / "notes" / "later.md"
    note.write_text("# Later\n\nGPT-4 came out in 2023.\n", encoding="utf-8")
    command = [sys.executable, "-m", "pipeline", "index", "--config",
               str(served.folder / "config.yaml")]  # fmt: skip
    return subprocess.run(command, capture_output=True, check=False).returncode


def main() -> int:
    """Print the figures; with --check, 1 where one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--clients", type=int, default=200, metavar="N")
    parser.add_argument("--seconds", type=float, default=300.0, metavar="S")
    given = parser.parse_args()
    fine: list[bool] = []

    def said(name: str, value: object, asked: str = "", good: bool = True) -> None:
        fine.append(good)
        tail = f"asked {asked}   {'ok' if good else 'NOT REACHED'}" if asked else ""
        print(f"{name:<52} {value!s:>20}   {tail}".rstrip(), flush=True)

    with serve() as served, serve(beside=served.folder) as other:
        before, there = answer(served), answer(other)
        files = served.descriptors()
        with ThreadPoolExecutor(1) as beside:
            replaced = beside.submit(_index_anew, served, given.seconds / 2)
            seen = crowd(served, given.clients, given.seconds, lambda turn: _one(served, turn, ""))
        wrong = {kind: n for kind, n in seen.outcomes.items() if kind not in EXPECTED}
        for kind in EXPECTED:
            said(f"{given.clients} clients for {given.seconds:.0f} s: {kind}", seen.outcomes[kind])
        said("  anything else", wrong or 0, "0", not wrong)
        said("  an answer took (p50, p99)", f"{seen.middle:.1f} s, {seen.slow:.1f} s")
        said(f"  /health, {seen.looked} looks, all ok: p99", f"{seen.health:.0f} ms")
        code = replaced.result()
        said("  the index replaced meanwhile: exit code", code, "0", not code)
        rest = idle(served)
        said("afterwards: idle", rest, "True", rest)
        held = _held(served)
        said("  KV sequences worked on, cells promised", held, "0, 0", held == "0, 0")
        now = served.descriptors()
        said("  descriptors before and after", f"{files}, {now}", "<= +8", now <= files + 8)
        said("  megabytes, the second and the last fifth", f"{seen.before:.0f}, {seen.after:.0f}",
             "<= +15 %", seen.after <= 1.15 * seen.before)  # fmt: skip
        same = (answer(served), answer(other)) == (before, there)
        said("  both servers answer as before", same, "True", same)
        said("SIGTERM in a crowd", *_stopped(other, given.clients))
    return 0 if all(fine) or not given.check else 1


def _held(served: Served) -> str:
    """What samples have of the KV cache."""
    told = httpx.get(f"{served.url}/metrics", timeout=30).text
    names = ("thinkscale_kv_sequences_busy", "thinkscale_kv_cells_promised")
    found = (re.findall(rf"^{name} (.+)$", told, re.M)[0] for name in names)
    return ", ".join(f"{float(value):g}" for value in found)


def _stopped(served: Served, clients: int) -> tuple[object, str, bool]:
    """Tell a server to stop while many ask it."""

    async def asking() -> float:
        begun = asyncio.gather(*(_for_ever(served, number) for number in range(clients)))
        await asyncio.sleep(3)
        served.process.send_signal(signal.SIGTERM)
        at = time.monotonic()
        while served.process.poll() is None and time.monotonic() - at < 60:
            await asyncio.sleep(0.1)
        begun.cancel()
        with suppress(asyncio.CancelledError):
            await begun
        return time.monotonic() - at

    spent, code = asyncio.run(asking()), served.process.poll()
    good = code == 0 and spent <= 30
    return f"ended with {code} in {spent:.1f} s", "0 in <= 30 s", good


async def _for_ever(served: Served, number: int) -> None:
    while True:
        if await _one(served, number, "stream") != "answered":
            await asyncio.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
