"""Verifiers: what thinks how good of each reply, without knowing the correct answer.

    likelihood      the reply's mean log-probability: every sample has it
    grounding       how well the passages shown support the answer: wherever there are some
    ptrue           the model is asked of each reply whether it is right (arXiv 2207.05221)
    NAME            a cross-encoder of sentence-transformers, or its folder: question and reply

The first two cost nothing. The others are asked for with `--verifiers`: a request for each reply
that differs, pooled as all are, and in no strategy's price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from pipeline.answering.loop import Failed, Steps, WorkItem, run_many
from pipeline.retrieval.rerank import PassageScorer, cross_encoder
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.grounded import borne_out
from pipeline.strategies.ptrue import ask, chance
from pipeline.types import Request, Sample

if TYPE_CHECKING:
    from evals.run.model_run import ModelRun
    from pipeline.evidence.reply_reading import ParsedReply
    from pipeline.pool import Pool
    from pipeline.strategies import Question

__all__ = ["check_course", "cross_encoded", "grounding", "load", "verify"]


def load(names: Sequence[str]) -> None:
    """Load the cross-encoders among these verifiers, so that one that cannot be is said before
    anything is asked. Raises ModelError."""
    for name in names:
        if name != "ptrue":
            _encoder(name)("a question", ["a reply"])


@cache
def _encoder(name: str) -> PassageScorer:
    return cross_encoder(name, "--verifiers")


def grounding(question: Question, reading: ParsedReply | None) -> Mapping[str, float]:
    """What the passages say of a reply; nothing where none were shown or no answer was read."""
    found = borne_out(question, reading) if reading is not None else None
    return {} if found is None else {"grounding": found}


def check_course(
    question: Question, way: PromptMethod, replies: Sequence[Sample]
) -> Steps[dict[str, float]]:
    """A course for the loop: P(True) of each reply, by sample key. Replies in the same words share
    one check, and one that was cut off or failed has none."""
    first: dict[str, Sample] = {}
    for reply in replies:
        first.setdefault(reply.text, reply)
    wanted: list[Request] = [ask(question, way, reply) for reply in first.values()]
    made = (yield wanted) if wanted else []
    said = {
        text: chance(check)
        for text, check in zip(first, made, strict=True)
        if isinstance(check, Sample) and check.finish not in ("cancelled", "error")
    }
    return {reply.key: said[reply.text] for reply in replies if reply.text in said}


def verify(
    run: ModelRun,
    pool: Pool,
    progress: Callable[[str, int, int], None] | None = None,
) -> None:
    """Have every sampled reply of a run judged by the verifiers that were asked for; what they say
    is kept in it. Raises ModelError for a cross-encoder that cannot be loaded."""
    replies = run.replies()

    def courses() -> Iterator[WorkItem[dict[str, float]]]:
        for at, (question, way, found) in enumerate(replies):
            yield WorkItem((str(at),), check_course(question, way, found), None)

    def note(name: str, scores: Mapping[str, float]) -> None:
        for key, score in scores.items():
            run.verified.setdefault(key, {})[name] = score

    for name in run.order.verifiers:
        if name == "ptrue":
            judged = run_many(courses(), run.engine, pool, lambda _: None)
            for made, (_, scores) in enumerate(judged):
                if progress and made % 20 == 0:
                    progress("check", made, len(replies))
                if not isinstance(scores, Failed):
                    note(name, scores)
            continue
        encoder = _encoder(name)
        for question, _, found in replies:
            note(name, cross_encoded(encoder, question.text, found))


def cross_encoded(
    score: Callable[[str, Sequence[str]], Sequence[float]],
    question: str,
    replies: Sequence[Sample],
) -> dict[str, float]:
    """A cross-encoder's score of each reply, by sample key."""
    texts = list(dict.fromkeys(reply.text for reply in replies))
    if not texts:
        return {}
    found = dict(zip(texts, score(question, texts), strict=True))
    return {reply.key: float(found[reply.text]) for reply in replies}
