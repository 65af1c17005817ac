"""Everything `ask` needs, opened from a configuration: the index now, the model when needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pipeline.answering.ladder import RUNGS, climb
from pipeline.answering.languages import reads
from pipeline.answering.loop import UNLIMITED, Budget, StrategyResult, run, run_strategy
from pipeline.answering.measured import best_measured, strategy_options
from pipeline.answering.prepare import Prepared, PrepareSettings, QuestionRequest, prepare
from pipeline.answering.progress import VoteProgress
from pipeline.answering.result import conclude
from pipeline.answering.search import OrderedIndex
from pipeline.config import Config
from pipeline.engine import Engine, open_engine
from pipeline.engine.base import OnToken
from pipeline.errors import ConfigError, DatasetError, ModelError, filled
from pipeline.models.gguf import read_gguf
from pipeline.models.local_files import is_endpoint, model_identity, model_path
from pipeline.models.sheet import load_sheet
from pipeline.models.suitable import require_context, require_generator
from pipeline.notes import Skipped
from pipeline.pool import MemoryPool
from pipeline.retrieval import ensure
from pipeline.strategies import Access, Strategy, StrategyName, make_strategy, parse_name
from pipeline.text.language import language_of
from pipeline.types import Answer, Form, Sample, SampleParams, Vote

__all__ = ["SOUND", "Asker", "chosen_strategy", "open_session", "rules_of", "sample_params"]

SOUND = "direct@verified8"
"""The strategy where nothing was measured."""
_EXPLAINS = 500_000_000
"""Parameters. Of 640 questions of XQuAD a model of 135M answered one in seven in its own words, 64
of 100 of these rightly, and 80 of 100 of those that were quoted. No larger model was tried."""


def sample_params(config: Config) -> SampleParams:
    """The configured way of drawing tokens; `max_tokens` 0 is what the prompt template says."""
    s = config.settings.sampling
    return SampleParams(
        temperature=s.temperature,
        top_k=s.top_k,
        top_p=s.top_p,
        min_p=s.min_p,
        repeat_penalty=s.repeat_penalty,
        max_tokens=0 if s.max_tokens == "auto" else s.max_tokens,
        seed=s.seed,
    )


def rules_of(
    config: Config,
    languages: Sequence[str],
    *,
    scores: bool,
    notices: list[str] | None = None,
) -> PrepareSettings:
    """How questions are prepared under this configuration, for a model that answers in these
    `languages` and can (`scores`) say how likely a text is. What it is shown and asked follows from
    what was measured of it (`pipeline.models.sheet`), else from its size.

    What was measured and cannot be read is said in `notices`, or raised as DatasetError where there
    are none.
    """
    ask = config.settings.ask
    context, explains = _ability(config, notices)
    return PrepareSettings(
        k=ask.k,
        context=context if ask.context == "auto" else ask.context,
        sure=ask.sure,
        weigh=ask.weigh and scores,
        languages=tuple(languages),
        explains=explains,
    )


@dataclass(frozen=True, slots=True)
class Asker:
    """Answers questions over one index with one strategy.

    `engine` is a function so that a model is loaded only when a question needs it; `model` is the
    name shown for it. `notes` None: the passages are no files, and a quotation is of the passage
    itself.

    Example:
        with open_session(load_config()) as asker:  # an Asker
            print(asker.strategy.name, asker.ask("What did Mendel cross?").text)
    """

    notes: Path | None
    index: OrderedIndex
    engine: Callable[[], Engine]
    strategy: Strategy
    params: SampleParams
    model: str
    rules: PrepareSettings = field(default_factory=PrepareSettings)
    budget: Budget = UNLIMITED
    """What one question may cost."""
    notices: Sequence[str] = ()
    """Lines a person should see, from the index."""
    left_out: Sequence[Skipped] = ()
    """Files of the notes that no answer can come from."""
    why: str = ""
    """Why this strategy, where a run chose it."""
    rungs: tuple[Strategy, ...] = ()
    """Under a budget of seconds, what is climbed in place of the strategy; see
    `pipeline.answering.ladder`."""
    reads: Callable[[str], bool] = lambda language: True
    """Whether the model was measured to read a language (`pipeline.answering.languages`)."""
    reasoner: str = ""
    """The name of the model that reasons and checks, where it is another."""

    def ask(
        self,
        question: str,
        on_token: OnToken | None = None,
        on_sample: Callable[[Sample], None] | None = None,
        on_votes: Callable[[Sequence[Vote], int], None] | None = None,
        on_answer: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """Answer a question; every citation in the answer was verified in its file.

        `on_votes` is told how the votes stand, and of how many draws, whenever one is finished;
        `on_answer` of the best answer so far, where there are rungs to climb.

        Raises PromptError for a question that is empty, too long or not text.
        """
        if self.rungs and self.budget.seconds is not None:
            return climb(
                self, question, self.rungs, self.budget.seconds,
                on_answer=on_answer, on_token=on_token, on_sample=on_sample,
            )  # fmt: skip
        prepared = self.prepare(question)
        thought = None
        form: Form | Literal[""] = ""
        if prepared.question is not None:
            engine = self.engine()
            tally = VoteProgress(prepared.question, self.strategy)

            def finished(sample: Sample) -> None:
                if on_sample:
                    on_sample(sample)
                if on_votes:
                    tally.add(sample)
                    on_votes(tally.votes, tally.samples)

            thought = run_strategy(
                prepared.question,
                self.strategy,
                engine,
                MemoryPool(engine.info),
                on_token,
                finished,
                self.budget,
                self.index.look_up,
                prepared.cost,
            )
            form = engine.info.form
        return replace(self.conclude(prepared, thought), form=form)

    def prepare(self, question: str) -> Prepared:
        """Search, and find the sentences that bear on the question."""
        asked = QuestionRequest(question, Access("ask"), params=self.params)
        rules = self.rules_for(question)
        limited = self.budget.tokens is not None
        course = prepare(
            asked, rules, self.index, self.budget, self.engine().count if limited else None
        )
        return run(course, self.engine, self.index.look_up)

    def rules_for(self, question: str) -> PrepareSettings:
        """The rules for a question: without its language where the model was measured not to read
        it, so that it is answered by a quotation alone."""
        language = language_of(question)
        if language not in self.rules.languages or self.reads(language):
            return self.rules
        left = tuple(one for one in self.rules.languages if one != language)
        return replace(self.rules, languages=left)

    def conclude(self, prepared: Prepared, thought: StrategyResult | None) -> Answer:
        """The answer, verified and cited, from what a strategy made of it (None: none was run)."""
        return conclude(
            prepared,
            thought,
            notes=self.notes,
            strategy=self.strategy.name,
            model=self.model,
            reasoner=self.reasoner,
        )


def chosen_strategy(config: Config, asked: str | None = None) -> tuple[StrategyName, str]:
    """The strategy, and why that one: what was asked for, else what `ask.strategy` says. `auto` is
    what a run found best for this model and these notes, else `SOUND`; nothing else may read that
    setting, so that it means the same everywhere.

    Raises ConfigError for a name that is none, and what is wrong with the model for `auto`.
    """
    name = asked or config.settings.ask.strategy
    if name != "auto":
        return parse_name(name), ""
    try:
        found = best_measured(config, model_identity(config))
    except DatasetError as error:
        return parse_name(SOUND), f"{SOUND}: {error}"
    if found and _works(found.strategy, config):
        return parse_name(found.strategy), str(found)
    return parse_name(SOUND), ""


def _works(name: str, config: Config) -> bool:
    """What an older run or an older version measured may be gone."""
    try:
        make_strategy(name, options=config.settings.strategies)
    except ConfigError:
        return False
    return True


def _ability(
    config: Config, notices: list[str] | None
) -> tuple[Literal["sentences", "passages"], bool]:
    """What the model is shown, and whether it can put more than a fact into words. An endpoint is
    taken to be able to."""
    reader = config.by_role["read"]
    if is_endpoint(reader.settings.model.path):
        return "sentences", True
    try:
        gguf = read_gguf(model_path(reader))
        sheet = load_sheet(model_identity(reader))
    except ModelError:  # it is said where the model is opened
        return "sentences", True
    except DatasetError as error:
        if notices is None:
            raise
        notices.append(str(error))
        sheet = None
    if sheet is not None:
        return sheet.context, sheet.explains
    return "sentences", gguf.parameters >= _EXPLAINS


def _model_label(config: Config) -> str:
    """What a model is called. A bad file is named here, before the index is built."""
    address = config.settings.model.path
    if is_endpoint(address):
        return address.rpartition("#")[2] if "#" in address else urlsplit(address).netloc
    path = model_path(config)
    gguf = read_gguf(path)
    require_generator(gguf)
    require_context(gguf, config.settings.model.context)
    return path.stem


@contextmanager
def open_session(
    config: Config,
    *,
    strategy: str | None = None,
    samples: int | None = None,
    k: int | None = None,
    budget: Budget = UNLIMITED,
    progress: Callable[[str, int, int], None] | None = None,
) -> Iterator[Asker]:
    """Open an Asker over the configured notes and model; arguments override the configuration.

    Builds the index where it is missing or stale, telling `progress` how far it is. Raises the
    errors of configuration, notes, index and model.

    Example:
        with open_session(load_config(), strategy="cot@sc8") as session:
            answer = session.ask("How many parameters does GPT-2 have?")
            print(answer.text, [str(citation.place) for citation in answer.citations])
    """
    chosen = config.settings
    labels = {role: _model_label(one) for role, one in config.by_role.items()}
    name, why = chosen_strategy(config, strategy)
    if name.access and name.access.kind in ("closed", "oracle"):
        raise ConfigError(
            filled(
                "{name}: `ask` answers from the notes it searched, so {access}+ has no place.",
                name=name,
                access=name.access,
            ),
            "Leave it out; `thinkscale eval run` measures it.",
        )
    if samples and samples > 1 and not name.rule:
        name, why = replace(name, rule="verified"), ""  # so many draws are to be put to a vote
    options = strategy_options(config, name.rule)
    way = make_strategy(name, draws=samples, options=options)
    scores = not is_endpoint(chosen.model.path)
    # A strategy that was chosen by name, or by a run, is what is asked for.
    climbs = scores and not (strategy or samples or why) and chosen.ask.strategy == "auto"
    rungs = tuple(make_strategy(rung, options=options) for rung in RUNGS) if climbs else ()
    with ExitStack() as opened:
        index = opened.enter_context(ensure(config, progress=progress))
        engines: list[Engine] = []

        def engine() -> Engine:
            if not engines:
                engines.append(open_engine(config))
                opened.callback(engines[0].close)
            return engines[0]

        rules = rules_of(config, chosen.model.languages, scores=scores, notices=index.notices)
        yield Asker(
            notes=config.notes_path,
            index=OrderedIndex(index, engine),
            engine=engine,
            strategy=way,
            params=sample_params(config),
            model=labels["read"],
            reads=lambda language: reads(config.by_role["read"], language, engine),
            reasoner=labels.get("reason", ""),
            rules=replace(rules, k=k or (name.access and name.access.k) or rules.k),
            budget=budget,
            notices=index.notices,
            left_out=index.left_out,
            why=why,
            rungs=rungs,
        )
