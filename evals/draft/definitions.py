""" "X is a ..." -> "What is X?", and the same in Korean. The answer is what kind of thing it is, up
to the clause that goes on about it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.draft.candidate import DraftQuestion
from evals.draft.material import Sentence
from pipeline.text.entities import names
from pipeline.text.particles import with_particle

__all__ = ["definition_questions"]

_EN = re.compile(
    r"(?P<term>(?:(?:The|A|An)\s)?[\w'’-]+(?:\s[\w'’-]+){0,3})(?:,\s[^,]{2,40},|\s\([^)]{2,40}\))?"
    r"\s(?P<be>is|are)\s(?P<what>(?:a|an|the)\s.+)"
)
_EN_ENDS = re.compile(
    r",|;|:|\s\(|\s(?:that|which|who|whose|where|when|because|so that|and is|but|by|if)\b|[.!]?$"
)
_NO_TERM = re.compile(
    r"\b(?:it|this|that|there|here|what|one|he|she|they|most|many|some|all|both|each|question|answer"
    r"|signs?|raw|result|reason|point|idea|difference|way|first|second|third|last|best|next|main|only|example)\b",
    re.I,
)
_KO = re.compile(
    r"(?P<term>[가-힣A-Za-z][^,.;:\"“”\n]{0,29}?)(?P<says>이란|란|은|는)\s(?P<what>.{6,80}?)"
    r"(?:이다|입니다|[을를] (?:말|뜻|의미)(?:한다|합니다)|[을를] 가리(?:킨다|킵니다))\.?$"
)
_KO_NO_TERM = re.compile(
    r"^(?:이|그|저|이것|그것|이유|까닭|문제|결과|예|다음|하나|둘|첫|가장|나머지|여기|이때|답|요즘|지금)"
    r"(?:\s|$)|[가-힣](?:은|는|을|를|면|고|며|서|지만|에서|으로)\s"
)
_MOST_WORDS = 14
# "중요한 점", "X의 결론": said of something else, and no term.
_OF = re.compile(r"(?:의|한|된|는|던|할|운|큰|은|을)\s|(?:점|이유|까닭|결론|점수|말|일)$")


_LABEL = re.compile(r"(?P<label>[^:：.,]{2,40})[:：]\s")
_KO_LABELLED = re.compile(
    r"(?P<what>.{8,120}?)(?:이다|입니다|[을를] (?:말|뜻|의미)(?:한다|합니다))\.?$"
)


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
    if not 3 <= len(words) <= _MOST_WORDS or re.search(r"\d", answer) or words[-1] in _DANGLING:
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


_DANGLING = frozenset("of to in on at for with as than from one kind same".split())


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


# What a Korean definition ends in; "X는 2018년의 일이다" is none.
_KIND = re.compile(
    r"(?:방법|방식|것|모델|도구|형식|라이브러리|알고리즘|기술|구조|함수|단위|현상|규칙|값|비율|법칙|과정"
    r"|기관|언어|이론|장치|사람|시험|데이터|말|파일|프로그램|체계|원리|물질|도시|나라|책|건물|제도|방언)$"
)


def _short(answer: str) -> tuple[str, ...]:
    """The definition, and its last clause alone where that says enough."""
    tail = answer.rsplit(",", 1)[-1].strip()
    return tuple(dict.fromkeys((answer, tail))) if len(tail.split()) >= 3 else (answer,)
