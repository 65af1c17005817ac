"""Everything `ask` needs, opened from a configuration: the index now, the model when needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pipeline.ask import Asker
from pipeline.config import Config
from pipeline.engine import Engine, open_engine
from pipeline.engine.gguf import read_gguf
from pipeline.engine.locate import is_endpoint, model_identity, model_path
from pipeline.errors import ConfigError
from pipeline.measured import best_measured
from pipeline.retrieval import Index, ensure
from pipeline.retrieval.order import search
from pipeline.retrieval.rerank import model_score
from pipeline.strategies import StrategyName, make_strategy, parse_name
from pipeline.think import UNLIMITED, Budget
from pipeline.types import Hit, Passage, SampleParams

__all__ = ["SOUND", "chosen_strategy", "open_session", "sample_params"]

SOUND = "direct@verified8"
"""The way of thinking where nothing was measured."""


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


@dataclass(frozen=True, slots=True)
class _Ordered:
    """The index, its hits reranked and made diverse as the configuration asks."""

    index: Index
    engine: Callable[[], Engine]

    @property
    def passages(self) -> Sequence[Passage]:
        return self.index.passages

    def search(self, question: str, k: int) -> list[Hit]:
        return search(self.index, question, k, model_score(self.engine))


def chosen_strategy(config: Config, asked: str | None = None) -> tuple[StrategyName, str]:
    """The strategy, and why that one: what was asked for, else what `ask.strategy` says. `auto` is
    what a run found best for this model and these notes, else `SOUND`; nothing else may read that
    setting, so that it means the same everywhere.

    Raises ConfigError for a name that is none, and what is wrong with the model for `auto`.
    """
    name = asked or config.settings.ask.strategy
    if name != "auto":
        return parse_name(name), ""
    found = best_measured(config, model_identity(config))
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


def _model_label(config: Config) -> str:
    """What the model is called. A bad file is named here, before the index is built."""
    address = config.settings.model.path
    if is_endpoint(address):
        return address.rpartition("#")[2] if "#" in address else urlsplit(address).netloc
    path = model_path(config)
    read_gguf(path)
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
    """An Asker over the configured notes and model; arguments override the configuration.

    Builds the index where it is missing or stale, telling `progress` how far it is. Raises the
    errors of configuration, notes, index and model.
    """
    chosen = config.settings
    model = _model_label(config)
    name, why = chosen_strategy(config, strategy)
    if name.access and name.access.kind in ("closed", "oracle"):
        raise ConfigError(
            f"{name}: `ask` answers from the notes it searched, so {name.access}+ has no place.",
            "Leave it out; `thinkscale eval run` measures it.",
        )
    if samples and samples > 1 and not name.rule:
        name, why = replace(name, rule="verified"), ""  # so many draws are to be put to a vote
    way = make_strategy(name, draws=samples, options=chosen.strategies)
    with ExitStack() as opened:
        index = opened.enter_context(ensure(config, progress=progress))
        engines: list[Engine] = []

        def engine() -> Engine:
            if not engines:
                engines.append(open_engine(config))
                opened.callback(engines[0].close)
            return engines[0]

        yield Asker(
            notes=config.notes_path,
            index=_Ordered(index, engine),
            engine=engine,
            strategy=way,
            params=sample_params(config),
            model=model,
            languages=tuple(chosen.model.languages),
            k=k or (name.access and name.access.k) or chosen.ask.k,
            context=chosen.ask.context,
            sure=chosen.ask.sure,
            weigh=chosen.ask.weigh and not is_endpoint(chosen.model.path),
            budget=budget,
            notices=index.notices,
            why=why,
        )
