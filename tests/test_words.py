"""The field's words, in all that a reader meets: what was called otherwise once is not any more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from pipeline.cli import cli

ROOT = Path(__file__).parents[1]
INSTEAD = {
    r"golds?": "correct answer, right passage, supporting quote",
    r"draws": "samples",
    r"ways? of thinking": "strategy",
    r"borne out|bears? (?:\w+ ){0,3}out": "supported by the notes",
    r"hand-?overs?": "conversion of the layout",
    r"lanes?": "scheduler",
}
"""What no reader is to meet, and the word of the field for it."""
PAGES = [
    ROOT / "config.yaml",
    *sorted(ROOT.glob("*.md")),
    *sorted(page for folder in ("docs", "evals") for page in (ROOT / folder).rglob("*.md")),
]
HISTORY = {"CHANGELOG.md"}  # says what was renamed
_OLD = re.compile(rf"\b(?:{'|'.join(INSTEAD)})(?!\w)", re.I)


def prose(page: str) -> str:
    """A page without code and without what its links lead to: names of fields and files stay."""
    text = re.sub(r"^( *)```.*?^\1```[^\n]*$", "", page, flags=re.M | re.S)
    return re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`]*`", "``", text))


def helps(command: click.Command, name: str = "thinkscale") -> Iterator[tuple[str, str]]:
    """The help of a command and of all below it, by the words that call it."""
    context = click.Context(command, info_name=name)
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from helps(found, f"{name} {inner}")


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name not in HISTORY], ids=lambda page: page.name
)
def test_pages_use_the_words_of_the_field(page: Path) -> None:
    assert _OLD.findall(prose(page.read_text("utf-8"))) == []


def test_help_uses_the_words_of_the_field() -> None:
    said = dict(helps(cli))
    assert len(said) > 25
    assert {name: found for name, text in said.items() if (found := _OLD.findall(text))} == {}


@pytest.mark.parametrize("name", ["pipeline/text/korean.yaml", "evals/report/korean.yaml"])
def test_messages_use_the_words_of_the_field(name: str) -> None:
    messages = yaml.safe_load((ROOT / name).read_text("utf-8"))
    assert [message for message in messages if _OLD.search(message)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Each with its gold answer.", ["gold"]),
        ("The field `gold_found` of a record.\n```\ngold: 1\n```\n", []),
        ("[three draws](plots/c0-draws.svg)", ["draws"]),
        ("Sentences that bear the answer out.", ["bear the answer out"]),
        ("Ways of thinking, by planes; a golden rule.", ["Ways of thinking"]),
    ],
)
def test_an_old_word_is_found(text: str, found: list[str]) -> None:
    assert [word.strip() for word in _OLD.findall(prose(text))] == found
