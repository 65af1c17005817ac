"""Choosing a model: a catalogue, the facts of a file, getting one, and setting it."""

from __future__ import annotations

from pipeline.models.catalogue import Entry, find_entry, load_catalogue
from pipeline.models.facts import Facts, facts_of, model_languages
from pipeline.models.resolve import Resolved, resolve

__all__ = [
    "Entry",
    "Facts",
    "Resolved",
    "facts_of",
    "find_entry",
    "load_catalogue",
    "model_languages",
    "resolve",
]
