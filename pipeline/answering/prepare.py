"""Every question is made here: searched for, its evidence weighed, ready for a strategy.

`access` says what a strategy may see (see `pipeline.strategies.names`): nothing (`closed`), the
passages of a search (`rag`), the right ones (`oracle`), or, for `ask`, the sentences of the notes
that bear on the question; what the notes do not cover is then refused before the model is asked,
and a model that does not speak the question's language is not asked at all.

Preparing is a course (see `pipeline.answering.loop`): it yields the searches and the scores that it
needs, so that they are pooled, replayed and priced as draws are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from pipeline.answering.composition import Composition, compose, quoted_for
from pipeline.answering.loop import UNLIMITED, Budget, Steps
from pipeline.answering.place import at_place
from pipeline.answering.question import LONGEST_QUESTION, check_question
from pipeline.answering.two import both_answered
from pipeline.answers.normalise import Kind
from pipeline.evidence.answerability import answerability
from pipeline.evidence.compose import everything
from pipeline.evidence.gather import Evidence, asked_span, gather, inquire
from pipeline.evidence.likelihood import reordered, requests
from pipeline.evidence.reading import FinalReader
from pipeline.evidence.verify import NotesReader
from pipeline.evidence.written import WrittenReader
from pipeline.prompts.exemplar import Exemplar
from pipeline.strategies import Access, Question
from pipeline.strategies.common.shown_passages import with_evidence
from pipeline.text.clauses import leans
from pipeline.text.language import language_of
from pipeline.text.terms import terms
from pipeline.types import Cost, Hit, Hits, Passage, Prompt, SampleParams, Score, Search

__all__ = ["PrepareSettings", "Prepared", "QuestionRequest", "Searchable", "prepare"]

_WRITTEN = 320
"""Tokens of an answer that is written from several quotations, at most."""
_INSIDE = 0.2
"""So much less sure need it be that one section answers, where the question names it."""
_LIKELY = 0.7
"""So much less sure need it be where a formula, a decision or the like is looked for."""
_PART = 4  # of a budget of tokens, at most this part goes into weighing


class Searchable(Protocol):
    """What is asked of an index."""

    @property
    def passages(self) -> Sequence[Passage]: ...

    @property
    def identity(self) -> str:
        """Names the index and the way it is searched: equal identities, equal hits."""
        ...

    def look_up(self, request: Search) -> Hits:
        """The best passages, and what the search cost."""
        ...


@dataclass(frozen=True, slots=True)
class QuestionRequest:
    """A question as it comes in. `text` is what is searched for; `options` are put under it. `id`
    names its draws; `gold` are the right passages, where they are known. `language` "" is told from
    the text."""

    text: str
    access: Access = field(default_factory=lambda: Access("ask"))
    language: str = ""
    kind: Kind = "auto"
    id: str = ""
    options: tuple[str, ...] = ()
    exemplars: tuple[Exemplar, ...] = ()
    gold: tuple[Passage, ...] = ()
    params: SampleParams = field(default_factory=SampleParams)
    max_tokens: int = 0


@dataclass(frozen=True, slots=True)
class PrepareSettings:
    """How questions are prepared: the settings of `ask` in config.yaml, and what the model can."""

    k: int = 5
    context: Literal["sentences", "passages"] = "sentences"
    sure: float = 0.5
    """Below this the question is refused; 0 refuses nothing."""
    weigh: bool = False
    """The model first scores which sentences make the question likely."""
    languages: tuple[str, ...] = ("en", "ko")
    """Those that the model can answer in."""
    explains: bool = True
    """The model can put more than a fact into words. Else it is asked for facts alone: for any
    other kind of question the notes' own sentences are better and cost nothing."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question ready for a strategy, and what preparing it cost. `question` None: the model is
    not asked. Of `ask`, `quotation` is the sentence to fall back on (None: not in the notes), and
    `sure` how sure it is that the notes say (`pipeline.evidence.answerability`)."""

    asked: QuestionRequest
    text: str
    language: str
    question: Question | None
    passages: tuple[Passage, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    quotation: Evidence | None = None
    sure: float = 0.0
    cost: Cost = field(default_factory=Cost)
    composition: Composition | None = None
    """The answer, where it is put together of several quotations. A model that can explain is asked
    to write one from them (`question`); what they do not support gives way to them."""
    marked: tuple[int, int] | None = None
    """Where in the quotation the figure, time or name stands that was asked for."""
    speaks: bool = True
    """The model can answer in the language of the question."""


def prepare(
    asked: QuestionRequest,
    rules: PrepareSettings,
    notes: Searchable | None = None,
    budget: Budget = UNLIMITED,
    count: Callable[[Prompt], int] | None = None,
    half_of: tuple[str, str] | None = None,
) -> Steps[Prepared]:
    """The course that makes a question. `notes` None: nothing can be searched. `half_of`: it is one
    of two halves of a question: the one before it and the note that answers that, to which it may
    refer back ("" for the first).

    Under a budget of tokens the model scores sentences only where that takes no more than a quarter
    of it. Raises PromptError for a question that is empty, not text, or (of the notes) too long.
    """
    access = asked.access
    longest = LONGEST_QUESTION if access.kind == "ask" else None
    text = check_question(asked.text, longest)
    asked = replace(asked, text=text, language=asked.language or language_of(text))
    search: Search | None = None
    hits: tuple[Hit, ...] = ()
    cost = Cost()
    kind = ""
    if access.kind in ("rag", "ask"):
        assert notes is not None, "without notes every question is closed book"
        search = Search(text, access.k or rules.k, notes.identity)
        (found,) = yield [search]
        assert isinstance(found, Hits)
        hits, cost, kind = found.hits, found.cost, found.kind
    if access.kind != "ask":
        shown = asked.gold if access.kind == "oracle" else tuple(hit.passage for hit in hits)
        plain = _plain(asked, shown, hits, search)
        return Prepared(asked, text, asked.language, plain, shown, cost=cost)
    assert notes is not None
    inquiry = inquire(text, asked.language)
    evidence = gather(inquiry, hits)
    sure = answerability(inquiry, evidence)
    if half_of and half_of[1] and search and leans(text, asked.language):  # on the first half
        joined = Search(f"{half_of[0]} {text}", search.k, notes.identity)
        (more,) = yield [joined]
        assert isinstance(more, Hits)
        cost += more.cost
        near = tuple(hit for hit in more.hits if hit.passage.source == half_of[1])
        other = gather(inquiry, near)
        if (now := answerability(inquiry, other)) > sure:
            evidence, sure, hits = other, now, more.hits
    composition: Composition | None = None
    if half_of is None:
        quotes = replace(rules, languages=(), weigh=False)

        def half(part: str, before: tuple[str, str]) -> Steps[Prepared]:
            request = QuestionRequest(part, access, asked.language)
            return prepare(request, quotes, notes, budget, count, before)

        composition = yield from both_answered(text, asked.language, half)
    place = None if composition else (yield from at_place(text, asked.language, notes.identity))
    if place is not None:
        cost += place.cost
        inside = answerability(place.inquiry, place.evidence)
        least = rules.sure if place.numbered else _INSIDE * rules.sure
        if place.short and (place.everything or (place.numbered and kind in ("list", "summary"))):
            composition = Composition("place", everything(place.evidence))
        elif inside >= least:
            inquiry, evidence, sure = place.inquiry, place.evidence, max(inside, rules.sure)
            kind = "" if kind in ("summary", "decision", "task") else kind
        elif place.short:
            composition = Composition("place", everything(place.evidence))
    quotation = evidence[0] if evidence and sure >= rules.sure else None
    if composition is None:
        likely = sure >= _LIKELY * rules.sure
        composition = yield from compose(
            kind, inquiry, evidence, quotation is not None, notes.identity, likely
        )
    if composition is not None:
        if composition.kind == "about":
            names = tuple(dict.fromkeys(passage.source for passage in notes.passages))
            composition = replace(composition, sources=names)
        shown = tuple(hit.passage for hit in hits)
        writes = rules.explains and asked.language in rules.languages and composition.to_tell
        question = _to_write(asked, composition, hits, search) if writes else None
        return Prepared(
            asked, text, asked.language, question, shown, evidence, quotation, sure,
            cost + composition.cost, composition,
        )  # fmt: skip
    speaks = asked.language in rules.languages
    asks_model = quotation is not None and speaks
    if asks_model and rules.weigh and len(evidence) > 1:
        scores = requests(inquiry, evidence)
        if _affordable(scores, budget, count):
            likelihoods = yield [*scores]
            cost = sum((one.cost for one in likelihoods), cost)
            evidence = reordered(evidence, likelihoods)  # type: ignore[arg-type]
            quotation = evidence[0]
    marked = None
    if quotation is not None:
        quotation = quoted_for(kind, text, quotation)
        marked = asked_span(inquiry, quotation)
    question = None
    if asks_model and (rules.explains or kind in ("", "fact")):
        question = _from_notes(asked, rules, NotesReader(inquiry, evidence), hits, search)
    shown = tuple(hit.passage for hit in hits)
    return Prepared(
        asked, text, asked.language, question, shown, evidence, quotation, sure, cost,
        speaks=speaks, marked=marked,
    )  # fmt: skip


def _plain(
    asked: QuestionRequest, shown: tuple[Passage, ...], hits: tuple[Hit, ...], search: Search | None
) -> Question:
    """The question with these passages in front of the model; its reply is taken as it is."""
    # All ways of naming an option are read as that option, so votes are counted by what was read.
    by_option = asked.kind == "choice" and bool(asked.options)
    return Question(
        _with_options(asked),
        asked.language,
        FinalReader(asked.kind, asked.language, asked.options),
        kind=None if by_option else asked.kind,
        passages=shown,
        pieces=shown,
        exemplars=asked.exemplars,
        options=asked.options,
        params=asked.params,
        max_tokens=0 if shown else asked.max_tokens,
        id=asked.id or asked.text,
        search=search,
        hits=hits,
        role="read" if shown else "reason",
    )


def _from_notes(
    asked: QuestionRequest,
    rules: PrepareSettings,
    read: NotesReader,
    hits: tuple[Hit, ...],
    search: Search | None,
) -> Question:
    """The question that the notes answer: only what a sentence of them supports may vote."""
    shown = tuple(hit.passage for hit in hits)
    question = Question(
        asked.text,
        asked.language,
        read,
        passages=shown,
        pieces=shown,
        params=asked.params,
        id=asked.id or asked.text,
        search=search,
        hits=hits,
        by_sentence=rules.context == "sentences",
    )
    return with_evidence(question, read.evidence)


def _to_write(
    asked: QuestionRequest,
    composition: Composition,
    hits: tuple[Hit, ...],
    search: Search | None,
) -> Question:
    """The question as one that is answered in writing, from the quotations of a composition."""
    quoted = tuple(part.evidence for part in composition.parts)
    shown = tuple(
        replace(one.passage, text=one.said, headings=(part.label,) if part.label else ())
        for one, part in zip(quoted, composition.parts, strict=True)
    )
    params = asked.params
    if not params.max_tokens:
        params = replace(params, max_tokens=_WRITTEN)
    return Question(
        asked.text,
        asked.language,
        WrittenReader(asked.language, quoted, frozenset(terms(asked.text, question=True))),
        passages=shown,
        pieces=shown,
        evidence=quoted,
        params=params,
        id=asked.id or asked.text,
        search=search,
        hits=hits,
    )


def _with_options(asked: QuestionRequest) -> str:
    """The question with its options under it, lettered."""
    lines = [f"{chr(ord('A') + at)}. {text}" for at, text in enumerate(asked.options)]
    return "\n".join([asked.text, *lines])


def _affordable(
    scores: Sequence[Score], budget: Budget, count: Callable[[Prompt], int] | None
) -> bool:
    if budget.tokens is None:
        return True
    assert count is not None, "a budget of tokens needs a count of prompt tokens"
    price = sum(count(one.prompt) + count(Prompt(text=one.text)) for one in scores)
    return price <= budget.tokens / _PART
