"""Add a few numbers. Easy to say, easy to check, and a small model that writes its steps gets more
of them right: the task to see inference-time scaling at work within minutes."""

from __future__ import annotations

import random
from itertools import accumulate

from evals.tasks.base import Item, Language, Task
from evals.tasks.generators.base import Dial, Generator, GeneratorSpec, distinct, stream
from pipeline.prompts.exemplar import Exemplar

__all__ = ["GENERATOR"]

Numbers = tuple[int, ...]

_ASKED: dict[Language, str] = {"en": "What is {sum}?", "ko": "{sum}의 값은 얼마인가요?"}


def _make(order: GeneratorSpec) -> Task:
    terms, digits = order.dials["terms"], order.dials["digits"]
    dice = stream("sums", order)
    shown = _examples(terms, digits)
    asked = distinct(
        lambda: _numbers(dice, terms, digits),
        order.n,
        shown,
        f"sums:terms={terms},digits={digits}",
    )
    items = [_item(numbers, order.language) for numbers in asked]
    return Task(
        "sums",
        tuple(items),
        reading="number",
        scorer="numeric",
        exemplars={order.language: tuple(_exemplar(numbers, order.language) for numbers in shown)},
        max_tokens=24 + terms * (6 + 4 * digits),
    )


def _numbers(dice: random.Random, terms: int, digits: int) -> Numbers:
    low = 1 if digits == 1 else 10 ** (digits - 1)
    return tuple(dice.randint(low, 10**digits - 1) for _ in range(terms))


def _examples(terms: int, digits: int) -> list[Numbers]:
    """Four sums of the same shape, the same for every seed."""
    dice = random.Random(f"worked sums:{terms}:{digits}")
    return distinct(lambda: _numbers(dice, terms, digits), 4, (), "sums")


def _item(numbers: Numbers, language: Language) -> Item:
    written = " + ".join(map(str, numbers))
    return Item(
        f"sums-{'+'.join(map(str, numbers))}",
        _ASKED[language].format(sum=written),
        language,
        (str(sum(numbers)),),
        kind="arithmetic",
        difficulty=f"{len(numbers)} terms of {len(str(numbers[0]))} digits",
    )


def _exemplar(numbers: Numbers, language: Language) -> Exemplar:
    totals = list(accumulate(numbers))
    steps = [
        f"{before} + {number} = {after}."
        for before, number, after in zip(totals, numbers[1:], totals[1:], strict=False)
    ]
    return Exemplar(_item(numbers, language).question, str(totals[-1]), " ".join(steps))


GENERATOR = Generator(
    "sums",
    "add k whole numbers of d digits",
    (
        Dial("terms", 3, 2, 20, "how many numbers are added"),
        Dial("digits", 1, 1, 12, "how many digits each has"),
    ),
    _make,
)
