"""State tracking: asks for the state of things after some steps, balls that change hands or a coin
that is turned over or not. Every step is trivial, and none may be missed."""

from __future__ import annotations

import random

from evals.tasks.base import Item, Language, Task
from evals.tasks.generators.base import Dial, Generator, GeneratorSpec, distinct, stream
from evals.tasks.generators.cast import COLOURS, PEOPLE, joined, particle
from pipeline.prompts.exemplar import Exemplar

__all__ = ["GENERATOR"]

Swaps = tuple[tuple[int, ...], ...]
"""Numbers only, so that a problem is the same in both languages."""


def _make(order: GeneratorSpec) -> Task:
    things, steps = order.dials["things"], order.dials["steps"]
    dice, language = stream("tracking", order), order.language
    draw, show = (_draw_coin, _coin) if things == 1 else (_draw_balls, _balls)
    worked = random.Random(f"worked tracking:{things}:{steps}")
    shown = distinct(lambda: draw(worked, things, steps), 4, (), "tracking")
    name = f"tracking:things={things},steps={steps}"
    asked = distinct(lambda: draw(dice, things, steps), order.n, shown, name)
    examples = [show(problem, language) for problem in shown]
    return Task(
        "tracking",
        tuple(show(problem, language)[0] for problem in asked),
        reading="yesno" if things == 1 else "text",
        scorer="yesno" if things == 1 else "named",
        exemplars={language: tuple(Exemplar(i.question, i.answers[0], s) for i, s in examples)},
        max_tokens=48 + 32 * steps,
    )


# --- a coin ---------------------------------------------------------------------------------------


def _draw_coin(dice: random.Random, things: int, steps: int) -> Swaps:
    """Who has the coin at each step, and whether it is turned over."""
    people = [dice.randrange(len(PEOPLE["en"])) for _ in range(steps)]
    return tuple((who, dice.randrange(2)) for who in people)


def _coin(problem: Swaps, language: Language) -> tuple[Item, str]:
    heads, said, steps = True, [], []
    for who, turned in problem:
        name = PEOPLE[language][who]
        heads = heads is not bool(turned)
        if language == "ko":
            subject = _subject(name)
            said.append(f"{subject} 동전을 {'뒤집습니다' if turned else '뒤집지 않습니다'}.")
            did = "뒤집으므로" if turned else "뒤집지 않으므로 그대로"
            steps.append(f"{subject} {did} {'앞면' if heads else '뒷면'}입니다.")
        else:
            said.append(f"{name} {'turns it over' if turned else 'does not turn it over'}.")
            did = "turns it over, so it" if turned else "does not, so it still"
            steps.append(f"{name} {did} shows {'heads' if heads else 'tails'}.")
    if language == "ko":
        question = f"동전이 앞면입니다. {' '.join(said)} 지금 동전은 앞면인가요?"
        gold = "예" if heads else "아니요"
    else:
        question = f"A coin shows heads. {' '.join(said)} Does the coin show heads now?"
        gold = "yes" if heads else "no"
    name = "-".join(f"{who}{'x' if turned else 'o'}" for who, turned in problem)
    item = Item(
        f"tracking-coin-{name}",
        question,
        language,
        (gold,),
        kind="coin",
        difficulty=f"{len(problem)} steps",
    )
    return item, " ".join(steps)


# --- balls ----------------------------------------------------------------------------------------


def _draw_balls(dice: random.Random, things: int, steps: int) -> Swaps:
    """The people, their colours, the pairs that swap, and who is asked about."""
    people = dice.sample(range(len(PEOPLE["en"])), things)
    colours = dice.sample(range(len(COLOURS["en"])), things)
    swaps = [tuple(dice.sample(range(things), 2)) for _ in range(steps)]
    return (tuple(people), tuple(colours), *swaps, (dice.randrange(things),))


def _balls(problem: Swaps, language: Language) -> tuple[Item, str]:
    people, colours, *swaps, (asked,) = problem
    names = [PEOPLE[language][at] for at in people]
    held = [COLOURS[language][at] for at in colours]
    shown = list(held)
    told, steps = [], []
    for one, other in swaps:
        held[one], held[other] = held[other], held[one]
        told.append(_swapped(names[one], names[other], language))
        steps.append(_result(names[one], held[one], names[other], held[other], language))
    gold = held[asked]
    if language == "ko":
        has = [f"{_topic(n)} {c} 공" for n, c in zip(names, shown, strict=True)]
        start = f"{joined(has, language)}을 가지고 있습니다."
        end = f"마지막에 {_subject(names[asked])} 가진 공은 무슨 색인가요?"
    else:
        has = [f"{n} has a {c} ball" for n, c in zip(names, shown, strict=True)]
        start = f"{joined(has, language)}."
        end = f"What colour is the ball that {names[asked]} has at the end?"
    item = Item(
        "tracking-" + "-".join("".join(f"{n:x}" for n in part) for part in problem),
        " ".join([start, *told, end]),
        language,
        tuple(dict.fromkeys((gold, _stem(gold, language)))),
        kind="balls",
        difficulty=f"{len(people)} things, {len(swaps)} steps",
        data={"candidates": sorted(_stem(colour, language) for colour in shown)},
    )
    return item, " ".join(steps)


def _stem(colour: str, language: Language) -> str:
    """What all ways of naming a colour begin with: 파란색, 파란 공."""
    return colour.removesuffix("색") if language == "ko" and colour != "갈색" else colour


def _topic(name: str) -> str:
    return name + particle(name, "은", "는")


def _subject(name: str) -> str:
    return name + particle(name, "이", "가")


def _swapped(one: str, other: str, language: Language) -> str:
    if language == "ko":
        return f"{one}{particle(one, '과', '와')} {_subject(other)} 공을 맞바꿉니다."
    return f"{one} and {other} swap balls."


def _result(one: str, first: str, other: str, second: str, language: Language) -> str:
    if language == "ko":
        return f"이제 {_topic(one)} {first} 공, {_topic(other)} {second} 공을 가집니다."
    return f"Now {one} has {first} and {other} has {second}."


GENERATOR = Generator(
    "tracking",
    "follow balls that change hands, or a coin that is turned over",
    (
        Dial("things", 3, 1, 8, "how many people with a ball each; 1: a coin instead"),
        Dial("steps", 3, 1, 20, "how many swaps, or turns of the coin"),
    ),
    _make,
)
