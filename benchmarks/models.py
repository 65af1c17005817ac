"""Measures how well the models that need no hub read, reason and stop.

    python -m benchmarks.models [--check] [--only read,reason,greedy,memory] [--items N]
        [--second FILE] [--xquad FILE] [--korquad FILE]

The embedded model and Gemma 3 270M (`thinkscale models get gemma3-270m`, or --second FILE), each
with its weights as in the file and settings that are safe everywhere. Samples are kept in the
user's cache: a run that was stopped goes on where it was.

* read: the one sentence that holds the answer is in front of the model, three worked examples
  before it (completion form, for both), greedy. XQuAD and KorQuAD (its first 70 articles) by their
  own rules; the shipped Korean questions for a fact or a figure, of the course and of the subjects,
  where the answer must stand in the reply.
* supported: of those replies that the sentence bears out, the share that is right.
* chosen: the piece of the sentence that `direct@select8` marks, and the surest quarter of these.
* shown: of what `direct@verified8` puts in the model's words, the share that is right.
  Asked of Gemma in Korean: .65 of the pieces right, and .85 of what is shown.
* reason: sums of three digits, each model in its own form: at once, by steps, the vote of 8.
* ends: replies that ended by themselves, of a base model (.95).
* greedy: 20 prompts give the same text one by one and all at once; asked of weights in 32 bits, as
  quantized ones round what goes in, by which replies of nearly the same likelihood change places.
* memory: how far the resident memory moves over 1,000 samples.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.engine_faith import resident
from benchmarks.subjects_data import FOLDER
from benchmarks.thinking import Sheet
from evals.run.model_run import ModelRun
from evals.run.spec import RunSpec, strategy_specs
from evals.scorers import scorer
from evals.stats.proportions import accuracy_interval
from evals.tasks import load_task
from evals.tasks.base import Item
from pipeline.answering.loop import StrategyResult, WorkItem, put_to, run_many, strategy_course
from pipeline.config import Config, load_config, shipped_config_path
from pipeline.engine import open_engine
from pipeline.engine.base import Engine
from pipeline.engine.local.engine import DEFAULTS, LocalEngine
from pipeline.engine.tuning.dequantize import copy_path, unpacked
from pipeline.errors import ModelError
from pipeline.evidence.gather import gather, inquire
from pipeline.evidence.reply_reading import FinalReader
from pipeline.evidence.verify import NotesReader
from pipeline.folders import cache_dir
from pipeline.models import resolve
from pipeline.pool import DiskPool, Pool
from pipeline.prompts.completion_prompts import completion_prompt
from pipeline.strategies import Question, make_strategy
from pipeline.types import Draw, FormWanted, Hit, Passage, Place, Prompt, Sample, SampleParams

__all__ = ["main"]

_ARTICLES = 70
_GREEDY = SampleParams(temperature=0.0, max_tokens=0)
_SAMPLED = SampleParams(temperature=0.7, max_tokens=0)
_WAYS = ("direct", "cot", "cot@sc8")
_PROMPTS = 20
_SAMPLES = 1000


@dataclass(frozen=True)
class Read:
    """A question with the sentence that answers it, and what the model wrote."""

    item: Item
    sentence: Passage
    text: str = ""
    sure: float = 0.0

    def score(self, rule: str) -> tuple[float, float]:
        """Whether it is right by a rule, and how much of it."""
        found = scorer(rule)(self.item, self.text, self.text or None)
        return float(found.correct), found.value

    @property
    def supported(self) -> bool:
        """The sentence bears the reply out."""
        return self.reader(self.text) is not None

    @property
    def reader(self) -> NotesReader:
        """How `ask` reads a reply: only what the sentence supports counts."""
        inquiry = inquire(self.item.question, self.item.language)
        return NotesReader(inquiry, gather(inquiry, [Hit(self.sentence, 1.0)]))


@dataclass
class Model:
    """One of the two, and everything it wrote."""

    name: str
    path: str
    samples: list[Sample] = field(default_factory=list)

    def open(self, form: FormWanted) -> Engine:
        """Its engine, asked in this form."""
        shipped = load_config(shipped_config_path())
        model = shipped.settings.model.model_copy(update={"path": self.path, "form": form})
        return open_engine(Config(shipped.settings.with_model(model), shipped.file), tuned=False)


def from_squad(file: Path, most: int, articles: int | None = None) -> list[Read]:
    """Questions of a file in the SQuAD schema, each with the sentence its answer stands in."""
    task = load_task(str(file))
    known = list(dict.fromkeys(item.cluster for item in task.items))[:articles]
    items = [item for item in task.items if item.answerable and item.cluster in known]
    step = max(1, len(items) // most)
    return [_given(item, item.spans[0].quote) for item in items[::step][:most]]


def shipped_korean() -> list[Read]:
    """The shipped Korean questions for a fact or a figure, of the course and of all subjects."""
    course = FOLDER.parent / "notes-qa.jsonl"
    found = []
    for file in [course, *sorted(FOLDER.glob("*/questions.jsonl"))]:
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            wanted = row["answerable"] and row["kind"] in ("fact", "figure")
            if row["language"] == "ko" and wanted:
                item = Item(row["id"], row["question"], "ko", tuple(row["answers"]),
                            cluster=row["cluster"])  # fmt: skip
                found.append(_given(item, row["spans"][0]["quote"]))
    return found


def _given(item: Item, quote: str) -> Read:
    text = " ".join(quote.split())
    place = Place(item.cluster, 1, 1)
    return Read(item, Passage(item.id, text, item.cluster, place, language=item.language))


def read(
    model: Model, engine: Engine, pool: Pool, asked: Sequence[Read], name: str = "direct"
) -> list[Read]:
    """What the model answers to each question: its greedy reply, or what a strategy decides."""
    strategy = make_strategy(name)

    def courses() -> Iterator[WorkItem[StrategyResult]]:
        for one in asked:
            question = Question(
                one.item.question,
                one.item.language,
                one.reader if "verified" in name else FinalReader("text", one.item.language),
                passages=(one.sentence,),
                params=_GREEDY if name == "direct" else _SAMPLED,
                id=one.item.id,
                by_sentence=True,
            )
            steps = strategy_course(put_to(question, engine.info), strategy)
            yield WorkItem((one.item.id,), steps)

    found = {
        key[0]: result
        for key, result in run_many(courses(), engine, pool)
        if isinstance(result, StrategyResult)
    }
    model.samples += [sample for result in found.values() for sample in result.samples]
    return [_answered(one, found.get(one.item.id), name == "direct") for one in asked]


def _answered(one: Read, result: StrategyResult | None, greedy: bool) -> Read:
    if result is None:
        return one
    winner, sure = result.decision.winner, result.decision.confidence
    text = result.samples[0].text if greedy else winner.text if winner is not None else ""
    return replace(one, text=text.strip(), sure=sure)


def share(values: Sequence[float], clusters: Sequence[str] | None = None) -> tuple[float, str]:
    """A mean, and how it is shown."""
    found = accuracy_interval(values, clusters)
    return float(found.value), f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


def say_reading(sheet: Sheet, name: str, found: Sequence[Read], rule: str) -> None:
    """Exact match and F1 of questions in the SQuAD schema."""
    clusters = [one.item.cluster for one in found]
    exact, partly = zip(*(one.score(rule) for one in found), strict=True)
    for said, values in (("exact match", exact), ("F1", partly)):
        sheet.tell(f"{name}, n={len(found)}: {said}", share(values, clusters)[1])


def say_korean(sheet: Sheet, found: Sequence[Read]) -> None:
    """The shipped Korean questions, and what the sentence supports."""
    clusters = [one.item.cluster for one in found]
    right = [one.score("contains")[0] for one in found]
    name = f"shipped Korean facts and figures, n={len(found)}"
    sheet.tell(name, share(right, clusters)[1])
    kept = [(r, c) for r, c, one in zip(right, clusters, found, strict=True) if one.supported]
    shown = share(*zip(*kept, strict=True))[1] if kept else "none"
    sheet.tell(f"  supported by the sentence, n={len(kept)}: right", shown)


def say_chosen(sheet: Sheet, found: Sequence[Read]) -> None:
    """The same questions, answered by a piece of the sentence."""
    clusters = [one.item.cluster for one in found]
    right = [one.score("contains")[0] for one in found]
    value, shown = share(right, clusters)
    sheet.say(f"  a piece of it chosen, n={len(found)}", shown, value >= 0.65, ">= .65")
    surest = sorted(range(len(found)), key=lambda at: -found[at].sure)[: len(found) // 4]
    shown = share([right[at] for at in surest], [clusters[at] for at in surest])[1]
    sheet.tell(f"  its surest quarter, n={len(surest)}: right", shown)


def say_shown(sheet: Sheet, found: Sequence[Read]) -> None:
    """The same questions, answered in the model's words where enough of its samples agree."""
    kept = [one for one in found if one.text]
    clusters = [one.item.cluster for one in kept]
    value, shown = share([one.score("contains")[0] for one in kept], clusters)
    name = f"  shown in the model's words, n={len(kept)}: right"
    sheet.say(name, shown, value >= 0.85, ">= .85")


