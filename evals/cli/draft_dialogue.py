"""The dialogue on a terminal: one candidate after the other, one key for each decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from evals.draft.draft_store import DraftStore
from evals.draft.keys import STOP, read_key
from evals.draft.leakage import MOST_OVERLAP, overlap
from evals.scorers.contains import stands
from pipeline.cli.translation import tr

__all__ = ["DialogueCounts", "review", "warnings"]

_KEYS = "[a]ccept  [e]dit question  [c]orrect answer  [r]eject  [s]kip  [q]uit  [?] help"
_HELP = (
    "a  take the question into the set as it is",
    "e  write the question anew; Enter keeps it",
    "c  write the correct answer anew, and aliases behind it, with | between them",
    "r  throw it out; it is not offered again",
    "s  leave it for another time",
    "q  stop here; everything decided so far is kept",
)


@dataclass
class DialogueCounts:
    """How many of what; `stopped` is true where the person quit."""

    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    stopped: bool = False
    left: list[str] = field(default_factory=list)
    """Ids that nobody decided about."""


def review(
    store: DraftStore, rows: Sequence[dict[str, Any]], places: Mapping[str, str]
) -> DialogueCounts:
    """Ask about every row in turn, saving after each. `places` says by id where to look, as
    `note:line`."""
    outcome = DialogueCounts()
    click.echo(tr(_KEYS))
    for at, row in enumerate(rows):
        _show(row, f"{at + 1}/{len(rows)}", places.get(str(row["id"]), ""))
        key = _decide(row)
        if key == "a":
            store.accept(row)
            outcome.accepted += 1
        elif key == "r":
            store.reject(row)
            outcome.rejected += 1
        else:
            outcome.skipped += key == "s"
            outcome.left.append(str(row["id"]))
        if key == "q":
            outcome.stopped = True
            outcome.left += [str(later["id"]) for later in rows[at + 1 :]]
            break
    return outcome


def warnings(row: Mapping[str, Any]) -> list[str]:
    """What a person should know of a question that they wrote anew."""
    question, language = str(row["question"]), str(row["language"])
    spans = [span["quote"] for span in row["spans"]]
    quotes = [str(said) for said in row.get("data", {}).get("read") or spans]
    answers = [str(answer) for answer in row["answers"]]
    parts = [str(part) for part in row.get("parts", [])]
    found = []
    share = max((overlap(question, quote) for quote in quotes), default=0.0)
    if share >= MOST_OVERLAP:
        words = "the question copies {share} of itself from the note"
        found.append(tr(words, share=f"{share:.0%}"))
    if any(stands(answer, question, language) for answer in parts or answers):
        found.append(tr("the question holds its answer"))
    said = " ".join(quotes)
    if not all(stands(part, said, language) for part in parts) or not (
        parts or any(stands(answer, said, language) for answer in answers)
    ):
        found.append(tr("the answer does not stand in the quoted words"))
    return found


def _decide(row: dict[str, Any]) -> str:
    """The key that ends the talk about one candidate; edits are made in `row`."""
    while True:
        key = _key()
        click.echo(key if key.isprintable() else "")
        if key in ("a", "r", "s", "q"):
            return key
        if key in ("e", "c", "g"):  # g: what c was called before
            (_edit_question if key == "e" else _edit_answers)(row)
            for said in warnings(row):
                click.echo(f"  ! {said}")
        else:
            for line in _HELP:
                click.echo(tr(line))


def _key() -> str:
    """One key, in lower case; end of input and an interrupt count as q."""
    key = read_key("> ")
    return "q" if key == STOP else _LATIN.get(key, key.lower())


# The same keys of a Korean keyboard that was not switched over.
_LATIN = {"ㅁ": "a", "ㄷ": "e", "ㅊ": "c", "ㅎ": "g", "ㄱ": "r", "ㄴ": "s", "ㅂ": "q"}


def _edit_question(row: dict[str, Any]) -> None:
    row["question"] = _line(tr("Question"), str(row["question"]), lambda text: text)
    click.echo(f"  Q {row['question']}")


def _edit_answers(row: dict[str, Any]) -> None:
    shown = " | ".join(str(answer) for answer in row["answers"])
    said = _line(tr("Correct answer | aliases"), shown, lambda text: text.strip(" |"))
    row["answers"] = list(dict.fromkeys(part.strip() for part in said.split("|") if part.strip()))
    row.pop("parts", None)  # they were of the old answer
    click.echo(f"  A {' | '.join(row['answers'])}")


def _line(label: str, old: str, clean: Callable[[str], str]) -> str:
    """A line typed in; the old one where nothing, or nothing but marks, was typed."""
    try:
        typed = click.prompt(f"  {label}", default="", show_default=False, prompt_suffix=": ")
    except click.Abort:
        return old
    typed = "".join(c for c in typed if c.isprintable())
    return " ".join(typed.split()) if clean(typed).strip() else old


def _show(row: Mapping[str, Any], where: str, place: str) -> None:
    from pipeline.cli.style import dim, strong

    click.echo()
    click.echo(dim(f"{where}  {row['kind']}  {place}"))
    click.echo(f"  Q {strong(str(row['question']))}")
    click.echo(f"  A {' | '.join(str(answer) for answer in row['answers'])}")
    for said in row.get("data", {}).get("read") or [span["quote"] for span in row["spans"]]:
        click.echo(dim(f"  “{' '.join(str(said).split())}”"))
