"""Letters: put together the last letters of some words, or count a letter in them. In Korean the
letters are syllables: the last ones put together, or all of them counted. Hard for a model that
reads tokens, and easier when it spells the words out first."""

from __future__ import annotations

import random

from evals.tasks.base import Item, Language, Task
from evals.tasks.generators.base import Dial, Generator, GeneratorSpec, distinct, stream
from evals.tasks.generators.cast import WORDS, particle
from pipeline.answers.normalise import canonical
from pipeline.prompts.exemplar import Exemplar

__all__ = ["GENERATOR"]

Words = tuple[str, ...]

_LAST: dict[Language, str] = {
    "en": 'Take the last letter of each word in "{words}" and put them together. What do you get?',
    "ko": '"{words}"에서 낱말마다 마지막 글자를 따서 차례로 이어 붙이면 무엇이 되나요?',
}
_COUNT: dict[Language, str] = {
    "en": 'How many times does the letter "{letter}" stand in "{words}"?',
    "ko": '"{words}"에서 띄어쓰기를 빼면 모두 몇 글자인가요?',
}


def _make(order: GeneratorSpec) -> Task:
    counting, number = bool(order.dials["count"]), order.dials["words"]
    draw = _draw_count if counting else _draw_last
    show = _count if counting else _put_together
    dice, language = stream("letters", order), order.language
    worked = random.Random(f"worked letters:{number}:{counting}")
    shown = distinct(lambda: draw(worked, language, number), 4, (), "letters")
    name = f"letters:words={number},count={int(counting)}"
    asked = distinct(lambda: draw(dice, language, number), order.n, shown, name)
    examples = [show(problem, language) for problem in shown]
    return Task(
        "letters",
        tuple(show(problem, language)[0] for problem in asked),
        reading="number" if counting else "text",
        scorer="numeric" if counting else "text",
        exemplars={language: tuple(Exemplar(i.question, i.answers[0], s) for i, s in examples)},
        max_tokens=48 + 32 * number,
    )


# --- the last letters -----------------------------------------------------------------------------


def _draw_last(dice: random.Random, language: Language, number: int) -> Words:
    """Words, drawn again where the correct answer would be read as no answer or as another
    ("nan")."""
    while True:
        words = tuple(dice.sample(WORDS[language], number))
        last = "".join(word[-1] for word in words)
        read = canonical(last, "text", language)
        if read is not None and read.key == f"t:{last}":
            return words


def _put_together(words: Words, language: Language) -> tuple[Item, str]:
    letters = [word[-1] for word in words]
    gold = "".join(letters)
    spellings = (gold, " ".join(letters), "-".join(letters), ", ".join(letters))
    question = _LAST[language].format(words=" ".join(words))
    if language == "ko":
        steps = [f'"{word}"의 마지막 글자는 "{word[-1]}"입니다.' for word in words]
    else:
        steps = [f'The last letter of "{word}" is "{word[-1]}".' for word in words]
    item = Item(
        f"letters-{'-'.join(words)}",
        question,
        language,
        tuple(dict.fromkeys(spellings)),
        kind="last letters",
        difficulty=f"{len(words)} words",
    )
    return item, " ".join(steps)


# --- counting -------------------------------------------------------------------------------------


def _draw_count(dice: random.Random, language: Language, number: int) -> Words:
    """The words, and behind them the letter to be counted (nothing in Korean, where all are)."""
    words = tuple(dice.sample(WORDS[language], number))
    if language == "ko":
        return (*words, "")
    return (*words, dice.choice(sorted(set("".join(words)))))


def _count(problem: Words, language: Language) -> tuple[Item, str]:
    *words, letter = problem
    counts = [word.count(letter) if letter else len(word) for word in words]
    question = _COUNT[language].format(words=" ".join(words), letter=letter)
    if language == "ko":
        steps = [
            f'"{w}"{particle(w, "은", "는")} {n}글자입니다.'
            for w, n in zip(words, counts, strict=True)
        ]
    else:
        times = [f"{n} time{'s' if n != 1 else ''}" for n in counts]
        steps = [f'"{w}" has it {n}.' for w, n in zip(words, times, strict=True)]
    if len(words) > 1:
        steps.append(f"{' + '.join(map(str, counts))} = {sum(counts)}.")
    item = Item(
        f"letters-{letter or 'all'}-in-{'-'.join(words)}",
        question,
        language,
        (str(sum(counts)),),
        kind="count",
        difficulty=f"{len(words)} words",
    )
    return item, " ".join(steps)


GENERATOR = Generator(
    "letters",
    "put together the last letters of some words, or count letters (syllables in Korean)",
    (
        Dial("words", 3, 1, 12, "how many words"),
        Dial("count", 0, 0, 1, "1: count letters; 0: put the last ones together"),
    ),
    _make,
)
