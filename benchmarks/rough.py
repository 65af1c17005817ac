"""Clients that behave badly, two hundred of them: is the server the same afterwards?

    python -m benchmarks.rough [--check] [--clients 200] [--seconds 300]

A `thinkscale serve` process over the embedded model and two small notes, and another one over the
same folder. Clients ask and wait, hang up at a random moment, read a byte at a time, send a byte at
a time, send half a request and leave, or send what is no request. Halfway the notes change and the
index is replaced by `thinkscale index`.

Asked for: no answer but whole ones, 429s and what a client spoiled itself; `/health` throughout;
afterwards nothing is being worked on, descriptors are as before (8 more allowed), memory is within
15 % of that after the first fifth, and both servers answer as they did before; SIGTERM in the
middle of a crowd ends the process with 0 within 30 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

import httpx

from benchmarks.serve_process import Served, serve

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


async def _one(served: Served, kind: str, rng: random.Random) -> str:
    """One client; how it ended."""
    place = urlsplit(served.url)
    data = _request(served, rng.randrange(10**6), kind in ("stream", "slow reader"))
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
        while piece := await reader.read(
            1 if kind == "slow reader" and len(reply) < 400 else 65536
        ):
            reply += piece
            if kind == "slow reader" and len(reply) < 400:
                await asyncio.sleep(0.01)
        return "spoiled" if kind == "noise" else _ended(reply, kind)
    except OSError as error:
        return "spoiled" if kind == "noise" else type(error).__name__
    finally:
        writer.close()


def _ended(reply: bytes, kind: str) -> str:
    status = reply[9:12].decode("latin-1")
    if status == "429":
        return "429"
    if status != "200":
        return f"status {status}"
    whole = b"data: [DONE]" in reply if kind in ("stream", "slow reader") else b'"usage"' in reply
    return "answered" if whole and b'"error"' not in reply else "cut short"


async def crowd(
    served: Served, clients: int, seconds: float, seed: int
) -> tuple[Counter[str], float]:
    """How all requests ended, and the megabytes after a fifth of the time."""
    ends: Counter[str] = Counter()
    end, early = time.monotonic() + seconds, 0.0

    async def client(number: int) -> None:
        rng = random.Random(seed * 1000 + number)
        while time.monotonic() < end:
            how = await _one(served, rng.choice(KINDS), rng)
            ends[how] += 1
            await asyncio.sleep(rng.uniform(0, 1) if how != "429" else 1)

    async def watch() -> None:
        nonlocal early
        async with httpx.AsyncClient(base_url=served.url, timeout=30) as http:
            while time.monotonic() < end:
                found = await http.get("/health")
                ends["/health ok" if found.status_code == 200 else "/health bad"] += 1
                if not early and time.monotonic() > end - 0.8 * seconds:
                    early = served.megabytes()
                await asyncio.sleep(0.5)

    await asyncio.gather(watch(), *(client(number) for number in range(clients)))
    return ends, early


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


def _index_anew(served: Served) -> int:
    """Change a note and have another process replace the index."""
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
        ends, early = asyncio.run(crowd(served, given.clients, given.seconds / 2, 1))
        replaced = _index_anew(served)
        more, _ = asyncio.run(crowd(served, given.clients, given.seconds / 2, 2))
        ends += more
        expected = ("answered", "429", "left", "spoiled", "/health ok")
        wrong = {kind: n for kind, n in ends.items() if kind not in expected}
        for kind in expected:
            said(f"{given.clients} clients for {given.seconds:.0f} s: {kind}", ends[kind])
        said("  anything else", wrong or 0, "0", not wrong)
        said("  the index replaced meanwhile: exit code", replaced, "0", not replaced)
        rest = idle(served)
        said("afterwards: idle", rest, "True", rest)
        now = served.descriptors()
        said("  descriptors before and after", f"{files}, {now}", "<= +8", now <= files + 8)
        late = served.megabytes()
        said("  megabytes after a fifth and at the end", f"{early:.0f}, {late:.0f}", "<= +15 %",
             late <= 1.15 * early)  # fmt: skip
        same = (answer(served), answer(other)) == (before, there)
        said("  both servers answer as before", same, "True", same)
        said("SIGTERM in a crowd", *_stopped(other, given.clients))
    return 0 if all(fine) or not given.check else 1


def _stopped(served: Served, clients: int) -> tuple[object, str, bool]:
    """Tell a server to stop while many ask it."""

    async def asking() -> float:
        begun = asyncio.ensure_future(_quietly(served, clients))
        await asyncio.sleep(3)
        os.kill(served.pid, signal.SIGTERM)
        at = time.monotonic()
        while _lives(served.pid) and time.monotonic() - at < 60:
            await asyncio.sleep(0.1)
        begun.cancel()
        return time.monotonic() - at

    spent = asyncio.run(asking())
    return f"ended in {spent:.1f} s", "<= 30 s", spent <= 30


async def _quietly(served: Served, clients: int) -> None:
    async def client(number: int) -> None:
        rng = random.Random(number)
        while True:
            try:
                await _one(served, "stream", rng)
            except OSError:
                await asyncio.sleep(0.5)

    await asyncio.gather(*(client(number) for number in range(clients)))


def _lives(pid: int) -> bool:
    """It has not ended (one that nobody has waited for has)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - no file on disk
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