def reason(sheet: Sheet, model: Model, engine: Engine, pool: Pool, n: int) -> None:
    """Sums at once, by steps, and by a vote."""
    task = load_task(f"sums:n={n}")
    config = load_config(shipped_config_path())
    with ExitStack() as stack:
        run = ModelRun(stack, config, RunSpec((task,), strategy_specs(_WAYS), _SAMPLED), engine)
        run.draw(pool)
        for spec in run.order.specs:
            right = [float(run.outcome(task, item, spec).correct) for item in task.items]
            sheet.tell(f"sums, n={n}: {spec.name}", share(right)[1])
        for thought in run.results.values():
            if isinstance(thought, StrategyResult):
                model.samples += thought.samples


def prompts_of(language: str, count: int) -> list[Prompt]:
    """Prompts in completion form: sums, each another."""
    items = load_task(f"sums.{language}:n={count}").items
    return [completion_prompt("direct", language, item.question) for item in items]


def greedy(sheet: Sheet, model: Model, engine: Engine) -> None:
    """The same text whether asked one by one or all together."""
    sheet.tell(f"greedy, {_PROMPTS} prompts: the same one by one and at once", str(_same(engine)))
    path = resolve(model.path).path
    made = not copy_path(path, "f32").is_file()
    exact = unpacked(path, "f32")
    try:
        settings = {shape: replace(one, kv="f32") for shape, one in DEFAULTS.items()}
        with LocalEngine(exact, settings=settings, form="completion") as wide:
            same = _same(wide)
        sheet.say("  in 32 bits", str(same), same == _PROMPTS, str(_PROMPTS))
    finally:
        if made:
            exact.unlink(missing_ok=True)


