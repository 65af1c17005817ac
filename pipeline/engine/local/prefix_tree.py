"""Texts after one prompt by the tokens they begin with."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["PrefixTree"]


class PrefixTree:
    """What texts have in common at their beginning is one path of nodes.

    Node 0 stands for the prompt; every other for a token after those of the nodes above it. The
    logits after a node say how likely each of its children is, so nodes without children need not
    be decoded: `inner` counts those that do. `ends[i]` is the node at which text i ends.

    Example: of [1, 2], [1, 2, 3] and [1, 4] the tokens 1 and 2 are decoded.
    """

    def __init__(self, texts: Sequence[Sequence[int]]) -> None:
        self.tokens, self.parents, self.depths = [-1], [0], [0]
        self.children: list[dict[int, int]] = [{}]
        self.ends = [self._add(text) for text in texts]
        self.logprobs = [0.0] * len(self.tokens)
        """Of the token of each node after what stands above it, in nats: filled in by a scorer."""
        self.inner = sum(1 for below in self.children[1:] if below)

    def _add(self, text: Sequence[int]) -> int:
        at = 0
        for token in text:
            below = self.children[at].get(token)
            if below is None:
                below = self.children[at][token] = len(self.tokens)
                self.tokens.append(token)
                self.parents.append(at)
                self.depths.append(self.depths[at] + 1)
                self.children.append({})
            at = below
        return at

    def leaves(self) -> list[int]:
        """The nodes to be decoded below which there are no others to be decoded, depth first: each
        shares more of its path with its neighbours than with any other."""
        found: list[int] = []
        stack = [0]
        while stack:
            at = stack.pop()
            below = [node for node in self.children[at].values() if self.children[node]]
            stack += reversed(below)
            if at and not below:
                found.append(at)
        return found

    def logprob(self, text: int) -> float:
        """The log-likelihood of a text, once its path was filled in."""
        path: list[float] = []
        at = self.ends[text]
        while at:
            path.append(self.logprobs[at])
            at = self.parents[at]
        return math.fsum(path)
