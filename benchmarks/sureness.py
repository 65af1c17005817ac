"""Does `ask` know when the notes do not say? No model is asked: only the search and its evidence.

    python -m benchmarks.sureness [--check] [--fit]

* as set: at the sureness of `config.yaml`, how many of the shipped questions that the notes answer
  are answered (asked for: .85), and how many of those that they do not answer refused (.80).
* held out: the same where 85 of 100 are answered, with the weights fitted on the other notes: what
  new notes of this kind may expect. --fit prints the weights fitted on all.
* taken away: questions that one sentence answers, asked again without the passages that answer
  them. They were not fitted to. Another note may say it too, so all of them cannot be refused.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.thinking import Sheet
from evals.tasks import load_task
from evals.tasks.base import Item
from pipeline.config import Config, load_config
from pipeline.evidence.gather import gather, inquire
from pipeline.evidence.question_fit import features, sureness
from pipeline.retrieval import ensure
from pipeline.types import Passage

Array = npt.NDArray[np.float64]

_ANSWERED, _REFUSED = 0.85, 0.80
_FOLDS, _SHUFFLES, _RIDGE, _STEPS = 10, 8, 3.0, 25
_SINGLE = ("fact", "figure", "definition", "list", "transcript")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what is seen of it: with all the notes, and without those that answer it."""

    item: Item
    sure: float
    seen: dict[str, float]
    without: float | None


def main() -> int:
    """Print the rates; 1 with --check where one asked for is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--fit", action="store_true", help="print the weights fitted on all")
    given = parser.parse_args()
    config = load_config(None)
    sheet = Sheet()
    asked = _asked(config)
    _as_set(sheet, asked, config.settings.ask.sure)
    _held_out(sheet, asked)
    _taken_away(sheet, asked)
    if given.fit:
        table, there = _table(asked)
        weights, bias = _fit(table, there)
        shift = float(np.quantile((table @ weights)[there], 1 - _ANSWERED))
        for name, weight in zip(asked[0].seen, weights, strict=True):
            print(f"  {name:<16} {weight:6.2f}")
        print(f"  {'bias':<16} {-shift:6.2f}   (as fitted {bias:.2f})")
    return int(given.check and not sheet.fine)


def _asked(config: Config) -> list[Asked]:
    found = []
    with ensure(config) as index:
        for item in load_task("notes-qa", config).items:
            hits = index.search(item.question, 2 * config.settings.ask.k)
            inquiry = inquire(item.question, item.language, index.passages)
            here = gather(inquiry, hits[: config.settings.ask.k])
            without = None
            if item.kind in _SINGLE:
                others = [hit for hit in hits if not _answers(item, hit.passage)]
                without = sureness(inquiry, gather(inquiry, others[: config.settings.ask.k]))
            found.append(Asked(item, sureness(inquiry, here), features(inquiry, here), without))
    return [one for one in found if one.seen]


def _answers(item: Item, passage: Passage) -> bool:
    text = _letters(passage.text)
    also = [str(row["quote"]) for row in item.data.get("also", ())]
    return any(_letters(said) in text for said in [*(span.quote for span in item.spans), *also])


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _as_set(sheet: Sheet, asked: Sequence[Asked], least: float) -> None:
    def answered(which: Callable[[Item], bool]) -> tuple[float, str]:
        some = [one for one in asked if which(one.item)]
        count = sum(one.sure >= least for one in some)
        return count / len(some), f"{count / len(some):.3f} ({count}/{len(some)})"

    share, shown = answered(lambda item: item.answerable)
    sheet.say("answered, of those that the notes answer", shown, share >= _ANSWERED, ">= .85")
    share, _ = answered(lambda item: not item.answerable)
    count = sum(not one.item.answerable for one in asked)
    shown = f"{1 - share:.3f} ({round((1 - share) * count)}/{count})"
    sheet.say("refused, of those that they do not", shown, 1 - share >= _REFUSED, ">= .80")
    for language in ("en", "ko"):
        _, shown = answered(lambda item: item.answerable and item.language == language)  # noqa: B023
        sheet.tell(f"  answered, asked in {language}", shown)
        share, _ = answered(lambda item: not item.answerable and item.language == language)  # noqa: B023
        sheet.tell(f"  refused, asked in {language}", f"{1 - share:.3f}")
    _, shown = answered(lambda item: item.answerable and item.kind == "cross")
    sheet.tell("  answered, where only a note in the other language says", shown)


def _held_out(sheet: Sheet, asked: Sequence[Asked]) -> None:
    table, there = _table(asked)
    notes = np.array([one.item.cluster for one in asked])
    names = sorted(set(notes))
    rates, areas = [], []
    for seed in range(_SHUFFLES):
        order = np.random.default_rng(seed).permutation(len(names))
        fold = np.array([order[names.index(note)] % _FOLDS for note in notes])
        sure = np.empty(len(asked))
        for one in range(_FOLDS):
            weights, bias = _fit(table[fold != one], there[fold != one])
            sure[fold == one] = table[fold == one] @ weights + bias
        rates.append(_refused(sure[there], sure[~there]))
        areas.append(_area(sure[there], sure[~there]))
    shown = f"{np.mean(rates):.3f} ({min(rates):.2f}-{max(rates):.2f})"
    sheet.tell(f"held out by note, at {_ANSWERED} answered: refused", shown)
    sheet.tell("held out by note: one that is answered is surer", f"{np.mean(areas):.3f}")


def _taken_away(sheet: Sheet, asked: Sequence[Asked]) -> None:
    some = [one for one in asked if one.without is not None]
    there = np.array([one.sure for one in some])
    gone = np.array([one.without for one in some], dtype=np.float64)
    shown = f"{_refused(there, gone):.3f} of {len(some)}"
    sheet.tell(f"answer taken away, at {_ANSWERED} answered: refused", shown)
    sheet.tell("answer taken away: with it is surer", f"{_area(there, gone):.3f}")


def _table(asked: Sequence[Asked]) -> tuple[Array, npt.NDArray[np.bool_]]:
    table = np.array([list(one.seen.values()) for one in asked], dtype=np.float64)
    return table, np.array([one.item.answerable for one in asked])


def _fit(table: Array, there: npt.NDArray[np.bool_]) -> tuple[Array, float]:
    """Logistic regression by Newton steps; both classes weigh the same, weights on one scale are
    drawn to 0 by a ridge."""
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    x = np.column_stack([(table - mean) / spread, np.ones(len(table))])
    weight = np.where(there, 1.0, there.sum() / (~there).sum())
    ridge = np.r_[np.full(table.shape[1], _RIDGE / len(table)), 0.0]
    theta = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-x @ theta))
        slope = x.T @ ((p - there) * weight) / weight.sum() + ridge * theta
        bend = (x * (p * (1 - p) * weight)[:, None]).T @ x / weight.sum()
        theta -= np.linalg.solve(bend + np.diag(ridge + 1e-6), slope)
    raw: Array = theta[:-1] / spread
    return raw, float(theta[-1] - (raw * mean).sum())


def _refused(there: Array, gone: Array) -> float:
    """Share refused of what is not there, where .85 of what is there is answered."""
    return float((gone < np.quantile(there, 1 - _ANSWERED)).mean())


def _area(there: Array, gone: Array) -> float:
    """How often one that is there is surer than one that is not (ties count half)."""
    return float((there[:, None] > gone).mean() + 0.5 * (there[:, None] == gone).mean())


if __name__ == "__main__":
    sys.exit(main())
