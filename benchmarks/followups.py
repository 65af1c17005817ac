"""Measures whether follow-up questions are understood, and whole questions left as they are.

    python -m benchmarks.followups [--split tune|held-out|sealed] [--check] [--lost] [--fit]

`evals/datasets/subjects/followups.jsonl` holds a hundred of each over the notes on twelve subjects,
in both languages. The turns before are asked as a user would; no model is asked, all is quoted.

* resolved: of follow-ups, the first sentence found for what is really asked holds the answer.
  alone: the same of the question as it was typed. answered: and it is not refused.
* unchanged: of whole questions, what is asked is what was typed.
* --fit fits anew what tells whether a question leans on what was said, on the examples of
  `pipeline/text/leaning.yaml`, and prints what it is worth on examples left out.
* every question of the subjects: the labelled ones too, each after another question about the same
  notes, or about others. They stand by themselves.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from benchmarks import kinds
from benchmarks.subjects_data import FOLDER, Asked, open_subject, rows_of, splits
from benchmarks.thinking import Sheet
from evals.stats.proportions import accuracy_interval
from pipeline.answering.conversation import Conversation, Turn
from pipeline.answering.search import OrderedIndex
from pipeline.answering.session import Asker
from pipeline.evidence.answerability import answerability
from pipeline.evidence.gather import gather, inquire
from pipeline.retrieval import Index
from pipeline.text import leaning
from pipeline.text.language import language_of
from pipeline.text.question_kinds import kind_scores, loaded

__all__ = ["Case", "cases", "main", "rows"]

_SEED = 11
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled question and what came of it. `right`: what is asked finds the answer; `alone`:
    the question as typed does; `answered`: what is asked does and is not refused."""

    row: dict[str, Any]
    asked: str
    changed: bool
    right: bool
    alone: bool
    answered: bool


def main() -> int:
    """Print the figures; 1 with --check where one asked for is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--split", choices=list(splits()), help="all but the sealed without")
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--lost", action="store_true", help="show what is not as it should be")
    parser.add_argument("--fit", action="store_true", help="write the weights of leaning.py anew")
    given = parser.parse_args()
    sheet = Sheet()
    if given.fit:
        fit_leaning(sheet)
    for split in [given.split] if given.split else ["tune", "held-out"]:
        print(f"{split}: {', '.join(splits()[split])}")
        report(sheet, cases(splits()[split]), given.lost)
        after_another(sheet, splits()[split], given.lost)
    return int(given.check and not sheet.fine)


def fit_leaning(sheet: Sheet) -> None:
    """Write the weights of `pipeline.text.leaning`, and say how well those of four fifths of its
    examples tell the fifth that is left out."""
    labelled = kinds.examples("leaning")
    kinds.write(leaning, kinds.fit(labelled, leaning.LEANING))
    kinds.write(leaning, kinds.fit(on_two_things(labelled), leaning.BOTH), "both")
    random.Random(_SEED).shuffle(labelled)
    told: dict[tuple[str, str], list[float]] = {}
    for at in range(_FOLDS):
        others = [one for i, one in enumerate(labelled) if i % _FOLDS != at]
        model = loaded(kinds.fit(others, leaning.LEANING))
        for one in labelled[at::_FOLDS]:
            vector = kinds.embeddings([one.text])[0]
            for name, seen in (("", vector), (", by words alone", None)):
                scores = kind_scores(one.text, one.language, seen, model)
                right = leaning.LEANING[int(scores[0] <= scores[1])] == one.kind
                told.setdefault((one.language, name), []).append(float(right))
    for (language, name), values in sorted(told.items()):
        share = accuracy_interval(values)
        text = f"{share.value:.3f} [{share.low:.2f}, {share.high:.2f}] n={len(values)}"
        sheet.tell(f"examples left out, told in {language}{name}", text)


def on_two_things(labelled: Sequence[kinds.Labelled]) -> list[kinds.Labelled]:
    """The examples of what leans on two things said, and those of what leans on one."""
    both = kinds.examples("both")
    texts = {one.text for one in both}
    return both + [one for one in labelled if one.kind == "leans" and one.text not in texts]


def rows(subject: str) -> list[dict[str, Any]]:
    """The labelled questions about a subject's notes."""
    text = (FOLDER / "followups.jsonl").read_text(encoding="utf-8")
    found = [json.loads(line) for line in text.splitlines()]
    return [row for row in found if row["subject"] == subject]


