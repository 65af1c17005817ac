"""Do the right sentences answer on subjects that nothing was tuned on, and is the rest refused?

    python -m benchmarks.subjects [--split tune|held-out|sealed] [--check] [--fit]

No model is asked: only the search, its signals, and the two small models over them. Each subject of
`evals/datasets/subjects/` has its own notes and index. Questions that the notes do not answer are
as long as the others and near misses; off topic are those of the other subjects.

* right first: the text that would be quoted holds the answer, refused or not.
* right: and it is not refused. refused: of near misses, and of questions off topic.
* --fit prints the weights fitted on the subjects tuned on and held out and on the shipped questions
  for development, what they are worth on each subject left out in turn, and the curve.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.subjects_data import Asked, ask_all, ask_off_topic, splits
from benchmarks.thinking import Sheet
from evals.stats.proportions import accuracy_interval
from pipeline.config import load_config
from pipeline.evidence.answerability import answerability

__all__ = ["main", "report"]

_FACTS = ("fact", "definition")


def main() -> int:
    """Print the figures; 1 with --check where one asked for is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--split", default="held-out", choices=list(splits()))
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--fit", action="store_true", help="print weights and their worth")
    given = parser.parse_args()
    if given.fit:
        from benchmarks.subjects_fit import fit_all

        fit_all()
        return 0
    sheet = Sheet()
    report(sheet, splits()[given.split])
    return int(given.check and not sheet.fine)


def report(sheet: Sheet, subjects: Sequence[str]) -> None:
    """The figures of some subjects."""
    asked = ask_all(subjects)
    off = ask_off_topic(subjects, [name for names in splits().values() for name in names])
    sure = load_config(None).settings.ask.sure
    there = [one for one in asked if one.answerable]
    near = [one for one in asked if not one.answerable]

    def answered(one: Asked) -> float:
        return float(answerability(one.question, one.language, one.found) >= sure)

    def first(one: Asked) -> float:
        return one.points(one.found[0]) if one.found else 0.0

    def right(one: Asked) -> float:
        return first(one) * answered(one)

    def refused(one: Asked) -> float:
        return 1 - answered(one)

    print(f"{len(subjects)} subjects: {', '.join(subjects)}")
    _say(sheet, "right", there, right, 0.70)
    _say(
        sheet, "  facts and definitions", [a for a in there if a.row["kind"] in _FACTS], right, 0.8
    )
    for kind in dict.fromkeys(one.row["kind"] for one in there):
        _tell(sheet, f"  {kind}", [one for one in there if one.row["kind"] == kind], right)
    for language in ("en", "ko"):
        _tell(sheet, f"  asked in {language}", [a for a in there if a.language == language], right)
    _tell(sheet, "right first", there, first)
    _tell(sheet, "answered, of those that can be", there, answered)
    _say(sheet, "refused, near misses and off topic as many", _half(near, off), refused, 0.85)
    _tell(sheet, "  near misses", near, refused)
    for language in ("en", "ko"):
        _tell(
            sheet, f"    asked in {language}", [a for a in near if a.language == language], refused
        )
    _say(sheet, "  off topic", off, refused, 0.95)
    middle = float(np.median([len(one.question) for one in off]))
    _tell(sheet, "    long ones", [a for a in off if len(a.question) > middle], refused)
    _tell(sheet, "    short ones", [a for a in off if len(a.question) <= middle], refused)


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
