"""Everything `ask` needs, opened from a configuration: the index now, the model when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from pipeline.ask import Asker
from pipeline.config import Config
from pipeline.engine import Engine, open_engine
from pipeline.engine.gguf import read_gguf
from pipeline.engine.locate import model_path
from pipeline.retrieval import ensure
from pipeline.strategies import make_strategy
from pipeline.types import SampleParams

__all__ = ["open_session", "sample_params"]


def sample_params(config: Config) -> SampleParams:
    """The configured way of drawing tokens."""
    s = config.settings.sampling
    return SampleParams(
        temperature=s.temperature,
        top_k=s.top_k,
        top_p=s.top_p,
        min_p=s.min_p,
        repeat_penalty=s.repeat_penalty,
        max_tokens=s.max_tokens,
        seed=s.seed,
    )


@contextmanager
def open_session(
    config: Config,
    *,
    strategy: str | None = None,
    samples: int | None = None,
    k: int | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> Iterator[Asker]:
    """An Asker over the configured notes and model; arguments override the configuration.

    Builds the index where it is missing or stale, telling `note` what takes time. Raises the
    errors of configuration, notes, index and model.
    """
    chosen = config.settings
    way = make_strategy(strategy or chosen.ask.strategy, samples or chosen.ask.samples)
    model = model_path(config)
    read_gguf(model)  # a bad model file is said before the index is built
    with ExitStack() as opened:
        index = ensure(config, progress=lambda stage, done, total: note(f"{stage} {done}/{total}"))
        opened.enter_context(index)
        for words in index.notices:
            note(words)
        engines: list[Engine] = []

        def engine() -> Engine:
            if not engines:
                note("loading the model")
                engines.append(opened.enter_context(open_engine(config)))
            return engines[0]

        yield Asker(
            notes=config.notes_path,
            index=index,
            engine=engine,
            strategy=way,
            params=sample_params(config),
            model=model.stem,
            languages=tuple(chosen.model.languages),
            k=k or chosen.ask.k,
        )
