"""What leans back in an English question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.chat.history import Turn, last_two, person, subject, subjects
from pipeline.chat.topic import content_words, named, topics
from pipeline.particles import with_particle

__all__ = ["bare_word", "comparison", "fragment", "left_out", "more", "pointing"]

_VERB = (
    "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|works?|means?|takes?|"
    "comes?|costs?|called|happens?|needs?|uses?"
)
_NOUN = (
    "models?|methods?|papers?|techniques?|algorithms?|concepts?|ideas?|systems?|tools?|languages?|"
    "datasets?|approach(?:es)?|architectures?|librar(?:y|ies)"
)
_WHO = "company|companies|lab|team|group|person|people|authors?|researchers?|university"
_POINTS = re.compile(
    rf"\b(?:(?P<whose>their|his|her(?=\s+\w))|(?P<who>they|them|he|she|him|her)"
    rf"|(?P<group>(?:this|that|these|those)\s+(?:{_WHO}))|(?P<its>its)"
    rf"|(?P<thing>(?:this|that|these|those|the\s+same|such\s+an?)\s+(?:{_NOUN})|it(?:self)?"
    rf"|(?:(?<=\bof )|(?<=\bto )|(?<=\bfor )|(?<=\bin )|(?<=\bby )|(?<=\bwith )|(?<=\blike )"
    rf"|(?<=\bthan )|(?<=\babout )|(?<=\bdoes )|(?<=\bdid )|(?<=\bdo )|(?<=\bis )|(?<=\bwas )"
    rf"|(?<=\bare )|(?<=\bwere )|(?<=\bcan )|(?<=\bhow )|(?<=\bwhy )|^)"
    rf"(?:this|that|these|those)(?=\s*[?.!,]|\s*$|\s+(?:{_VERB})\b)))\b",
    re.I,
)
# "How long does it take to train GPT-3?", "Is it true that ...": this "it" is nothing.
_EMPTY_IT = re.compile(
    r"\bit\s+(?:take|cost|mean|matter|help)s?\s+(?:\w+\s+){0,3}(?:to|that|if|when)\b"
    r"|\b(?:is|was|will|would)\s+it\s+(?:be\s+)?(?:true|possible|necessary|better|worth|important|"
    r"easy|easier|hard|harder|common|usual|the case|that)\b",
    re.I,
)
_CLAUSE = re.compile(r",|;|\b(?:and|but|or|so|because|if|when)\b", re.I)
_WH = "why|when|where|who|whom|how|what|which"
_LEAD = re.compile(
    r"^(?:(?:and|but|so|then|ok|okay|also|now|well)\b[\s,]*)*"
    r"(?P<about>(?:what|how)\s+(?:about|of)\s+)?(?P<for>(?:for|in|with|of|on)\s+)?(?:the\s+)?",
    re.I,
)
_BARE = re.compile(
    rf"^(?:(?:and|but|so|then|ok|okay)\b[\s,]*)*((?:since\s+|by\s+)?(?:{_WH})(?:\s+so)?"
    r"(?:\s+(?:many|much|big|large|long|fast|far|often|exactly|else))?)"
    r"(?:\s+is\s+(?:that|this|it)(?:\s+so)?)?[\s?!.]*$",
    re.I,
)
_MORE = re.compile(
    r"^(?:(?:can|could)\s+you\s+)?(?:please\s+)?(?:tell\s+me\s+more|(?:some\s+)?more(?:\s+details?)?|"
    r"(?:explain|elaborate)(?:\s+(?:more|further|in\s+(?:more\s+)?detail))?)"
    r"(?:\s+about\s+(?:it|that|this))?[\s?!.]*$",
    re.I,
)
_COMPARES = re.compile(
    r"^(?:(?:and|so|but|then)\b[\s,]*)?which\s+(?:one\s+|(?:one\s+)?of\s+(?:them|these|those|the\s+"
    rf"two)\s+|model\s+)?(?:{_VERB}|came|runs?|scores?|performs?)\b",
    re.I,
)
# What a thing has, rather than another thing: "And the number of layers?"
_MEASURE = re.compile(
    r"\b(?:number|size|length|cost|price|name|date|year|score|speed|accuracy|memory|layers?|"
    r"parameters?|tokens?|authors?|makers?|licen[cs]e|context|limits?|purpose|advantages?|"
    r"disadvantages?|drawbacks?|examples?)\b",
    re.I,
)
_BOTH = re.compile(
    r"^(?:(?:and|so|but|then)\b[\s,]*)?(?:compare\s+(?:them|both|the\s+two)"
    r"|what(?:'s|\s+is|\s+are)\s+the\s+differences?(?:\s+between\s+(?:them|the\s+two|both))?"
    r"|how\s+do\s+(?:they|the\s+two)\s+(?:differ|compare))[\s?!.]*$",
    re.I,
)
_HOW_MANY = re.compile(r"^how\s+(many|much)\s+((?:[\w-]+\s+){0,2}[\w-]+)$", re.I)


def comparison(question: str, past: Sequence[Turn]) -> str:
    """ "Which one is larger?" of the two things last spoken of; "" where it is not that."""
    two = last_two(past)
    if two and _BOTH.match(question):
        return f"What is the difference between {two[0]} and {two[1]}?"
    if two is None or named(question) or not _COMPARES.search(question):
        return ""
    return f"{_open(question)}, {two[0]} or {two[1]}?"


def more(question: str, past: Sequence[Turn]) -> str:
    """ "Tell me more." of what was spoken of; "" where it is not that."""
    return f"Tell me more about {subject(past)}." if _MORE.match(question) else ""


def bare_word(question: str, past: Sequence[Turn]) -> str:
    """ "When?" or "Why is that?" with the words of the last question; "" where it is not that."""
    found = _BARE.match(question)
    words = " ".join(content_words(past[-1].question))
    return f"{found[1][0].upper()}{found[1][1:]}? ({words})" if found and words else ""


def pointing(question: str, past: Sequence[Turn]) -> str:
    """The question with what "it" or "they" means in its place; "" where nothing points back."""
    if named(question) and _EMPTY_IT.search(question):
        return ""
    known = False

    def put(found: re.Match[str]) -> str:
        nonlocal known
        if _points_within(question, found.start()):
            return found.group()
        if _EMPTY_IT.match(question, found.start()) or _empty_before(question, found.start()):
            return found.group()
        known = True
        meant = person(past) if found["whose"] or found["who"] or found["group"] else ""
        if not meant and found["group"]:  # nobody was asked for: the company behind it
            return f"{_owned(subject(past))} {found['group'].split()[-1]}"
        meant = meant or subject(past)
        return _owned(meant) if found["whose"] or found["its"] else meant

    text = _POINTS.sub(put, question)
    return text if known else ""


def fragment(question: str, past: Sequence[Turn]) -> list[str]:
    """The last question with another subject ("And GPT-3?"), or another thing about the same one
    ("And the layers?"); empty where it is a whole question."""
    before = past[-1]
    lead = _LEAD.match(question)
    assert lead is not None
    rest = _open(question[lead.end() :])
    whole = _WH if lead["about"] else f"{_WH}|{_VERB}"  # "how about the cost" has no verb
    if not rest or re.search(rf"\b(?:{whole})\b", rest, re.I) or len(rest.split()) > 5:
        return []
    when = (lead["for"] or "").strip().lower()
    if when in ("in", "on") and not named(rest):
        return [f"{_open(before.question)} {when} {rest}?"]
    if not (lead["about"] or lead["for"] or question.strip().endswith("?") or lead.end()):
        return []
    names_ = named(rest)
    swapped = _swap(before, names_[0].text if len(names_) == 1 else rest)
    if names_:
        return [swapped]
    another = f"{rest[0].upper()}{rest[1:]} of {subject(past)}?"
    return [another, swapped] if _MEASURE.search(rest) else [swapped, another]


def left_out(question: str, past: Sequence[Turn]) -> str:
    """ "How many layers?" of what was spoken of; English leaves nothing else out."""
    lead = _LEAD.match(question)
    if found := _HOW_MANY.match(_open(question[lead.end() if lead else 0 :])):
        return f"How {found[1].lower()} {found[2]} does {subject(past)} have?"
    return ""


def _swap(before: Turn, new: str) -> str:
    """The question of a turn, asked of something else."""
    topic = subjects(before)[-1]
    head, tail = before.question[: topic.start], before.question[topic.end :]
    if (found := re.match(r"[가-힣]+", tail)) and re.search("[가-힣]", before.question):
        return head + with_particle(new, found.group()) + tail[found.end() :]
    return head + new + tail


def _points_within(question: str, at: int) -> bool:
    """What is pointed to stands in an earlier clause of the same question, or is a name in it."""
    head = question[:at]
    clause = list(_CLAUSE.finditer(head))
    named_before = any(topic.end <= at for topic in named(question))
    return named_before or (bool(clause) and bool(topics(head[: clause[-1].start()])))


def _empty_before(question: str, at: int) -> bool:
    return any(found.start() <= at < found.end() for found in _EMPTY_IT.finditer(question))


def _owned(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _open(question: str) -> str:
    return question.strip().rstrip("?!. ")
