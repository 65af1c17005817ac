"""Measures whether choosing among pieces of a sentence helps, where nothing was fitted.

    python -m benchmarks.selection [--xquad FILE] [--korquad FILE] [--second FILE] [--draws N]
                                   [--pieces] [--check] [--fit]

The sentence that holds the answer is given, and the rule `select` asks about it. Of each question
set the articles with an even number are for fitting and those with an odd one for the figures,
`--limit` questions of each. Of KorQuAD the first 70 articles are used, and only by the second
model, which is one that speaks Korean. Shown are exact match and F1 by the set's official rules:
of one greedy reply (with `--direct` also as `direct` asks for it), of the piece of the sentence
given most often, of what `select` chooses, and of any of its candidates; what was gained over the
greedy reply, paired by question; and how much is right where only the surest part is answered.
`--pieces` is the rule with its parameter of that name. `--fit` fits the weights in
`pipeline/strategies/select.yaml` anew on the other half, all models and languages together: with
`--pieces` those of that name, else the others. Samples and scores are kept in
`.thinkscale/selection.sqlite`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.thinking import Sheet
from evals.scorers.span_scores import (
    korquad_f1,
    normalise_korquad,
    normalise_squad,
    squad_f1,
)
from evals.stats.paired import paired_interval
from evals.stats.proportions import accuracy_interval
from evals.stats.riskcoverage import risk_coverage
from pipeline.answering.loop import Failed, Steps, WorkItem, run_many
from pipeline.config import load_config
from pipeline.engine import Engine, open_engine
from pipeline.evidence.reply_reading import FinalReader
from pipeline.files import write_whole
from pipeline.pool import DiskPool
from pipeline.strategies import Question
from pipeline.strategies import select as rule
from pipeline.strategies.common.candidates import Candidate, sources
from pipeline.strategies.common.pieces import FORM
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.text.sentences import sentences
from pipeline.types import Passage, Place, Sample, SampleParams

__all__ = ["ARTICLES", "Asked", "Seen", "fit", "load", "main"]

Array = npt.NDArray[np.float64]
_LONGEST = 600
ARTICLES = {"en": 10_000, "ko": 70}
"""Articles of a set that are used, the first ones."""
_RIDGE = 1.0
_WINDOW = 24
_COUNTED = ("votes", "words", "asked")
_SCORED = (*_COUNTED, "likely")
_PIECES = ("votes", *FORM, "likely", "inside")
_PARAMS = SampleParams(temperature=0.7, top_k=40, top_p=0.95, min_p=0.05)
_WEIGHTS = Path(rule.__file__).with_name("select.yaml")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the sentence that holds its answer."""

    id: str
    language: str
    article: int
    question: str
    sentence: str
    golds: tuple[str, ...]

    def em(self, answer: str) -> float:
        """Official exact match."""
        same = normalise_squad if self.language == "en" else normalise_korquad
        return float(any(same(answer) == same(gold) for gold in self.golds))

    def f1(self, answer: str) -> float:
        """Official F1."""
        f1 = squad_f1 if self.language == "en" else korquad_f1
        return max(f1(answer, gold) for gold in self.golds)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a question: the reply to `direct`, the first one of `select`, its candidates."""

    asked: Asked
    direct: str
    greedy: str
    found: tuple[Candidate, ...]

    @property
    def right(self) -> list[float]:
        """Of each candidate whether it is right."""
        return [self.asked.em(one.text) for one in self.found]


def load(file: str, language: str, half: int, limit: int) -> list[Asked]:
    """Questions of every second article, spread over the articles."""
    data = json.loads(Path(file).read_text("utf-8"))["data"][: ARTICLES[language]]
    by_article = [
        list(_of_article(number, article, language))
        for number, article in enumerate(data)
        if number % 2 == half
    ]
    longest = max(map(len, by_article), default=0)
    rounds = [rows[at] for at in range(longest) for rows in by_article if at < len(rows)]
    return rounds[:limit]


def _of_article(number: int, article: Mapping[str, Any], language: str) -> Iterator[Asked]:
    for paragraph in article["paragraphs"]:
        text = paragraph["context"]
        spans = sentences(text, language)
        for row in paragraph["qas"]:
            first = row["answers"][0]
            begin, end = first["answer_start"], first["answer_start"] + len(first["text"])
            for start, stop in spans:
                if start <= begin and end <= stop and stop - start <= _LONGEST:
                    golds = tuple(dict.fromkeys(answer["text"] for answer in row["answers"]))
                    sentence = " ".join(text[start:stop].split())
                    yield Asked(
                        row["id"], language, number, row["question"].strip(), sentence, golds
                    )


def see(
    asked: Sequence[Asked],
    engine: Engine,
    pool: DiskPool,
    draws: int,
    *,
    plain: bool = False,
    pieces: bool = False,
) -> list[Seen]:
    """Ask about each sentence; what is in the pool is not asked again. `plain`: `direct` too.
    `pieces`: with the likely pieces that no reply gave."""

    way = PromptMethod("direct")

    def course(one: Asked) -> Steps[Seen]:
        passage = Passage(one.id, one.sentence, "", Place("", 1, 1), language=one.language)
        question = Question(
            one.question, one.language, FinalReader("text", one.language), "text",
            passages=(passage,), params=_PARAMS, id=one.id, form=engine.info.form,
        )  # fmt: skip
        direct = ""
        if plain:
            (reply,) = yield [way.request(question, 0, greedy=True)]
            assert isinstance(reply, Sample)
            direct = reply.text.strip()
        texts = sources(question, 1)
        steps = rule.given_and_likely(question, way, texts, draws, pieces=pieces)
        found, samples = yield from steps  # type: ignore[misc]
        return Seen(one, direct, samples[0].text.strip(), tuple(found))

    courses = [WorkItem((one.id,), course(one)) for one in asked]
    made: dict[str, Seen] = {}
    for (name,), seen in run_many(courses, engine, pool, window=_WINDOW):
        assert not isinstance(seen, Failed)
        made[name] = seen
        print(f"\r{len(made)}/{len(asked)}", end="", file=sys.stderr, flush=True)
    return [made[one.id] for one in asked]


def fit(seen: Sequence[Seen], names: Sequence[str]) -> dict[str, float]:
    """The weights under which the right candidates, or none where none is right, are the likeliest:
    a conditional logit, with a ridge on weights in deviations."""
    from scipy.optimize import minimize

    rows = [
        np.array([[one.seen[name] for name in names] for one in question.found])
        for question in seen
        if question.found
    ]
    right = [np.array(question.right) for question in seen if question.found]
    scale = np.concatenate([row - row.mean(0) for row in rows]).std(0)
    scale = np.maximum(scale, 1e-6)
    cases = []
    for row, good in zip(rows, right, strict=True):
        full = np.zeros((len(row) + 1, len(names) + 1))
        full[:-1, :-1], full[-1, -1] = row / scale, 1.0
        cases.append((full, np.append(good, 0.0 if good.any() else 1.0)))

    def loss(weights: Array) -> tuple[float, Array]:
        total = _RIDGE / 2 * float((weights[:-1] ** 2).sum())
        slope = _RIDGE * np.append(weights[:-1], 0.0)
        for full, good in cases:
            value = full @ weights
            chance = np.exp(value - value.max())
            chance /= chance.sum()
            hit = max(float(chance @ good), 1e-12)
            total -= float(np.log(hit))
            slope = slope + (chance - chance * good / hit) @ full
        return total, slope

    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B").x
    weights = [float(one) for one in found / np.append(scale, 1.0)]
    return dict(zip([*names, "none"], weights, strict=True))


def write(weights: Mapping[str, Mapping[str, float]], about: str) -> None:
    """Put weights in the place of those of their names that ship."""
    import yaml

    text = _WEIGHTS.read_text("utf-8")
    shipped = yaml.safe_load(text)
    told = {**shipped["fitted_on"], **dict.fromkeys(weights, about)}
    lines = [line for line in text.splitlines() if line.startswith("#")]
    lines.append("fitted_on:")
    lines += [f"  {name}: {json.dumps(said, ensure_ascii=False)}" for name, said in told.items()]
    lines.append("weights:")
    for name, values in {**shipped["weights"], **weights}.items():
        lines.append(f"  {name}:")
        lines += [f"    {key}: {value:.3f}" for key, value in values.items()]
    write_whole(_WEIGHTS, ("\n".join(lines) + "\n").encode())
    rule.loaded.cache_clear()


def show(sheet: Sheet, name: str, seen: Sequence[Seen], least: float) -> None:
    """The figures of one model and question set."""
    articles = [str(one.asked.article) for one in seen]
    greedy = np.array([one.asked.em(one.greedy) for one in seen])
    chosen = [_chosen(one) for one in seen]
    picked = np.array([one.asked.em(text) for one, (text, _) in zip(seen, chosen, strict=True)])
    anyone = np.array([float(any(one.right)) for one in seen])
    sheet.tell(f"{name}, n={len(seen)}", "exact match / F1")
    plain = {"one greedy reply to `direct`": [one.direct for one in seen]}
    rows = (plain if any(one.direct for one in seen) else {}) | {
        "one greedy reply to the first prompt": [one.greedy for one in seen],
        "vote of the pieces": [_voted(one) for one in seen],
        "selected": [text for text, _ in chosen],
    }
    for label, texts in rows.items():
        em = accuracy_interval([s.asked.em(t) for s, t in zip(seen, texts, strict=True)], articles)
        f1 = float(np.mean([s.asked.f1(t) for s, t in zip(seen, texts, strict=True)]))
        value = f"{em.value:.3f} [{em.low:.3f}, {em.high:.3f}] / {f1:.3f}"
        if label == "selected" and least:
            sheet.say(f"  {label}", value, em.value >= least, f">= {least}")
        else:
            sheet.tell(f"  {label}", value)
    sheet.tell("  any candidate right", f"{anyone.mean():.3f}")
    for label, texts in list(rows.items())[:-2]:
        base = np.array([s.asked.em(text) for s, text in zip(seen, texts, strict=True)])
        gain = paired_interval(picked, base, articles)
        value = f"{100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]"
        sheet.say(f"  points over {label}", value,
                  gain.value >= 0.1 and gain.low > 0, ">= +10, above 0")  # fmt: skip
    way = float((picked.mean() - greedy.mean()) / max(anyone.mean() - greedy.mean(), 1e-9))
    sheet.say("  of the way from greedy to any", f"{100 * way:.0f} %", way >= 0.4, ">= 40 %")
    sure = [chance for _, chance in chosen]
    curve = risk_coverage(sure, picked)
    told = [f"{share:.0%}: {_right_of(sure, picked, share):.3f}" for share in (0.25, 0.5, 0.75, 1)]
    sheet.tell("  right of the surest", ", ".join(told))
    sheet.tell(
        "  area under risk and coverage (no order)", f"{curve.aurc:.3f} ({curve.random:.3f})"
    )
    calibration = float(np.mean(sure)) - float(picked.mean())
    sheet.tell("  mean confidence less share right", f"{calibration:+.3f}")


def _chosen(one: Seen) -> tuple[str, float]:
    chances = rule.chances(one.found)
    if not chances:
        return "", 0.0
    best = max(range(len(chances)), key=lambda at: (chances[at], -at))
    return one.found[best].text, chances[best]


def _voted(one: Seen) -> str:
    return max(one.found, key=lambda c: len(c.draws)).text if one.found else ""


def _right_of(sure: Sequence[float], right: Array, share: float) -> float:
    order = np.argsort(-np.asarray(sure), kind="stable")
    return float(right[order[: max(1, round(share * len(order)))]].mean())


@dataclass(frozen=True, slots=True)
class Case:
    """A model with a question set. `least`: the exact match asked for; 0 is none."""

    model: str
    language: str
    file: str
    least: float


def main() -> int:
    """Print the figures; with --check, 1 where one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--fit", action="store_true", help="write the weights anew")
    parser.add_argument("--dev", action="store_true", help="figures of the half fitted on")
    parser.add_argument("--xquad", default="", metavar="FILE")
    parser.add_argument("--korquad", default="", metavar="FILE")
    parser.add_argument("--second", default="", metavar="FILE", help="another GGUF")
    parser.add_argument("--direct", action="store_true", help="a greedy reply to `direct` too")
    parser.add_argument("--limit", type=int, default=300, help="questions of each half")
    parser.add_argument("--pieces", action="store_true", help="likely pieces are candidates too")
    parser.add_argument("--draws", type=int, default=8)
    given = parser.parse_args()
    cases = [
        Case(model, language, file, least)
        for model, language, file, least in (
            ("", "en", given.xquad, 0.33),
            (given.second or None, "en", given.xquad, 0.52),
            (given.second or None, "ko", given.korquad, 0.0),
        )
        if model is not None and Path(file).is_file()
    ]
    if not cases:
        print("Nothing to do: give --xquad FILE (xquad.en.json).", file=sys.stderr)
        return 2
    if given.fit:
        seen = [one for case in cases for one in _seen(case, 0, given)]
        own: dict[str, Sequence[str]] = {"pieces": _PIECES}
        names = own if given.pieces else {"scored": _SCORED, "counted": _COUNTED}
        about = f"{len(seen)} questions: {_told(cases)}, the articles with even numbers."
        write({name: fit(seen, numbers) for name, numbers in names.items()}, about)
    sheet = Sheet()
    for case in cases:
        show(sheet, _told([case]), _seen(case, 0 if given.dev else 1, given), case.least)
    return 0 if sheet.fine or not given.check else 1


def _told(cases: Sequence[Case]) -> str:
    names = {"en": "XQuAD (English)", "ko": "KorQuAD"}
    return ", ".join(
        f"{names[one.language]} by {Path(one.model).stem or 'the configured one'}" for one in cases
    )


def _seen(case: Case, half: int, given: argparse.Namespace) -> list[Seen]:
    config = load_config(None)
    settings = config.settings
    if case.model:
        model = settings.model.model_copy(update={"path": str(Path(case.model).resolve())})
        settings = settings.model_copy(update={"model": model})
    asked = load(case.file, case.language, half, given.limit)
    path = config.resolve(".thinkscale/selection.sqlite")
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        open_engine(replace(config, settings=settings)) as engine,
        DiskPool(path, engine.info) as pool,
    ):
        return see(asked, engine, pool, given.draws, plain=given.direct, pieces=given.pieces)


if __name__ == "__main__":
    sys.exit(main())
