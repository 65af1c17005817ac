"""config.yaml -> an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.config import Config
from pipeline.engine.gguf import read_gguf
from pipeline.engine.locate import model_path

if TYPE_CHECKING:
    from pipeline.engine.local import LocalEngine

__all__ = ["open_engine"]


def open_engine(config: Config, **options: Any) -> LocalEngine:
    """The engine of a configuration.

    `options` are passed to the engine: `confidence`, `settings`, `model_options`.
    Raises ModelError when the model is missing, damaged, or cannot be run.
    """
    path = model_path(config)
    read_gguf(path)  # a bad file is named before a heavy library is loaded for it
    from pipeline.engine.local import LocalEngine

    model = config.settings.model
    return LocalEngine(
        path,
        context=model.context,
        languages=tuple(model.languages),
        gpu_layers=model.gpu_layers,
        threads=0 if model.threads == "auto" else model.threads,
        **options,
    )
