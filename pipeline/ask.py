"""One question to one answer: search, find the sentences that bear on it, think, verify, cite.

The order matters. What the notes do not cover is refused before the model is asked; a model that
does not speak the question's language is not asked at all; and where no draw is borne out by the
notes, the best sentence of the notes is the answer, marked as a quotation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.answers.evidence import Evidence, gather, inquire
from pipeline.answers.grounding import best_evidence
from pipeline.engine.base import Engine, OnToken
from pipeline.errors import NotesError, PromptError
from pipeline.notes import cite, language_of
from pipeline.pool import MemoryPool
from pipeline.strategies import Question, Strategy
from pipeline.think import think
from pipeline.types import Answer, Citation, Hit, Passage, Sample, SampleParams

__all__ = ["LONGEST_QUESTION", "Asker", "Searchable"]

LONGEST_QUESTION = 2000
"""Characters. A longer text is a document, not a question."""

_REFUSAL = {"en": "The notes do not say.", "ko": "노트에는 답이 없습니다."}
_NO_LANGUAGE = {
    "ko": "사용 중인 모델({model})은 한국어로 답하지 못하므로 노트의 문장을 그대로 보여 드립니다. "
    "한국어 모델(예: Qwen3-1.7B)의 GGUF 파일을 config.yaml의 model.path에, languages에 ko를 적으세요.",
    "en": "The model in use ({model}) does not answer in English, so here is the notes' own sentence. "
    "Set model.path in config.yaml to an English model and add en to languages.",
}


class Searchable(Protocol):
    """What is asked of an index."""

    @property
    def passages(self) -> Sequence[Passage]: ...

    def search(self, question: str, k: int) -> list[Hit]: ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Answers questions over one index with one strategy.

    `engine` is a function so that a model is loaded only when a question needs it; `model` is the
    name shown for it and `languages` those it can answer in.
    """

    notes: Path
    index: Searchable
    engine: Callable[[], Engine]
    strategy: Strategy
    params: SampleParams
    model: str
    languages: tuple[str, ...]
    k: int = 5

    def ask(
        self,
        question: str,
        on_token: OnToken | None = None,
        on_sample: Callable[[Sample], None] | None = None,
    ) -> Answer:
        """Answer a question; every citation in the answer was verified in its file.

        Raises PromptError for a question that is empty, too long or not text.
        """
        question = check_question(question)
        language = language_of(question)
        hits = self.index.search(question, self.k)
        inquiry = inquire(question, language, self.index.passages)
        evidence = gather(inquiry, hits)
        quotation = best_evidence(evidence)
        if quotation is None:
            return self._answer(question, language, _REFUSAL[language], abstained=True)
        if language not in self.languages:
            citations = self._cite([quotation, *_others(evidence, quotation)])
            notice = _NO_LANGUAGE[language].format(model=self.model)
            return self._answer(
                question, language, quotation.text, citations, quoted=True, notice=notice
            )
        engine = self.engine()
        pool = MemoryPool(engine.info)
        shown = tuple(hit.passage for hit in hits)
        asked = Question(question, language, inquiry, shown, evidence, self.params, id=question)
        thought = think(asked, self.strategy, engine, pool, on_token, on_sample)
        winner = thought.decision.winner
        supporters = list(winner.evidence) if winner else [quotation]
        return self._answer(
            question,
            language,
            winner.text if winner else quotation.text,
            self._cite(supporters),
            quoted=winner is None,
            confidence=thought.decision.share,
            votes=thought.decision.votes,
            samples=thought.samples,
            cost=thought.cost,
        )

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

    def _cite(self, evidence: Sequence[Evidence]) -> list[Citation]:
        """Citations of the sentences, each opened in its file and verified there.

        A note that changed since it was indexed is left out, unless nothing would remain.
        """
        citations: list[Citation] = []
        problem: NotesError | None = None
        for one in evidence:
            try:
                citations.append(cite(self.notes, one.passage, one.start, one.end))
            except NotesError as error:
                problem = error
        if not citations and problem:
            raise problem
        return citations


def check_question(question: str) -> str:
    """The question without surrounding space. Raises PromptError where it cannot be asked."""
    question = question.strip()
    if not question:
        raise PromptError("The question is empty.", 'Write it in quotes: thinkscale ask "..."')
    if len(question) > LONGEST_QUESTION:
        raise PromptError(
            f"The question has {len(question):,} characters; the limit is {LONGEST_QUESTION:,}.",
            "Ask one thing; put long texts into the notes folder.",
        )
    if any(0xD800 <= ord(char) <= 0xDFFF for char in question) or "\0" in question:
        raise PromptError("The question is not valid UTF-8 text.", "Check the terminal's encoding.")
    return question


def _others(evidence: Sequence[Evidence], chosen: Evidence) -> list[Evidence]:
    """Up to two further sentences worth showing beside the chosen one."""
    return [
        one for one in evidence if one is not chosen and one.fits and one.coverage >= chosen.coverage * 0.8
    ][:2]  # fmt: skip
