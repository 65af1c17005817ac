"""The events that are told to who listens while a question is worked on."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.types import Hit, Sample, Vote

__all__ = ["Event", "SampleEvent", "SearchEvent", "StandaloneEvent", "TextEvent", "VotesEvent"]


@dataclass(frozen=True, slots=True)
class TextEvent:
    """New text of one draw of a choice."""

    choice: int
    draw: int
    text: str


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """A draw is finished."""

    choice: int
    sample: Sample


@dataclass(frozen=True, slots=True)
class StandaloneEvent:
    """The question as it is put to the notes, where that is not how it was written."""

    question: str


@dataclass(frozen=True, slots=True)
class SearchEvent:
    """What was searched, before the model is asked."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class VotesEvent:
    """How the votes stand after `done` of at most `most` draws."""

    choice: int
    votes: tuple[Vote, ...]
    done: int
    most: int


Event = TextEvent | SampleEvent | StandaloneEvent | SearchEvent | VotesEvent
