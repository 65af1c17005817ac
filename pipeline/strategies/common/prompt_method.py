"""A prompt method: the prompt that every sample of a strategy starts from, and how its replies are
read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.answers.calculator import ProgramRefused, evaluate, program_in
from pipeline.evidence.reply_reading import ParsedReply
from pipeline.prompts import Template, build_prompt, load_template
from pipeline.prompts.completion_prompts import completion_prompt, load_completion
from pipeline.prompts.exemplar import Exemplar
from pipeline.strategies.base import Question
from pipeline.types import Draw, Message, Passage, Prompt, Sample

__all__ = ["PromptMethod", "by_example"]


@dataclass(frozen=True, slots=True)
class PromptMethod:
    """A prompt template by its name, e.g. `cot`."""

    name: str

    @property
    def template(self) -> Template:
        return load_template(self.name)

    def mark(self, question: Question) -> str:
        """The words that the prompt asks to be put before the final answer; "" for none."""
        return self.template.answer_mark.get(question.language, "")

    def prompt(
        self,
        question: Question,
        passages: Sequence[Passage] | None = None,
        begun: str | None = None,
        then: Sequence[Message] = (),
    ) -> Prompt:
        """The prompt of the question. `passages` stand in for the question's own; `begun` is a
        reply to be gone on with; `then` are turns that follow."""
        shown = question.passages if passages is None else passages
        if question.form == "completion":
            own = () if self.template.program else question.exemplars
            prompt = by_example(self.name, question, shown, own)
        else:
            prompt = build_prompt(
                question.text,
                shown,
                self.template,
                question.language,
                question.exemplars,
                lines=question.by_sentence,
            )
        messages = [*prompt.messages]
        if begun is not None:
            messages.append(Message("assistant", begun))
        return replace(prompt, messages=(*messages, *then), role=question.role)

    def request(
        self,
        question: Question,
        draw: int,
        *,
        greedy: bool = False,
        prompt: Prompt | None = None,
        parent: str | None = None,
        **params: object,
    ) -> Draw:
        """One sample. `params` replace sampling fields; `max_tokens` 0 in the question's parameters
        is what the template says."""
        chosen = question.params
        ends: tuple[str, ...] = ()
        most = self.template.max_tokens
        if question.form == "completion":
            completion = load_completion(self.name)
            ends, most = completion.stops(question.language), completion.max_tokens or most
        if not chosen.max_tokens:
            chosen = replace(chosen, max_tokens=min(most, question.max_tokens or most))
        if greedy:
            chosen = replace(chosen, temperature=0.0)
        if params:
            chosen = replace(chosen, **params)  # type: ignore[arg-type]
        if ends:
            chosen = replace(chosen, stop=(*chosen.stop, *ends))
        return Draw(prompt or self.prompt(question), chosen, draw, question.id, parent)

    def draw(self, question: Question, first: int, count: int) -> list[Draw]:
        """The samples `first` to `first + count - 1` of the plain prompt."""
        prompt = self.prompt(question)
        return [self.request(question, first + i, prompt=prompt) for i in range(count)]

    def read(self, question: Question, sample: Sample, begun: str = "") -> ParsedReply | None:
        """The answer in a sample (after `begun`, the part of the reply before it); None for one
        that was cancelled, failed, or was cut off before the answer asked for. Of a program it is
        the value that is read: None where it is cut off, or cannot be computed."""
        if sample.finish in ("cancelled", "error"):
            return None
        mark = self.mark(question)
        text = begun + sample.text
        if self.template.program:
            whole = sample.finish == "stop" or text.count("```") > 1
            value = _value(text) if whole else None
            return question.read(value) if value else None
        if sample.finish == "length" and mark and mark not in text:
            return None
        reading = question.read(text, mark, cut=sample.finish == "length")
        return replace(reading, reply=text) if reading else None


def by_example(
    name: str,
    question: Question,
    passages: Sequence[Passage] | None = None,
    exemplars: Sequence[Exemplar] = (),
    **values: str,
) -> Prompt:
    """A prompt in completion form (`pipeline.prompts.completion_prompts`) about the question."""
    shown = question.passages if passages is None else passages
    prompt = completion_prompt(
        name,
        question.language,
        question.text,
        shown,
        exemplars,
        lines=question.by_sentence,
        **values,
    )
    return replace(prompt, role=question.role)


def _value(reply: str) -> str | None:
    """What the program in a reply comes to (arXiv 2211.12588), as an answer is written."""
    program = program_in(reply)
    try:
        return evaluate(program).text if program else None
    except ProgramRefused:
        return None
