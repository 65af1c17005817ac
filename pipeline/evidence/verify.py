"""Verifies whether a reply is supported by the notes.

A reply counts only if its answering sentence is supported: its figures and names stand in one
sentence of the notes that also speaks of what was asked, and the figures belong there to the thing
asked about. Sentences that are not supported are dropped from what is shown. The model's word is
never taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline.evidence.gather import Evidence, Inquiry, answers_kind, belongs
from pipeline.evidence.reply_reading import ParsedReply
from pipeline.text.entities import names
from pipeline.text.language import language_of
from pipeline.text.negation import clause_at, negated
from pipeline.text.numbers.quantities import Quantity, quantities, stands_in
from pipeline.text.sentences import sentences
from pipeline.text.terms import terms

__all__ = ["NotesReader", "ground"]

_BEHIND = 3.0
"""How much less may speak for a sentence that supports a reply than for the best one: its chance to
be the one that answers is then a twentieth of the best one's."""

_LONGEST = 3
"""Sentences of an answer in words; a figure, a time or a name takes one."""

_SHARED = 0.5
"""The least share of a reply sentence's own new terms that its evidence must have."""


@dataclass(frozen=True, slots=True)
class NotesReader:
    """Reads replies against the notes: only what a sentence of them supports may vote, whether the
    reply was cut off or not."""

    inquiry: Inquiry
    evidence: tuple[Evidence, ...]

    def __call__(self, reply: str, mark: str = "", *, cut: bool = False) -> ParsedReply | None:
        return ground(reply, self.inquiry, self.evidence, mark)


def ground(
    reply: str,
    inquiry: Inquiry,
    evidence: Sequence[Evidence],
    answer_mark: str = "",
) -> ParsedReply | None:
    """The supported part of a reply, or None where its answering sentence is not supported."""
    if answer_mark and answer_mark in reply:
        reply = reply.rsplit(answer_mark, 1)[1]
    reply = _MARKS.sub("", reply)
    words = any(char.isalpha() for char in _without_figures(reply))  # "1.2 km" is of any language
    if words and language_of(reply) != inquiry.language:
        return None
    usable = _usable(evidence)
    kept: list[tuple[str, Evidence, float]] = []
    key, firm, said = "", True, frozenset[str]()
    for start, end in sentences(reply, inquiry.language):
        sentence = reply[start:end].strip()
        claim = _read(sentence, inquiry)
        if claim is None:
            continue
        supporter = _supporter(claim, inquiry, usable)
        if supporter is None:
            # What a small model adds after a comma is often made up, and what it said first is not.
            sentence = _TAIL.split(sentence)[0].rstrip(" ,;") + "."
            claim = _read(sentence, inquiry)
            supporter = _supporter(claim, inquiry, usable) if claim else None
        if claim is None or supporter is None:
            if not kept:
                return None  # the first thing it says is not in the notes
            continue
        if not kept:
            firm, said = bool(claim.key), claim.terms
            key = claim.key or claim.about(supporter[1])
        kept.append((sentence, supporter[1], supporter[0]))
    if not kept:
        return None
    kept = kept[: _LONGEST if inquiry.wanted.kind == "text" else 1]
    return ParsedReply(
        " ".join(sentence for sentence, _, _ in kept),
        tuple(dict.fromkeys(e for _, e, _ in kept)),
        key,
        sum(support for _, _, support in kept) / len(kept),
        firm=firm,
        claim=said,
    )