def _same(engine: Engine) -> int:
    params = SampleParams(temperature=0.0, max_tokens=24)
    prompts = [*prompts_of("en", _PROMPTS // 2), *prompts_of("ko", _PROMPTS // 2)]
    draws = [Draw(prompt, params, item=str(at)) for at, prompt in enumerate(prompts)]
    alone = [next(iter(engine.sample([draw]))).text for draw in draws]
    together = {sample.request.item: sample.text for sample in engine.sample(draws)}
    return sum(text == together[str(at)] for at, text in enumerate(alone))


def steady(sheet: Sheet, engine: Engine) -> None:
    """Memory over many samples, after as many as fill its buffers."""
    params = SampleParams(temperature=1.0, max_tokens=4)
    prompts = prompts_of("en", 10)

    def some(first: int, count: int) -> None:
        draws = [
            Draw(prompts[at % len(prompts)], params, draw=at) for at in range(first, first + count)
        ]
        assert sum(1 for _ in engine.sample(draws)) == count
        gc.collect()

    some(0, _SAMPLES // 5)
    before = resident()
    some(_SAMPLES, _SAMPLES)
    moved = resident() / before - 1
    sheet.say(f"memory over {_SAMPLES:,} samples", f"{moved:+.1%}", moved <= 0.01, "<= 1 %")


def measure(sheet: Sheet, model: Model, given: argparse.Namespace, *, base: bool) -> None:
    """Everything about one model."""
    print(f"\n{model.name}")
    sets = {
        "XQuAD": (given.xquad, "squad", None),
        "KorQuAD": (given.korquad, "korquad", _ARTICLES),
    }
    kept = cache_dir() / "benchmarks" / "models.sqlite"
    with model.open("completion") as engine, DiskPool(kept, engine.info) as pool:
        if "read" in given.only:
            for name, (file, rule, articles) in sets.items():
                if file and Path(file).is_file():
                    found = from_squad(Path(file), given.items, articles)
                    say_reading(sheet, name, read(model, engine, pool, found), rule)
                else:
                    print(f"{name}: left out, give --{name.lower()} FILE")
            say_korean(sheet, read(model, engine, pool, shipped_korean()))
            if base:
                for name, say in (("select8", say_chosen), ("verified8", say_shown)):
                    found = read(model, engine, pool, shipped_korean(), f"direct@{name}")
                    say(sheet, found)
        if "greedy" in given.only:
            greedy(sheet, model, engine)
        if "memory" in given.only:
            steady(sheet, engine)
    if "reason" in given.only:
        with model.open("auto") as engine, DiskPool(kept, engine.info) as pool:
            reason(sheet, model, engine, pool, given.items)
    if not model.samples:
        return
    ended = [float(sample.finish == "stop") for sample in model.samples]
    value, shown = share(ended)
    name = f"ends by itself, of {len(ended):,} replies"
    if base:
        sheet.say(name, shown, value >= 0.95, ">= .95")
    else:
        sheet.tell(name, shown)


def main() -> int:
    """Print the figures; with --check, 1 where one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", default="read,greedy,memory,reason", metavar="A,B")
    parser.add_argument("--second", default="", metavar="FILE")
    parser.add_argument("--xquad", default="../shared/data/xquad.en.json", metavar="FILE")
    parser.add_argument("--korquad", default="", metavar="FILE")
    parser.add_argument("--items", type=int, default=200, metavar="N")
    given = parser.parse_args()
    sheet = Sheet()
    measure(sheet, Model("SmolLM2 135M, instruct", "embedded"), given, base=False)
    try:
        second = given.second or str(resolve("gemma3-270m").path)
    except ModelError as error:
        print(f"\nGemma 3 270M, base: left out. {error}")
        return 1 if given.check else 0
    measure(sheet, Model("Gemma 3 270M, base", second), given, base=True)
    return 0 if sheet.fine or not given.check else 1


if __name__ == "__main__":
    sys.exit(main())
