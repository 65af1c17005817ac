"""Text as it may be shown: whatever notes, models, files and arguments hold, it stays text.

A character that steers a terminal (escape sequences, bells, C1 controls), reverses what is read
(bidirectional controls) or is half of a character is replaced or left out. Letters of every script,
combining marks, joiners and emoji, tabs and line ends stay as they are. The command line, the page
and the reports share this one rule.

While a command runs, standard output and standard error are streams that clean all that is written
to them, whoever writes it: a verb, click, a warning, a traceback (`safe_streams`).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO, cast

__all__ = [
    "SWEEP",
    "SafeStream",
    "Unheard",
    "clean",
    "clean_all",
    "json_in",
    "json_text",
    "one_line",
    "safe_streams",
    "styled",
]

# Controls but for tab and line end, embeddings, overrides and isolates of direction and their
# deprecated kin, annotations, and halves of characters.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff]"
)
_UNSEEN = re.compile("[\u061c\u200e\u200f]")  # marks of direction: nothing to see without them
_BREAKS = re.compile("\r\n?|[\u2028\u2029]")
_RAW = re.compile(  # in JSON: what `clean` would touch
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff]"
)


def clean(text: str) -> str:
    """The text with a replacement character (U+FFFD) for everything that is not to be shown."""
    return _UNSAFE.sub("\ufffd", _UNSEEN.sub("", _BREAKS.sub("\n", text)))


def clean_all(value: Any) -> Any:
    """JSON data with every text in it cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): clean_all(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [clean_all(inner) for inner in value]
    return value


def one_line(text: str) -> str:
    """The text cleaned, on one line."""
    return " ".join(clean(text).split())


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON that says exactly what `value` says and is safe to show: Korean as Korean, and what
    `clean` would touch as `\\uXXXX`."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def json_in(text: str, encoding: str | None) -> str:
    """JSON as a stream of that encoding can say it: what it has no bytes for as `\\uXXXX`, which is
    read as the same, where a question mark would not be."""
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError as error:
        return "".join(
            char if char.isascii() else json.dumps(char)[1:-1] for char in str(error.object)
        )
    return text


# -- our own styles ------------------------------------------------------------------------------

# Nobody outside this process can know the key, so nothing that is shown can pass for our own.
_KEY = secrets.token_hex(8)
_MARK = re.compile(f"\x1b{_KEY}([a-z]+);")
_CODES = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "red": "\x1b[31m",
    "green": "\x1b[32m",
    "yellow": "\x1b[33m",
    "plain": "\x1b[0m",
    "sweep": "\r\x1b[2K",
}


def _mark(name: str) -> str:
    return f"\x1b{_KEY}{name};"


SWEEP = _mark("sweep")
"""Takes the line of a terminal away that the cursor is on."""


def styled(text: str, *styles: str) -> str:
    """The text in styles (bold, dim, red, green, yellow), once a `SafeStream` writes it to a
    terminal."""
    return "".join(map(_mark, styles)) + text + _mark("plain")


def _rendered(text: str, coloured: bool) -> str:
    """The text cleaned, with our own styles as the codes of a terminal or left out."""
    parts = _MARK.split(text)
    for at, part in enumerate(parts):
        if at % 2:
            parts[at] = _CODES[part] if coloured else ""
        else:
            parts[at] = clean(part)
    return "".join(parts)


class Unheard(Exception):
    """What is written to a standard stream arrives nowhere; `error` says why."""

    def __init__(self, error: OSError) -> None:
        self.error = error
        super().__init__(str(error))


class SafeStream:
    """A text stream over another one. It has no `buffer`, so that nobody writes past it.

    Raises Unheard where the reader went away or the disk is full.
    """

    def __init__(self, stream: TextIO, name: str, *, trusting: bool = False) -> None:
        """`trusting`: what is written has been cleaned already."""
        self._stream, self._called, self._trusting = stream, name, trusting
        self.coloured = stream.isatty() and not os.environ.get("NO_COLOR")
        """May be written to in colour; `SWEEP` works on any terminal."""

    @property
    def trusting(self) -> SafeStream:
        """The same for a writer that cleans by itself, because it writes codes of its own."""
        return SafeStream(self._stream, self._called, trusting=True)

    def write(self, text: str | bytes) -> int:
        if isinstance(text, bytes):
            if not text:  # click asks in this way whether a stream is for bytes
                raise TypeError("a stream of text")
            text = text.decode("utf-8", "replace")
        with self._heard():
            self._stream.write(text if self._trusting else _rendered(text, self._stream.isatty()))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        with self._heard():
            self._stream.flush()

    @contextlib.contextmanager
    def _heard(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            named = OSError(error.errno, error.strerror or str(error), self._called)
            raise Unheard(named) from None

    def __getattr__(self, name: str) -> Any:
        if name in ("buffer", "_stream"):
            raise AttributeError(name)
        return getattr(self._stream, name)


@contextlib.contextmanager
def safe_streams() -> Iterator[None]:
    """Put safe streams in the place of standard output and standard error."""
    before = sys.stdout, sys.stderr
    for stream in before:
        if hasattr(stream, "reconfigure"):  # a console of another code page must not stop an answer
            stream.reconfigure(errors="replace")
    try:
        sys.stdout = cast(TextIO, SafeStream(sys.stdout, "standard output"))
        sys.stderr = cast(TextIO, SafeStream(sys.stderr, "standard error"))
        yield
    finally:
        sys.stdout, sys.stderr = before
