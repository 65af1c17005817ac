"""config.yaml -> an engine; and which settings of it are fastest here, when asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.config import Config
from pipeline.engine.by_role import RoleEngine
from pipeline.errors import ConfigError, ModelError, filled
from pipeline.models.gguf import read_gguf
from pipeline.models.local_files import is_endpoint, model_path
from pipeline.models.other_stores import check_stored
from pipeline.models.suitable import require_context, require_generator

if TYPE_CHECKING:
    from pipeline.engine.local.engine import LocalEngine
    from pipeline.engine.remote import RemoteEngine
    from pipeline.engine.tuning.settings import Profile, Trial
    from pipeline.engine.tuning.weights import WeightChoice

__all__ = ["Tuning", "open_engine", "tune"]


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was found fastest: the weights' format, how they were chosen (None: config.yaml says
    so), and the settings."""

    weights: str
    choice: WeightChoice | None
    profile: Profile

    @property
    def doubt(self) -> str:
        """Why it was not remembered; empty where it was."""
        return (self.choice.doubt if self.choice else "") or self.profile.doubt


def open_engine(
    config: Config,
    *,
    on_notice: Callable[[str], None] | None = None,
    weights: str = "",
    **options: Any,
) -> LocalEngine | RemoteEngine | RoleEngine:
    """Open the engine of a configuration: `model.path` is `embedded`, a GGUF file, or the address
    of an OpenAI-compatible endpoint (`http://127.0.0.1:8000/v1#model-name`). With `models.reason`
    it is two engines behind one, each asked what is its role's.

    A local model runs with the settings and the weights (`model.weights: auto`) that `tune` found
    fastest for it on this machine; where it has not been tuned, or with `tuned=False` or `settings`
    of your own, with defaults that are safe everywhere. Nothing is measured here. `on_notice` is
    told what a person should see, else the terminal. `weights` goes before the key of the
    configuration. Other `options` go to LocalEngine or RemoteEngine.

    Raises ModelError when the model is missing, damaged, cannot be run or cannot be reached.

    Example:
        with open_engine(load_config()) as engine:
            prompt = Prompt((Message("user", "What is osmosis?"),))
            for sample in engine.sample([Draw(prompt, draw=number) for number in range(3)]):
                print(sample.text)
    """
    opened: list[LocalEngine | RemoteEngine] = []
    try:
        for one in config.by_role.values():
            opened.append(_open(one, on_notice, weights, dict(options)))
    except BaseException:
        for engine in opened:
            engine.close()
        raise
    return RoleEngine(*opened) if len(opened) > 1 else opened[0]


def _open(
    config: Config,
    on_notice: Callable[[str], None] | None,
    weights: str,
    options: dict[str, Any],
) -> LocalEngine | RemoteEngine:
    model = config.settings.model
    common: dict[str, Any] = {"context": model.context, "languages": tuple(model.languages)}
    if is_endpoint(model.path):
        from pipeline.engine.remote import RemoteEngine

        common |= {"concurrency": model.concurrency, "form": model.form}
        options.pop("tuned", None)  # the server's own matter
        return RemoteEngine(model.path, **{**common, **options})
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
    tuned = options.pop("tuned", True) and "settings" not in options
    tell = on_notice or _to_terminal
    wanted = weights or model.weights
    if wanted == "auto" and not tuned:
        wanted = FILE
    path, kind = settle(path, wanted, gpu_layers=model.gpu_layers, on_notice=tell)
    engine = LocalEngine(path, weights=kind, **{**common, **options})
    if engine.notice:
        tell(engine.notice)
    if tuned and engine.use_tuned() is None:
        from pipeline.engine.tuning.settings import fingerprint, unreadable

        if damaged := unreadable(engine.info.sha256, fingerprint(model.gpu_layers)):
            tell(damaged)
    return engine


def tune(
    config: Config,
    *,
    thorough: bool = False,
    quantized: bool = False,
    on_notice: Callable[[str], None] = lambda _: None,
    on_trial: Callable[[str, Trial], None] = lambda shape, trial: None,
) -> Tuning:
    """Measure which weights (where `model.weights` is `auto`) and settings are fastest for the
    local model on this machine, and remember them. `config` is that of one model
    (`Config.by_role`).

    Raises ModelError where the machine is busy: what is measured then is wrong tomorrow. What
    others begin meanwhile makes `Tuning.doubt`, and nothing is remembered either.
    """
    from pipeline.engine.local.engine import LocalEngine
    from pipeline.engine.tuning.settings import fingerprint
    from pipeline.engine.tuning.weights import choose

    model = config.settings.model
    if is_endpoint(model.path):
        raise ConfigError("model.path is an endpoint.", "Tune the server where it runs.")
    _require_quiet()
    choice = None
    if model.weights == "auto":
        choice = choose(
            model_path(config),
            fingerprint(model.gpu_layers),
            gpu_layers=model.gpu_layers,
            thorough=thorough,
            on_notice=on_notice,
        )
    kind = choice.kind if choice else model.weights
    with open_engine(config, tuned=False, weights=kind, on_notice=on_notice) as engine:
        assert isinstance(engine, LocalEngine)
        profile = engine.tune(
            thorough=thorough or quantized, quantized=quantized, on_trial=on_trial
        )
    return Tuning(kind, choice, profile)


def _require_quiet() -> None:
    """Raises ModelError where others use the processors."""
    from pipeline.engine.local.native import cores
    from pipeline.engine.tuning.system_load import is_busy, now

    if is_busy(others := now()):
        raise ModelError(
            filled(
                "Other processes use {others} of {all} processors just now: the settings that are "
                "fastest now would be wrong later.",
                others=f"{others:.1f}",
                all=cores(),
            ),
            "Close them, or try again later: thinkscale tune",
        )


def _to_terminal(notice: str) -> None:
    if sys.stderr and sys.stderr.isatty():
        print(notice, file=sys.stderr)
