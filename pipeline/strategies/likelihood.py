"""Multiple choice by log-likelihood, as lm-evaluation-harness defines it: nothing is written, each
option is scored as what follows the question, and the likeliest is the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.answers.option_labels import LETTERS
from pipeline.prompts.turns import turn
from pipeline.strategies.base import Decision, Plan, Question, Strategy
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.polling import elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.weighted import softmax
from pipeline.types import Likelihood, Prompt, Score

__all__ = ["OptionLikelihood", "option_scores"]


@dataclass(frozen=True, slots=True)
class OptionLikelihood(Strategy):
    """The option with the greatest log-likelihood (`acc`); `normalised`, divided by its length in
    characters (`acc_norm`).

    The prompt is "Question: ...\\nAnswer:", after the passages and worked examples of the question
    in the same form, without a chat template; an option follows after a space. With `score: letter`
    the options are listed there, and their letters are scored (as MMLU does; then all are of one
    length). A question without options is answered by one greedy sample of the prompt method.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 1
    score: str = "text"
    normalised: bool = False

    def __post_init__(self) -> None:
        known = self.score in ("text", "letter")
        require(known, "likelihood.score", self.score, "text or letter")

    def plan(self, question: Question) -> Plan:
        if len(question.options) < 2:
            samples = yield [self.prompt_method.request(question, 0, greedy=True)]
            readings = [self.prompt_method.read(question, sample) for sample in samples]
            return elect(poll(question, readings), len(readings))
        found = yield option_scores(question, letters=self.score == "letter")
        likelihoods = [one for one in found if isinstance(one, Likelihood)]
        if len(likelihoods) < len(question.options):
            return Decision(None)
        values = [one.logprob for one in likelihoods]
        if self.normalised:
            values = [
                value / max(1, len(one.request.text) - 1)
                for value, one in zip(values, likelihoods, strict=True)
            ]
        best = max(range(len(values)), key=lambda at: (values[at], -at))
        chance = softmax([value if math.isfinite(value) else -1e9 for value in values], 1.0)[best]
        winner = question.read(LETTERS[best])
        return Decision(winner, share=chance, confidence=chance)


def option_scores(question: Question, *, letters: bool = False) -> list[Score]:
    """A request for each option, in order."""
    parts = [passage.text for passage in question.passages]
    parts += [
        turn("options", question.language, question=one.question) + f" {one.answer}"
        for one in question.exemplars
    ]
    asked, said = question.text, list(question.options)
    if letters:
        named = zip(LETTERS, question.options, strict=False)
        asked = "\n".join([asked, *(f"{letter}. {option}" for letter, option in named)])
        said = list(LETTERS[: len(question.options)])
    parts.append(turn("options", question.language, question=asked))
    prompt = Prompt(text="\n\n".join(parts), template="options", role=question.role)
    return [Score(prompt, f" {option}") for option in said]
