"""Two models behind one contract: one reads, the other reasons; each prompt says whose it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.closing import Closing
from pipeline.engine.base import Engine, ModelInfo, OnToken
from pipeline.types import Draw, Likelihood, Prompt, Role, Sample, Score

if TYPE_CHECKING:
    from pipeline.engine.local.engine import LocalEngine

__all__ = ["RoleEngine", "local_engines"]


class RoleEngine(Closing):
    """Puts every request to the model of its prompt's role, the readers' first: both share the
    processors, so they take turns. It closes both.

    `info` names both; its size and speed are those of the model that reads. Keys, prices and
    records are of the model that was asked (`ModelInfo.serving`).
    """

    def __init__(self, read: Engine, reason: Engine) -> None:
        self.engines: dict[Role, Engine] = {"read": read, "reason": reason}

    @property
    def info(self) -> ModelInfo:
        read, reason = (engine.info for engine in self.engines.values())
        both = "\x1f".join(one.sha256 or f"{one.path}#{one.name}" for one in (read, reason))
        contexts = [one.context for one in (read, reason) if one.context]
        return replace(
            read,
            name=f"{read.name}+{reason.name}",
            sha256=hashlib.sha256(both.encode()).hexdigest(),
            context=min(contexts, default=0),
            by_role=(("read", read), ("reason", reason)),
        )

    def sample(self, requests: Iterable[Draw], on_token: OnToken | None = None) -> Iterator[Sample]:
        asked = list(requests)
        for role, engine in self.engines.items():
            if some := [one for one in asked if one.prompt.role == role]:
                yield from engine.sample(some, on_token)

    def cancel(self, request: Draw) -> None:
        self.engines[request.prompt.role].cancel(request)

    def score(self, requests: Iterable[Score]) -> Iterator[Likelihood]:
        asked = list(requests)
        made = {
            role: engine.score([one for one in asked if one.prompt.role == role])
            for role, engine in self.engines.items()
        }
        for request in asked:
            yield next(made[request.prompt.role])

    def count(self, prompt: Prompt) -> int:
        return self.engines[prompt.role].count(prompt)

    def close(self) -> None:
        for engine in self.engines.values():
            engine.close()


def local_engines(engine: Engine) -> list[LocalEngine]:
    """Those behind an engine, itself included, that run a model in this process."""
    from pipeline.engine.local.engine import LocalEngine

    behind = engine.engines.values() if isinstance(engine, RoleEngine) else (engine,)
    return [one for one in behind if isinstance(one, LocalEngine)]
