"""Shared by every verb's --help and usage errors: -q and -v, and the reader's language.

English stands where a verb is written, Korean in the catalogue, paragraph by paragraph. What click
itself says (headings, usage errors) is looked up in the same catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from pipeline.cli.translation import language
from pipeline.cli.verbosity import options
from pipeline.text.messages import korean_of

__all__ = ["HELP", "dress", "help_sentences", "in_language", "speak_for_click", "undress"]

CLICK = (
    "Usage:",
    "Options",
    "Commands",
    "Positional arguments",
    "[OPTIONS]",
    "COMMAND [ARGS]...",
    "default: {default}",
    "required",
    "Show this message and exit.",
    "Show the version and exit.",
    "Missing argument",
    "Missing option",
    "Missing command.",
    "No such option {name!r}.",
    "Invalid value: {message}",
    "Invalid value for {param_hint}: {message}",
    "Option {name!r} does not take a value.",
    "Got unexpected extra argument ({args})",
    "Got unexpected extra arguments ({args})",
    "Option {name!r} requires an argument.",
    "{value!r} is not a valid {number_type}.",
    "{value} is not in the range {range}.",
    "{value!r} is not {choice}.",
    "{value!r} is not one of {choices}.",
    "Error: invalid input",
    "Error: {message}",
    "Did you mean {possibility}?",
    "(Did you mean one of: {possibilities})",
)
"""What click says to a person, as it stands in its source."""

HELP = ["-h", "--help"]
_PARTS = ("core", "decorators", "exceptions", "formatting", "parser", "termui", "types")


def in_language(text: str) -> str:
    """A text of several paragraphs in the reader's language; a paragraph that the catalogue lacks,
    and one of examples, stays as it is."""
    if language() != "ko":
        return text
    return "\n\n".join(korean_of(part) for part in _paragraphs(text))


def _paragraphs(text: str) -> list[str]:
    """Each on one line, but for blocks that are kept as they stand (click's \\b)."""
    parts = re.split(r"\n\s*\n", text.strip())
    return [p if p.lstrip().startswith("\b") else " ".join(p.split()) for p in parts]


def speak_for_click() -> None:
    """From here on click's own words are looked up too."""
    import importlib

    def one(sentence: str) -> str:
        return korean_of(sentence) if language() == "ko" else sentence

    def some(single: str, plural: str, count: int) -> str:
        return one(single if count == 1 else plural)

    for name in _PARTS:
        part = importlib.import_module(f"click.{name}")
        for word, put in (("_", one), ("ngettext", some)):
            if hasattr(part, word):
                setattr(part, word, put)


def dress(command: click.Command) -> click.Command:
    """A verb, or a group with all its verbs, as it is shown: it takes -q and -v, and its help is in
    the reader's language, until `undress`."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            dress(inner)
        _say(command, "subcommand_metavar")
    elif not any({"-q", "-v"} & {*param.opts} for param in command.params):
        command.params += options()
    _say(command, "help")
    _say(command, "options_metavar")
    _say(command, "epilog", "Examples:")
    # click keeps its own option for help, by the names and in the language that it is first made in
    own = command.get_help_option(click.Context(command, help_option_names=HELP))
    for param in (*command.params, *([own] if own else [])):
        if isinstance(param, click.Option):
            _say(param, "help")
    return command


_english: list[tuple[click.Command | click.Parameter, str, str]] = []


def _say(owner: click.Command | click.Parameter, name: str, word: str = "") -> None:
    """Put a text of `owner` into the reader's language; `word`: only that word of it."""
    text = getattr(owner, name)
    if text and language() != "en":
        _english.append((owner, name, text))
        setattr(owner, name, text.replace(word, in_language(word)) if word else in_language(text))


def undress() -> None:
    """All help in English again, as it was written."""
    while _english:
        owner, name, text = _english.pop()
        setattr(owner, name, text)


def help_sentences(command: click.Command) -> Iterator[str]:
    """Every sentence of the help of a verb or group."""
    yield from _paragraphs(command.help or "")
    for param in command.params:
        if isinstance(param, click.Option) and param.help:
            yield " ".join(param.help.split())
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from help_sentences(inner)
