"""What every question holds is decided here: it is searched for and its evidence weighed.

`pipeline.answering.for_model` builds the question from that, ready for a strategy.

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

from pipeline.answering.for_model import from_notes, plain, to_write
from pipeline.answering.kinds import Asked, Composition, answered, quoted_for
from pipeline.answering.kinds.two import Before, Half
from pipeline.answering.loop import UNLIMITED, Budget, Steps
from pipeline.answering.question import LONGEST_QUESTION, check_question
from pipeline.answering.requests import Likelihoods
from pipeline.answers.normalise import AnswerKind
from pipeline.evidence.answerability import answerability
from pipeline.evidence.gather import Evidence, asked_span, gather, inquire
from pipeline.evidence.question_likelihood import reordered, requests
from pipeline.evidence.verify import NotesReader
from pipeline.prompts.exemplar import Exemplar
from pipeline.strategies import Access, Question
from pipeline.text.clauses import leans
from pipeline.text.language import language_of
from pipeline.types import Cost, Hit, Hits, Passage, Prompt, SampleParams, Score, Search

__all__ = ["PrepareSettings", "Prepared", "QuestionRequest", "Searchable", "prepare"]

_PART = 4  # of a budget of tokens, at most this part goes into weighing


class Searchable(Protocol):
    """What is asked of an index."""

    @property
    def passages(self) -> Sequence[Passage]: ...

    @property
    def identity(self) -> str:
        """Names the index and the way it is searched: equal identities, equal hits."""
        ...

    def look_up(self, request: Search, scores: Likelihoods) -> Hits:
        """The best passages, and what the search cost; see `pipeline.answering.loop.Searcher`."""
        ...


@dataclass(frozen=True, slots=True)
class QuestionRequest:
    """A question as it comes in. `text` is what is searched for; `options` are put under it. `id`
    names its samples; `gold` are the right passages, where they are known. `language` "" is told
    from the text."""

    text: str
    access: Access = field(default_factory=lambda: Access("ask"))
    language: str = ""
    kind: AnswerKind = "auto"
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
    half_of: Before | None = None,
) -> Steps[Prepared]:
    """The course that prepares a question. `notes` None: nothing can be searched. `half_of`: it is
    one of two halves of a question, and may refer back to the one before it (empty for the first).

    Under a budget of tokens the model scores sentences only where that takes no more than a quarter
    of it. Raises PromptError for a question that is empty, not text, or (of the notes) too long.
    """
    access = asked.access
    longest = LONGEST_QUESTION if access.kind == "ask" else None
    text = check_question(asked.text, longest)
    asked = replace(asked, text=text, language=asked.language or language_of(text))
    search: Search | None = None
    found: Hits | None = None
    if access.kind in ("rag", "ask"):
        assert notes is not None, "without notes every question is closed book"
        search = Search(text, access.k or rules.k, notes.identity)
        (result,) = yield [search]
        assert isinstance(result, Hits)
        found = result
    if access.kind != "ask":
        hits = found.hits if found else ()
        shown = asked.gold if access.kind == "oracle" else tuple(hit.passage for hit in hits)
        question = plain(asked, shown, hits, search)
        cost = found.cost if found else Cost()
        return Prepared(asked, text, asked.language, question, shown, cost=cost)
    assert notes is not None
    assert found is not None
    read, hits = yield from _read(asked, rules, found, half_of)
    half: Half | None = None
    if half_of is None:
        quotes = replace(rules, languages=(), weigh=False)

        def half(part: str, before: Before) -> Steps[Prepared]:
            request = QuestionRequest(part, access, asked.language)
            return prepare(request, quotes, notes, budget, count, before)

    read, composition = yield from answered(read, half)
    if composition is None:
        return (yield from _quoted(asked, rules, read, found.request, hits, budget, count))
    if composition.kind == "about":
        from pipeline.retrieval.passage_store import named_sources

        composition = replace(composition, sources=named_sources(notes.passages))
    writes = rules.explains and asked.language in rules.languages and composition.to_tell
    return Prepared(
        asked,
        text,
        asked.language,
        to_write(asked, composition, hits, search) if writes else None,
        tuple(hit.passage for hit in hits),
        read.evidence,
        read.evidence[0] if read.found else None,
        read.sure,
        read.cost + composition.cost,
        composition,
    )


def _read(
    asked: QuestionRequest, rules: PrepareSettings, found: Hits, half_of: Before | None
) -> Steps[tuple[Asked, tuple[Hit, ...]]]:
    """What the passages found say, and the passages. The second half of a question that leans on
    the first is searched for together with it, and with the cell it asked for, in the same note."""
    search, hits, cost = found.request, found.hits, found.cost
    inquiry = inquire(asked.text, asked.language)
    if found.spelled:
        spelled = inquire(found.spelled, asked.language)
        inquiry = replace(inquiry, text=spelled.text, weights=spelled.weights)
    evidence = gather(inquiry, hits)
    sure = answerability(inquiry, evidence)
    if half_of and half_of.source and leans(asked.text, asked.language):
        leads = [before for before in (half_of.question, half_of.cell) if before]
        queries = [f"{before} {asked.text}" for before in leads]
        both = yield [replace(search, query=query) for query in queries]
        for more in both:
            assert isinstance(more, Hits)
            cost += more.cost
            near = tuple(hit for hit in more.hits if hit.passage.source == half_of.source)
            other = gather(inquiry, near)
            if (now := answerability(inquiry, other)) > sure:
                evidence, sure, hits, search = other, now, more.hits, more.request
    read = Asked(found.kind, inquiry, evidence, search.index, search.query, sure, rules.sure, cost)
    return read, hits


def _quoted(
    asked: QuestionRequest,
    rules: PrepareSettings,
    read: Asked,
    search: Search,
    hits: tuple[Hit, ...],
    budget: Budget,
    count: Callable[[Prompt], int] | None,
) -> Steps[Prepared]:
    """The question as one that a sentence of the notes answers, or as one that is refused."""
    inquiry, evidence, cost = read.inquiry, read.evidence, read.cost
    speaks = asked.language in rules.languages
    asks_model = read.found and speaks
    if asks_model and rules.weigh and len(evidence) > 1:
        scores = requests(inquiry, evidence)
        if _affordable(scores, budget, count):
            likelihoods = yield [*scores]
            cost = sum((one.cost for one in likelihoods), cost)
            evidence = reordered(evidence, likelihoods)  # type: ignore[arg-type]
    quotation = quoted_for(read.kind, asked.text, evidence[0]) if read.found else None
    question = None
    if asks_model and (rules.explains or read.kind in ("", "fact")):
        question = from_notes(asked, NotesReader(inquiry, evidence), hits, search, rules.context)
    return Prepared(
        asked,
        asked.text,
        asked.language,
        question,
        tuple(hit.passage for hit in hits),
        evidence,
        quotation,
        read.sure,
        cost,
        marked=None if quotation is None else asked_span(inquiry, quotation),
        speaks=speaks,
    )


def _affordable(
    scores: Sequence[Score], budget: Budget, count: Callable[[Prompt], int] | None
) -> bool:
    if budget.tokens is None:
        return True
    assert count is not None, "a budget of tokens needs a count of prompt tokens"
    price = sum(count(one.prompt) + count(Prompt(text=one.text)) for one in scores)
    return price <= budget.tokens / _PART
