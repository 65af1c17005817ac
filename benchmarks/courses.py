"""Measures answers and refusals of `ask` on a course of your own.

    python -m benchmarks.courses FOLDER [FOLDER ...] [--check] [--show]

Each folder is a course: `notes/` as they are, and `questions.jsonl`, a JSON object a line:

    {"question": "When do eyes reach full sharpness?", "kind": "fact", "answerable": true,
     "wanted": [["6 months", "half a year"]], "need": 1}

`wanted` has, for each thing without which the answer is not right, its spellings in the notes;
`need` says how many of them are enough (all, where it is left out). Write the questions before you
ask any, in your own words, some of them near misses that the notes do not answer.

The questions go through the code of `thinkscale ask` with the settings of the packaged config.yaml;
no model is asked. An answer is right where what is shown, quotations and what they are headed by,
has what is wanted in letters and figures. Intervals are by course.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.subjects_data import letters, open_course, rows_of_course, says_one_of
from benchmarks.thinking import Sheet
from evals.stats.proportions import accuracy_interval
from pipeline.answering.loop import run
from pipeline.answering.prepare import PrepareSettings, QuestionRequest, prepare
from pipeline.answering.result import conclude
from pipeline.answering.search import OrderedIndex
from pipeline.config import load_config
from pipeline.engine import Engine
from pipeline.strategies import Access
from pipeline.types import Answer

__all__ = ["answers", "is_right", "main"]


def main() -> int:
    """Print the figures; 1 with --check where one asked for is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("courses", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--show", action="store_true", help="print each question and its answer")
    given = parser.parse_args()
    right: list[tuple[str, float]] = []
    refused: list[tuple[str, float]] = []
    answered: list[tuple[str, float]] = []
    for folder in given.courses:
        for row, answer in answers(folder):
            name, good = folder.resolve().name, is_right(row, answer)
            (right if row["answerable"] else refused).append((name, float(good)))
            if row["answerable"]:
                answered.append((name, float(not answer.abstained)))
            if given.show:
                print(f"{'right' if good else 'WRONG'}  {name}  {row['question']}\n{answer.text}\n")
    sheet = Sheet()
    print(f"{len(given.courses)} courses, {len(right) + len(refused)} questions")
    for name in dict.fromkeys(name for name, _ in right):
        some = [value for one, value in right if one == name]
        sheet.tell(f"  {name}", f"right {sum(some):.0f} of {len(some)}")
    share, shown = _interval(right)
    sheet.say("right, of those that can be answered", shown, share >= 0.70, ">= 0.70")
    sheet.tell("answered, of those that can be", _interval(answered)[1])
    share, shown = _interval(refused)
    sheet.say("refused, of the others", shown, share >= 0.85, ">= 0.85")
    return int(given.check and not sheet.fine)


def answers(folder: Path) -> Iterator[tuple[dict[str, Any], Answer]]:
    """Each question about a course, and its answer."""
    ask = load_config(None).settings.ask
    rules = PrepareSettings(k=ask.k, sure=ask.sure, languages=())
    with open_course(folder) as index:
        notes = OrderedIndex(index)
        for row in rows_of_course(folder):
            request = QuestionRequest(row["question"], Access("ask"))
            prepared = run(prepare(request, rules, notes), _no_model, notes.look_up)
            yield row, conclude(prepared, None, notes=folder / "notes", strategy="", model="")


def is_right(row: dict[str, Any], answer: Answer) -> bool:
    """A refusal where the notes do not say; else enough of what is wanted is shown."""
    if not row["answerable"] or answer.abstained:
        return answer.abstained and not row["answerable"]
    quoted = [part for one in answer.citations for part in (*one.passage.headings[-1:], one.quote)]
    shown = letters(" ".join([answer.text, *quoted]))
    return sum(says_one_of(some, shown) for some in row["wanted"]) >= int(row["need"])


def _no_model() -> Engine:
    raise AssertionError("no model is asked")


def _interval(values: Sequence[tuple[str, float]]) -> tuple[float, str]:
    if not values:
        return 0.0, "none"
    found = accuracy_interval([value for _, value in values], [name for name, _ in values])
    shown = f"{found.value:.3f} [{found.low:.2f}, {found.high:.2f}] n={len(values)}"
    return float(found.value), shown


if __name__ == "__main__":
    sys.exit(main())