def cases(subjects: Sequence[str]) -> list[Case]:
    """Every labelled question about the subjects, after its turns."""
    found = []
    for subject in subjects:
        with open_subject(subject) as index:
            found += [_case(index, row) for row in rows(subject)]
    return found


def report(sheet: Sheet, found: Sequence[Case], shown: bool) -> None:
    """The figures of follow-ups and of whole questions."""
    follow = [one for one in found if one.row["kind"] == "follow-up"]
    whole = [one for one in found if one.row["kind"] == "whole"]
    _say(sheet, "follow-ups resolved", follow, lambda one: one.right, 0.9)
    for language in ("en", "ko"):
        some = [one for one in follow if one.row["language"] == language]
        _tell(sheet, f"  in {language}", some, lambda one: one.right)
    for sort in dict.fromkeys(one.row["sort"] for one in follow):
        some = [one for one in follow if one.row["sort"] == sort]
        _tell(sheet, f"  {sort}", some, lambda one: one.right)
    _tell(sheet, "  asked alone", follow, lambda one: one.alone)
    _tell(sheet, "  resolved and answered", follow, lambda one: one.answered)
    _tell(sheet, "  changed", follow, lambda one: one.changed)
    _say(sheet, "whole questions unchanged", whole, lambda one: not one.changed, 1.0)
    for language in ("en", "ko"):
        some = [one for one in whole if one.row["language"] == language]
        _tell(sheet, f"  in {language}", some, lambda one: not one.changed)
    for one in found if shown else ():
        if one.changed if one.row["kind"] == "whole" else not one.right:
            print(f"  {one.row['id']} {one.row['turns']} | {one.row['question']} -> {one.asked}")


def after_another(sheet: Sheet, subjects: Sequence[str], shown: bool) -> None:
    """Questions that stand by themselves, each after another one."""
    changed = []
    everything = [row["question"] for subject in subjects for row in rows_of(subject)]
    dice = random.Random(_SEED)
    for subject in subjects:
        with open_subject(subject) as index:
            own = [row["question"] for row in rows_of(subject)]
            for question in own:
                for before in (dice.choice(own), dice.choice(everything)):
                    if before == question:
                        continue
                    standing = _talk(index, [before]).standing(question)
                    changed.append(standing.changed)
                    if shown and standing.changed:
                        print(f"  {before} | {question} -> {standing.text}")
    found = accuracy_interval([float(not one) for one in changed])
    text = f"{found.value:.3f} [{found.low:.2f}, {found.high:.2f}] n={len(changed)}"
    sheet.tell("questions of the subjects unchanged, each after another", text)


def _talk(index: Index, before: Sequence[str]) -> Conversation:
    """A conversation in which some questions were asked, each understood as any other is."""
    asker = cast(Asker, SimpleNamespace(index=OrderedIndex(index)))
    turns: list[Turn] = []
    for question in before:
        turns.append(Turn(Conversation(asker, turns=turns).standing(question).text))
    return Conversation(asker, turns=turns)


def _case(index: Index, row: dict[str, Any]) -> Case:
    standing = _talk(index, row["turns"]).standing(row["question"])
    right, answered = _found(index, row, standing.text)
    alone, _ = _found(index, row, row["question"])
    return Case(row, standing.text, standing.changed, right, alone, right and answered)


def _found(index: Index, row: dict[str, Any], question: str) -> tuple[bool, bool]:
    """Whether the first sentence found holds a supporting quote, and whether it is not refused."""
    settings = index.config.settings.ask
    hits = index.search(question, settings.k)
    inquiry = inquire(question, language_of(question))
    found = gather(inquiry, hits)
    asked = Asked(row["subject"], row, tuple(hits), inquiry, found)
    right = bool(found) and bool(asked.gold(found[0]))
    return right, answerability(inquiry, found) >= settings.sure


def _tell(sheet: Sheet, name: str, found: Sequence[Case], value: Callable[[Case], bool]) -> None:
    sheet.tell(name, _figure(found, value)[1])


def _say(
    sheet: Sheet, name: str, found: Sequence[Case], value: Callable[[Case], bool], least: float
) -> None:
    share, text = _figure(found, value)
    sheet.say(name, text, share >= least, f">= {least:.2f}")


def _figure(found: Sequence[Case], value: Callable[[Case], bool]) -> tuple[float, str]:
    if not found:
        return 0.0, "none"
    share = accuracy_interval([float(value(one)) for one in found])
    return share.value, f"{share.value:.3f} [{share.low:.2f}, {share.high:.2f}] n={len(found)}"


if __name__ == "__main__":
    sys.exit(main())
