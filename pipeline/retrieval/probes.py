"""Questions made from the notes themselves, to find out what each search is worth on them.

A sentence becomes a question, and every other word of it is taken out of its passage: people's
questions share some words with the passage that answers them, and put the rest in their own way. A
sentence hidden altogether would say that words never matter, one left whole that nothing else does.
Headings ask for the passages under them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from pipeline.types import Passage

__all__ = ["Probe", "make_probes"]

_LEAST = 60
_MOST = 200
_SHARE = 0.12
"""Questions are this share of the passages of a language, between the least and the most."""
_WORDS = 14


@dataclass(frozen=True, slots=True)
class Probe:
    """A question made from the notes. `target` is the passage meant; `also` are others that would
    be right; `hidden` are the words taken out of the target ("" for a heading). `halves` are the
    sentences they are taken out of: where each stands, and what is left of it."""

    question: str
    language: str
    target: int
    also: tuple[int, ...] = ()
    hidden: str = ""
    halves: tuple[tuple[int, int, str], ...] = ()


def _order(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()


def make_probes(passages: Sequence[Passage], language: str) -> list[Probe]:
    """Questions of one language, the same for the same notes: sentences half hidden (two a passage
    where it has five or more), and a third as many headings."""
    from pipeline.text.sentences import sentences

    mine = [i for i, passage in enumerate(passages) if passage.language == language]
    limit = int(min(_MOST, max(_LEAST, _SHARE * len(mine))))
    probes: list[Probe] = []
    for i in sorted(mine, key=lambda i: _order(passages[i].id)):
        if len(probes) >= limit:
            break
        text = passages[i].text
        spans = [(a, b) for a, b in sentences(text, language) if _asks(text[a:b], language)]
        if len(spans) < 3:
            continue
        first = _order(passages[i].id)[0] % len(spans)
        chosen = [first]
        if len(spans) >= 5:
            chosen.append((first + len(spans) // 2) % len(spans))
        words = {spans[c]: text[slice(*spans[c])].split() for c in chosen}
        hidden = "\n".join(" ".join(found[1::2]) for found in words.values())
        halves = tuple((*span, " ".join(found[::2])) for span, found in words.items())
        probes.extend(
            Probe(_window(text[slice(*spans[c])]), language, i, (), hidden, halves) for c in chosen
        )
    return probes + _heading_probes(passages, language, max(4, len(probes) // 3))


def _asks(sentence: str, language: str) -> bool:
    """Long enough to mean one thing, and prose."""
    letters = sum(c.isalpha() for c in sentence)
    least = 12 if language == "ko" else 25
    return letters >= least and letters > 0.6 * len(sentence) and len(sentence) < 600


def _window(sentence: str) -> str:
    """The middle words of a long sentence: people's questions are short."""
    words = sentence.split()
    start = max(0, (len(words) - _WORDS) // 2)
    return " ".join(words[start : start + _WORDS])


def _heading_probes(passages: Sequence[Passage], language: str, limit: int) -> list[Probe]:
    under: dict[str, list[int]] = {}
    for i, passage in enumerate(passages):
        if passage.headings and passage.language == language:
            under.setdefault(passage.headings[-1], []).append(i)
    usable = [
        heading
        for heading, found in under.items()
        if len(found) <= 8 and len(heading.split()) >= 2 and sum(c.isalpha() for c in heading) >= 5
    ]
    return [
        Probe(heading, language, under[heading][0], tuple(under[heading][1:]))
        for heading in sorted(usable, key=_order)[:limit]
    ]
