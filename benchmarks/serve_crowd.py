"""A crowd of clients at a server, and somebody who looks after its health meanwhile."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import httpx

from benchmarks.serve_process import Served

__all__ = ["Ask", "Crowd", "crowd"]

Ask = Callable[[int], Awaitable[str]]
"""One request, by its number, no other in the crowd's has it; how it ended, in words."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How requests ended (answered, 429, anything else in words), the seconds an answer took
    (median, p99), p99 of `/health` in ms over so many looks, and megabytes in the second and in
    the last fifth of the time."""

    outcomes: Counter[str]
    middle: float
    slow: float
    health: float
    looked: int
    before: float
    after: float


_LOOK = """
import http.client, json, sys, time
host, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
took, end = [], time.monotonic() + seconds
link = http.client.HTTPConnection(host, port, timeout=30)
while time.monotonic() < end:
    begun = time.monotonic()
    link.request("GET", "/health")
    reply = link.getresponse()
    reply.read()
    assert reply.status == 200, reply.status
    took.append(1000 * (time.monotonic() - begun))
    time.sleep(0.05)
print(json.dumps(took))
"""


def crowd(served: Served, clients: int, seconds: float, ask: Ask | None = None) -> Crowd:
    """`clients` at once for `seconds`, then until what they asked last has been answered. Each asks
    again when it is done, or a second after it was told to; `ask` is how (None: with care)."""
    url = httpx.URL(served.url)
    looker = subprocess.Popen(
        [sys.executable, "-c", _LOOK, url.host, str(url.port), str(seconds)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    outcomes, took, memory = asyncio.run(_ask(served, clients, seconds, ask))
    looks = json.loads(looker.communicate(timeout=60)[0])
    fifth = max(1, len(memory) // 5)
    return Crowd(
        outcomes,
        statistics.median(took) if took else float("nan"),
        _p99(took),
        _p99(looks),
        len(looks),
        statistics.median(memory[fifth : 2 * fifth]),
        statistics.median(memory[-fifth:]),
    )


async def _ask(
    served: Served, clients: int, seconds: float, ask: Ask | None
) -> tuple[Counter[str], list[float], list[float]]:
    outcomes: Counter[str] = Counter()
    took: list[float] = []
    memory: list[float] = []
    end = time.monotonic() + seconds
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)

    async def watch() -> None:
        while time.monotonic() < end:
            memory.append(served.megabytes())
            await asyncio.sleep(0.5)

    async with httpx.AsyncClient(base_url=served.url, timeout=300, limits=limits) as http:
        asks = ask or partial(_one, http, served.model)

        async def client(number: int) -> None:
            turn = number
            while time.monotonic() < end:
                begun = time.monotonic()
                how = await asks(turn)
                outcomes[how] += 1
                if how == "answered":
                    took.append(time.monotonic() - begun)
                else:
                    await asyncio.sleep(1)
                turn += clients + 1

        await asyncio.gather(watch(), *(client(number) for number in range(clients)))
    return outcomes, took, memory


async def _one(http: httpx.AsyncClient, model: str, turn: int) -> str:
    """One request; how it ended."""
    text = f"Say something about the number {turn}."
    fields: dict[str, object] = {"model": model, "max_tokens": 24, "temperature": 0.7}
    if turn % 4 == 1:
        fields["stream"] = True
    elif turn % 4 == 2:
        fields["model"] = f"{model}@direct@sc4"
    elif turn % 4 == 3:
        fields = {"model": f"{model}@ask+direct@verified4", "max_tokens": 24}
        text = f"How many parameters has GPT-2, reader {turn}?"
    body = {**fields, "messages": [{"role": "user", "content": text}]}
    try:
        reply = await http.post("/v1/chat/completions", json=body)
    except httpx.HTTPError as error:
        return type(error).__name__
    if reply.status_code == 429:
        return "429" if int(reply.headers.get("retry-after", 0)) >= 1 else "429 without a time"
    if reply.status_code != 200:
        return str(reply.status_code)
    if fields.get("stream"):
        whole = reply.text.endswith("data: [DONE]\n\n") and '"error"' not in reply.text
        return "answered" if whole else "a stream cut short"
    return "answered" if reply.json()["choices"][0]["message"] else "no message"


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else float("nan")
