"""config.yaml -> an engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pipeline.config import Config
from pipeline.models.gguf import read_gguf
from pipeline.models.local_files import is_endpoint, model_path
from pipeline.models.other_stores import check_stored
from pipeline.models.suitable import require_context, require_generator

if TYPE_CHECKING:
    from pipeline.engine.local.engine import LocalEngine
    from pipeline.engine.remote import RemoteEngine

__all__ = ["open_engine"]


def open_engine(
    config: Config,
    *,
    on_notice: Callable[[str], None] | None = None,
    weights: str = "",
    **options: Any,
) -> LocalEngine | RemoteEngine:
    """The engine of a configuration: `model.path` is `embedded`, a GGUF file, or the address of an
    OpenAI-compatible endpoint (`http://127.0.0.1:8000/v1#model-name`).

    A local model's first use on a machine measures for some seconds which settings
    and which weights (`model.weights: auto`; see `pipeline.engine.tuning.weights`) are fastest.
    `tune=False`, or THINKSCALE_TUNE=0 in the environment, does not; without tuning, or with
    `settings` of your own, `auto` is the file as it is. `on_notice` is told of it, else the
    terminal. `weights` goes before the key of the configuration. Other `options` go to LocalEngine
    or RemoteEngine.

    Raises ModelError when the model is missing, damaged, cannot be run or cannot be reached.
    """
    model = config.settings.model
    common: dict[str, Any] = {"context": model.context, "languages": tuple(model.languages)}
    if is_endpoint(model.path):
        from pipeline.engine.remote import RemoteEngine

        return RemoteEngine(model.path, **{"concurrency": model.concurrency, **common, **options})
    path = model_path(config)
    gguf = read_gguf(path)  # a bad file is named before a heavy library is loaded for it
    check_stored(path)
    require_generator(gguf)
    require_context(gguf, model.context)
    from pipeline.engine.local.engine import LocalEngine
    from pipeline.engine.tuning.weights import FILE, settle

    common["gpu_layers"] = model.gpu_layers
    common["form"] = model.form
    common["threads"] = 0 if model.threads == "auto" else model.threads
    tune = options.pop("tune", True) and "settings" not in options
    tell = on_notice or _to_terminal
    wanted = weights or model.weights
    if wanted == "auto" and not tune:
        wanted = FILE
    path, kind = settle(path, wanted, gpu_layers=model.gpu_layers, on_notice=tell)
    engine = LocalEngine(path, weights=kind, **{**common, **options})
    if engine.notice:
        tell(engine.notice)
    if tune:
        try:
            engine.tune(tell)
        except BaseException:
            engine.close()
            raise
    return engine


def _to_terminal(notice: str) -> None:
    if sys.stderr and sys.stderr.isatty():
        print(notice, file=sys.stderr)
