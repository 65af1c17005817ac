"""Counters of the server in the text format that Prometheus reads."""

from __future__ import annotations

from collections.abc import Sequence

import prometheus_client as prometheus

__all__ = ["Metrics"]

_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """What the server has done since it started, and what its process holds (on Linux)."""

    content_type = prometheus.CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        # else one metric more of each: when it was made
        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]
        self._all = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self._all)
        self._requests = prometheus.Counter(
            "thinkscale_requests_total", "Requests by route and status.", ("route", "status"),
            registry=self._all,
        )  # fmt: skip
        self._seconds = prometheus.Histogram(
            "thinkscale_request_seconds", "Time to the end of the reply.", ("route",),
            buckets=_BOUNDS, registry=self._all,
        )  # fmt: skip
        self._tokens = prometheus.Counter(
            "thinkscale_tokens_total", "Tokens read and written.", ("kind",), registry=self._all
        )
        self._gauges: dict[str, prometheus.Gauge] = {}
        self.tokens(0, 0)

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request was answered, or the client went away (499)."""
        self._requests.labels(route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def tokens(self, read: int, written: int) -> None:
        """Tokens of prompts read and of replies written."""
        self._tokens.labels("prompt").inc(read)
        self._tokens.labels("generated").inc(written)

    def text(self, gauges: Sequence[tuple[str, str, float]]) -> bytes:
        """All of it; `gauges` are (name, help, value) of what holds now."""
        for name, about, value in gauges:
            if name not in self._gauges:
                self._gauges[name] = prometheus.Gauge(name, about, registry=self._all)
            self._gauges[name].set(value)
        return prometheus.generate_latest(self._all)
