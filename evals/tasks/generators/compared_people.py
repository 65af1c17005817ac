"""Comparison: asks who is the oldest, tallest or richest of some people, among facts given in the
question. Some facts are given outright and some relative to another person, so that the figures
have to be worked out before they can be compared."""

from __future__ import annotations

import random
from dataclasses import dataclass

from evals.tasks.base import Item, Language, Task
from evals.tasks.generators.base import Dial, Generator, GeneratorSpec, distinct, stream
from evals.tasks.generators.cast import PEOPLE, joined, particle
from pipeline.prompts.exemplar import Exemplar

__all__ = ["GENERATOR"]


@dataclass(frozen=True, slots=True)
class _Measure:
    """A property of people in words: given outright, as more or less than another's, and asked."""

    low: int
    high: int
    given: dict[Language, str]
    more: dict[Language, str]
    less: dict[Language, str]
    most: dict[Language, str]
    least: dict[Language, str]


_MEASURES = (
    _Measure(
        20, 89,
        {"en": "{a} is {n} years old.", "ko": "{a_topic} {n}살입니다."},
        {"en": "{a} is {n} years older than {b}.", "ko": "{a_topic} {b}보다 {n}살 많습니다."},
        {"en": "{a} is {n} years younger than {b}.", "ko": "{a_topic} {b}보다 {n}살 적습니다."},
        {"en": "Who is the oldest?", "ko": "나이가 가장 많은 사람은 누구인가요?"},
        {"en": "Who is the youngest?", "ko": "나이가 가장 적은 사람은 누구인가요?"},
    ),
    _Measure(
        150, 199,
        {"en": "{a} is {n} cm tall.", "ko": "{a}의 키는 {n} cm입니다."},
        {"en": "{a} is {n} cm taller than {b}.", "ko": "{a_topic} {b}보다 {n} cm 큽니다."},
        {"en": "{a} is {n} cm shorter than {b}.", "ko": "{a_topic} {b}보다 {n} cm 작습니다."},
        {"en": "Who is the tallest?", "ko": "키가 가장 큰 사람은 누구인가요?"},
        {"en": "Who is the shortest?", "ko": "키가 가장 작은 사람은 누구인가요?"},
    ),
    _Measure(
        30, 99,
        {"en": "{a} has {n} stamps.", "ko": "{a_topic} 우표가 {n}장 있습니다."},
        {
            "en": "{a} has {n} stamps more than {b}.",
            "ko": "{a_topic} {b}보다 우표가 {n}장 많습니다.",
        },
        {
            "en": "{a} has {n} stamps fewer than {b}.",
            "ko": "{a_topic} {b}보다 우표가 {n}장 적습니다.",
        },
        {"en": "Who has the most stamps?", "ko": "우표가 가장 많은 사람은 누구인가요?"},
        {"en": "Who has the fewest stamps?", "ko": "우표가 가장 적은 사람은 누구인가요?"},
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Problem:
    """Numbers only, so that a problem is the same in both languages. `relative[k]` is the place of
    the person that person k is compared with, -1 where the figure is given outright; `order` is the
    order in which the facts are told."""

    measure: int
    most: bool
    people: tuple[int, ...]
    values: tuple[int, ...]
    relative: tuple[int, ...]
    order: tuple[int, ...]


def _make(order: GeneratorSpec) -> Task:
    things, hops = order.dials["things"], min(order.dials["hops"], order.dials["things"] - 1)
    dice, language = stream("comparison", order), order.language
    worked = random.Random(f"worked comparison:{things}:{hops}")
    shown = distinct(lambda: _drawn(worked, things, hops), 4, (), "comparison")
    name = f"comparison:things={things},hops={hops}"
    asked = distinct(lambda: _drawn(dice, things, hops), order.n, shown, name)
    examples = [_told(problem, language) for problem in shown]
    return Task(
        "comparison",
        tuple(_told(problem, language)[0] for problem in asked),
        reading="text",
        scorer="named",
        exemplars={language: tuple(Exemplar(i.question, i.answers[0], s) for i, s in examples)},
        max_tokens=48 + 32 * things,
    )


def _drawn(dice: random.Random, things: int, hops: int) -> _Problem:
    measure = dice.randrange(len(_MEASURES))
    people = dice.sample(range(len(PEOPLE["en"])), things)
    values = dice.sample(range(_MEASURES[measure].low, _MEASURES[measure].high + 1), things)
    # A relative fact leans on one who comes before, so that every chain ends at a figure.
    leaning = set(dice.sample(range(1, things), hops))
    relative = [dice.randrange(k) if k in leaning else -1 for k in range(things)]
    told = dice.sample(range(things), things)
    most = bool(dice.randrange(2))
    return _Problem(measure, most, tuple(people), tuple(values), tuple(relative), tuple(told))


def _told(problem: _Problem, language: Language) -> tuple[Item, str]:
    measure = _MEASURES[problem.measure]
    names = [PEOPLE[language][at] for at in problem.people]
    facts = [_fact(problem, k, names, language) for k in problem.order]
    best = (max if problem.most else min)(range(len(names)), key=lambda k: problem.values[k])
    asked = (measure.most if problem.most else measure.least)[language]
    steps = [_step(problem, k, names) for k in range(len(names))]
    figures = joined([str(problem.values[k]) for k in range(len(names))], language)
    extreme = problem.values[best]
    if language == "ko":
        steps.append(f"{figures} 가운데 가장 {'큰' if problem.most else '작은'} 수는 {extreme}.")
    else:
        what = "largest" if problem.most else "smallest"
        steps.append(f"The {what} of {figures} is {extreme}.")
    code = "-".join(
        f"{who:x}.{value}" + (f"r{leans}" if leans >= 0 else "")
        for who, value, leans in zip(problem.people, problem.values, problem.relative, strict=True)
    )
    told = "".join(f"{k:x}" for k in problem.order)
    item = Item(
        f"comparison-{problem.measure}{'+' if problem.most else '-'}{told}-{code}",
        " ".join([*facts, asked]),
        language,
        (names[best],),
        kind=("age", "height", "stamps")[problem.measure],
        difficulty=f"{len(names)} things, {sum(k >= 0 for k in problem.relative)} relative",
        data={"candidates": sorted(names)},
    )
    return item, " ".join(steps)


def _fact(problem: _Problem, k: int, names: list[str], language: Language) -> str:
    measure, other = _MEASURES[problem.measure], problem.relative[k]
    topic = names[k] + particle(names[k], "은", "는") if language == "ko" else ""
    words = {"a": names[k], "a_topic": topic}
    if other < 0:
        return measure.given[language].format(n=problem.values[k], **words)
    gap = problem.values[k] - problem.values[other]
    way = measure.more if gap > 0 else measure.less
    return way[language].format(n=abs(gap), b=names[other], **words)


def _step(problem: _Problem, k: int, names: list[str]) -> str:
    value, other = problem.values[k], problem.relative[k]
    if other < 0:
        return f"{names[k]}: {value}."
    gap = value - problem.values[other]
    sign = "+" if gap > 0 else "-"
    return f"{names[k]}: {problem.values[other]} {sign} {abs(gap)} = {value}."


GENERATOR = Generator(
    "comparison",
    "who is the oldest, tallest or richest, some facts being given relative to another",
    (
        Dial("things", 3, 2, 12, "how many people"),
        Dial(
            "hops", 1, 0, 11, "how many of the facts are relative (at most one fewer than people)"
        ),
    ),
    _make,
)
