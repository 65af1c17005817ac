"""Limits how many tokens of keys and values a context may hold: the engine keeps to it, and
estimates of memory are made from it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MOST_BYTES", "KvBudget"]

MOST_BYTES = 2 << 30
"""Of keys and values, unless one draw at its longest takes more."""


@dataclass(frozen=True, slots=True)
class KvBudget:
    """For a model whose keys and values take `token_bytes` a token, and draws of at most `context`
    tokens of prompt and answer; `most` bytes for all."""

    token_bytes: int
    context: int
    most: int = MOST_BYTES

    @property
    def split(self) -> int:
        """Tokens of all buffers together, where each draw has its own."""
        return self.most // max(self.token_bytes, 1)

    @property
    def shared(self) -> int:
        """Tokens of one buffer for all draws."""
        return max(self.context, min(4 * self.context, self.split))

    def bytes_for_question(self) -> int:
        """What one question's draws take: they share its prompt."""
        return self.token_bytes * self.context

    def bytes_at_most(self, sequences: int) -> int:
        """Both kinds of context as large as they may grow, for `sequences` draws at a time."""
        apart = max(2 * self.context, min(sequences * self.context, self.split))
        return self.token_bytes * (self.shared + apart)
