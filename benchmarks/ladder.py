"""What each rung of `thinkscale ask --budget` adds, and what it costs.

    python -m benchmarks.ladder [--split held-out] [--xquad FILE] [--limit N] [--model FILE]

Questions for a fact about subjects that nothing was fitted on, asked of each subject's own notes;
with --xquad those of XQuAD's articles with odd numbers, searched for in all paragraphs. Nothing is
refused. Of each rung: how often the sentences shown hold the answer, how often what is marked in
them does (in XQuAD: is it, by the official rules, exact match and F1), the points gained over the
quotation alone, paired, and the tokens and seconds of a question, with those of the rungs below.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.subjects_data import open_subject, rows_of, splits
from benchmarks.thinking import Sheet
from evals.scorers.contains import stands
from evals.scorers.spans import normalise_squad, squad_f1
from evals.stats.paired import paired_interval
from evals.stats.proportions import accuracy_interval
from pipeline.answering.ladder import RUNGS
from pipeline.answering.loop import run, run_strategy
from pipeline.answering.prepare import PrepareSettings, QuestionRequest, prepare
from pipeline.answering.result import conclude
from pipeline.answering.search import OrderedIndex
from pipeline.config import load_config
from pipeline.engine import Engine, open_engine
from pipeline.pool import MemoryPool
from pipeline.strategies import Access, make_strategy
from pipeline.types import Answer, Cost, SampleParams

__all__ = ["main"]

_PARAMS = SampleParams(temperature=0.7, top_k=40, top_p=0.95, min_p=0.05)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the answers that are right, and what it came from."""

    text: str
    language: str
    golds: tuple[str, ...]
    cluster: str


@dataclass(frozen=True, slots=True)
class Climbed:
    """Of one question an answer for each rung, the quotation first."""

    asked: Asked
    answers: tuple[Answer, ...]

    def marked(self, rung: int) -> str:
        """What a person reads as the answer: what is marked, else the whole sentence."""
        answer = self.answers[rung]
        return answer.text[slice(*answer.marked)] if answer.marked else answer.text

    def spent(self, rung: int) -> Cost:
        return self.answers[rung].cost


def climb(asked: Sequence[Asked], notes: OrderedIndex, engine: Engine) -> Iterator[Climbed]:
    """Every rung of every question; what a rung below asked for is not asked again."""
    rules = PrepareSettings(sure=0.0, weigh=True, languages=engine.info.languages)
    for one in asked:
        pool = MemoryPool(engine.info)
        wanted = QuestionRequest(one.text, Access("ask"), one.language, id=one.text, params=_PARAMS)
        prepared = run(prepare(wanted, rules, notes), lambda: engine, notes.look_up, pool)
        if prepared.question is None or prepared.quotation is None:
            continue
        quoted = conclude(prepared, None, notes=None, strategy="quotation", model="")
        answers = [quoted]
        for name in RUNGS:
            thought = run_strategy(
                prepared.question, make_strategy(name), engine, pool, spent=prepared.cost
            )
            answers.append(conclude(prepared, thought, notes=None, strategy=name, model=""))
        yield Climbed(one, tuple(answers))


def show(sheet: Sheet, title: str, climbed: Sequence[Climbed], official: bool) -> None:
    """The table of a set of questions."""

    def right(one: Climbed, rung: int) -> float:
        text = one.marked(rung)
        if official:
            same = normalise_squad(text)
            return float(any(same == normalise_squad(gold) for gold in one.asked.golds))
        answer = one.answers[rung]
        return float(answer.marked is not None and _holds(one.asked, text))

    clusters = [one.asked.cluster for one in climbed]
    first = np.array([right(one, 0) for one in climbed])
    sheet.tell(f"{title}, n={len(climbed)}", "exact match" if official else "marked rightly")
    for rung, name in enumerate(("quotation", *RUNGS)):
        found = np.array([right(one, rung) for one in climbed])
        value = accuracy_interval(found, clusters)
        told = f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"
        if official:
            f1 = [max(squad_f1(o.marked(rung), g) for g in o.asked.golds) for o in climbed]
            told += f" F1 {np.mean(f1):.3f}"
        holds = np.mean([_holds(one.asked, one.answers[rung].text) for one in climbed])
        told += f", shown {holds:.3f}"
        tokens = np.mean([one.spent(rung).prompt_tokens + one.spent(rung).generated_tokens
                          for one in climbed])  # fmt: skip
        told += (
            f", {tokens:.0f} tokens, {np.median([o.spent(rung).seconds for o in climbed]):.1f} s"
        )
        if rung:
            gain = paired_interval(found, first, clusters)
            told += f", {100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]"
        sheet.tell(f"  {name}", told)
    gain = paired_interval(found, first, clusters)
    sheet.say("  the last rung over the first, points", f"{100 * gain.value:+.1f}",
              gain.value >= 0.1 and gain.low > 0, ">= +10, above 0")  # fmt: skip


def _holds(asked: Asked, text: str) -> bool:
    return any(stands(gold, text, asked.language) for gold in asked.golds)


def subject_questions(name: str, languages: Sequence[str]) -> list[Asked]:
    """The questions of a subject for a fact."""
    return [
        Asked(row["question"], row["language"], tuple(row["answers"]), row["cluster"])
        for row in rows_of(name)
        if row["answerable"] and row["kind"] in ("fact", "table") and row["language"] in languages
    ]


def main() -> int:
    """Print the figures; with --check, 1 where one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--split", default="held-out", choices=list(splits()))
    parser.add_argument("--xquad", default="", metavar="FILE")
    parser.add_argument("--limit", type=int, default=300)
    parser.add_argument("--model", default="", metavar="FILE", help="a GGUF that speaks Korean too")
    given = parser.parse_args()
    config = load_config(None)
    if given.model:
        model = {"path": str(Path(given.model).resolve()), "languages": ["en", "ko"]}
        chosen = config.settings.model.model_copy(update=model)
        settings = config.settings.model_copy(update={"model": chosen})
        config = replace(config, settings=settings)
    sheet = Sheet()
    with open_engine(config) as engine:
        climbed: list[Climbed] = []
        for subject in splits()[given.split]:
            asked = subject_questions(subject, engine.info.languages)
            if asked:
                with open_subject(subject) as index:
                    climbed += climb(asked, OrderedIndex(index), engine)
                print(f"{subject}: {len(climbed)} so far", file=sys.stderr)
        show(sheet, f"facts of subjects ({given.split})", climbed, official=False)
        if given.xquad:
            climbed = list(_of_squad(given.xquad, given.limit, engine))
            show(sheet, "XQuAD, searched in all paragraphs", climbed, official=True)
    return 0 if sheet.fine or not given.check else 1


def _of_squad(file: str, limit: int, engine: Engine) -> Iterator[Climbed]:
    from benchmarks.selection import load
    from evals.retrieval.ways import index_collection, with_index_path
    from evals.tasks.formats.squad import load_squad
    from pipeline.errors import IndexError_
    from pipeline.retrieval import open_index

    config = load_config(None)
    elsewhere = with_index_path(config, str(config.resolve(".thinkscale/ladder")))
    try:
        index = open_index(elsewhere, whole=True)
    except IndexError_:
        index = index_collection(elsewhere, load_squad(Path(file)), None)
    asked = [
        Asked(one.question, "en", one.golds, str(one.article)) for one in load(file, "en", 1, limit)
    ]
    with index:
        yield from climb(asked, OrderedIndex(index), engine)


if __name__ == "__main__":
    sys.exit(main())
