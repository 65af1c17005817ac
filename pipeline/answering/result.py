"""Turns a decision into an answer: verified in its files and cited, quoted or refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.answering.kinds import Composition, Part
from pipeline.answering.likely import QUOTES, nearly
from pipeline.answering.loop import StrategyResult
from pipeline.answering.prepare import Prepared
from pipeline.errors import NotesError
from pipeline.evidence.gather import Evidence
from pipeline.notes import cite
from pipeline.text.messages import say
from pipeline.types import Answer, Citation, Cost, Hits, ModelUse

__all__ = ["REFUSAL", "conclude"]

REFUSAL = "Not found in your notes."
_CLOSEST = 3
_NAMES = 5
_ITEM = re.compile(r"\n[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+")
_ENDED = re.compile(r"[.!?…。？！][\"'”’)]*$")
_ABOUT = (
    "Questions about your notes are answered here, with the sentences that say it and where they "
    "stand. There are {count} notes: {names}. Ask what something is, how two things differ, or for "
    "a summary of one of them."
)
_MISSING = "Not found in your notes: {what}"
_AND_MORE = " and {count} more"
_NO_LANGUAGE = {
    "ko": "사용 중인 모델({model})은 한국어로 답하지 못하므로 노트의 문장을 그대로 보여 드립니다. "
    "한국어 모델은 `thinkscale models get qwen3-1.7b`로 받고 `thinkscale models use qwen3-1.7b`로 "
    "씁니다.",
    "en": "The model in use ({model}) does not answer in English, so here is the notes' own "
    "sentence. For one that does: thinkscale models use embedded",
}


def conclude(
    prepared: Prepared,
    thought: StrategyResult | None,
    *,
    notes: Path | None,
    strategy: str,
    model: str,
    reasoner: str = "",
) -> Answer:
    """The answer to a question asked of the notes (access `ask`). `thought` None: no model was
    asked. `notes` is the folder in which citations are verified; None: the passages are no files,
    and a quotation is of the passage itself. `model` is what it is called, `reasoner` the one that
    reasons, where that is another.

    Raises NotesError where all that the answer rests on has changed since it was indexed.
    """
    question, language = prepared.text, prepared.language
    evidence, quotation = prepared.evidence, prepared.quotation
    if prepared.composition is not None:
        composed = _composed(prepared, prepared.composition, notes, strategy, model)
        return _written(composed, thought, notes) if thought else composed
    if quotation is None:
        return Answer(
            question,
            say(REFUSAL, language),
            language,
            strategy,
            abstained=True,
            cost=prepared.cost,
            model=model,
            closest=_shown(notes, _closest(evidence)),
        )
    if thought is None:
        told = _quoted(prepared, quotation, prepared.marked, notes, strategy, model)
        notice = "" if prepared.speaks else _NO_LANGUAGE[language].format(model=model)
        return replace(told, notice=notice)
    winner = thought.decision.winner
    marked = prepared.marked
    if winner and winner.evidence and winner.span:
        # A piece of the notes is shown where it stands: quoted, and marked. Where one figure, time
        # or name alone can be what was asked for, and the samples chose another piece, it stays.
        shown, piece = _quotation(quotation, winner.evidence[0], winner.span)
        meets = marked is not None and piece[0] < marked[1] and marked[0] < piece[1]
        marked = piece if marked is None or meets or shown is not quotation else marked
        quotation, winner = shown, None
    if winner is None:
        told = _quoted(prepared, quotation, marked, notes, strategy, model)
    else:
        supporters = winner.evidence or (quotation,)
        told = Answer(
            question, winner.text, language, strategy, citations=_cite(notes, supporters),
            model=model,
        )  # fmt: skip
    return replace(
        told,
        confidence=thought.decision.confidence,
        votes=thought.decision.votes,
        agreement=thought.decision.agreement,
        samples=thought.samples,
        cost=thought.cost,
        models=_uses(thought, model, reasoner) if reasoner else (),
    )


def _quoted(
    prepared: Prepared,
    quotation: Evidence,
    marked: tuple[int, int] | None,
    notes: Path | None,
    strategy: str,
    model: str,
) -> Answer:
    """The quotation, with what it stands under and what is nearly as likely to answer."""
    parts = nearly(prepared.evidence, quotation, marked)
    if len(parts) > 1 or parts[0].label or parts[0].lines:
        return _composed(prepared, Composition(QUOTES, parts), notes, strategy, model)
    return Answer(
        prepared.text,
        quotation.said,
        prepared.language,
        strategy,
        citations=_cite(notes, [quotation]),
        quoted=True,
        marked=marked,
        also=_shown(notes, _others(prepared.evidence, quotation)),
        cost=prepared.cost,
        model=model,
    )


def _quotation(
    best: Evidence, chosen: Evidence, span: tuple[int, int]
) -> tuple[Evidence, tuple[int, int]]:
    """The quotation in which a piece of the `chosen` sentence is marked, and where: the `best` one
    with what follows it where it holds the sentence."""
    offset = chosen.start - best.start
    holds = chosen.passage.id == best.passage.id and offset >= 0 and chosen.end <= best.end
    if not holds or chosen.said != chosen.text or best.said != best.text:
        return chosen, span
    return best, (span[0] + offset, span[1] + offset)


def _uses(thought: StrategyResult, model: str, reasoner: str) -> tuple[ModelUse, ...]:
    """What each model did; weighing the sentences, before, was done by the one that reads."""
    asked = [result for result in thought.results if not isinstance(result, Hits)]
    reasoned = [one for one in asked if one.request.prompt.role == "reason"]
    reasoning = sum((one.cost for one in reasoned), Cost())
    reading = ModelUse("read", model, len(asked) - len(reasoned), thought.cost - reasoning)
    if not reasoned:
        return (reading,)
    return (reading, ModelUse("reason", reasoner, len(reasoned), reasoning))


def _composed(
    prepared: Prepared, composition: Composition, notes: Path | None, strategy: str, model: str
) -> Answer:
    """An answer of several quotations, a line for each with the number of its citation."""
    language = prepared.language
    if not composition.parts:
        names = ", ".join(composition.sources[:_NAMES])
        more = len(composition.sources) - _NAMES
        if more > 0:
            names += say(_AND_MORE, language, count=more)
        text = say(_ABOUT, language, count=len(composition.sources), names=names)
        return Answer(
            prepared.text, text, language, strategy, kind=composition.kind, cost=prepared.cost,
            model=model,
        )  # fmt: skip
    lines: list[str] = []
    label, marked = "", None
    citations: list[Citation] = []
    problem: NotesError | None = None
    for part in composition.parts:
        try:
            citations += _cite(notes, [part.evidence])
        except NotesError as error:
            problem = error
            continue
        shown = part if part.label != label else replace(part, label="")
        line = _line(shown, len(citations))
        if part.marked is not None and marked is None:
            marked = _marked(part, line, sum(len(one) + 1 for one in lines))
        lines.append(line)
        label = part.label
    lines += [say(_MISSING, language, what=what) for what in composition.missing]
    if problem and not citations:
        raise problem
    return Answer(
        prepared.text,
        "\n".join(lines),
        language,
        strategy,
        citations=tuple(citations),
        quoted=True,
        kind=composition.kind,
        marked=marked,
        cost=prepared.cost,
        model=model,
    )


def _written(composed: Answer, thought: StrategyResult, notes: Path | None) -> Answer:
    """The answer that the model wrote from the quotations, where they support it and all that it
    rests on still stands; else the quotations themselves."""
    priced = replace(composed, samples=thought.samples, cost=thought.cost)
    winner = thought.decision.winner
    if winner is None:
        return priced
    citations = _shown(notes, winner.evidence)
    if len(citations) < len(winner.evidence):
        return priced
    return replace(
        priced,
        text=winner.text,
        citations=citations,
        quoted=False,
        marked=None,
        confidence=thought.decision.confidence,
        votes=thought.decision.votes,
        agreement=thought.decision.agreement,
    )


def _line(part: Part, number: int) -> str:
    if part.lines:
        return f"{part.evidence.text} [{number}]"
    said = " ".join(
        _ITEM.sub("; ", part.evidence.said).replace(":;", ":").replace(".;", ";").split()
    )
    if not part.label or part.label.lower() in said.lower():
        return f"- {said} [{number}]"
    return f"- {part.label}{' ' if _ENDED.search(part.label) else ': '}{said} [{number}]"


def _marked(part: Part, line: str, before: int) -> tuple[int, int] | None:
    """Where the piece that was asked for stands in a line that has `before` characters above it."""
    said, (low, high) = part.evidence.said, part.marked or (0, 0)
    at = line.find(said[low:high], line.find(said[:low].strip()) if low else 0)
    return (before + at, before + at + high - low) if at >= 0 and high > low else None


def _shown(notes: Path | None, evidence: Sequence[Evidence]) -> tuple[Citation, ...]:
    """Citations that nothing rests on: none where all their notes have changed since."""
    try:
        return _cite(notes, evidence)
    except NotesError:
        return ()


def _cite(notes: Path | None, evidence: Sequence[Evidence]) -> tuple[Citation, ...]:
    """Citations of the sentences, each opened in its file and verified there.

    A note that changed since it was indexed is left out, unless nothing would remain.
    """
    citations: list[Citation] = []
    problem: NotesError | None = None
    for one in evidence:
        if notes is None:
            citations.append(Citation(one.passage, one.text, one.passage.place))
            continue
        try:
            citations.append(cite(notes, one.passage, one.start, one.end))
        except NotesError as error:
            problem = error
    if not citations and problem:
        raise problem
    return tuple(citations)


def _others(evidence: Sequence[Evidence], chosen: Evidence) -> list[Evidence]:
    """Up to two further sentences worth showing beside the chosen one: as much of the question
    stands in them, or nearly, and nothing of them is quoted already."""
    least = 0.8 * chosen.coverage
    found: list[Evidence] = []
    for one in evidence:
        if one.names_all and one.coverage >= least and not _overlaps(one, [chosen, *found]):
            found.append(one)
    return found[:2]


def _closest(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence of each of the passages that come nearest to a question."""
    best: dict[str, Evidence] = {}
    for one in evidence:
        best.setdefault(one.passage.id, one)
    return list(best.values())[:_CLOSEST]


def _overlaps(one: Evidence, others: Sequence[Evidence]) -> bool:
    return any(
        one.passage.id == other.passage.id and one.start < other.end and other.start < one.end
        for other in others
    )
