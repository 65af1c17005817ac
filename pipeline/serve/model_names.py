"""Models by name: `MODEL` alone, or `MODEL@strategy`, e.g. `smollm2@rag+cot@sc8`.

A model is called by its file's stem in lower case, or by any beginning of it that ends where a word
does: `SmolLM2-135M-Instruct.Q4_1.gguf` is `smollm2`, `smollm2-135m`, and so on.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import ConfigError, filled
from pipeline.serve.errors import Refused
from pipeline.strategies import StrategyName, make_strategy, parse_name

__all__ = ["ModelNames", "Target"]

_OFFERED = ("direct", "cot", "cot@sc8", "cot@adaptive32", "rag+cot@sc8")


@dataclass(frozen=True, slots=True)
class Target:
    """What a name means: plain sampling where `strategy` is None."""

    name: str
    strategy: StrategyName | None = None


class ModelNames:
    """The names of one model. `stem` is its file's; `asked` the strategy that `ask` uses, as it was
    resolved; `options` are parameters of aggregations (`strategies` in config.yaml).

    Raises ConfigError where a name that is offered would not work."""

    def __init__(
        self,
        stem: str,
        asked: str,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        embedder: str = "",
    ) -> None:
        self.full = stem.lower()
        ends = [found.start() for found in re.finditer(r"[-._ ]", self.full)]
        self.aliases = [self.full[:end] for end in ends if end] + [self.full]
        self.short = self.aliases[0]
        self.embedder = embedder
        self._options = options
        ask = asked if parse_name(asked).access else f"ask+{asked}"
        self.offered: Sequence[str] = tuple(dict.fromkeys((*_OFFERED, ask)))
        for name in self.offered:
            make_strategy(name, options=options)

    def find(self, name: str) -> Target:
        """The target of a name. Raises Refused (404) naming the nearest that exists."""
        model, at, way = name.strip().partition("@")
        if model.lower() not in self.aliases:
            raise _unknown(
                filled("There is no model `{name}`.", name=model[:80]), self._near(model)
            )
        if not at:
            return Target(name)
        try:
            strategy = parse_name(way)
            make_strategy(strategy, options=self._options)
        except ConfigError as error:
            raise _unknown(error.what, error.remedy) from None
        if strategy.access and strategy.access.kind == "oracle":
            near = f"{self.short}@{str(strategy).replace('oracle', 'rag')}"
            raise _unknown(
                filled(
                    "`{name}`: oracle+ is for measuring, where the right passages are known.",
                    name=name[:80],
                ),
                filled("Did you mean `{near}`?", near=near),
            )
        return Target(name, strategy)

    def works(self, strategy: str) -> bool:
        """Whether a strategy can be asked for here: what an older run measured may be gone."""
        try:
            self.find(f"{self.short}@{strategy}")
        except Refused:
            return False
        return True

    def needed(self, strategy: str) -> int:
        """How many samples must give the same value or name for it to be believed."""
        made = make_strategy(strategy, options=self._options)
        return made.needed(made.draws)

    def listed(self) -> list[dict[str, Any]]:
        """The rows of `/v1/models`: the model, its recommended strategies, the embedder."""
        names = [self.short, *(f"{self.short}@{way}" for way in self.offered)]
        return [self.row(name) for name in [*names, *([self.embedder] if self.embedder else [])]]

    def row(self, name: str) -> dict[str, Any]:
        """One model as OpenAI describes it."""
        root = self.embedder if name == self.embedder else self.full
        return {"id": name, "object": "model", "created": 0, "owned_by": "local", "root": root}

    def _near(self, model: str) -> str:
        near = difflib.get_close_matches(model.lower(), self.aliases, n=1, cutoff=0.5)
        if near:
            return filled("Did you mean `{near}`?", near=near[0])
        return f"There is `{self.short}`, and `{self.short}@cot`; see /v1/models."


def _unknown(what: str, hint: str) -> Refused:
    return Refused(what, hint, status=404, param="model", code="model_not_found")
