"""Lets a model judge whether a reply says what the correct answer says.

Optional, and never a gate by itself: a judge has its own errors, they differ by who wrote the
reply, and they change with the judge's version. Report it beside a scorer that is a rule, with how
often the two agree. A small model is no judge at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from evals.scorers.base import ItemScore, Scorer, refusal
from evals.tasks.base import Item, Language
from pipeline.answering.loop import Steps, run
from pipeline.answers.parse import extract
from pipeline.engine.base import Engine
from pipeline.pool import Pool
from pipeline.text.polarity import polarity
from pipeline.types import Cost, Draw, Message, Prompt, Sample, SampleParams

__all__ = ["Judgement", "judge", "judge_course", "undecided"]

_ASKED: dict[Language, str] = {
    "en": "Question: {question}\nCorrect answer: {gold}\nReply to be judged: {reply}\n\n"
    "Does the reply give the correct answer? Say only yes or no.",
    "ko": "질문: {question}\n정답: {gold}\n채점할 답변: {reply}\n\n"
    "답변이 정답과 같은 내용인가요? 예 또는 아니요로만 답하세요.",
}
_LONGEST = 2_000
_PARAMS = SampleParams(temperature=0.0, top_k=0, top_p=1.0, min_p=0.0, max_tokens=8)


def judge(engine: Engine, params: SampleParams | None = None, pool: Pool | None = None) -> Scorer:
    """A scorer that asks `engine` about every reply, greedily unless `params` say otherwise; what
    it was asked before is replayed from `pool`.

    It is as pure as the engine is: the same reply is asked about in the same words. A verdict that
    is neither yes nor no scores 0 and has `parts["undecided"]` 1. Raises what the engine raises.
    """

    def score(item: Item, reply: str, extracted: str | None) -> ItemScore:
        course = judge_course(item, reply, extracted, engine.info.name, params)
        return run(course, lambda: engine, pool=pool).score

    return score


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judge's score of a reply, and what asking for it cost."""

    score: ItemScore
    cost: Cost = field(default_factory=Cost)


def judge_course(
    item: Item, reply: str, extracted: str | None, model: str, params: SampleParams | None = None
) -> Steps[Judgement]:
    """A course for the loop: what the judge, called `model`, says of one reply."""
    if found := refusal(item, reply, extracted):
        return Judgement(found)
    if not reply.strip() or not item.answers:
        return Judgement(ItemScore(0.0, False, "nothing to judge"))
    (said,) = yield [Draw(_prompt(item, reply), params or _PARAMS, item=f"judge:{item.id}")]
    assert isinstance(said, Sample)
    answer = extract(said.text, "yesno", item.language)
    verdict = polarity(answer.text, letters=True) if answer else None
    if verdict is None:
        return Judgement(undecided(f"the judge said {said.text.strip()!r}"), said.cost)
    words = f"the judge ({model}) says {'yes' if verdict else 'no'}"
    return Judgement(ItemScore(float(verdict), verdict, words, {"undecided": 0.0}), said.cost)


def undecided(why: str) -> ItemScore:
    """The score of a reply about which the judge said neither yes nor no."""
    return ItemScore(0.0, False, why, {"undecided": 1.0})


def _prompt(item: Item, reply: str) -> Prompt:
    shown = reply if len(reply) <= _LONGEST else reply[-_LONGEST:]
    pieces = {"question": item.question, "gold": " / ".join(item.answers), "reply": shown.strip()}
    text = _ASKED[item.language].format(**pieces)
    return Prompt((Message("user", text),), template="judge", role="reason")
