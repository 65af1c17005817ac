"""What leans back in a Korean question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.answering.conversation.history import Turn, last_two, person, subject, subjects
from pipeline.answering.conversation.topic import named, topics
from pipeline.text.particles import bare, with_particle

__all__ = ["bare_word", "comparison", "fragment", "left_out", "more", "nouns", "pointing"]

_WHO = "회사|팀|사람|연구소|기관|저자|연구자|그룹"
_PARTICLE = (
    "에서는|에서|에게|에는|에도|으로|이란|이랑|은|는|이|가|을|를|과|와|의|에|도|만|로|란|보다|처럼"
)
_SHORT = {"그게": "이", "이게": "이", "그건": "은", "이건": "은", "그걸": "을", "이걸": "을"}
_POINTS = re.compile(
    rf"(?<![가-힣])(?:(?P<short>그게|이게|그건|이건|그걸|이걸)(?![가-힣])"
    rf"|(?P<group>(?:그|이|해당|위|앞의)\s?(?:{_WHO})|그들|그녀|그(?=(?:는|가|의|를|와)(?![가-힣])))"
    rf"(?P<p1>{_PARTICLE})?"
    rf"|(?P<thing>그것|이것|그거|이거|걔|얘)(?P<p2>{_PARTICLE})?"
    rf"|(?:그|이|해당)\s(?P<noun>[가-힣]+?)(?P<p4>{_PARTICLE})?"
    rf"|(?P<place>거기|여기)(?P<p3>에서|에는|에)?)(?=[\s?!.,]|$|들|야|예요|이야|인가)"
)
_LEAD = re.compile(r"^(?:(?:그럼|그러면|그렇다면|그리고|그런데|근데|또|혹시|자)[\s,]+)*")
_TAIL = re.compile(
    r"(?P<word>\S.*?)(?P<p>은|는|도|이랑|랑|이라면|라면|이|가)?"
    r"(?P<case>의?\s경우(?:에?는|엔)?)?(?:요)?\s*(?:어때요?|어떤가요|어떨까요?|어떻게 되나요)?"
    r"[\s?!.]*$"
)
_LONGEST = 200
"""Characters of a question that may end in such a tail: it is a few words."""
_WH = r"언제|누가|왜|어디서|어디에서|어떻게|얼마나|누구"
_BARE = re.compile(rf"^({_WH})(?:요|죠|지요|일까요?|인가요)?[\s?!.]*$")
_WH_WORD = re.compile(rf"(?<![가-힣])(?:{_WH}|무엇을|무엇이|뭐가|뭘)(?![가-힣])")
_MORE = re.compile(
    r"^(?:좀\s?)?(?:더\s?)?(?:자세히|자세하게|상세히|더)\s?(?:좀\s?)?(?:알려|설명해|말해)\s?"
    r"(?:줘요?|주세요|줄래요?|주실래요)?[\s?!.]*$|^설명해\s?(?:줘요?|주세요)[\s?!.]*$"
)
# What is said between questions, and asks nothing that could be made whole.
_REMARK = re.compile(
    r"^(?:정말|진짜|그래서|그래|네|예|아니|고마워|감사합니다|다른\s?(?:건|것)|또|혹시|맞아)"
    r"(?:은|는|요|이야|인가)?[\s?!.]*$"
)
_COMPARES = re.compile(
    r"^(?:둘\s?(?:다|중(?:에서?)?)?|두 모델(?:\s?중(?:에서?)?)?|그\s?중(?:에서?)?)\s+"
)
_BOTH = re.compile(r"^(?:그\s?)?(?:둘|두 모델)의\s?(?=차이|공통점)")
_WHICH = re.compile(r"어느\s?(?:것|쪽|게|모델)|무엇이 더|뭐가 더|누가 더")
_DEFINES = re.compile(r"(?:이?란|무엇인가요?|무엇입니까|뭐야|뭐예요|뭔가요|뭐죠|뜻)[\s?!.]*$")
_STARTS_WH = re.compile(r"(?:언제|누가|왜|어디서|어디에서|어떻게|얼마나|몇|누구|무엇|뭐|어느|어떤)")
_CASES = ("은", "는", "이", "가", "을", "를", "도")
_NIEUN = 4  # the consonant of 큰, 한, 인 before 가
_ASKS = re.compile(
    r"(?:나요|가요|까요?|니까|어요?|아요?|해요?|야|지요?|죠|냐|니|다|라|줘|줘요|주세요)[\s?!.]*$"
)


def comparison(question: str, past: Sequence[Turn]) -> str:
    """ "둘 중 어느 것이 더 큰가요?" of the two things last spoken of; "" where it is not that."""
    two = last_two(past)
    start = _LEAD.match(question)
    rest = question[start.end() if start else 0 :]
    if two and (found := _BOTH.match(rest)):
        return f"{with_particle(two[0], '와')} {two[1]}의 {rest[found.end() :]}"
    opening = _COMPARES.match(rest)
    if two is None or named(question) or not (opening or _WHICH.search(rest)):
        return ""
    if not opening and topics(rest[: _end_of_which(rest)]):
        return ""
    return f"{with_particle(two[0], '와')} {two[1]} 중 {rest[opening.end() if opening else 0 :]}"


def more(question: str, past: Sequence[Turn]) -> str:
    """ "더 자세히 알려줘" of what was spoken of; "" where it is not that."""
    return f"{subject(past)}에 대해 더 자세히 알려 주세요." if _MORE.match(question) else ""


def bare_word(question: str, past: Sequence[Turn]) -> str:
    """ "언제?" put into the last question, or asked of its subject; "" where it is not that."""
    lead = _LEAD.match(question)
    rest = question[lead.end() if lead else 0 :].strip()
    found, before = _BARE.match(rest), past[-1].question
    if not found:
        return ""
    if _WH_WORD.search(before):
        return _WH_WORD.sub(found[1], before, count=1)
    return f"{with_particle(subject(past), '는')} {rest}"


def pointing(question: str, past: Sequence[Turn]) -> str:
    """The question with what 그것 means in its place; "" where nothing points back."""
    known = False

    def put(found: re.Match[str]) -> str:
        nonlocal known
        if named(question[: found.start()]):
            return found.group()  # it points to a name in the same question
        known = True
        if found["short"]:
            return with_particle(subject(past), _SHORT[found["short"]])
        if noun := found["noun"]:
            about, particle = subject(past), found["p4"] or ""
            return with_particle(about if about.endswith(noun) else f"{about} {noun}", particle)
        particle = found["p1"] or found["p2"] or found["p3"] or ("에" if found["place"] else "")
        meant = person(past) if found["group"] else subject(past)
        if not meant:  # nobody was asked for: the company behind what was spoken of
            who = re.sub(r"^(?:그|이|해당|위|앞의)\s?", "", found["group"])
            meant = f"{subject(past)} {who}" if re.match(_WHO, who) else subject(past)
        return with_particle(meant, particle)

    text = _POINTS.sub(put, question)
    return text if known else ""


def fragment(question: str, past: Sequence[Turn]) -> list[str]:
    """The last question with another subject ("GPT-3는?"), or another thing about the same one
    ("층 수는?"); empty where it is a whole question."""
    before = past[-1]
    lead = _LEAD.match(question)
    rest = question[lead.end() if lead else 0 :].strip()
    rest = re.sub(r"^(?:그|이)\s(?=\S+$)", "", rest)
    tail = _TAIL.match(rest) if len(rest) <= _LONGEST else None
    if not tail or not (tail["p"] or tail["case"] or rest.endswith("?")):
        return []
    word = tail["word"].strip(" ?!.")
    stem = word if tail["p"] or tail["case"] else bare(word)[0]
    words = stem.split()
    if not words or len(words) > 3 or _REMARK.match(question) or _is_asked(rest, word, tail):
        return []
    if any(_STARTS_WH.match(one) for one in words) or any(bare(w)[1] in _CASES for w in words[:-1]):
        return []  # a question word, or a subject with its verb: it is whole
    swapped = _swap(before, stem)
    if named(stem):
        return [swapped]
    return [swapped, f"{subject(past)}의 {rest}"]


def _is_asked(rest: str, word: str, tail: re.Match[str]) -> bool:
    """A verb's ending, which makes it a whole question: 컸나요, 큰가."""
    if tail["p"] == "가" and "가" <= word[-1] <= "힣":
        return (ord(word[-1]) - 0xAC00) % 28 == _NIEUN
    return not (tail["p"] or tail["case"]) and bool(_ASKS.search(rest))


def nouns(question: str) -> tuple[str, ...]:
    """The words with a particle of the subject, the topic or the object, question words aside."""
    parts = (bare(word.strip(" ?!.,")) for word in question.split())
    return tuple(s for s, particle in parts if particle in _CASES and not _STARTS_WH.match(s))


def left_out(question: str, past: Sequence[Turn]) -> str:
    """A question whose subject may have been left out, with it put in; "" for a definition asked
    for ("역전파란?"), which has its subject."""
    lead = _LEAD.match(question)
    rest = question[lead.end() if lead else 0 :]
    if _DEFINES.search(rest) or _REMARK.match(question):
        return ""
    join = "는" if _STARTS_WH.match(rest) else "의"
    return f"{with_particle(subject(past), join)} {rest}"


def _swap(before: Turn, new: str) -> str:
    """The question of a turn, asked of something else."""
    topic = subjects(before)[-1]
    head, tail = before.question[: topic.start], before.question[topic.end :]
    particle = re.match(r"[가-힣]+", tail)
    if not particle:
        return head + new + tail
    return head + with_particle(new, particle.group()) + tail[particle.end() :]


def _end_of_which(text: str) -> int:
    found = _WHICH.search(text)
    return found.start() if found else len(text)
