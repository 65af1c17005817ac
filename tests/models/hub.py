"""A model hub on loopback: what huggingface_hub asks of one, and the ways in which one fails."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "a" * 40


@dataclass
class Hub:
    """Files by `ORG/REPO` and name. The rest says how it misbehaves, and what it was asked."""

    repos: dict[str, dict[str, bytes]]
    card: dict[str, Any] = field(default_factory=lambda: {"license": "apache-2.0"})
    cut_after: list[int] = field(default_factory=list)
    """Bytes after which the connection is cut, one entry a request."""
    wrong: bool = False
    """What is sent is not what the hash was made of."""
    no_etag: bool = False
    ranges: bool = True
    gated: bool = False
    url: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and Range header of every request."""

    @property
    def bodies(self) -> list[str]:
        """The Range headers of the requests for bytes of a model."""
        return [r for method, path, r in self.asked if method == "GET" and "/resolve/" in path]


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub, listening; `url` is set."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            hub.asked.append((self.command, self.path, self.headers.get("Range", "")))
            if found := re.fullmatch(r"/api/models/([^/]+/[^/?]+)(\?.*)?", self.path):
                self._info(found[1])
            elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", self.path):
                self._file(found[1], found[2])
            else:
                self._fail(404, "EntryNotFound")

        def _fail(self, code: int, why: str) -> None:
            self.send_response(code)
            self.send_header("X-Error-Code", why)
            self.send_header("X-Error-Message", why)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _info(self, repo: str) -> None:
            files = hub.repos.get(repo)
            if files is None:
                self._fail(404, "RepoNotFound")
                return
            body = json.dumps({
                "id": repo, "modelId": repo, "sha": COMMIT, "private": False, "gated": hub.gated,
                "tags": [], "downloads": 0, "cardData": hub.card,
                "siblings": [{"rfilename": name} for name in ("README.md", *files)],
            }).encode()  # fmt: skip
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _file(self, repo: str, name: str) -> None:
            data = hub.repos.get(repo, {}).get(name)
            if hub.gated:
                self._fail(403, "GatedRepo")
                return
            if data is None:
                self._fail(404, "EntryNotFound")
                return
            sent = bytes(reversed(data)) if hub.wrong else data
            wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(wanted[1]) if wanted and hub.ranges else 0
            self.send_response(206 if start else 200)
            if not hub.no_etag:
                self.send_header("X-Linked-Etag", f'"{hashlib.sha256(data).hexdigest()}"')
            self.send_header("X-Linked-Size", str(len(data)))
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", '"weak"')
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            if self.command == "HEAD":
                return
            rest = sent[start:]
            if hub.cut_after:
                self.wfile.write(rest[: hub.cut_after.pop(0)])
                self.wfile.flush()
                self.connection.shutdown(2)
                self.close_connection = True
                return
            self.wfile.write(rest)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
