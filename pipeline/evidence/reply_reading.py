"""A reply as a vote reads it: what it answers, and what it votes for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pipeline.answers.normalise import AnswerKind, canonical
from pipeline.answers.option_labels import LETTERS, option_index
from pipeline.answers.parse import extract
from pipeline.evidence.gather import Evidence

__all__ = ["FinalReader", "ParsedReply", "ReplyReader"]


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """The answer in a reply. `key` is what it votes for: readings with one key are one answer.
    `support` (0 to 1) says how well `evidence` supports it; without evidence it is 1."""

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
    span: tuple[int, int] | None = None
    """Where it stands in what the first of its evidence says, if it is a piece of that."""


class ReplyReader(Protocol):
    """How the replies to one question are read. Pure."""

    def __call__(self, reply: str, mark: str = "", *, cut: bool = False) -> ParsedReply | None:
        """The answer in `reply`, or None where there is none that may vote. `mark` is what the
        prompt asked to be put before the final answer. `cut`: the reply did not end by itself."""
        ...


@dataclass(frozen=True, slots=True)
class FinalReader:
    """Reads the final answer of a kind, with nothing to check it against.

    Free text without a mark is the answer as a whole. A reply that was cut off has an answer only
    where it says so: its last figure is a step on the way, and a figure at its very end may have
    gone on.

    >>> FinalReader("number")("So the train takes 3 hours. The answer is 180 km.").text
    '180 km'
    """

    kind: AnswerKind = "auto"
    language: str = ""
    options: tuple[str, ...] = ()
    """The texts of a multiple choice. An answer then votes for the option that it names, by letter,
    number or text."""

    def __call__(self, reply: str, mark: str = "", *, cut: bool = False) -> ParsedReply | None:
        reply = reply.strip()
        marked = bool(mark) and mark in reply
        if self.kind == "text" and (marked or not cut):
            answer = reply.rsplit(mark, 1)[1].strip() if marked else reply
        else:
            found = extract(reply, self.kind, self.language, self.options)
            if found is None or (cut and not (found.marked and found.end < len(reply))):
                return None
            answer = found.text
        if self.kind == "choice" and self.options:
            at = option_index(answer, self.options)
            return None if at is None else ParsedReply(answer, key=f"choice:{LETTERS[at]}")
        same = canonical(answer, self.kind, self.language)
        return ParsedReply(answer, key=same.key) if same else None
