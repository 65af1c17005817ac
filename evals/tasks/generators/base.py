"""Shared by the generators: their dials, and drawing distinct items from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from evals.tasks.base import Language, Task
from pipeline.errors import DatasetError, filled

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = ["Dial", "Generator", "GeneratorSpec", "distinct", "stream"]

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Dial:
    """A whole number that makes a task easier or harder."""

    name: str
    default: int
    low: int
    high: int
    description: str


@dataclass(frozen=True, slots=True)
class GeneratorSpec:
    """What is to be made: a language, how many items, the seed, and where every dial stands."""

    language: Language
    n: int
    seed: int
    dials: dict[str, int] = field(default_factory=dict)
    config: Config | None = None
    told: bool = False
    """Somebody asked for exactly n."""


@dataclass(frozen=True, slots=True)
class Generator:
    """A task that is made, not read: the same order always gives the same items, and fewer are the
    first of more."""

    name: str
    description: str
    dials: tuple[Dial, ...]
    make: Callable[[GeneratorSpec], Task]
    n: int = 300
    """How many items it makes when it is not told."""
    bounded: bool = False
    """There may be fewer: it makes no more than the notes give."""


def stream(name: str, order: GeneratorSpec) -> random.Random:
    """Random numbers of a generator. They do not depend on the language, so that item k is the same
    problem in Korean and in English."""
    dials = ",".join(f"{key}={value}" for key, value in sorted(order.dials.items()))
    return random.Random(f"{name}:{dials}:{order.seed}")


def distinct(make: Callable[[], T], n: int, taken: Iterable[T], name: str) -> list[T]:
    """n different things, none of them `taken`, in the order in which they were drawn.

    Raises DatasetError where the dials do not allow for so many.
    """
    seen = set(taken)
    found: list[T] = []
    misses = 0
    while len(found) < n:
        one = make()
        if one not in seen:
            seen.add(one)
            found.append(one)
            misses = 0
        elif (misses := misses + 1) > 20_000:
            raise DatasetError(
                filled(
                    "{name}: there are only about {count} different items with these settings, "
                    "not {asked}.",
                    name=name,
                    count=len(found),
                    asked=n,
                ),
                "Ask for fewer (n=...) or turn a dial up.",
            )
    return found
