"""Retrieve again after thinking (IRCoT, arXiv 2212.10509): each sentence thought is searched for,
and what it finds is put in front of the model before it thinks on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.limits import require_counts
from pipeline.strategies.common.partial_replies import PartialReply, extend
from pipeline.strategies.common.polling import elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.common.shown_passages import with_hits
from pipeline.text.sentences import sentences
from pipeline.types import Draw, Sample

__all__ = ["SearchAgain"]


@dataclass(frozen=True, slots=True)
class SearchAgain(Strategy):
    """Up to `rounds` sentences of at most `tokens` tokens, each followed by a search; then the rest
    of the reply with everything found. All greedy. A sentence that gives the final answer, or an
    empty one, ends the searching. Where nothing is searched it is one greedy sample.

    The answer is read against everything found. `draws` bounds all requests, the last one included.
    A prompt with new passages in front has to be read anew, and is paid for as a whole.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 4
    rounds: int = 3
    tokens: int = 64

    def __post_init__(self) -> None:
        require_counts(self, "search", "rounds", "tokens")

    def plan(self, question: Question) -> Plan:
        asked, begun = question, ""
        parent: str | None = None
        drawn: list[Sample] = []
        for draw in range(min(self.rounds, self.draws - 1)):
            if asked.search is None:
                break
            step = {"stop": ("\n",), "max_tokens": self.tokens}
            drawn = yield [self._request(asked, draw, begun, parent, **step)]
            line = (
                extend(self.prompt_method, asked, PartialReply(begun), drawn[0])
                if drawn
                else PartialReply(ended=True)
            )
            thought = _first_sentence(drawn[0].text, asked.language) if drawn else ""
            if line.ended:
                return elect(poll(asked, [line.reading]), 1)
            if not thought:
                break
            begun = f"{begun} {thought}".strip()
            found = yield [replace(asked.search, query=thought)]
            if not found:
                break
            more = with_hits(asked, found[0].hits)
            parent = drawn[0].key if more.passages == asked.passages else None
            asked = more
        drawn = yield [self._request(asked, self.draws - 1, begun, parent)]
        readings = [self.prompt_method.read(asked, sample, begun) for sample in drawn]
        return elect(poll(asked, readings), 1)

    def _request(
        self, question: Question, draw: int, begun: str, parent: str | None, **params: object
    ) -> Draw:
        prompt = self.prompt_method.prompt(question, begun=begun or None)
        key = parent if begun else None
        return self.prompt_method.request(
            question, draw, greedy=True, prompt=prompt, parent=key, **params
        )


def _first_sentence(text: str, language: str) -> str:
    """What is searched for: the rest of the step is thought again with what is found."""
    for start, end in sentences(text, language):
        if sentence := text[start:end].strip():
            return sentence
    return ""
