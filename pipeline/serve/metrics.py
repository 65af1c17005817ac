"""Counters in the text format that Prometheus reads. Touched in the event loop alone."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence

__all__ = ["Metrics"]

_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """What the server has done since it started."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(_BOUNDS) + 1))
        self._total: Counter[str] = Counter()
        self._tokens: Counter[str] = Counter()

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request was answered, or the client went away (499)."""
        self._requests[route, status] += 1
        self._seconds[route][bisect_left(_BOUNDS, seconds)] += 1
        self._total[route] += seconds  # type: ignore[assignment]

    def tokens(self, read: int, written: int) -> None:
        """Tokens of prompts read and of replies written."""
        self._tokens["prompt"] += read
        self._tokens["generated"] += written

    def text(self, gauges: Sequence[tuple[str, str, float]]) -> str:
        """All of it; `gauges` are (name, help, value) of what holds now."""
        lines = _head("thinkscale_requests_total", "counter", "Requests by route and status.")
        for (route, status), n in sorted(self._requests.items()):
            labels = f'route="{route}",status="{status}"'
            lines.append(f"thinkscale_requests_total{{{labels}}} {n}")
        name = "thinkscale_request_seconds"
        lines += _head(name, "histogram", "Time to the end of the reply.")
        for route, counts in sorted(self._seconds.items()):
            below = 0
            for bound, n in zip((*map(str, _BOUNDS), "+Inf"), counts, strict=True):
                below += n
                lines.append(f'{name}_bucket{{route="{route}",le="{bound}"}} {below}')
            lines.append(f'{name}_sum{{route="{route}"}} {self._total[route]:.6f}')
            lines.append(f'{name}_count{{route="{route}"}} {below}')
        lines += _head("thinkscale_tokens_total", "counter", "Tokens read and written.")
        for kind in ("prompt", "generated"):
            lines.append(f'thinkscale_tokens_total{{kind="{kind}"}} {self._tokens[kind]}')
        for gauge, about, value in gauges:
            lines += [*_head(gauge, "gauge", about), f"{gauge} {value:g}"]
        if memory := resident_bytes():
            gauge = "process_resident_memory_bytes"
            lines += [*_head(gauge, "gauge", "Memory in use."), f"{gauge} {memory}"]
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, about: str) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]


def resident_bytes() -> int:
    """Memory of this process, where the system tells it (0 elsewhere)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no file on disk
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0
