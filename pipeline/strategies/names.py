"""Names of strategies: `[passages+]method[@aggregation[samples]]`, e.g. `cot`, `rag3+plan@sc16`.

Retrieval is one axis and thinking another: what stands before the `+` says which passages are in
front of the model, and any strategy goes with any of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import ConfigError, filled
from pipeline.renamed import current_strategy

__all__ = ["MOST_DRAWS", "Access", "StrategyName", "parse_name"]

AccessKind = Literal["closed", "rag", "oracle", "ask"]

MOST_DRAWS = 1024
_KINDS: dict[str, AccessKind] = {
    "closed": "closed",
    "rag": "rag",
    "oracle": "oracle",
    "ask": "ask",
}
_NAME = re.compile(
    r"(?:(?P<access>closed|oracle|rag|ask)(?P<k>\d{1,3})?\+)?"
    r"(?P<way>[a-z][a-z-]*)(?:@(?P<rule>[a-z][a-z-]*?)(?P<draws>\d{1,5})?)?"
)


@dataclass(frozen=True, slots=True)
class Access:
    """Which passages are shown: none (`closed`), `k` that were searched (`rag`; None: as many as
    configured), or the right ones (`oracle`); the reply is taken as it is. `ask` is what
    `thinkscale ask` does with `k` passages: only what the notes support counts, else a sentence of
    theirs is quoted, or the answer refused."""

    kind: AccessKind
    k: int | None = None

    def __str__(self) -> str:
        return self.kind + (str(self.k) if self.k else "")


@dataclass(frozen=True, slots=True)
class StrategyName:
    """The parts of a name. `access` None is what the task or command does by itself; `rule` "" is a
    single sample; `draws` None is the aggregation's own number."""

    way: str
    rule: str = ""
    draws: int | None = None
    access: Access | None = None

    def __str__(self) -> str:
        thinking = f"{self.way}@{self.rule}{self.draws or ''}" if self.rule else self.way
        return f"{self.access}+{thinking}" if self.access else thinking


def parse_name(text: str) -> StrategyName:
    """Take the name of a strategy apart. Raises ConfigError for one that is no such name.

    >>> name = parse_name("rag3+cot@sc16")
    >>> name.way, name.rule, name.draws
    ('cot', 'sc', 16)
    """
    found = _NAME.fullmatch(text.strip())
    hint = "Names look like cot, cot@sc16 or rag3+cot@adaptive32; see `thinkscale strategies`."
    if not found:
        raise ConfigError(filled("`{name}` is not the name of a strategy.", name=text), hint)
    k, draws = found["k"], found["draws"]
    if k is not None and (found["access"] not in ("rag", "ask") or not 1 <= int(k) <= 100):
        raise ConfigError(
            filled("`{name}`: only rag and ask take a number of passages, 1 to 100.", name=text),
            hint,
        )
    if draws is not None and not 1 <= int(draws) <= MOST_DRAWS:
        raise ConfigError(
            filled("`{name}`: samples go from 1 to {most}.", name=text, most=MOST_DRAWS), hint
        )
    access = Access(_KINDS[found["access"]], int(k) if k else None) if found["access"] else None
    way, rule = current_strategy(found["way"]), current_strategy(found["rule"] or "")
    return StrategyName(way, rule, int(draws) if draws else None, access)
