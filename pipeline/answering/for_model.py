"""A question as it is put to the model: with passages, sentences or quotations in front of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.answering.kinds import Composition
from pipeline.evidence.reply_reading import FinalReader
from pipeline.evidence.verify import NotesReader
from pipeline.evidence.written import WrittenReader
from pipeline.strategies import Question
from pipeline.strategies.common.shown_passages import with_evidence
from pipeline.text.terms import terms
from pipeline.types import Hit, Passage, Search

if TYPE_CHECKING:
    from pipeline.answering.prepare import QuestionRequest

__all__ = ["from_notes", "plain", "to_write"]

_WRITTEN = 320
"""Tokens of an answer that is written from several quotations, at most."""


def plain(
    asked: QuestionRequest,
    shown: tuple[Passage, ...] = (),
    hits: tuple[Hit, ...] = (),
    search: Search | None = None,
    *,
    by_sentence: bool = False,
) -> Question:
    """The question with these passages in front of the model, or sentences (`by_sentence`); its
    reply is taken as it is."""
    # All ways of naming an option are read as that option, so votes are counted by what was read.
    by_option = asked.kind == "choice" and bool(asked.options)
    return Question(
        _with_options(asked),
        asked.language,
        FinalReader(asked.kind, asked.language, asked.options),
        kind=None if by_option else asked.kind,
        passages=shown,
        pieces=shown,
        exemplars=asked.exemplars,
        options=asked.options,
        params=asked.params,
        max_tokens=0 if shown else asked.max_tokens,
        id=asked.id or asked.text,
        search=search,
        hits=hits,
        role="read" if shown else "reason",
        by_sentence=by_sentence,
    )


def from_notes(
    asked: QuestionRequest,
    read: NotesReader,
    hits: tuple[Hit, ...],
    search: Search | None,
    context: str,
) -> Question:
    """The question that the notes answer: only what a sentence of them supports may vote. The
    model is shown sentences, or passages (`context`)."""
    shown = tuple(hit.passage for hit in hits)
    question = Question(
        asked.text,
        asked.language,
        read,
        passages=shown,
        pieces=shown,
        params=asked.params,
        id=asked.id or asked.text,
        search=search,
        hits=hits,
        by_sentence=context == "sentences",
    )
    return with_evidence(question, read.evidence)


def to_write(
    asked: QuestionRequest,
    composition: Composition,
    hits: tuple[Hit, ...],
    search: Search | None,
) -> Question:
    """The question as one that is answered in writing, from the quotations of a composition."""
    quoted = tuple(part.evidence for part in composition.parts)
    shown = tuple(
        replace(one.passage, text=one.said, headings=(part.label,) if part.label else ())
        for one, part in zip(quoted, composition.parts, strict=True)
    )
    params = asked.params
    if not params.max_tokens:
        params = replace(params, max_tokens=_WRITTEN)
    return Question(
        asked.text,
        asked.language,
        WrittenReader(asked.language, quoted, frozenset(terms(asked.text, question=True))),
        passages=shown,
        pieces=shown,
        evidence=quoted,
        params=params,
        id=asked.id or asked.text,
        search=search,
        hits=hits,
    )


def _with_options(asked: QuestionRequest) -> str:
    """The question with its options under it, lettered."""
    lines = [f"{chr(ord('A') + at)}. {text}" for at, text in enumerate(asked.options)]
    return "\n".join([asked.text, *lines])
