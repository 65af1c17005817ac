"""Measures right answers and refusals on subjects that nothing was tuned on.

    python -m benchmarks.subjects [--split tune|held-out|sealed] [--check] [--squad FILE]
    python -m benchmarks.subjects --fit --squad FILE [--courses FOLDER ...]
    python -m benchmarks.subjects --fit --words

No model is asked: only the search, its signals, and the two small models over them. Each subject of
`evals/datasets/subjects/` has its own notes and index. Questions that the notes do not answer are
as long as the others and near misses; off topic are those of the other subjects.

* right first: the likeliest sentence holds the answer, refused or not.
* right: what is quoted holds it (the likeliest sentence and those nearly as likely), and it is not
  refused; `likeliest alone` without those others. refused: of near misses, and off topic.
* with a course sheet: a file of goals and exercises that ask much the same is among the notes.
* in the other language: questions about English notes asked anew in Korean, and the reverse.
* shipped: the shipped questions of the test split, about the shipped notes.
* --squad FILE: 400 questions about the first 70 articles of a file in the SQuAD schema, KorQuAD for
  instance, and the same without the article that answers.
* --fit prints the weights fitted on the subjects tuned on, the shipped questions for development,
  on every other article of that file (1,600 questions after those 400) and, for the choice, on
  courses of one's own (`benchmarks.courses` says how they are laid out), what they are worth on
  each subject and on the articles left out, and the curve; with --words those for an index without
  an embedder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.subjects_data import (
    SHEET,
    Asked,
    ask_all,
    ask_crossed,
    ask_off_topic,
    ask_sheets,
    ask_shipped,
    ask_squad,
    splits,
)
from benchmarks.thinking import Sheet
from evals.stats.proportions import accuracy_interval
from pipeline.answering.likely import nearly
from pipeline.config import load_config
from pipeline.evidence.answerability import answerability
from pipeline.evidence.gather import Evidence

__all__ = ["main", "report"]

_FACTS = ("fact", "definition")
_ARTICLES, _QUESTIONS = 70, 400


def main() -> int:
    """Print the figures; 1 with --check where one asked for is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--split", default="held-out", choices=list(splits()))
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--squad", type=Path, help="a file in the SQuAD schema, e.g. KorQuAD")
    parser.add_argument("--fit", action="store_true", help="print weights and their worth")
    parser.add_argument("--courses", type=Path, nargs="*", default=(), help="with --fit: folders")
    parser.add_argument("--words", action="store_true", help="with --fit: without an embedder")
    given = parser.parse_args()
    if given.fit:
        from benchmarks.subjects_fit import fit_all

        fit_all(words=given.words, squad=given.squad, courses=given.courses)
        return 0
    sheet = Sheet()
    report(sheet, splits()[given.split])
    if given.split != "sealed":
        _sheets(sheet, splits()[given.split])
        _crossed(sheet, splits()[given.split])
    _shipped(sheet)
    if given.squad:
        _squad(sheet, given.squad)
    return int(given.check and not sheet.fine)


def _answered(one: Asked) -> float:
    sure = load_config(None).settings.ask.sure
    return float(answerability(one.inquiry, one.found) >= sure)


def _first(one: Asked) -> float:
    return one.points(one.found[0]) if one.found else 0.0


def _quoted(one: Asked) -> list[Evidence]:
    found = one.found
    return [part.evidence for part in nearly(found, found[0])] if found else []


def _right(one: Asked) -> float:
    return one.covered(_quoted(one)) * _answered(one)


def _likeliest(one: Asked) -> float:
    return _first(one) * _answered(one)


def _refused(one: Asked) -> float:
    return 1 - _answered(one)


def report(sheet: Sheet, subjects: Sequence[str]) -> None:
    """The figures of some subjects."""
    asked = ask_all(subjects)
    off = ask_off_topic(subjects, [name for names in splits().values() for name in names])
    there = [one for one in asked if one.answerable]
    near = [one for one in asked if not one.answerable]
    facts = [one for one in there if one.row["kind"] in _FACTS]
    print(f"{len(subjects)} subjects: {', '.join(subjects)}")
    _say(sheet, "right", there, _right, 0.70)
    _say(sheet, "  facts and definitions", facts, _right, 0.8)
    for kind in dict.fromkeys(one.row["kind"] for one in there):
        _tell(sheet, f"  {kind}", [one for one in there if one.row["kind"] == kind], _right)
    for language in ("en", "ko"):
        _tell(sheet, f"  asked in {language}", [a for a in there if a.language == language], _right)
    _alone(sheet, there)
    _tell(sheet, "answered, of those that can be", there, _answered)
    _say(sheet, "refused, near misses and off topic as many", _half(near, off), _refused, 0.85)
    _tell(sheet, "  near misses", near, _refused)
    for language in ("en", "ko"):
        some = [one for one in near if one.language == language]
        _tell(sheet, f"    asked in {language}", some, _refused)
    _say(sheet, "  off topic", off, _refused, 0.95)
    middle = float(np.median([len(one.question) for one in off]))
    _tell(sheet, "    long ones", [a for a in off if len(a.question) > middle], _refused)
    _tell(sheet, "    short ones", [a for a in off if len(a.question) <= middle], _refused)