def _usable(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The sentences that may support a reply: they have every name asked about and the kind of
    answer wanted, and not much more speaks for another."""
    best = max((one.score for one in evidence), default=0.0)
    return [
        one for one in evidence if one.names_all and one.fits > 0 and one.score >= best - _BEHIND
    ]


# Reference marks and emphasis that a model writes into its reply.
_MARKS = re.compile(r"\s?\[\d+\]|\*\*|__")
_TAIL = re.compile(r"[,;]\s+(?=\D)|\s+(?=\()")


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one sentence of a reply says that the question did not. `answering` figures are those
    offered as the answer."""

    figures: tuple[Quantity, ...]
    answering: frozenset[Fraction]
    names: frozenset[str]
    terms: frozenset[str]
    key: str
    denied: bool = False
    """It is said that something is not so, by the question or by the reply."""

    def about(self, evidence: Evidence) -> str:
        """What words vote for: a sentence, and the figures and names that they give from it."""
        given = [*(str(q.value) for q in self.figures), *self.names]
        return "|".join([f"{evidence.passage.id}:{evidence.start}", *sorted(set(given))])


def _read(sentence: str, inquiry: Inquiry) -> _Claim | None:
    """The claim of a sentence, or None if it says nothing that could answer, or answers for another
    case than the one asked about ("at 32 bits" where 16 were)."""
    said = quantities(sentence)
    figures = tuple(q for q in said if q.value not in inquiry.figures)
    new_names = frozenset(n.key for n in names(sentence)) - inquiry.names
    new_terms = terms(_without_figures(sentence)) - terms(inquiry.text) - inquiry.weights.keys()
    answering = frozenset(q.value for q in figures if answers_kind(inquiry, q, sentence))
    given = {q.unit: q.value for q in quantities(inquiry.text) if q.unit}
    if any(q.value in answering and q.unit not in given for q in figures):
        cases = {q.unit for q in said} & set(given)
        if any(given[unit] not in {q.value for q in said if q.unit == unit} for unit in cases):
            return None
    key = ""
    if inquiry.wanted.kind in ("figure", "time"):
        if not answering:
            return None
        key = "|".join(sorted(str(value) for value in answering))
    elif inquiry.wanted.kind == "name":
        if not new_names:
            return None
        key = "|".join(sorted(new_names))
    elif not (figures or new_names or new_terms):
        return None
    denied = negated(f"{inquiry.text} {sentence}", inquiry.language)
    return _Claim(figures, answering, new_names, new_terms, key, denied)


def _says_otherwise(claim: _Claim, evidence: Evidence) -> bool:
    """Whether a name that the question did not have stands there only in clauses that deny what the
    reply says, or say what it denies ("A does not fade, while B does": not that B does not)."""
    denied: dict[str, set[bool]] = {}
    language = evidence.passage.language
    for name in names(evidence.text):
        if name.key in claim.names:
            clause = clause_at(evidence.text, name.start, language)
            denied.setdefault(name.key, set()).add(negated(clause, language))
    return any(claim.denied not in said for said in denied.values())


def _supporter(
    claim: _Claim, inquiry: Inquiry, usable: Sequence[Evidence]
) -> tuple[float, Evidence] | None:
    """The sentence that supports a claim best, with how much of it, or None."""
    return max(
        ((support, e) for e in usable if (support := _support(claim, inquiry, e)) > 0),
        key=lambda pair: (pair[0], pair[1].score),
        default=None,
    )


def _without_figures(sentence: str) -> str:
    """The words alone: figures are compared by value, not by how they are written."""
    for quantity in reversed(quantities(sentence)):
        sentence = f"{sentence[: quantity.start]} {sentence[quantity.end :]}"
    return sentence


def _support(claim: _Claim, inquiry: Inquiry, evidence: Evidence) -> float:
    """0: not supported. Else the share of the claim's new terms that the evidence has, above 0.

    Every figure must stand in the sentence; one offered as the answer must be about the thing asked
    and of the kind wanted there too ("96" is not the number of parameters where it counts layers),
    as much as any other figure there is ("46 billion in total" is not what is used for each token).
    """
    text = evidence.text
    standing = quantities(text)
    kinds = {
        q: answers_kind(inquiry, q, text, evidence.header) * belongs(inquiry, text, q)
        for q in standing
        if claim.answering
    }
    answering = [q for q, kind in kinds.items() if kind and kind == max(kinds.values())]
    for figure in claim.figures:
        if not stands_in(figure, answering if figure.value in claim.answering else standing):
            return 0.0
    around = {n.key for n in names(text)} | {n.key for n in names(evidence.passage.heading)}
    if not claim.names <= around or _says_otherwise(claim, evidence):
        return 0.0
    here = terms(text) | terms(evidence.passage.heading) | terms(evidence.header)
    share = len(claim.terms & here) / len(claim.terms) if claim.terms else 1.0
    needed = _SHARED / 2 if claim.figures else _SHARED
    return share if share >= needed else 0.0
