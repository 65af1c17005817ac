"""Says in one sentence what an answer rests on: the only place where it is put into words."""

from __future__ import annotations

from pipeline.text.messages import say
from pipeline.types import Agreement, Answer

__all__ = ["agreement_json", "trust", "trust_in"]

_NOT_ASKED = "the model was not asked"
_SUPPORTED = "{agreeing} of {replies} samples agree, supported by the notes"
_ONE_SUPPORTED = "the sample is supported by the notes"
_MARKED = "marked in its sentence, as {agreeing} of {replies} samples have it"
_ONE_MARKED = "marked in its sentence, as the sample has it"
_LIKELY_MARKED = "marked in its sentence as its likeliest piece, which no sample has"
_ONLY_MARKED = "marked in its sentence, where nothing else is of the kind asked for"
_QUOTED_FEW = "quoted, as only {agreeing} of {replies} samples agree and {needed} must"
_QUOTED_NONE = "quoted, as none of {replies} samples is supported by the notes"
_ONE_QUOTED = "quoted, as the sample is not supported by the notes"
_NO_SAMPLE = "quoted, as there was no time for a sample"
_AGREE = "{agreeing} of {replies} samples agree"
_NONE = "none of {replies} samples gives an answer"


def trust(answer: Answer, language: str = "en") -> str:
    """What an answer from the notes rests on, in the reader's language."""
    found = answer.agreement
    if found is None:
        return say(_NOT_ASKED, language)
    if not found.replies:
        return say(_NO_SAMPLE, language)
    if _chosen(answer):
        if not found.agreeing:
            return say(_LIKELY_MARKED, language)
        return _said(_ONE_MARKED if found.replies == 1 else _MARKED, found, language)
    if answer.quoted and answer.marked and found.agreeing >= max(found.needed, 1):
        return say(_ONLY_MARKED, language)
    if found.replies == 1:
        return say(_ONE_QUOTED if answer.quoted else _ONE_SUPPORTED, language)
    if not answer.quoted:
        return _said(_SUPPORTED, found, language)
    return _said(_QUOTED_FEW if found.agreeing else _QUOTED_NONE, found, language)


def _chosen(answer: Answer) -> bool:
    """What is marked in the quotation is what the samples were for."""
    if not (answer.quoted and answer.marked):
        return False
    asked = answer.text[slice(*answer.marked)]
    return any(vote.answer == asked for vote in answer.votes)


def trust_in(found: Agreement, language: str = "en") -> str:
    """What an answer that was not looked up in the notes rests on."""
    return _said(_AGREE if found.agreeing else _NONE, found, language)


def agreement_json(found: Agreement | None) -> dict[str, int] | None:
    """The figures behind it, as `--json` and the API give them."""
    if found is None:
        return None
    return {"agreeing": found.agreeing, "replies": found.replies, "needed": found.needed}


def _said(template: str, found: Agreement, language: str) -> str:
    return say(
        template, language, agreeing=found.agreeing, replies=found.replies, needed=found.needed
    )
