"""Lines of thought: replies that grow step by step, a step a line of text, and how far one is to
be trusted. What the searches over steps (arXiv 2408.03314, 2502.01618) are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies.base import Decision, Question
from pipeline.strategies.common.polling import elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import Draw, Sample

__all__ = ["PartialReply", "PartialReplyScorer", "ask_end", "ask_step", "extend", "likely", "vote"]


@dataclass(frozen=True, slots=True)
class PartialReply:
    """A reply in the making: the text so far and the samples it is made of. An `ended` one is a
    reply, with the `reading` of its answer if it has one."""

    text: str = ""
    samples: tuple[Sample, ...] = ()
    ended: bool = False
    reading: ParsedReply | None = None

    @property
    def logprob(self) -> float:
        """Mean log-probability of its tokens."""
        tokens = sum(sample.tokens for sample in self.samples)
        total = math.fsum(s.confidence.mean_logprob * s.tokens for s in self.samples)
        return total / tokens if tokens else 0.0


PartialReplyScorer = Callable[[Question, PartialReply], float]
"""How promising a line is, from 0 up; pure. 0 is not gone on with, and does not vote."""


def likely(question: Question, line: PartialReply) -> float:
    """The mean probability of its tokens (0 to 1). Of an ended line also how well the notes bear
    its answer out, and 0 where it has none."""
    sure = math.exp(min(line.logprob, 0.0))
    if not line.ended:
        return sure
    return sure * line.reading.support if line.reading else 0.0


def ask_step(
    method: PromptMethod, question: Question, line: PartialReply, draw: int, tokens: int
) -> Draw:
    """One more step of a line: up to the end of the line of text, at most `tokens` tokens."""
    most = question.params.max_tokens
    return _ask(method, question, line, draw, stop=("\n",), max_tokens=min(tokens, most or tokens))


def ask_end(method: PromptMethod, question: Question, line: PartialReply, draw: int) -> Draw:
    """All the rest of a line at once."""
    return _ask(method, question, line, draw)


def _ask(
    method: PromptMethod, question: Question, line: PartialReply, draw: int, **params: object
) -> Draw:
    prompt = method.prompt(question, begun=line.text or None)
    # Without a word written there is nothing to go on from: that is the plain prompt again.
    parent = line.samples[-1].key if line.text else None
    return method.request(question, draw, greedy=False, prompt=prompt, parent=parent, **params)


def extend(
    method: PromptMethod, question: Question, line: PartialReply, sample: Sample
) -> PartialReply:
    """The line with one more sample. It has ended where the sample was the whole rest, where it
    gave the final answer asked for, and where nothing more came; or failed, then without an
    answer."""
    samples = (*line.samples, sample)
    text = line.text + sample.text
    if sample.finish not in ("stop", "length"):
        return PartialReply(text, samples, True)
    step = "\n" in sample.request.params.stop
    mark = method.mark(question)
    answered = bool(mark) and sample.finish == "stop" and bool(_after(mark, text))
    blank = not sample.text.strip()
    # An empty line ends a reply in completion form; in a chat one may stand between paragraphs.
    last = "\n" if question.form == "completion" else "\n\n"
    empty = blank and (sample.tokens == 0 or line.text.endswith(last))
    if not step or answered or empty:
        return PartialReply(text, samples, True, method.read(question, sample, line.text))
    return PartialReply(text + "\n" if sample.finish == "stop" else text, samples)


def _after(mark: str, text: str) -> str:
    """What stands behind the last mark."""
    return text.rsplit(mark, 1)[1].strip() if mark in text else ""


def vote(
    question: Question, lines: Sequence[PartialReply], weights: Sequence[float], replies: int
) -> Decision:
    """The heaviest answer of the lines that ended; `replies` counts all that were begun."""
    readings = [line.reading if line.ended else None for line in lines]
    return elect(poll(question, readings, weights), max(len(lines), replies))
