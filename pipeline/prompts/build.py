"""Fill a template with numbered passages and a question.

A template is a YAML file in `templates/`: for each language a `user` turn and, if wanted, a
`system` turn, with the places `{passages}` and `{question}`; `closed` is the
user turn where there is no passage; `exemplar` is what the model is shown
to have answered in a worked example; `answer_mark` names the words after which the final answer
stands; `max_tokens` is what a reply of this kind needs; `worked` names the shipped examples
(`exemplars.yaml`) that are shown where the question brings none. With `program: true` a reply is a
program whose value is the answer, and the shipped examples are always the ones shown: those of a
question tell their steps in words. The model's own chat template is applied later, by the engine.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from pipeline.errors import ConfigError, filled
from pipeline.prompts.exemplar import Exemplar, exemplar_set
from pipeline.prompts.fill import fill
from pipeline.types import Message, Passage, Prompt

__all__ = ["Template", "build_prompt", "load_template", "template_names"]

_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Template:
    """One way of asking, per language."""

    name: str
    description: str
    system: dict[str, str]
    user: dict[str, str]
    closed: dict[str, str]
    answer_mark: dict[str, str]
    exemplar: dict[str, str]
    max_tokens: int
    worked: dict[str, tuple[Exemplar, ...]]
    program: bool


def template_names() -> list[str]:
    """The names of all templates, sorted."""
    return sorted(file.stem for file in _FOLDER.glob("*.yaml"))


@cache
def load_template(name: str) -> Template:
    """The template of that name. Raises ConfigError naming the nearest one that exists."""
    names = template_names()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = (
            filled("Did you mean `{near}`?", near=near[0])
            if near
            else filled("There are: {names}.", names=", ".join(names))
        )
        raise ConfigError(filled("There is no prompt template `{name}`.", name=name), hint)
    data = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    languages = [key for key in data if len(key) == 2]
    return Template(
        name,
        data["description"],
        {key: data[key].get("system", "") for key in languages},
        {key: data[key]["user"] for key in languages},
        {key: data[key].get("closed", data[key]["user"]) for key in languages},
        data.get("answer_mark", {}),
        {key: data[key].get("exemplar", "{answer}") for key in languages},
        data["max_tokens"],
        _worked(data["worked"]) if "worked" in data else {},
        data.get("program", False),
    )


def _worked(name: str) -> dict[str, tuple[Exemplar, ...]]:
    """The shipped examples of that name, per language."""
    return {
        language: tuple(
            Exemplar(one["question"], one["answer"], one["reasoning"])
            for one in exemplar_set(name, language)
        )
        for language in ("en", "ko")
    }


def build_prompt(
    question: str,
    passages: Sequence[Passage],
    template: Template,
    language: str,
    exemplars: Sequence[Exemplar] = (),
    lines: bool = False,
) -> Prompt:
    """The chat prompt for a question, in its language where the template has it, else in English.

    Passages are headed by their heading path and, where there are several, numbered from 1; with
    `lines` they are single sentences and stand as lines of one text. With no
    passage (closed book) the place is left out. Exemplars, the template's own where none are given,
    are earlier turns of the chat. Braces in a question or passage are text, not places to fill.
    """
    chosen = language if language in template.user else "en"
    shown = [f"{passage.heading}\n{passage.text}".strip() for passage in passages]
    if lines:
        shown = ["\n".join(shown)] if shown else []
    elif len(shown) > 1:
        shown = [f"[{number}] {text}" for number, text in enumerate(shown, start=1)]
    messages = []
    if system := template.system[chosen]:
        messages.append(Message("system", fill(system, {})))
    if template.program or not exemplars:
        exemplars = template.worked.get(chosen, ())
    for one in exemplars:
        asked = fill(template.closed[chosen], {"passages": "", "question": one.question.strip()})
        worked = {"reasoning": one.reasoning.strip(), "answer": one.answer.strip()}
        messages.append(Message("user", asked))
        messages.append(Message("assistant", fill(template.exemplar[chosen], worked)))
    filled = {"passages": "\n\n".join(shown), "question": question.strip()}
    way = template.user if passages else template.closed
    messages.append(Message("user", fill(way[chosen], filled)))
    return Prompt(tuple(messages), None, template.name, tuple(passage.id for passage in passages))
