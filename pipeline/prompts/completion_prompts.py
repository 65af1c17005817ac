"""Prompts in completion form, for models that were never taught to follow instructions.

Such a model goes on with a text, so it is shown what to do: a few worked examples, then the case at
hand, which ends where its reply begins. A template is a YAML file in `completion/`: for each
language what is `ask`ed and how an example's `reply` is written, with places `{name}`; a line whose
places are all empty is left out. `examples` names sets of `exemplars.yaml`, for when passages are
`shown` and for `closed` book. The engine puts the turns together and ends a reply at an empty line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from pipeline.prompts.exemplar import Exemplar, exemplar_set
from pipeline.prompts.fill import fill
from pipeline.types import Message, Passage, Prompt

__all__ = ["ENDS", "Completion", "completion_prompt", "filled", "load_completion", "worked_prompt"]

ENDS = "\n\n"
"""What stands after an answer in such a text."""

_FOLDER = Path(__file__).parent / "completion"
_PLACE = re.compile(r"\{(\w+)\}")
_LABEL = re.compile(r"[^{}\n:：]{1,24}[:：](?= \{)")


@dataclass(frozen=True)
class Completion:
    """A template, per language. `max_tokens` 0 is what the chat form of it says."""

    name: str
    ask: dict[str, str]
    reply: dict[str, str]
    examples: dict[str, str]
    max_tokens: int

    def stops(self, language: str) -> tuple[str, ...]:
        """What begins another case: a reply that comes to it has ended."""
        asked = self.ask.get(language, self.ask["en"])
        return tuple(
            "\n" + found.group() for found in map(_LABEL.match, asked.split("\n")) if found
        )


@cache
def load_completion(name: str) -> Completion:
    """The template of that name, which must exist."""
    data = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    if "as" in data:
        return load_completion(data["as"])
    languages = [key for key in data if len(key) == 2]
    return Completion(
        name,
        {key: data[key]["ask"] for key in languages},
        {key: data[key]["reply"] for key in languages},
        data["examples"],
        data.get("max_tokens", 0),
    )


def completion_prompt(
    name: str,
    language: str,
    question: str,
    passages: Sequence[Passage] = (),
    exemplars: Sequence[Exemplar] = (),
    lines: bool = False,
    **values: str,
) -> Prompt:
    """The prompt of template `name`: its examples (or the question's own `exemplars`) as turns, and
    the case at hand, whose further places are `values`. Several passages are numbered; with `lines`
    they are single sentences and stand as lines of one text. Braces in any of them are text."""
    template = load_completion(name)
    chosen = language if language in template.ask else "en"
    shown = [f"{passage.heading}\n{passage.text}".strip() for passage in passages]
    if len(shown) > 1 and not lines:
        shown = [f"[{number}] {text}" for number, text in enumerate(shown, start=1)]
    examples: Sequence[Mapping[str, str]] = [
        {"question": one.question, "reasoning": one.reasoning, "answer": one.answer}
        for one in exemplars
    ] or exemplar_set(template.examples["shown" if shown else "closed"], chosen)
    messages: list[Message] = []
    for example in examples:
        messages.append(Message("user", filled(template.ask[chosen], example)))
        messages.append(Message("assistant", filled(template.reply[chosen], example)))
    case = {"question": question.strip(), "passages": "\n".join(shown), **values}
    messages.append(Message("user", filled(template.ask[chosen], case)))
    ids = tuple(passage.id for passage in passages)
    return Prompt(tuple(messages), template=name, passages=ids)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled, without the lines that would have nothing in them."""
    lines = []
    for line in text.split("\n"):
        names = _PLACE.findall(line)
        given = {name: values.get(name, "").strip() for name in names}
        if not names or any(given.values()):
            lines.append(fill(line, given) if names else line)
    return "\n".join(lines)


def worked_prompt(name: str, language: str, order: int, shown: int, **case: str) -> Prompt:
    """The prompt of completion template `name` about a `case` (its places, as text).

    `shown` examples stand before it, beginning with another one for each `order`; where there are
    `n`, the orders 0 to n - 1 differ. A strategy that compares likelihoods needs to know where an
    answer ends, which a chat template hides, and several prompts that ask the same.
    """
    template = load_completion(name)
    chosen = language if language in template.ask else "en"
    examples = exemplar_set(template.examples["shown"], chosen)
    parts: list[str] = []
    for step in range(min(shown, len(examples))):
        example = examples[(3 * order + step) % len(examples)]
        asked, reply = (
            filled(template.ask[chosen], example),
            filled(template.reply[chosen], example),
        )
        parts.append(f"{asked} {reply}")
    parts.append(filled(template.ask[chosen], case))
    return Prompt(text=ENDS.join(parts), template=name)
