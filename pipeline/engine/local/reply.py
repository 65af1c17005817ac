"""A reply as it comes in: bytes of tokens -> characters, stop strings, thinking set apart.

Tokens end anywhere, even inside a character (most Korean syllables are two or three tokens of a
model trained on English), so nothing is shown before its last byte is here, and nothing that may
yet turn out to be the start of a stop string.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence

__all__ = ["THINK_TAGS", "ReplyStream", "opens_thinking"]

THINK_TAGS = (("<think>", "</think>"), ("<thought>", "</thought>"), ("<thinking>", "</thinking>"))
"""How models mark what they say to themselves."""


def opens_thinking(tail: str) -> bool:
    """The end of a prompt leaves a think tag open: the template's, or a begun reply's."""
    return any(tail.rfind(start) > tail.rfind(close) for start, close in THINK_TAGS)


class ReplyStream:
    """Feed it the bytes of each token; it returns what may be shown of the answer.

    `stop` strings count in the answer only, and are not part of it. With `thinks`, a reply that
    begins with an opening think tag (or a prompt that ended with one: `inside`) has its thinking
    kept apart. With `trim`, spaces before the answer are not part of it. What it returned, joined,
    always equals `text`.
    """

    def __init__(
        self,
        stop: Sequence[str] = (),
        *,
        thinks: bool = False,
        inside: bool = False,
        trim: bool = False,
    ) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="strict")
        self._stop = tuple(s for s in stop if s)
        self._state = "inside" if inside else ("start" if thinks else "answer")
        self._trim = trim
        self._close: tuple[str, ...] = tuple(c for _, c in THINK_TAGS) if inside else ()
        self._pending = ""  # decoded, not yet known to be answer, thinking or stop
        self._shown: list[str] = []
        self._thought: list[str] = []
        self.raw: list[str] = []
        """Everything decoded, tags and stop strings included."""
        self.stopped = False
        """A stop string came."""

    @property
    def text(self) -> str:
        """The answer so far, as far as it was shown."""
        return "".join(self._shown)

    @property
    def thinking(self) -> str:
        """What stood in the think tags."""
        return "".join(self._thought).strip()

    @property
    def is_thinking(self) -> bool:
        """Inside the think tags now."""
        return self._state == "inside"

    def feed(self, data: bytes) -> str:
        """The new bytes -> the new piece of the answer, possibly empty."""
        text = self._decode(data, final=False)
        if not text or self.stopped:
            return ""
        self.raw.append(text)
        self._pending += text
        return self._advance(final=False)

    def end(self) -> str:
        """No more is coming: the rest of the answer. An incomplete last character is dropped."""
        text = self._decode(b"", final=True)
        if self.stopped:
            return ""
        self.raw.append(text)
        self._pending += text
        return self._advance(final=True)

    def _decode(self, data: bytes, *, final: bool) -> str:
        # A model may write bytes that are no UTF-8 at all; those are left out, never shown as
        # replacement characters. Bytes that are only incomplete wait in the decoder.
        out = ""
        while True:
            try:
                return out + self._decoder.decode(data, final)
            except UnicodeDecodeError as error:
                whole: bytes = error.object
                self._decoder.reset()
                out += whole[: error.start].decode("utf-8")
                data = whole[error.end :]

    def _advance(self, *, final: bool) -> str:
        if self._state == "start":
            self._find_opening(final)
        if self._state == "inside":
            self._find_closing(final)
        if self._state == "blank":  # the empty lines left after thinking are not the answer
            self._pending = self._pending.lstrip()
            if self._pending:
                self._state = "answer"
        return self._answer(final) if self._state == "answer" else ""

    def _find_opening(self, final: bool) -> None:
        body = self._pending.lstrip()
        for start, close in THINK_TAGS:
            if body.startswith(start):
                self._state, self._close = "inside", (close,)
                self._pending = body[len(start) :]
                return
        if final or (body and not any(start.startswith(body) for start, _ in THINK_TAGS)):
            self._state = "answer"

    def _find_closing(self, final: bool) -> None:
        found = [(at, c) for c in self._close if (at := self._pending.find(c)) >= 0]
        if found:
            at, close = min(found)
            self._thought.append(self._pending[:at])
            self._pending = self._pending[at + len(close) :]
            self._state = "blank"
            return
        keep = 0 if final else _overlap(self._pending, self._close)
        cut = len(self._pending) - keep
        self._thought.append(self._pending[:cut])
        self._pending = self._pending[cut:]

    def _answer(self, final: bool) -> str:
        if self._trim:
            self._pending = self._pending.lstrip(" \t")
            self._trim = not self._pending
        piece = self._pending
        at = min((i for s in self._stop if (i := piece.find(s)) >= 0), default=-1)
        if at >= 0:
            self.stopped = True
            piece, self._pending = piece[:at], ""
        else:
            keep = 0 if final else _overlap(piece, self._stop)
            cut = len(piece) - keep
            piece, self._pending = piece[:cut], piece[cut:]
        if piece:
            self._shown.append(piece)
        return piece


def _overlap(text: str, marks: Sequence[str]) -> int:
    """Characters at the end of `text` that may be the start of one of `marks`."""
    most = 0
    for mark in marks:
        for size in range(min(len(mark) - 1, len(text)), most, -1):
            if text.endswith(mark[:size]):
                most = size
                break
    return most
