"""Items for the tests of scorers."""

from __future__ import annotations

from typing import Any

from evals.tasks.base import Item, Language

__all__ = ["asked", "unanswerable"]


def asked(*golds: str, language: Language = "en", **fields: Any) -> Item:
    """An item with these correct answers."""
    return Item("q1", "What is it?", language, golds, **fields)


def unanswerable() -> Item:
    """An item that nothing answers."""
    return Item("q1", "What is it?", answerable=False)
