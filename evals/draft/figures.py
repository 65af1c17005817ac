"""A sentence that says who has how many of what, or when something came to be, as a question.

"X has N nouns" -> "How many nouns does X have?"; "X was founded in 1871 by Y" -> "When was X
founded?", "Who founded X?"; the same in Korean. Each rule knows several wordings, since the first
may share too long a run of words with the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.draft.candidate import DraftQuestion
from evals.draft.leakage import MOST_OVERLAP, overlap
from evals.draft.material import Sentence
from pipeline.text.answer_type import is_time
from pipeline.text.endings import OWNS, SUBJECT
from pipeline.text.numbers.bounds import COUNT_HEDGE, HEDGE, KOREAN_COUNTERS, TIME_UNITS
from pipeline.text.numbers.measurement_units import is_count
from pipeline.text.numbers.quantities import Quantity, quantities
from pipeline.text.particles import with_particle
from pipeline.text.plain_sentences import (
    ACTIVE,
    BASE,
    BASES,
    CAME_TO_BE,
    COSTS,
    HAS,
    KOREAN_AFTER_PAST,
    KOREAN_CAME_TO_BE,
    KOREAN_IS,
    KOREAN_LATER,
    NAME_JOINS,
    PAST,
)
from pipeline.text.standalone import KOREAN_POINTS_BACK, KOREAN_POINTS_WHOLE, NO_NOUN, PRONOUN

__all__ = ["answers_of", "figure_questions"]

# --- English --------------------------------------------------------------------------------------

_OWNER = r"(?P<owner>[A-Z](?:[\w.&'’-]|(?<=\w)\s(?=\w)){1,60}?)"
_EN_HAS = re.compile(
    rf"{_OWNER}(?:\s\([^()]*\))?\s(?P<verb>{HAS})"
    rf"\s(?:{COUNT_HEDGE})?$"
)
_EN_WAS = re.compile(
    rf"{_OWNER}(?:\s\([^()]*\))?\s(?P<be>was|were)\s(?:first\s)?"
    rf"(?P<verb>{CAME_TO_BE})\b"
)
_EN_DATE = re.compile(r"(?:\sby\s[^,.;]{2,60}?)?,?\s(?:in|on)\s$")
_EN_BY = re.compile(
    rf"\sby\s(?P<who>(?:[A-Z][\w.'’-]*)(?:\s(?:[A-Z][\w.'’-]*|{NAME_JOINS}))*)"
    r"(?=\s(?:in|on|at)\b|[,.;]|$)"
)
_EN_COSTS = re.compile(
    rf"{_OWNER}\s(?P<verb>{COSTS})\s"
    rf"(?:{HEDGE})?$"
)
_ARTICLES = frozenset("The A An Our My Your All".split())
_PRONOUN = re.compile(PRONOUN, re.I)

# --- Korean ---------------------------------------------------------------------------------------

_KO_OWNER = r"(?P<owner>[가-힣A-Za-z0-9](?:[^,.;:()\"“”\n]|\.(?=\d)){0,39}?)(?:\([^()]*\))?"
_KO_HAS = re.compile(
    rf"{_KO_OWNER}(?:{OWNS})\s(?P<noun>[가-힣]{{1,8}}(?:(?<![은는이가의을를에])\s[가-힣]{{1,6}})?)(?:{SUBJECT})\s(?:모두\s|약\s|총\s)*$"
)
_KO_COUNTER = re.compile(
    rf"(?:\d|[십백천만억조])\s?(?P<counter>{KOREAN_COUNTERS})(?=[가-힣\s,.)]|$)"
)
_KO_DATED = re.compile(rf"^{_KO_OWNER}(?:{SUBJECT})\s(?:약\s)?$")
_KO_CAME = re.compile(
    rf"(?:에|,)?\s(?:(?:(?!(?:{KOREAN_LATER})에?\s)[^\s,.;\d]+\s){{0,4}})"
    rf"(?P<verb>[가-힣]{{1,6}}(?:{KOREAN_CAME_TO_BE}))(?:{KOREAN_AFTER_PAST})"
)
_KO_IS = re.compile(rf"^{_KO_OWNER}(?:은|는)\s(?:약\s|모두\s)*$")
_KO_MEASURE = re.compile(
    rf"^{_KO_OWNER}의\s(?P<noun>[가-힣]{{1,8}}(?:\s[가-힣]{{1,6}})?)(?:{SUBJECT})\s(?:약\s|모두\s|총\s)*$"
)
_KO_IS_END = re.compile(rf"(?:{KOREAN_IS})")


def figure_questions(sentence: Sentence) -> Iterator[DraftQuestion]:
    """Every question about a figure, a date or a maker that one of the rules finds."""
    make = _korean if sentence.language == "ko" else _english
    for question_forms, answers, made in make(sentence.text):
        question = _first_fit(question_forms, sentence.text)
        if question:
            yield DraftQuestion(question, answers, made, (sentence,))  # type: ignore[arg-type]


_Found = Iterator[tuple[tuple[str, ...], tuple[str, ...], str]]


def _first_fit(forms: tuple[str, ...], text: str) -> str:
    return next((form for form in forms if overlap(form, text) < MOST_OVERLAP), "")


def _english(text: str) -> _Found:
    figures = quantities(text)
    for q in figures:
        before = text[: q.start]
        if q.unit == "times":
            continue  # a comparison: of what with what, the figure does not say
        if q.unit == "date" or is_time(q, text):
            yield from _english_when(text, q)
        elif found := _EN_HAS.match(before):
            yield from _english_count(text, q, found)
        elif found := _EN_COSTS.match(before):
            yield from _english_cost(text, q, found)
    if (found := _EN_WAS.match(text)) and (maker := _EN_BY.match(text, found.end())):
        verb = ACTIVE.get(found["verb"], found["verb"])
        owner = _owner(found["owner"])
        if verb and owner:
            who = maker["who"]
            last = who.split()[-1]
            yield (f"Who {verb} {owner}?",), tuple(dict.fromkeys((who, last))), "fact"


def _english_count(text: str, q: Quantity, found: re.Match[str]) -> _Found:
    owner = _owner(found["owner"], found["verb"] in BASES)
    noun = _noun(text, q)
    if not owner or not noun:
        return
    verb = found["verb"]
    base = BASE[verb]
    do = "did" if verb in PAST else "do" if verb == base else "does"
    forms = (f"How many {noun} {do} {owner} {base}?", f"What number of {noun} {do} {owner} {base}?")
    whole, *bare = _answers(text, q)
    named = [] if _mass(text, q) else [f"{(bare or [whole])[-1]} {noun}"]
    yield forms, tuple(dict.fromkeys((whole, *bare, *named))), "figure"


def _english_cost(text: str, q: Quantity, found: re.Match[str]) -> _Found:
    owner = _owner(found["owner"])
    verb = found["verb"].removesuffix("s")
    if not owner or not q.unit:
        return
    do = "does" if found["verb"].endswith("s") else "do"
    if verb in ("take", "last"):
        if q.unit in TIME_UNITS:
            yield (f"How long {do} {owner} {verb}?",), _answers(text, q), "figure"
        return
    yield (f"How much {do} {owner} {verb}?",), _answers(text, q), "figure"


def _english_when(text: str, q: Quantity) -> _Found:
    found = _EN_WAS.match(text)
    if found is None or not _EN_DATE.fullmatch(text[found.end() : q.start]):
        return
    if owner := _owner(found["owner"]):
        forms = (f"When {found['be']} {owner} {found['verb']}?",)
        yield forms, (text[q.start : q.end],), "figure"


def _owner(words: str, plural: bool = False) -> str:
    """The subject as it stands inside a sentence; empty where it does not stand by itself."""
    words = words.removesuffix(" itself").removesuffix(" alone")
    if len(words.split()) > 7 or _PRONOUN.search(words) or words.split()[0] in ("There", "Each"):
        return ""
    first = words.split()[0]
    if first in _ARTICLES or (plural and first[1:] == first[1:].lower()):
        words = words[0].lower() + words[1:]  # else it has no article, so it is a name
    return words


def _noun(text: str, q: Quantity) -> str:
    """What is counted: the words after the figure up to a function word, or its unit."""
    unit = text[q.start : q.end].split()[-1]
    if _mass(text, q):
        of = _words(text, q.end + len(" of "))
        return f"{unit} of {of}" if of and unit.isalpha() else ""
    if q.unit:
        return unit if unit.isalpha() and unit.isascii() and is_count(q.unit) else ""
    words = _words(text, q.end).split()
    while words and not words[-1].endswith("s"):
        words.pop()
    return " ".join(words)


def _words(text: str, at: int) -> str:
    """At most three plain words, up to a function word or a mark."""
    words: list[str] = []
    for word in text[at:].split()[:3]:
        plain = word.rstrip(",.;:)")
        if plain in NO_NOUN or not re.fullmatch("[a-z][a-z-]*", plain):
            break
        words.append(plain)
        if plain != word:
            break
    return " ".join(words)


def _mass(text: str, q: Quantity) -> bool:
    """ "80 GB of memory": how much, not how many."""
    return bool(q.unit) and text.startswith(" of ", q.end)


_NUMBER = re.compile(
    r"[^\d]{0,3}-?\d[\d.,]*(?:\s?(?:thousand|million|billion|trillion)\b"
    r"|(?:\s?[십백천만억조](?:\s\d[\d,]*)?)+|[KMBT](?![A-Za-z]))?"
)


def answers_of(text: str, start: int, end: int) -> tuple[str, ...]:
    """What stands there, and where it counts something, the number alone."""
    whole = text[start:end].strip()
    figure = next(iter(quantities(whole, alone=True)), None)
    number = _NUMBER.fullmatch(whole) or _NUMBER.match(whole)
    if figure is None or number is None or not (figure.unit == "" or is_count(figure.unit)):
        return (whole,)
    return tuple(dict.fromkeys((whole, number.group().strip().rstrip(".,"))))


def _answers(text: str, q: Quantity) -> tuple[str, ...]:
    return answers_of(text, q.start, q.end)


def _korean(text: str) -> _Found:
    for q in quantities(text):
        before, behind = text[: q.start], text[q.end :]
        if q.unit == "date" or is_time(q, text):
            yield from _korean_when(text, q)
            continue
        counted = _KO_COUNTER.search(text, max(q.start, 0), min(q.end + 3, len(text)))
        if not counted:
            yield from _korean_measure(text, q)
            continue
        counter = counted["counter"]
        whole = text[q.start : max(q.end, counted.end("counter"))]
        answers = tuple(dict.fromkeys((whole, _bare(whole, counter))))
        if found := _KO_HAS.search(before):
            if not _ko_subject(found["owner"]) or found.start() > 0:
                continue
            owner, noun, how = found["owner"], found["noun"], f"몇 {counter}인가요?"
            topic = with_particle(owner, "은")
            yield (
                (
                    f"{owner}의 {with_particle(noun, '은')} {how}",
                    f"{topic} {with_particle(noun, '이')} {how}",
                    f"{noun} 수로 보면 {topic} {how}",
                ),
                answers,
                "figure",
            )
        elif (
            (found := _KO_IS.match(before))
            and _KO_IS_END.match(behind)
            and _ko_subject(found["owner"])
        ):
            owner = with_particle(found["owner"], "은")
            yield (f"{owner} 몇 {counter}인가요?",), answers, "figure"


def _korean_measure(text: str, q: Quantity) -> _Found:
    """ "X의 면적은 630만 헥타르이다": what is measured, not counted."""
    found = _KO_MEASURE.match(text[: q.start])
    rest = re.match(r"\s?(?P<unit>[가-힣]{1,6}?)?" + _KO_IS_END.pattern, text[q.end :])
    if found and rest and _ko_subject(found["owner"]):
        owner, noun = found["owner"], found["noun"]
        whole = text[q.start : q.end + (rest.end("unit") if rest["unit"] else 0)]
        forms = (
            f"{owner}의 {with_particle(noun, '은')} 얼마인가요?",
            f"{with_particle(owner, '은')} {with_particle(noun, '이')} 얼마인가요?",
            f"{with_particle(noun, '으로')} 보면 {with_particle(owner, '은')} 얼마인가요?",
        )
        yield forms, answers_of(whole, 0, len(whole)), "figure"


def _korean_when(text: str, q: Quantity) -> _Found:
    found = _KO_DATED.match(text[: q.start])
    came = _KO_CAME.match(text, q.end)
    if found and came and _ko_subject(found["owner"]):
        owner, verb = found["owner"], came["verb"]
        yield (
            (
                f"{with_particle(owner, '은')} 언제 {verb}나요?",
                f"언제 {with_particle(owner, '이')} {verb}나요?",
            ),
            (text[q.start : q.end],),
            "figure",
        )


def _bare(whole: str, counter: str) -> str:
    return whole.removesuffix(counter).strip() or whole


def _ko_subject(words: str) -> bool:
    """Whether it stands by itself: short, no clause in it, nothing that points back."""
    return (
        len(words.split()) <= 4
        and len(words) >= 2
        and not re.search(KOREAN_POINTS_BACK, words + " ")
        and not re.match(KOREAN_POINTS_WHOLE, words)
    )
