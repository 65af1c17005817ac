"""Best of N by a judge (arXiv 2306.05685): the model grades each reply by itself, not knowing that
it wrote it, and the best grade is taken."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.prompts import build_prompt, load_template
from pipeline.prompts.turns import turn
from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.checking import one_token, with_checks
from pipeline.strategies.common.choosing import choose, plain_vote
from pipeline.strategies.common.prompt_method import PromptMethod, by_example
from pipeline.types import Draw, Sample

__all__ = ["Judge", "grade", "grade_of"]

_BEST = 5
_GRAMMAR = "root ::= [1-5]"
_AFTER_LABEL = 'root ::= " "? [1-5]'
_UNKNOWN = 0.5


@dataclass(frozen=True, slots=True)
class Judge(Strategy):
    """Half of the `draws` are replies, the other half grades from 1 to 5, one greedy token each, of
    a prompt that shows the passages, the question and the reply as a whole. Grades are few, so
    ties are many: the most frequent answer with the best grade wins. A reply without a grade
    counts as one in the middle; with no grade at all it is the plain vote.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 16

    def plan(self, question: Question) -> Plan:
        found = yield from with_checks(question, self.prompt_method, self.draws, grade)
        if not any(found.checks):
            return plain_vote(question, found.readings)
        return choose(question, found.readings, [grade_of(check) for check in found.checks])


def grade(question: Question, method: PromptMethod, reply: Sample) -> Draw:
    """The request for the grade of a reply."""
    question, text = question.checked(), reply.text.strip()
    if question.form == "completion":
        prompt = by_example("judge", question, reply=text)
        fields = {**one_token(_AFTER_LABEL), "max_tokens": 2}  # a space may be a token of its own
        return method.request(question, 0, greedy=True, prompt=prompt, parent=None, **fields)
    words = turn("grade", question.language, question=question.text, reply=text)
    prompt = build_prompt(
        words,
        question.passages,
        load_template("judge"),
        question.language,
        lines=question.by_sentence,
    )
    prompt = replace(prompt, role=question.role)
    return method.request(
        question, 0, greedy=True, prompt=prompt, parent=None, **one_token(_GRAMMAR)
    )


def grade_of(check: Sample | None) -> float:
    """A grade as 0 (worst) to 1 (best); one half where there is none."""
    text = check.text.strip() if check else ""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _BEST:
        return _UNKNOWN
    return (int(text) - 1) / (_BEST - 1)
