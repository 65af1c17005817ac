"""Generates arithmetic over facts that stand in the notes, such as how many times as many
parameters one model has as another.

The figures are found in the user's own notes, by rule: a sentence that says of one named thing that
it has so many of something ("GPT-3 has 175 billion parameters"). A hedged figure is not used, nor
one that two sentences disagree about. The correct answer is computed; the sentences are the
supporting evidence.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from evals.tasks.base import GoldSpan, Item, Language, Task
from evals.tasks.exemplars import ratios
from evals.tasks.generators.base import Dial, Generator, GeneratorSpec, stream
from evals.tasks.generators.cast import joined
from pipeline.errors import DatasetError, filled
from pipeline.text.endings import OWNS_FIGURE
from pipeline.text.entities import Name, name_key, names
from pipeline.text.numbers.measurement_units import is_count
from pipeline.text.numbers.quantities import Quantity, quantities
from pipeline.text.plain_sentences import FACT_HAS
from pipeline.types import Passage

__all__ = ["GENERATOR", "Fact", "facts_in"]

_OWNER = re.compile(r"^[A-Z][\w.&-]*['’]s\s")  # "DeepMind's Gopher" is Gopher
_HAS = re.compile(rf"\s(?:{FACT_HAS})\s(?:only\s)?")
_KO_NOUNS = {
    "파라미터": "parameters", "매개변수": "parameters", "토큰": "tokens", "층": "layers",
    "레이어": "layers", "헤드": "heads", "차원": "dimensions", "전문가": "experts",
    "문항": "questions", "문제": "questions",
}  # fmt: skip
_KO_HAS = re.compile(
    rf"(?:{OWNS_FIGURE})\s(?P<noun>{'|'.join(_KO_NOUNS)})(?:\s수)?(?:는|은|가|이)\s(?:모두\s)?"
)
_KO_WRITTEN = {
    "parameters": "파라미터", "tokens": "토큰", "layers": "층", "heads": "헤드",
    "dimensions": "차원", "experts": "전문가", "questions": "문제",
}  # fmt: skip
_MOST_RATIO = 10_000


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence of the notes: `name` (`key` for all its spellings) has `value` of `unit`."""

    name: str
    key: str
    value: Fraction
    unit: str
    written: str
    source: str
    quote: str


def facts_in(passages: Sequence[Passage], language: Language) -> list[Fact]:
    """The facts of passages in a language, in order; one for each thing and unit. A thing of which
    different figures are told is left out."""
    from pipeline.text.sentences import sentences

    found: dict[tuple[str, str], Fact] = {}
    doubtful = set()
    for passage in passages:
        for start, end in sentences(passage.text, passage.language):
            for fact in _facts(passage.text[start:end], passage, language):
                known = found.setdefault((fact.key, fact.unit), fact)
                if known.value != fact.value:
                    doubtful.add((fact.key, fact.unit))
    return [fact for key, fact in found.items() if key not in doubtful]


def _facts(sentence: str, passage: Passage, language: Language) -> Iterator[Fact]:
    if passage.language != language or "\n" in sentence:
        return
    named = names(sentence)
    for q in quantities(sentence):
        before = [name for name in named if name.end <= q.start]
        if not before or q.approximate or q.value <= 0:
            continue
        unit = _unit(sentence, before[-1], q, language)
        if unit:
            name = _OWNER.sub("", before[-1].text)
            written = sentence[q.start : q.end]
            yield Fact(name, name_key(name), q.value, unit, written, passage.source, sentence)


def _unit(sentence: str, name: Name, q: Quantity, language: Language) -> str:
    """What the sentence says the name has so many of; nothing where it says something else."""
    between = sentence[name.end : q.start]
    if language == "ko":
        found = _KO_HAS.fullmatch(between)
        return _KO_NOUNS[found["noun"]] if found else ""
    fits = is_count(q.unit) and q.unit in _KO_WRITTEN and _HAS.fullmatch(between)
    plain = "-" not in sentence[q.start : q.end]  # "a 7-billion-parameter model" is something else
    return q.unit if fits and plain else ""


