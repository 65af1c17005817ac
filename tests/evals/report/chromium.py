"""A browser without a screen, driven over its debugging pipe by the standard library alone."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["Chromium", "installed"]

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--remote-debugging-pipe", "--lang=en",
)  # fmt: skip


def installed() -> str | None:
    """Where the browser is, None where there is none."""
    return next((p for n in ("chromium", "chromium-browser", "google-chrome")
                 if (p := shutil.which(n))), None)  # fmt: skip


class Chromium:
    """One page. `events` are all that the browser has told so far."""

    def __init__(self, width: int = 1200, height: int = 900, dark: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_read, self._to = os.pipe()
        self._from, from_write = os.pipe()
        program = installed()
        assert program, "no browser"

        def plumb() -> None:  # the browser reads its orders from 3 and answers on 4
            high = [os.dup(to_read), os.dup(from_write)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self._process = subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={self._folder.name}", "about:blank"],
            preexec_fn=plumb,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(from_write)
        self._rest = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []
        pages = self.call("Target.getTargets", session="")["targetInfos"]
        page = next(p["targetId"] for p in pages if p["type"] == "page")
        wanted = {"targetId": page, "flatten": True}
        self._session = self.call("Target.attachToTarget", wanted, session="")["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.call("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", {"features": [scheme]})

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)
        self._folder.cleanup()

    def call(
        self, method: str, params: dict[str, Any] | None = None, session: str | None = None
    ) -> dict[str, Any]:
        """Send one order and wait for its answer."""
        self._number += 1
        order: dict[str, Any] = {"id": self._number, "method": method, "params": params or {}}
        if session is None:
            order["sessionId"] = self._session
        os.write(self._to, json.dumps(order).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == self._number:
                assert "error" not in found, found
                result: dict[str, Any] = found["result"]
                return result
            self.events.append(found)

    def open(self, path: Path) -> None:
        """Open a file from disk, and wait until its questions are there (or it has none)."""
        self.call("Page.navigate", {"url": path.resolve().as_uri()})
        self.evaluate(
            "new Promise(done => { const look = () => document.readyState === 'complete' &&"
            " (!document.getElementById('list') || document.documentElement.dataset.ready)"
            " ? done(true) : setTimeout(look, 10); look(); })"
        )

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        asked = {"expression": script, "awaitPromise": True, "returnByValue": True}
        found = self.call("Runtime.evaluate", asked)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def picture(self, path: Path, clip: tuple[float, float, float, float] | None = None) -> None:
        """A PNG of what is seen, or of a part of the page (x, y, width, height)."""
        asked: dict[str, Any] = {"format": "png"}
        if clip:
            names = dict(zip(("x", "y", "width", "height"), clip, strict=True))
            asked |= {"clip": {**names, "scale": 1}, "captureBeyondViewport": True}
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", asked)["data"]))

    def complaints(self) -> list[str]:
        """Errors and warnings that the page has put on the console, and uncaught exceptions."""
        self.evaluate("new Promise(done => setTimeout(done, 50))")
        found = []
        for event in self.events:
            what = event.get("params", {})
            if event.get("method") == "Runtime.exceptionThrown":
                found.append(json.dumps(what["exceptionDetails"])[:300])
            if event.get("method") == "Runtime.consoleAPICalled" and what["type"] != "log":
                found.append(json.dumps(what["args"])[:300])
            if event.get("method") == "Log.entryAdded" and what["entry"]["level"] != "verbose":
                found.append(what["entry"]["text"])
        return found

    def requests(self) -> list[str]:
        """Every address that the page asked for."""
        sent = [e for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._from, 1 << 20)
            assert more, "the browser ended"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(line)
        return found
