"""Questions by the local model: it is shown a sentence and the figure or name that is to be the
answer, and asked for the question. What it writes is kept only if it asks for that kind of thing,
speaks of what the sentence speaks of, and the model finds the same answer in the sentence again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evals.draft.candidate import DraftQuestion
from evals.draft.figures import answers_of
from evals.draft.leakage import leak
from evals.draft.material import Sentence
from evals.scorers.contains import stands
from pipeline.answering.loop import Failed, Steps, WorkItem, run_many
from pipeline.engine.base import Engine
from pipeline.pool import MemoryPool, Pool
from pipeline.text.answer_type import is_time, wanted
from pipeline.text.entities import names
from pipeline.text.numbers.quantities import quantities
from pipeline.text.terms import terms
from pipeline.types import Draw, Message, Prompt, Sample, SampleParams

__all__ = ["ModelWriter", "question_course"]

Range = tuple[int, int]
_DRAWS = 2
_PARAMS = SampleParams(temperature=0.7, max_tokens=40, stop=("\n",))
_AGAIN = SampleParams(temperature=0.0, max_tokens=32, stop=("\n",))
_MOST_WORDS = 24


@dataclass(frozen=True, slots=True)
class ModelWriter:
    """`write(sentences)` gives candidates as the model makes them; sentences in a language that it
    does not speak are left out. What the model is asked is replayed from `pool` where it is in it
    (None: nothing is kept)."""

    engine: Engine
    progress: Callable[[str, int, int], None] | None = None
    pool: Pool | None = None

    def __call__(self, sentences: list[Sentence]) -> Iterator[DraftQuestion]:
        spoken = [s for s in sentences if s.language in self.engine.info.languages]
        targets = [(s, target) for s in spoken if (target := _target(s.text))]
        courses = [
            WorkItem((str(at),), question_course(sentence, target, at))
            for at, (sentence, target) in enumerate(targets)
        ]
        pool = self.pool if self.pool is not None else MemoryPool(self.engine.info)
        found: dict[int, list[DraftQuestion]] = {}
        ended = run_many(courses, self.engine, pool)
        for done, (name, kept) in enumerate(ended, 1):
            if self.progress:
                self.progress("writing questions", done, len(targets))
            if not isinstance(kept, Failed):  # of a sentence too long to be read there is none
                found[int(name[0])] = kept
        for at in sorted(found):
            yield from found[at]


def question_course(sentence: Sentence, target: Range, at: int) -> Steps[list[DraftQuestion]]:
    """A course for the loop: the questions that the model writes about one target, and whose answer
    it gives back when it is asked its own question over the sentence."""
    start, end = target
    answer = sentence.text[start:end]
    asking = _asking(sentence, answer)
    written = yield [Draw(asking, _PARAMS, draw, f"draft-{at}") for draw in range(_DRAWS)]
    likely = []
    for one in written:
        assert isinstance(one, Sample)
        question, answers = _tidy(one.text), answers_of(sentence.text, start, end)
        candidate = DraftQuestion(question, answers, "model", (sentence,))
        if _sensible(question, sentence, answer) and not leak(candidate):
            likely.append(candidate)
    if not likely:
        return []
    again = yield [Draw(_answering(sentence, c.question), _AGAIN, 0, f"again-{at}") for c in likely]
    return [
        candidate
        for candidate, reply in zip(likely, again, strict=True)
        if isinstance(reply, Sample) and stands(answer, reply.text, candidate.language)
    ]


def _target(text: str) -> Range | None:
    """What is to be the answer: the first figure or date behind the subject, else a name."""
    return next(iter(_targets(text)), None)


def _targets(text: str) -> list[Range]:
    """What could be asked for: figures and dates, then names that are said once, no subject."""
    figures = [(q.start, q.end) for q in quantities(text) if q.unit != "ordinal" and q.start > 0]
    named = [
        (name.start, name.end)
        for name in names(text)
        if name.start > len(text) // 3 and text.count(name.text) == 1
    ]
    return [*figures, *named]


def _tidy(text: str) -> str:
    found = re.search(r"[^\n?]*\?", text)
    return re.sub(r"^(?:Question|질문)\s?[:：]\s*", "", found.group().strip(' "“')) if found else ""


def _sensible(question: str, sentence: Sentence, answer: str) -> bool:
    """Whether it asks for that kind of thing and shares its terms with the sentence alone."""
    if not question or not 3 <= len(question.split()) <= _MOST_WORDS or "\n" in question:
        return False
    kind = wanted(question).kind
    figure = next(iter(quantities(answer, alone=True)), None)
    if figure is None:
        right = kind in ("name", "text")
    else:
        right = kind == ("time" if is_time(figure, answer) else "figure")
    asked = terms(question, question=True)
    new = asked - terms(sentence.text) - terms(sentence.passage.heading)
    return right and len(asked) >= 2 and len(new) <= len(asked) // 3


@cache
def _examples() -> dict[str, list[dict[str, str]]]:
    path = Path(__file__).with_name("examples.json")
    found: dict[str, list[dict[str, str]]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _asking(sentence: Sentence, answer: str) -> Prompt:
    language = "ko" if sentence.language == "ko" else "en"
    turns: list[Message] = []
    for one in _examples()[language]:
        turns.append(Message("user", f"{one['sentence']}\n{one['ask']} {one['answer']}"))
        turns.append(Message("assistant", one["question"]))
    ask = _examples()[language][0]["ask"]
    turns.append(Message("user", f"{sentence.text}\n{ask} {answer}"))
    return Prompt(messages=tuple(turns), template="draft-question")


def _answering(sentence: Sentence, question: str) -> Prompt:
    language = "ko" if sentence.language == "ko" else "en"
    turns: list[Message] = []
    for one in _examples()[language]:
        turns.append(Message("user", f"{one['sentence']}\n{one['question']}"))
        turns.append(Message("assistant", one["answer"]))
    turns.append(Message("user", f"{sentence.text}\n{question}"))
    return Prompt(messages=tuple(turns), template="draft-answer")
