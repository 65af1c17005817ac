"""One question to one answer: search, find the sentences that bear on it, think, verify, cite.

The order matters. What the notes do not cover is refused before the model is asked; a model that
does not speak the question's language is not asked at all; and where no draw is borne out by the
notes, the best sentence of the notes is the answer, marked as a quotation.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from pipeline.answers.evidence import Evidence, Inquiry, gather, inquire
from pipeline.answers.grounding import NotesReader, best_evidence
from pipeline.answers.sureness import sureness
from pipeline.answers.weighed import reordered, requests
from pipeline.engine.base import Engine, OnToken
from pipeline.errors import NotesError
from pipeline.notes import cite, language_of
from pipeline.pool import MemoryPool
from pipeline.question import check_question
from pipeline.strategies import Question, Strategy, Weighing
from pipeline.think import UNLIMITED, Budget, Thought, think
from pipeline.types import Answer, Citation, Hit, Passage, Sample, SampleParams, Vote

__all__ = ["Asker", "Framed", "Searchable"]

_SENTENCES = 3

_REFUSAL = {"en": "The notes do not say.", "ko": "노트에는 답이 없습니다."}
_NO_LANGUAGE = {
    "ko": "사용 중인 모델({model})은 한국어로 답하지 못하므로 노트의 문장을 그대로 보여 드립니다. "
    "한국어 모델(예: Qwen3-1.7B)을 쓰려면 config.yaml의 model.path에 GGUF 파일을, "
    "model.languages에 ko를 적으세요.",
    "en": "The model in use ({model}) does not answer in English, so here is the notes' own "
    "sentence. Set model.path in config.yaml to an English model and add en to languages.",
}


class Searchable(Protocol):
    """What is asked of an index."""

    @property
    def passages(self) -> Sequence[Passage]: ...

    def search(self, question: str, k: int) -> list[Hit]: ...


@dataclass(frozen=True, slots=True)
class Framed:
    """A question put to the notes. `quotation` is the sentence to fall back on (None: the notes do
    not say); `asked` is what a strategy thinks about (None: the model is not asked)."""

    question: str
    language: str
    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    quotation: Evidence | None
    asked: Question | None
    sure: float = 0.0
    """How sure it is that the notes say, see `pipeline.answers.sureness`."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Answers questions over one index with one strategy.

    `engine` is a function so that a model is loaded only when a question needs it; `model` is the
    name shown for it and `languages` those it can answer in. `notes` None: the passages are no
    files, and a quotation is of the passage itself.
    """

    notes: Path | None
    index: Searchable
    engine: Callable[[], Engine]
    strategy: Strategy
    params: SampleParams
    model: str
    languages: tuple[str, ...]
    k: int = 5
    context: Literal["sentences", "passages"] = "sentences"
    sure: float = 0.5
    """Below this the question is refused; 0 refuses nothing."""
    weigh: bool = False
    """The model weighs the sentences before it answers (see `pipeline.answers.weighed`)."""
    budget: Budget = UNLIMITED
    """What one question may cost."""
    notices: Sequence[str] = ()
    """Lines a person should see, from the index."""
    why: str = ""
    """Why this strategy, where a run chose it."""

    def ask(
        self,
        question: str,
        on_token: OnToken | None = None,
        on_sample: Callable[[Sample], None] | None = None,
        on_votes: Callable[[Sequence[Vote], int], None] | None = None,
    ) -> Answer:
        """Answer a question; every citation in the answer was verified in its file.

        `on_votes` is told how the votes stand, and of how many draws, whenever one is finished.

        Raises PromptError for a question that is empty, too long or not text.
        """
        framed = self.frame(question)
        thought = None
        if framed.asked is not None:
            engine, asked = self.engine(), framed.asked
            drawn: list[Sample] = []

            def finished(sample: Sample) -> None:
                drawn.append(sample)
                if on_sample:
                    on_sample(sample)
                if on_votes:
                    in_order = sorted(drawn, key=lambda one: one.request.draw)
                    on_votes(self.strategy.decide(asked, in_order).votes, len(drawn))

            pool = MemoryPool(engine.info)
            thought = think(asked, self.strategy, engine, pool, on_token, finished, self.budget)
        return self.conclude(framed, thought)

    def frame(self, question: str, item: str = "") -> Framed:
        """Search, and find the sentences that bear on the question; `item` names its draws."""
        question = check_question(question)
        language = language_of(question)
        hits = tuple(self.index.search(question, self.k))
        inquiry = inquire(question, language, self.index.passages)
        evidence = gather(inquiry, hits)
        sure = sureness(inquiry, evidence)
        quotation = best_evidence(evidence) if sure >= self.sure else None
        asked = None
        if quotation is not None and language in self.languages:
            asked = self._question(inquiry, hits, evidence, item or question)
            if self.weigh and len(evidence) > 1:
                asked = self._weighed(asked, inquiry, hits)
        return Framed(question, language, hits, evidence, quotation, asked, sure)

    def conclude(self, framed: Framed, thought: Thought | None) -> Answer:
        """The answer, verified and cited, from what a strategy thought (None: it was not asked)."""
        question, language, quotation = framed.question, framed.language, framed.quotation
        if quotation is None:
            return self._answer(question, language, _REFUSAL[language], abstained=True)
        if thought is None:
            notice = _NO_LANGUAGE[language].format(model=self.model)
            return self._answer(
                question,
                language,
                quotation.text,
                self._cite([quotation]),
                quoted=True,
                also=self._also(framed.evidence, quotation),
                notice=notice,
            )
        evidence = framed.evidence
        if thought.question is not None and thought.question.evidence != evidence:
            evidence = thought.question.evidence  # weighed, or of another search
            quotation = evidence[0]
        winner = thought.decision.winner
        supporters = list(winner.evidence) if winner and winner.evidence else [quotation]
        return self._answer(
            question,
            language,
            winner.text if winner else quotation.text,
            self._cite(supporters),
            quoted=winner is None,
            also=() if winner else self._also(evidence, quotation),
            confidence=thought.decision.confidence,
            votes=thought.decision.votes,
            samples=thought.samples,
            cost=thought.cost,
        )

    def _question(
        self,
        inquiry: Inquiry,
        hits: Sequence[Hit],
        evidence: tuple[Evidence, ...],
        item: str,
    ) -> Question:
        """The question as strategies see it; what they search for adds to what was found."""
        shown = tuple(hit.passage for hit in hits)
        pieces = shown
        if self.context == "sentences" and evidence:
            shown, pieces = _sentences(evidence)

        @functools.cache  # a course is replayed at every step
        def again(query: str) -> Question:
            known = {hit.passage.id for hit in hits}
            more = [h for h in self.index.search(query, self.k) if h.passage.id not in known]
            found = [*hits, *more]
            return self._question(inquiry, found, gather(inquiry, found), item)

        return Question(
            inquiry.text,
            inquiry.language,
            NotesReader(inquiry, evidence),
            passages=shown,
            pieces=pieces,
            evidence=evidence,
            params=self.params,
            id=item,
            again=again,
        )

    def _weighed(self, asked: Question, inquiry: Inquiry, hits: Sequence[Hit]) -> Question:
        """The question, to be put again when its evidence has been weighed."""

        def made(samples: Sequence[Sample]) -> Question:
            ordered = reordered(asked.evidence, samples)
            return self._question(inquiry, hits, ordered, asked.id)

        return replace(asked, weighing=Weighing(requests(inquiry, asked.evidence), made))

    def _answer(
        self,
        question: str,
        language: str,
        text: str,
        citations: Sequence[Citation] = (),
        **rest: object,
    ) -> Answer:
        fields = {"strategy": self.strategy.name, "model": self.model, **rest}
        return Answer(question, text, language, citations=tuple(citations), **fields)  # type: ignore[arg-type]

    def _also(self, evidence: Sequence[Evidence], chosen: Evidence) -> tuple[Citation, ...]:
        others = _others(evidence, chosen)
        try:
            return tuple(self._cite(others))
        except NotesError:
            return ()  # a note that changed since; the answer itself does not rest on it

    def _cite(self, evidence: Sequence[Evidence]) -> list[Citation]:
        """Citations of the sentences, each opened in its file and verified there.

        A note that changed since it was indexed is left out, unless nothing would remain.
        """
        citations: list[Citation] = []
        problem: NotesError | None = None
        for one in evidence:
            if self.notes is None:
                citations.append(Citation(one.passage, one.text, one.passage.place))
                continue
            try:
                citations.append(cite(self.notes, one.passage, one.start, one.end))
            except NotesError as error:
                problem = error
        if not citations and problem:
            raise problem
        return citations


def _sentences(
    evidence: Sequence[Evidence],
) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    """The sentences that best bear on the question, as one passage: a small model reads them
    faster than whole passages, and is misled by them less. And twice as many, one by one."""
    at_home = [one for one in evidence if one.at_home] or evidence
    distinct = list({one.text: one for one in reversed(at_home)}.values())[::-1]
    pieces = tuple(
        replace(one.passage, text=one.text, headings=()) for one in distinct[: 2 * _SENTENCES]
    )
    text = "\n".join(piece.text for piece in pieces[:_SENTENCES])
    return (replace(pieces[0], text=text),), pieces


def _others(evidence: Sequence[Evidence], chosen: Evidence) -> list[Evidence]:
    """Up to two further sentences worth showing beside the chosen one."""
    least = 0.8 * chosen.coverage
    worth = (one for one in evidence if one.names_all and one.coverage >= least)
    seen = {(chosen.passage.id, chosen.start)}
    others = []
    for one in worth:
        if (one.passage.id, one.start) not in seen:
            seen.add((one.passage.id, one.start))
            others.append(one)
    return others[:2]
