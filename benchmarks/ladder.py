"""Measures what each rung of `thinkscale ask --budget` adds, and what it costs.

    python -m benchmarks.ladder [--split held-out|none] [--xquad FILE] [--korquad FILE] [--limit N]
                                [--model FILE] [--check]

Questions for a fact about subjects that nothing was fitted on, asked of each subject's own notes;
with --xquad those of XQuAD's articles with odd numbers, searched for in all paragraphs, and with
--korquad, for a model that speaks Korean, those of KorQuAD's first 70 articles with odd numbers,
searched for in all paragraphs of the 70. Nothing is refused. Of each rung: how often the sentences
shown hold the answer, how often what is marked in them does (in the two sets: is it, by their
official rules, exact match and F1), the points gained over the quotation alone, paired, and the
tokens and seconds of a question, with those of the rungs below; seconds are of many questions side
by side, which is quicker than one alone. `ask` without seconds to spend
(`direct@verified8`) stands beside them: what marks an answer costs so many times its tokens.
Samples and scores are kept in `.thinkscale/ladder.sqlite`; a run that was cut goes on there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.selection import ARTICLES, load
from benchmarks.subjects_data import open_subject, rows_of, splits
from benchmarks.thinking import Sheet
from evals.scorers.contains import stands
from evals.scorers.span_scores import korquad_f1, normalise_korquad, normalise_squad, squad_f1
from evals.stats.paired import paired_interval
from evals.stats.proportions import accuracy_interval
from pipeline.answering.ladder import RUNGS
from pipeline.answering.loop import (
    Failed,
    Steps,
    WorkItem,
    put_to,
    run_many,
    strategy_course,
)
from pipeline.answering.prepare import Prepared, PrepareSettings, QuestionRequest, prepare
from pipeline.answering.result import conclude
from pipeline.answering.search import OrderedIndex
from pipeline.config import Config, load_config
from pipeline.engine import Engine, open_engine
from pipeline.pool import DiskPool
from pipeline.retrieval import Index
from pipeline.strategies import Access, make_strategy
from pipeline.types import Answer, SampleParams

__all__ = ["main"]

T = TypeVar("T")

_PARAMS = SampleParams(temperature=0.7, top_k=40, top_p=0.95, min_p=0.05)
_USUAL = "direct@verified8"
_WINDOW = 24
_DEARER = 1.3
"""What an answer that is marked may cost, in tokens of the usual one."""
_SAME: dict[str, Callable[[str], str]] = {"en": normalise_squad, "ko": normalise_korquad}
_F1 = {"en": squad_f1, "ko": korquad_f1}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the answers that are right, and what it came from."""

    text: str
    language: str
    golds: tuple[str, ...]
    cluster: str

    def in_text(self, text: str) -> bool:
        return any(stands(gold, text, self.language) for gold in self.golds)

    def em(self, text: str) -> bool:
        """Official exact match."""
        same = _SAME[self.language]
        return any(same(text) == same(gold) for gold in self.golds)

    def f1(self, text: str) -> float:
        """Official F1."""
        return max(_F1[self.language](text, gold) for gold in self.golds)


