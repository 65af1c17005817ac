"""The content terms of a text: what must be shared for two sentences to speak of the same thing.

Latin words are lowered and stripped of their commonest endings; Hangul words become the bigrams of
their syllables, so that particles and endings cost little; names keep their figures ("gpt-2").
Cheap and pure: no dictionary is loaded.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["ENDING", "subject", "terms"]

_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*|\d[\d.,]*\d|\d|[가-힣]+")
_STOP = frozenset(
    (
        "a an the of in on at to for from by with as is are was were be been being am do "
        "does did done has have had having it its they them their he she his her this that "
        "these those there here and or but if than then so not no nor can could may might "
        "will would shall should must what which who whom whose when where why how many much "
        "one i you we me my your our us also such into about over under between per each any "
        "some very more most less least get gets got give gives gave given say says said "
        "tell name called mean means used use uses using work works need needs make makes "
        "made take takes notes note according please explain describe s t"
    ).split()
)
# Endings of questions and the commonest function words; particles on nouns cost one bigram at most.
_KOREAN_STOP = frozenset(
    (
        "은 는 이 가 을 를 의 에 와 과 도 로 으로 에서 무엇 무엇인가요 무엇입니까 뭐 뭔가요 "
        "뭐예요 뭐야 어떤 어떻게 어떤가요 언제 언제인가요 어디 누구 누구인가요 누가 왜 몇 "
        "몇개 개 개인가요 인가요 입니까 있나요 하나요 되나요 얼마 얼마나 얼마인가요 "
        "얼마입니까 그 저 것 수 및 등 더 가장 대한 대해 위한 위해 있는 하는 되는 된 한 할 "
        "합니다 입니다 있습니다 됩니다 이다 있다 한다 된다 무슨 설명해 주세요 알려 알려줘 "
        "설명해줘 설명하세요"
    ).split()
)
# What a question says of the answer it wants, and not of its subject.
_KIND = frozenset(
    (
        "big large small long fast high low size count number figure year date month day "
        "company lab team group person author researcher organization organisation country "
        "kind type sort term terms come comes came out call called biggest total amount "
        "approximately roughly exactly typical typically there actually happen happens mean "
        "stand stands short full difference between"
    ).split()
)
_KOREAN_KIND = frozenset(
    (
        "몇 개나 개를 개의 개가 개인 몇개 회사 연도 해 년 년에 써서 쓰면 쓰는 쓰나 쓴 하면 "
        "했을 때 어느 무슨 정도 정도나 얼마나 크기 개수 뜻 의미 차이 종류 이유 방법 만든 "
        "만들 나온 나왔 발표된 발표한 발표 나 까지 부터 모두 총 각각 첫 번째 가졌 가진 제일 "
        "큰 곳은 곳 데 장 두 사람 해는 개로 번까지 썼 주로 내용 설명 알려진 얻는 얻은 되는 "
        "하는 있는 있나 되나 하나 오르 올랐 늘었 줄었 줄이 늘리"
    ).split()
)
# Words that ask, in every form.
_ASKING = re.compile("(?:무엇|무얼|뭐|뭔|뭘|누구|누가|언제|어디|어느|어떤|어떻|얼마|몇|왜$).*")
ENDING = re.compile(
    r"(?<=[가-힣])(?:이었|였|이|인|했|하였|하|되었|됐|되|된|한|할|될|었|았|습|합|입|있|없|답|르|을|를)?"
    r"(?:나요|가요|까요|니까|는가|은가|던가|지요|죠|어요|아요|해요|예요|에요|이에요|란|이란|라고|인지)$"
)
_VERBAL = re.compile(
    r"(?<=[가-힣]{2})(?:하는|하여|하고|하며|했다|한다|된다|되는|되어|했고|했으며|하면|하기|하던|해서|했던"
    r"|되었다|하였다|했을|하려면|한|된|할|될|함|됨|했|하|되)$"
)
_PARTICLES = (
    "에서는 으로는 이라는 에서 으로 에게 부터 까지 보다 처럼 이란 라는 에는 에도 와는 "
    "과는 은 는 이 가 을 를 의 에 와 과 도 로 란 만"
).split()


def terms(text: str, *, question: bool = False) -> frozenset[str]:
    """The set of content terms of a text, for weighing overlap.

    Of a `question`, the words that only say what kind of answer is wanted ("how large", "which
    company", "in terms of", "인가요") are left out: the notes answer them without repeating them.
    """
    words = _WORD.findall(subject(text) if question else text)
    return frozenset(term for word in words for term in _terms_of(word))


def subject(question: str) -> str:
    """The words of a question that say what it is about: those that only say what kind of answer
    is wanted are left out, and the endings of questions.

    >>> subject("RTT가 뭐야? How many moons does Mars have?").split()
    ['RTT', '?', 'moons', 'Mars', '?']
    """
    return _WORD.sub(_about, question)


def _about(found: re.Match[str]) -> str:
    word = ENDING.sub("", found.group())
    kind = word.lower() in _KIND or word in _KOREAN_KIND or _ASKING.fullmatch(word)
    return " " if kind or not _terms_of(word) else word


@lru_cache(maxsize=65536)
def _terms_of(word: str) -> tuple[str, ...]:
    first = word[0]
    if first.isdigit():
        return (word.replace(",", ""),)
    if "가" <= first <= "힣":
        return _korean(word)
    lowered = word.lower().replace("’", "'").removesuffix("'s").strip("'")
    return () if lowered in _STOP or not lowered else (_stem(lowered),)


def _stem(word: str) -> str:
    """Light: enough that "parameters" meets "parameter" and "introduced" meets "introduces"."""
    for ending, shortest in (("ations", 5), ("ation", 5), ("ing", 4), ("ies", 3), ("ied", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            return word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
    for ending in ("es", "ed", "s", "e"):
        if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _korean(word: str) -> tuple[str, ...]:
    if word in _KOREAN_STOP:
        return ()
    word = _VERBAL.sub("", word)
    for particle in _PARTICLES:  # longest first
        if word.endswith(particle) and len(word) > len(particle):
            word = word[: -len(particle)]
            break
    if word in _KOREAN_STOP:
        return ()
    if len(word) == 1:
        return (word,)
    return tuple(word[i : i + 2] for i in range(len(word) - 1))
