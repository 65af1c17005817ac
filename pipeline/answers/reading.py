"""A reply as a vote reads it: what it answers, and what it votes for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pipeline.answers.evidence import Evidence
from pipeline.answers.extract import extract
from pipeline.answers.normalise import Kind, canonical

__all__ = ["FinalReader", "Reader", "Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer in a reply. `key` is what it votes for: readings with one key are one answer.
    `support` (0 to 1) says how well `evidence` bears it out; without evidence it is 1."""

    text: str
    evidence: tuple[Evidence, ...] = ()
    key: str = ""
    support: float = 1.0
    reply: str = ""
    """The whole reply it was read in."""
    firm: bool = True
    """What it votes for is a value or a name. Where it is not, readings of one key say things in
    words about the same sentence, which need not be the same things: see `claim`."""
    claim: frozenset[str] = frozenset()
    """What it says that the question did not, in terms; of answers in words."""


class Reader(Protocol):
    """How the replies to one question are read. Pure."""

    def __call__(self, reply: str, mark: str = "") -> Reading | None:
        """The answer in `reply`, or None where there is none that may vote. `mark` is what the
        prompt asked to be put before the final answer."""
        ...


@dataclass(frozen=True, slots=True)
class FinalReader:
    """Reads the final answer of a kind, with nothing to check it against.

    Free text without a mark is the answer as a whole; what was asked for after a mark, and has
    none, is no answer.
    """

    kind: Kind = "auto"
    language: str = ""

    def __call__(self, reply: str, mark: str = "") -> Reading | None:
        reply = reply.strip()
        if self.kind == "text":
            if mark and mark in reply:
                reply = reply.rsplit(mark, 1)[1].strip()
            answer = reply
        else:
            found = extract(reply, self.kind, self.language)
            if found is None:
                return None
            answer = found.text
        same = canonical(answer, self.kind, self.language)
        return Reading(answer, key=same.key) if same else None
