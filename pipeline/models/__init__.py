"""Choosing a model: a catalogue, the facts of a file, getting one, and setting it."""

from __future__ import annotations

from pipeline.models.catalogue import CatalogueEntry, find_entry, load_catalogue
from pipeline.models.gguf_facts import ModelFacts, facts_of, model_languages
from pipeline.models.resolve import ResolvedModel, resolve

__all__ = [
    "CatalogueEntry",
    "ModelFacts",
    "ResolvedModel",
    "facts_of",
    "find_entry",
    "load_catalogue",
    "model_languages",
    "resolve",
]