def _make(order: GeneratorSpec) -> Task:
    facts = facts_in(_notes(order), order.language)
    terms, dice = order.dials["terms"], stream("facts", order)
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.unit, []).append(fact)
    chosen = [c for unit in sorted(groups) for c in _choices(groups[unit], terms, dice)]
    dice.shuffle(chosen)
    if not chosen:
        raise DatasetError(
            filled(
                "facts: the notes have {count} plain figures in {language}, too few to compare.",
                count=len(facts),
                language=repr(order.language),
            ),
            "Try another language, or notes that say what has how many of something.",
        )
    if order.told and len(chosen) < order.n:
        raise DatasetError(
            filled(
                "facts: the notes give {count} questions, not {asked}.",
                count=len(chosen),
                asked=order.n,
            ),
            "Ask for fewer (n=...).",
        )
    return Task(
        "facts",
        tuple(_item(chain, order.language) for chain in chosen[: order.n]),
        reading="number",
        scorer="numeric",
        notes=True,
        exemplars={order.language: ratios()[order.language]},
        max_tokens=160,
    )


def _notes(order: GeneratorSpec) -> list[Passage]:
    if order.config is None:
        raise DatasetError("facts: there are no notes.", "Give a configuration with notes.path.")
    from pipeline.errors import NotesError
    from pipeline.notes import read, walk

    root = order.config.notes_path
    found: list[Passage] = []
    for file in walk(root):
        try:
            found += read(root, file.path).passages
        except NotesError:
            continue  # `thinkscale notes` tells which notes cannot be read, and why
    return found


def _choices(facts: Sequence[Fact], terms: int, dice: random.Random) -> Iterator[tuple[Fact, ...]]:
    """Groups of facts about one unit, the last smaller than the others together; each fact stands
    in a few of them only, so that no figure decides the result."""
    uses = dict.fromkeys(range(len(facts)), 0)
    groups = list(combinations(range(len(facts)), terms))
    dice.shuffle(groups)
    for group in groups:
        if any(uses[at] >= 4 * terms for at in group):
            continue
        *over, under = sorted(group, key=lambda at: -facts[at].value)
        ratio = sum(facts[at].value for at in over) / facts[under].value
        if Fraction(11, 10) <= ratio <= _MOST_RATIO:
            for at in group:
                uses[at] += 1
            yield tuple(facts[at] for at in (*over, under))


def _item(chain: tuple[Fact, ...], language: Language) -> Item:
    *over, under = chain
    ratio = sum((fact.value for fact in over), Fraction(0)) / under.value
    things = [fact.name for fact in over]
    if language == "ko":
        many = "과 ".join(things) if len(things) < 2 else f"{', '.join(things)}을 합한 것"
        noun = _KO_WRITTEN[under.unit]
        question = f"{many}의 {noun} 수는 {under.name}의 몇 배인가요?"
    else:
        together = "do" if len(things) > 1 else "does"
        many = joined(things, language) + (" together" if len(things) > 1 else "")
        question = f"How many times as many {under.unit} {together} {many} have as {under.name}?"
    figures = " + ".join(_plain(fact.value) for fact in over)
    return Item(
        f"facts-{'-'.join(fact.key for fact in chain)}-{under.unit}".replace(" ", "_"),
        question,
        language,
        _answers(ratio),
        kind="arithmetic",
        difficulty=f"{len(chain)} figures",
        cluster=over[0].source,
        spans=tuple(dict.fromkeys(GoldSpan(fact.source, fact.quote) for fact in chain)),
        data={
            "facts": f"({figures}) / {_plain(under.value)}",
            "tolerance": 0.02,  # people round such answers
            "figures": [fact.written for fact in chain],
        },
    )


def _answers(ratio: Fraction) -> tuple[str, ...]:
    """The ratio as people write it, then more exactly."""
    if ratio.denominator == 1:
        return (str(ratio),)
    value = float(ratio)
    written = (f"{value:.0f}" if value >= 20 else f"{value:.1f}", f"{value:.1f}", f"{value:.2f}")
    return tuple(dict.fromkeys(written))


def _plain(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"{float(value):g}"


GENERATOR = Generator(
    "facts",
    "arithmetic over figures found in your own notes, with the sentences they stand in",
    (Dial("terms", 2, 2, 4, "how many figures go into one answer"),),
    _make,
    n=100,
    bounded=True,
)
