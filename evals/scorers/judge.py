"""A model as judge: does the reply say what the correct answer says?

Optional, and never a gate by itself: a judge has its own errors, they differ by who wrote the
reply, and they change with the judge's version. Report it beside a scorer that is a rule, with how
often the two agree. A small model is no judge at all.
"""

from __future__ import annotations

from dataclasses import replace

from evals.scorers.base import ItemScore, Scorer, refusal
from evals.tasks.base import Item, Language
from pipeline.answers.parse import extract
from pipeline.engine.base import Engine
from pipeline.text.polarity import polarity
from pipeline.types import Draw, Message, Prompt, SampleParams

__all__ = ["judge"]

_ASKED: dict[Language, str] = {
    "en": "Question: {question}\nCorrect answer: {gold}\nReply to be judged: {reply}\n\n"
    "Does the reply give the correct answer? Say only yes or no.",
    "ko": "질문: {question}\n정답: {gold}\n채점할 답변: {reply}\n\n"
    "답변이 정답과 같은 내용인가요? 예 또는 아니요로만 답하세요.",
}
_LONGEST = 2_000
_PARAMS = SampleParams(temperature=0.0, top_k=0, top_p=1.0, min_p=0.0, max_tokens=8)


def judge(engine: Engine, params: SampleParams | None = None) -> Scorer:
    """A scorer that asks `engine` about every reply, greedily unless `params` say otherwise.

    It is as pure as the engine is: the same reply is asked about in the same words. A verdict that
    is neither yes nor no scores 0 and has `parts["undecided"]` 1. Raises what the engine raises.
    """
    fixed = replace(params or _PARAMS)

    def score(item: Item, reply: str, extracted: str | None) -> ItemScore:
        if found := refusal(item, reply, extracted):
            return found
        if not reply.strip() or not item.answers:
            return ItemScore(0.0, False, "nothing to judge")
        asked = _prompt(item, reply)
        request = Draw(asked, fixed, item=f"judge:{item.id}")
        said = next(iter(engine.sample([request]))).text
        answer = extract(said, "yesno", item.language)
        verdict = polarity(answer.text, letters=True) if answer else None
        if verdict is None:
            return ItemScore(0.0, False, f"the judge said {said.strip()!r}", {"undecided": 1.0})
        words = f"the judge ({engine.info.name}) says {'yes' if verdict else 'no'}"
        return ItemScore(float(verdict), verdict, words, {"undecided": 0.0})

    return score


def _prompt(item: Item, reply: str) -> Prompt:
    shown = reply if len(reply) <= _LONGEST else reply[-_LONGEST:]
    pieces = {"question": item.question, "gold": " / ".join(item.answers), "reply": shown.strip()}
    text = _ASKED[item.language].format(**pieces)
    return Prompt((Message("user", text),), template="judge", role="reason")
