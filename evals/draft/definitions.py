""" "X is a ..." -> "What is X?", and the same in Korean. The answer is what kind of thing it is, up
to the clause that goes on about it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.draft.candidate import DraftQuestion
from evals.draft.material import Sentence
from pipeline.text.entities import names
from pipeline.text.particles import with_particle
from pipeline.text.plain_sentences import DEFINITION_ENDS, KOREAN_GENUS, KOREAN_MEANS, KOREAN_REFERS
from pipeline.text.standalone import DANGLING, KOREAN_NO_TERM, KOREAN_OF, NO_TERM

__all__ = ["definition_questions"]

_EN = re.compile(
    r"(?P<term>(?:(?:The|A|An)\s)?[\w'’-]+(?:\s[\w'’-]+){0,3})(?:,\s[^,]{2,40},|\s\([^)]{2,40}\))?"
    r"\s(?P<be>is|are)\s(?P<what>(?:a|an|the)\s.+)"
)
_EN_ENDS = re.compile(DEFINITION_ENDS)
_NO_TERM = re.compile(NO_TERM, re.I)
_KO = re.compile(
    r"(?P<term>[가-힣A-Za-z][^,.;:\"“”\n]{0,29}?)(?P<says>이란|란|은|는)\s(?P<what>.{6,80}?)"
    rf"(?:{KOREAN_MEANS}|{KOREAN_REFERS})\.?$"
)
_KO_NO_TERM = re.compile(KOREAN_NO_TERM)
_MOST_WORDS = 14
_OF = re.compile(KOREAN_OF)
_KIND = re.compile(rf"(?:{KOREAN_GENUS})$")
_LABEL = re.compile(r"(?P<label>[^:：.,]{2,40})[:：]\s")
_KO_LABELLED = re.compile(rf"(?P<what>.{{8,120}}?)(?:{KOREAN_MEANS})\.?$")


def definition_questions(sentence: Sentence) -> Iterator[DraftQuestion]:
    """At most one: what is the thing that the sentence begins with? "LoRA: LoRA is a ..." and
    "LoRA: a way to ..." begin with a label, which is the thing."""
    find = _korean if sentence.language == "ko" else _english
    label = _LABEL.match(sentence.text)
    found = find(sentence.text[label.end() :] if label else sentence.text)
    if label and found is None and sentence.language == "ko":
        found = _labelled(label["label"], sentence.text[label.end() :])
    if found:
        question, answers = found
        yield DraftQuestion(question, answers, "definition", (sentence,))


def _english(text: str) -> tuple[str, tuple[str, ...]] | None:
    found = _EN.match(text)
    if found is None or _NO_TERM.search(found["term"]):
        return None
    end = _EN_ENDS.search(found["what"], 3)
    answer = (found["what"][: end.start()] if end else found["what"]).strip()
    words = answer.split()
    if not 3 <= len(words) <= _MOST_WORDS or re.search(r"\d", answer) or words[-1] in DANGLING:
        return None
    term = found["term"]
    if term.split()[0] in ("The", "A", "An") or not _is_name(term):
        term = term[0].lower() + term[1:]
    plain = re.sub(r"^(?:a|an|the)\s", "", answer)
    return f"What {found['be']} {term}?", (answer, plain)


def _is_name(term: str) -> bool:
    """Whether its capital is its own, and not the beginning of the sentence."""
    first = term.split()[0]
    named = names(f"about {term}")
    return first[1:] != first[1:].lower() or any(
        name.text != first or not first.isalpha() for name in named if name.start == len("about ")
    )


def _korean(text: str) -> tuple[str, tuple[str, ...]] | None:
    found = _KO.match(text)
    if found is None or _KO_NO_TERM.search(found["term"] + " "):
        return None
    term, answer = found["term"].strip(), found["what"].strip()
    bare = re.sub(r"\s?\([^)]*\)$", "", term)
    if not 1 <= len(bare.split()) <= 3 or len(bare) < 2 or re.search(r"\d", answer):
        return None
    if found["says"] in ("은", "는") and (_OF.search(bare) or not _KIND.search(answer)):
        return None
    return f"{with_particle(bare, '이란')} 무엇인가요?", _short(answer)


def _labelled(label: str, text: str) -> tuple[str, tuple[str, ...]] | None:
    found = _KO_LABELLED.match(text)
    bare = re.sub(r"\s?\([^)]*\)$", "", label.strip())
    if found is None or not _KIND.search(found["what"]) or re.search(r"\d", found["what"]):
        return None
    if not 1 <= len(bare.split()) <= 4 or len(bare) < 2 or _OF.search(bare):
        return None
    return f"{with_particle(bare, '이란')} 무엇인가요?", _short(found["what"].strip())


def _short(answer: str) -> tuple[str, ...]:
    """The definition, and its last clause alone where that says enough."""
    tail = answer.rsplit(",", 1)[-1].strip()
    return tuple(dict.fromkeys((answer, tail))) if len(tail.split()) >= 3 else (answer,)
