"""The page at `/`: its one file, script and style known by their hashes, and its fonts."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

__all__ = ["ADD_NOTE", "SECURE", "font", "home", "note_policy", "read"]

_WEB = Path(__file__).parent / "web"
_STYLES = ("katex/katex.min.css", "page.css")
_SCRIPTS = (
    "words.js", "tools.js", "tree.js", "evidence.js", "card.js", "conversation.js", "sources.js",
    "page.js",
)  # fmt: skip
"""Parts of one script, in the order in which they need each other."""

ADD_NOTE = "/api/sources"
"""Where a file is sent that is to be added to the notes."""
SECURE = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@cache
def home() -> tuple[str, str]:
    """The page whole, and its policy: nothing is run, styled or asked for but what is in it and
    what its own server gives."""
    style = "\n".join(map(read, _STYLES)).replace("url(fonts/", "url(/assets/")
    script = '"use strict";\n(() => {\n' + "\n".join(map(read, _SCRIPTS)) + "\n})();\n"
    katex = read("katex/katex.min.js")
    html = read("page.html")
    for mark, text in (("/*style*/", style), ("/*katex*/", katex), ("/*script*/", script)):
        html = html.replace(mark, text)
    policy = (
        f"default-src 'none'; script-src '{_hash(katex)}' '{_hash(script)}'; "
        f"style-src '{_hash(style)}'; font-src 'self'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return html, policy


def note_policy(style: str) -> str:
    """The policy of a page that shows one note and does nothing."""
    return f"default-src 'none'; style-src '{_hash(style)}'; frame-ancestors 'none'"


@cache
def font(name: str) -> bytes | None:
    """A font of the page; None where it has no such font."""
    fonts = {path.name: path for path in (_WEB / "katex/fonts").glob("*.woff2")}
    return fonts[name].read_bytes() if name in fonts else None


@cache
def read(name: str) -> str:
    """A part of the page."""
    return (_WEB / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