def _alone(sheet: Sheet, there: Sequence[Asked]) -> None:
    """How much of what is right the likeliest sentence does alone, and how many are quoted."""
    _tell(sheet, "right first", there, _first)
    _tell(sheet, "right, the likeliest alone", there, _likeliest)
    counts = [len(_quoted(one)) for one in there]
    sheet.tell("sentences quoted", f"{np.mean(counts):.2f} a question" if counts else "none")


def _crossed(sheet: Sheet, subjects: Sequence[str]) -> None:
    """Asked in the language that the notes are not in."""
    asked = ask_crossed(subjects)
    there = [one for one in asked if one.answerable]
    print("asked in the other language")
    _tell(sheet, "right first", there, _first)
    _tell(sheet, "right", there, _right)
    for language in ("en", "ko"):
        _tell(sheet, f"  asked in {language}", [a for a in there if a.language == language], _right)
    _tell(sheet, "answered, of those that can be", there, _answered)
    _tell(sheet, "refused, near misses", [a for a in asked if not a.answerable], _refused)


def _sheets(sheet: Sheet, subjects: Sequence[str]) -> None:
    """With a sheet of goals and exercises, which ask what the notes answer."""
    asked = ask_sheets(subjects)
    there = [one for one in asked if one.answerable]
    print("with a course sheet that asks, too")
    _tell(sheet, "right first", there, _first)
    _tell(sheet, "right", there, _right)
    _tell(sheet, "a line of the sheet first", there, _of_sheet)
    _tell(sheet, "refused, of the sheet alone", [a for a in asked if not a.answerable], _refused)


def _of_sheet(one: Asked) -> float:
    return float(bool(one.found) and one.found[0].passage.source == SHEET)


def _shipped(sheet: Sheet) -> None:
    asked = ask_shipped("test")
    there = [one for one in asked if one.answerable]
    gone = [one for one in asked if not one.answerable]
    print("shipped questions, test split")
    _alone(sheet, there)
    _tell(sheet, "right", there, _right)
    _say(sheet, "answered, of those that can be", there, _answered, 0.80)
    _say(sheet, "refused, of the others", gone, _refused, 0.55)


def _squad(sheet: Sheet, path: Path) -> None:
    there, gone = ask_squad(path, _ARTICLES, slice(_QUESTIONS))
    print(f"{path.stem}, questions about {_ARTICLES} articles")
    _alone(sheet, there)
    _tell(sheet, "answered", there, _answered)
    _say(sheet, "right", there, _right, 0.85)
    _say(sheet, "refused, the article taken away", gone, _refused, 0.85)


def _half(near: Sequence[Asked], off: Sequence[Asked]) -> list[Asked]:
    """As many questions off topic as there are near misses."""
    step = max(1, len(off) // max(1, len(near)))
    return [*near, *off[::step][: len(near)]]


def _shown(asked: Sequence[Asked], value: Callable[[Asked], float]) -> tuple[float, str]:
    if not asked:
        return 0.0, "none"
    found = accuracy_interval([value(one) for one in asked], [one.cluster for one in asked])
    shown = f"{found.value:.3f} [{found.low:.2f}, {found.high:.2f}] n={len(asked)}"
    return float(found.value), shown


def _say(
    sheet: Sheet,
    name: str,
    asked: Sequence[Asked],
    value: Callable[[Asked], float],
    least: float,
) -> None:
    share, shown = _shown(asked, value)
    sheet.say(name, shown, share >= least, f">= {least:.2f}")


def _tell(sheet: Sheet, name: str, asked: Sequence[Asked], value: Callable[[Asked], float]) -> None:
    sheet.tell(name, _shown(asked, value)[1])


if __name__ == "__main__":
    sys.exit(main())
