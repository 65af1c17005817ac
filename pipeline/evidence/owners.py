"""Tells whose figure it is in a sentence with several names and several figures.

"GPT-2 has 1.5 billion parameters, far fewer than GPT-3's 175 billion": the second figure is about
GPT-3. Clauses decide: a figure belongs to the names in its own clause, else to the last name before
it that is not merely an agent or a place ("by OpenAI"). In Korean the topic of the sentence owns
what follows it. Where that leaves doubt several names own it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.text.answer_type import is_time
from pipeline.text.clauses import BEFORE_AGENT, PARTS_OWNERS
from pipeline.text.endings import TOPIC
from pipeline.text.entities import Name
from pipeline.text.numbers.quantities import Quantity

__all__ = ["owners"]

_BREAK = re.compile(rf"[;:()\[\]|\n—–]|,(?!\d)|{PARTS_OWNERS}")
_AGENT = re.compile(rf"{BEFORE_AGENT}\s*(?:the\s+)?$", re.I)
_BRACKETS = re.compile(r"\([^()]*\)")
_BESIDE = re.compile(r",\s+(?:the\s+|a\s+)?")
_TOPIC = re.compile(rf"\s*(?:\([^()]*\))?\s?(?:{TOPIC})(?=\s)")


def owners(text: str, quantity: Quantity, found: Sequence[Name]) -> frozenset[str]:
    """Keys of the names a figure belongs to; empty where the sentence names none."""
    closed = [match.span() for match in _BRACKETS.finditer(text)]
    outside = [
        n
        for n in found
        if (n.end <= quantity.start or n.start >= quantity.end)
        and not any(a < n.start < b and not a < quantity.start < b for a, b in closed)
    ]
    topics = [n for n in outside if n.end <= quantity.start and _TOPIC.match(text, n.end)]
    breaks = [0, *(m.end() for m in _BREAK.finditer(text)), len(text)]
    left = max(at for at in breaks if at <= quantity.start)
    right = min((at for at in breaks if at >= quantity.end), default=len(text))
    inside = [n for n in outside if left <= n.start and n.end <= right and not _is_agent(text, n)]
    keys = {topics[-1].key} if topics else set()
    if inside and is_time(quantity, text):
        keys |= {n.key for n in inside}  # an event has one time and several that take part
    elif inside:
        keys.add(min(inside, key=lambda n: _gap(n, quantity)).key)
    opened = _open_bracket(text, quantity.start)
    if opened is not None and (not inside or left == opened + 1):
        # "GPT-3 (175 billion)", "LoRA (Hu and colleagues, June 2021)": of what stands before too.
        keys |= {n.key for n in outside if _is_right_before(text, n, opened)}
    return frozenset(keys or _before(text, quantity, outside))


def _before(text: str, quantity: Quantity, outside: Sequence[Name]) -> set[str]:
    """The last name before the figure; while it is an agent ("by OpenAI") or stands beside another
    ("the largest Switch Transformer, Switch-C, has"), the one before it too."""
    names = [n for n in outside if n.end <= quantity.start]
    keys: set[str] = set()
    for at in range(len(names) - 1, -1, -1):
        keys.add(names[at].key)
        between = text[names[at - 1].end : names[at].start] if at else ""
        if not (_is_agent(text, names[at]) or _BESIDE.fullmatch(between)):
            break
    return keys


def _is_agent(text: str, name: Name) -> bool:
    return _AGENT.search(text, 0, name.start) is not None


def _open_bracket(text: str, at: int) -> int | None:
    """Where the bracket around a position opens."""
    before, bracket, inside = text[:at].rpartition("(")
    return len(before) if bracket and ")" not in inside else None


def _is_right_before(text: str, name: Name, at: int) -> bool:
    """No word stands between a name and a position behind it."""
    return name.end <= at and not any(char.isalnum() for char in text[name.end : at])


def _gap(name: Name, quantity: Quantity) -> int:
    return quantity.start - name.end if name.end <= quantity.start else name.start - quantity.end