@dataclass(frozen=True, slots=True)
class Climbed:
    """Of one question an answer for each rung, the quotation first, and the usual one."""

    asked: Asked
    answers: tuple[Answer, ...]
    usual: Answer

    def marked(self, rung: int) -> str:
        """What a person reads as the answer: what is marked, else the whole sentence."""
        answer = self.answers[rung]
        return answer.text[slice(*answer.marked)] if answer.marked else answer.text

    def is_marked(self, rung: int) -> bool:
        """Something is marked, and it holds the answer."""
        return self.answers[rung].marked is not None and self.asked.in_text(self.marked(rung))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for of the last rung, 0 where nothing is; and how often an answer that costs no
    more than `_DEARER` times the usual one is to be shown."""

    em: float = 0.0
    f1: float = 0.0
    shown: float = 0.0


def climb(
    asked: Sequence[Asked], notes: OrderedIndex, engine: Engine, pool: DiskPool
) -> list[Climbed]:
    """Every rung of every question, rung after rung, many questions side by side; what a rung below
    asked for is not asked again."""
    rules = PrepareSettings(sure=0.0, weigh=True, languages=engine.info.languages)

    def ready(one: Asked) -> Steps[Prepared]:
        wanted = QuestionRequest(one.text, Access("ask"), one.language, id=one.text, params=_PARAMS)
        return prepare(wanted, rules, notes)

    def through(title: str, courses: Mapping[int, Steps[T]]) -> dict[int, T]:
        items = [WorkItem((str(at),), steps, notes.look_up) for at, steps in courses.items()]
        done: dict[int, T] = {}
        for (at,), value in run_many(items, engine, pool, window=_WINDOW):
            assert not isinstance(value, Failed)
            done[int(at)] = value
            print(f"\r{title}: {len(done)}/{len(items)}  ", end="", file=sys.stderr, flush=True)
        return done

    found = through("sentences", {at: ready(one) for at, one in enumerate(asked)})
    found = {
        at: one for at, one in sorted(found.items()) if one.question is not None and one.quotation
    }
    answers = {
        at: [conclude(one, None, notes=None, strategy="quotation", model="")]
        for at, one in found.items()
    }
    for name in (*RUNGS, _USUAL):
        strategy = make_strategy(name)
        courses = {
            at: strategy_course(put_to(one.question, engine.info), strategy, spent=one.cost)
            for at, one in found.items()
            if one.question is not None
        }
        for at, thought in through(name, courses).items():
            said = conclude(found[at], thought, notes=None, strategy=name, model="")
            answers[at].append(said)
    return [Climbed(asked[at], tuple(of[:-1]), of[-1]) for at, of in answers.items()]


def show(sheet: Sheet, title: str, climbed: Sequence[Climbed], wanted: Wanted | None) -> None:
    """The table of a set of questions; `wanted` is given where official rules say what is right."""
    if not climbed:
        return

    def right(one: Climbed, rung: int) -> float:
        return float(one.asked.em(one.marked(rung)) if wanted else one.is_marked(rung))

    clusters = [one.asked.cluster for one in climbed]
    rungs = range(1 + len(RUNGS))
    found = [np.array([right(one, rung) for one in climbed]) for rung in rungs]
    f1 = [float(np.mean([o.asked.f1(o.marked(rung)) for o in climbed])) for rung in rungs]
    shown = [_mean(o.asked.in_text(o.answers[rung].text) for o in climbed) for rung in rungs]
    usual = _mean(_tokens(one.usual) for one in climbed)
    times = [_mean(_tokens(o.answers[rung]) for o in climbed) / usual for rung in rungs]
    sheet.tell(f"{title}, n={len(climbed)}", "exact match" if wanted else "marked rightly")
    holds = _mean(one.asked.in_text(one.usual.text) for one in climbed)
    sheet.tell(f"  {_USUAL}", f"shown {holds:.3f}, {usual:.0f} tokens, {_seconds(climbed, None)}")
    for rung, name in enumerate(("quotation", *RUNGS)):
        value = accuracy_interval(found[rung], clusters)
        told = f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"
        told += f" F1 {f1[rung]:.3f}" if wanted else ""
        told += f", shown {shown[rung]:.3f}, {times[rung] * usual:.0f} tokens"
        told += f" ({times[rung]:.2f}x), {_seconds(climbed, rung)}"
        if rung:
            gain = paired_interval(found[rung], found[0], clusters)
            told += f", {100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]"
        sheet.tell(f"  {name}", told)
    gain = paired_interval(found[-1], found[0], clusters)
    sheet.say("  the last rung over the first, points", f"{100 * gain.value:+.1f}",
              gain.value >= 0.1 and gain.low > 0, ">= +10, above 0")  # fmt: skip
    if wanted is None:
        return
    if wanted.em:
        em = float(found[-1].mean())
        sheet.say("  exact match of the last rung", f"{em:.3f}", em >= wanted.em,
                  f">= {wanted.em}")  # fmt: skip
    sheet.say("  F1 of the last rung", f"{f1[-1]:.3f}", f1[-1] >= wanted.f1, f">= {wanted.f1}")
    cheap = max((rung for rung in rungs[1:] if times[rung] <= _DEARER), default=0)
    marked = _mean(one.answers[cheap].marked is not None for one in climbed)
    sheet.say(
        f"  shown by {RUNGS[cheap - 1] if cheap else 'no rung'} at {times[cheap]:.2f}x the tokens"
        f" of {_USUAL}, marked {marked:.3f}",
        f"{shown[cheap]:.3f}", cheap > 0 and shown[cheap] >= wanted.shown, f">= {wanted.shown}",
    )  # fmt: skip


def _mean(values: Iterator[float] | Iterator[bool]) -> float:
    return float(np.mean(list(values)))


def _tokens(answer: Answer) -> float:
    return answer.cost.prompt_tokens + answer.cost.generated_tokens


def _seconds(climbed: Sequence[Climbed], rung: int | None) -> str:
    took = [(one.usual if rung is None else one.answers[rung]).cost.seconds for one in climbed]
    return f"{np.median(took):.1f} s"


def subject_questions(name: str, languages: Sequence[str]) -> list[Asked]:
    """The questions of a subject for a fact."""
    return [
        Asked(row["question"], row["language"], tuple(row["answers"]), row["cluster"])
        for row in rows_of(name)
        if row["answerable"] and row["kind"] in ("fact", "table") and row["language"] in languages
    ]


def paragraphs(config: Config, file: Path, language: str) -> Index:
    """The index of all paragraphs of the articles that are used."""
    from evals.retrieval.ways import index_collection, with_index_path
    from evals.tasks.formats.squad import load_squad
    from pipeline.errors import IndexError_
    from pipeline.retrieval import open_index

    where = config.resolve(f".thinkscale/ladder-{language}-{file.stem}")
    elsewhere = with_index_path(config, str(where))
    try:
        return open_index(elsewhere, whole=True)
    except IndexError_:
        collection = load_squad(file)
        titles = list(dict.fromkeys(one.source for one in collection.passages))
        used = set(titles[: ARTICLES[language]])
        passages = tuple(one for one in collection.passages if one.source in used)
        return index_collection(elsewhere, replace(collection, passages=passages), None)


def main() -> int:
    """Print the figures; with --check, 1 where one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--split", default="held-out", choices=[*splits(), "none"])
    parser.add_argument("--xquad", type=Path, metavar="FILE")
    parser.add_argument("--korquad", type=Path, metavar="FILE")
    parser.add_argument("--limit", type=int, default=300)
    parser.add_argument("--model", default="", metavar="FILE", help="a GGUF that speaks Korean too")
    given = parser.parse_args()
    config = load_config(None)
    if given.model:
        model = {"path": str(Path(given.model).resolve()), "languages": ["en", "ko"]}
        chosen = config.settings.model.model_copy(update=model)
        settings = config.settings.model_copy(update={"model": chosen})
        config = replace(config, settings=settings)
    sets = {
        "XQuAD": (given.xquad, "en", Wanted(em=0.38, f1=0.50, shown=0.80)),
        "KorQuAD": (given.korquad, "ko", Wanted(f1=0.45, shown=0.85)),
    }
    sheet = Sheet()
    path = config.resolve(".thinkscale/ladder.sqlite")
    with open_engine(config) as engine, DiskPool(path, engine.info) as pool:
        climbed: list[Climbed] = []
        for subject in splits()[given.split] if given.split != "none" else ():
            asked = subject_questions(subject, engine.info.languages)
            if asked:
                with open_subject(subject) as index:
                    climbed += climb(asked, OrderedIndex(index), engine, pool)
                print(f"\r{subject}: {len(climbed)} so far", file=sys.stderr)
        show(sheet, f"facts of subjects ({given.split})", climbed, None)
        for name, (file, language, wanted) in sets.items():
            if file is None:
                continue
            asked = [
                Asked(one.question, language, one.golds, str(one.article))
                for one in load(str(file), language, 1, given.limit)
            ]
            with paragraphs(config, file, language) as index:
                climbed = climb(asked, OrderedIndex(index), engine, pool)
            show(sheet, f"{name}, searched in all paragraphs", climbed, wanted)
    return 0 if sheet.fine or not given.check else 1


if __name__ == "__main__":
    sys.exit(main())
