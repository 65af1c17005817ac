"""Ways of thinking, one file each, and the registry of their names."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from pipeline.errors import ConfigError
from pipeline.strategies.base import Decision, Question, Strategy
from pipeline.strategies.vote import VerifiedVote

__all__ = ["Decision", "Question", "Strategy", "make_strategy", "strategy_names"]

# name: how to make it, given the number of draws asked for
_REGISTRY: dict[str, Callable[[int], Strategy]] = {
    "direct": lambda _: VerifiedVote("direct", "direct"),
    "cot": lambda _: VerifiedVote("cot", "cot"),
    "plan": lambda _: VerifiedVote("plan", "plan"),
    "self-consistency": lambda draws: VerifiedVote("self-consistency", "direct", draws),
}


def strategy_names() -> list[str]:
    """All names, as the user writes them."""
    return list(_REGISTRY)


def make_strategy(name: str, draws: int) -> Strategy:
    """The strategy of that name. Raises ConfigError naming the nearest one that exists."""
    if name not in _REGISTRY:
        near = difflib.get_close_matches(name, _REGISTRY, n=1, cutoff=0.4)
        hint = f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(_REGISTRY)}."
        raise ConfigError(f"There is no strategy `{name}`.", hint)
    return _REGISTRY[name](draws)
