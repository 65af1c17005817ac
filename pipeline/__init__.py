"""Thinkscale: ask your own notes with a small local model, and know what thinking longer gained.

The public API. Names are imported when they are first used: `import pipeline` costs nothing.

    from pipeline import load_config, open_session

    with open_session(load_config()) as session:
        answer = session.ask("How many parameters does GPT-2 have?")
        print(answer.text, [str(citation.place) for citation in answer.citations])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.answering.loop import Budget, StrategyResult, run_strategy
    from pipeline.answering.session import Asker, open_session
    from pipeline.config import Config, load_config
    from pipeline.engine import Engine, open_engine
    from pipeline.errors import (
        ConfigError,
        DatasetError,
        ModelError,
        NotesError,
        PoolError,
        PromptError,
        ThinkscaleError,
        UserError,
    )
    from pipeline.evidence.reply_reading import FinalReader
    from pipeline.retrieval import Index, build, open_index
    from pipeline.strategies import Decision, Question, Strategy, make_strategy, parse_name
    from pipeline.types import (
        Answer,
        Citation,
        Cost,
        Draw,
        Hit,
        Hits,
        Likelihood,
        Passage,
        Prompt,
        Sample,
        SampleParams,
        Score,
        Search,
        Source,
        Vote,
    )

__version__ = "1.0.0"

_HOMES = {
    "pipeline.answering.loop": "Budget StrategyResult run_strategy",
    "pipeline.answering.session": "Asker open_session",
    "pipeline.config": "Config load_config",
    "pipeline.engine": "Engine open_engine",
    "pipeline.errors": (
        "ConfigError DatasetError ModelError NotesError PoolError PromptError ThinkscaleError "
        "UserError"
    ),
    "pipeline.evidence.reply_reading": "FinalReader",
    "pipeline.retrieval": "Index build open_index",
    "pipeline.strategies": "Decision Question Strategy make_strategy parse_name",
    "pipeline.types": (
        "Answer Citation Cost Draw Hit Hits Likelihood Passage Prompt Sample SampleParams Score "
        "Search Source Vote"
    ),
}

__all__ = [
    "Answer",
    "Asker",
    "Budget",
    "Citation",
    "Config",
    "ConfigError",
    "Cost",
    "DatasetError",
    "Decision",
    "Draw",
    "Engine",
    "FinalReader",
    "Hit",
    "Hits",
    "Index",
    "Likelihood",
    "ModelError",
    "NotesError",
    "Passage",
    "PoolError",
    "Prompt",
    "PromptError",
    "Question",
    "Sample",
    "SampleParams",
    "Score",
    "Search",
    "Source",
    "Strategy",
    "StrategyResult",
    "ThinkscaleError",
    "UserError",
    "Vote",
    "__version__",
    "build",
    "load_config",
    "make_strategy",
    "open_engine",
    "open_index",
    "open_session",
    "parse_name",
    "run_strategy",
]


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names.split():
            return getattr(importlib.import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
