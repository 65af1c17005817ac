"""What leans back in an English question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.answering.conversation.history import Turn, last_two, person, subject, subjects
from pipeline.answering.conversation.topic import content_words, named, topics
from pipeline.text.particles import with_particle

__all__ = ["bare_word", "comparison", "fragment", "left_out", "more", "nouns", "pointing"]

_VERB = (
    "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|works?|means?|takes?|"
    "comes?|costs?|called|happens?|needs?|uses?"
)
_WHO = "company|companies|lab|team|group|person|people|authors?|researchers?|university"
_DO = [f"(?<=\\b{word} )" for word in "does do did can could will would should".split()]
_BE = [f"(?<=\\b{word} )" for word in "is are was were".split()]
_AT = [f"(?<=\\b{word} )" for word in "of to for in by with like than about how why".split()]
_PARTICIPLE = r"(?=\s+\w+(?:ed|en|wn|lt|de)\b)"  # "when was that published?"
_NO_NOUN = r"(?!(?:the|an?|of|in|on|for|to|at|by|with|and|or|is|are|was|were)\b)"
_POINTS = re.compile(
    rf"\b(?:(?P<whose>their|his|her(?=\s+\w))|(?P<who>they|them|he|she|him|her)"
    rf"|(?P<group>(?:this|that|these|those)\s+(?:{_WHO}))|(?P<its>its)|it(?:self)?"
    rf"|(?:{'|'.join(_DO)})(?:this|that)(?=\s+[a-z])|(?:{'|'.join(_BE)})(?:this|that){_PARTICIPLE}"
    rf"|(?:{'|'.join([*_AT, *_DO, *_BE])}|^)(?:this|that|these|those)"
    rf"(?=\s*[?.!,]|\s*$|\s+(?:{_VERB})\b)"
    rf"|(?:this|these|those|such\s+an?|the\s+same)\s+{_NO_NOUN}(?P<noun>[a-z][\w-]*)"
    rf"|that\s+(?P<last>[a-z][\w-]*)(?=\s*(?:[?.!,]|$)))\b",
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
    put_in: set[str] = set()

    def put(found: re.Match[str]) -> str:
        at, owned = found.start(), bool(found["whose"] or found["its"])
        meant = _meant(found, past)
        name = meant.removesuffix("'s")
        if name in put_in or _points_within(question, at, owned=owned) or _empty(question, at):
            return found.group()
        put_in.add(name)  # "Who gave it its name?": once is enough
        return meant

    text = _POINTS.sub(put, question)
    return text if put_in else ""


def _meant(found: re.Match[str], past: Sequence[Turn]) -> str:
    """What a word that points back stands for."""
    about = subject(past)
    noun = found["noun"] or found["last"] or (found["group"] or "").split(" ")[-1]
    who = person(past) if found["whose"] or found["who"] or found["group"] else ""
    if noun and not who:
        return f"the {about}" if about.lower().endswith(noun.lower()) else f"the {about} {noun}"
    return _owned(who or about) if found["whose"] or found["its"] else who or about


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
    return [swapped] if names_ else [swapped, f"{rest[0].upper()}{rest[1:]} of {subject(past)}?"]


def nouns(_: str) -> tuple[str, ...]:
    """English marks no nouns."""
    return ()


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
    tail = re.sub(r"^[A-Za-z0-9]+", "", tail)  # a name that was seen in part
    if (found := re.match(r"[가-힣]+", tail)) and re.search("[가-힣]", before.question):
        return head + with_particle(new, found.group()) + tail[found.end() :]
    return head + new + tail


def _points_within(question: str, at: int, *, owned: bool) -> bool:
    """What is pointed to stands in an earlier clause of the same question, or is a name in it; of
    "its" it may be any thing of several words ("who gave prompt injection its name?")."""
    head = question[:at]
    clause = list(_CLAUSE.finditer(head))
    if any(topic.end <= at for topic in named(question)):
        return True
    if owned and any(" " in topic.text for topic in topics(head)):
        return True
    return bool(clause) and bool(topics(head[: clause[-1].start()]))


def _empty(question: str, at: int) -> bool:
    """An "it" that is nothing: "how long does it take to train GPT-3?"."""
    return any(found.start() <= at < found.end() for found in _EMPTY_IT.finditer(question))


def _owned(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _open(question: str) -> str:
    return question.strip().rstrip("?!. ")
