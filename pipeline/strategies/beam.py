"""Search over steps, led by a scorer (arXiv 2408.03314): beam search, and diverse verifier tree
search, which is several narrow beams that never meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.limits import require_counts
from pipeline.strategies.common.partial_replies import (
    PartialReply,
    PartialReplyScorer,
    ask_end,
    ask_step,
    extend,
    likely,
    vote,
)
from pipeline.strategies.common.prompt_method import PromptMethod

__all__ = ["StepSearch"]


@dataclass(frozen=True, slots=True)
class StepSearch(Strategy):
    """`trees` searches side by side, each with the best `width` lines kept of all their
    continuations, `expand` a line; at most `depth` steps of at most `tokens` tokens. What has not
    ended by then is written to its end in one sample.

    `draws` bounds all requests, those last ones included; where they are few, the search is made
    narrower so that one round of steps is left. Lines that ended among the best vote, weighed by
    `scorer`; of lines that say the same up to a step one is kept.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 42
    trees: int = 4
    width: int = 2
    expand: int = 4
    depth: int = 8
    tokens: int = 48
    scorer: PartialReplyScorer = likely

    def __post_init__(self) -> None:
        rule = self.name.partition("@")[2].rstrip("0123456789")
        require_counts(self, rule, "trees", "width", "expand", "depth", "tokens")

    def plan(self, question: Question) -> Plan:
        trees, width, expand = self._shape()
        open_lines = [[PartialReply()] for _ in range(trees)]
        ended: list[list[PartialReply]] = [[] for _ in range(trees)]
        drawn = 0
        for _ in range(self.depth):
            grown = [
                (tree, line)
                for tree, lines in enumerate(open_lines)
                for line in lines
                for _ in range(expand if line.samples else expand * width)
            ]
            if not grown or drawn + len(grown) + trees * width > self.draws:
                break
            samples = yield [
                ask_step(self.prompt_method, question, line, drawn + i, self.tokens)
                for i, (_, line) in enumerate(grown)
            ]
            drawn += len(grown)
            new: list[list[PartialReply]] = [[] for _ in range(trees)]
            for (tree, line), sample in zip(grown, samples, strict=False):
                new[tree].append(extend(self.prompt_method, question, line, sample))
            for tree, lines in enumerate(new):
                best = self._best(question, lines, width - len(ended[tree]))
                ended[tree] += [line for line in best if line.ended]
                open_lines[tree] = [line for line in best if not line.ended]
            if len(samples) < len(grown):
                break
        left = [(tree, line) for tree, lines in enumerate(open_lines) for line in lines]
        samples = yield [
            ask_end(self.prompt_method, question, line, drawn + i)
            for i, (_, line) in enumerate(left)
        ]
        for (tree, line), sample in zip(left, samples, strict=False):
            ended[tree].append(extend(self.prompt_method, question, line, sample))
        replies = [line for lines in ended for line in lines]
        weights = [self.scorer(question, line) for line in replies]
        return vote(question, replies, weights, len(replies) + len(left) - len(samples))

    def _shape(self) -> tuple[int, int, int]:
        """Trees, width and expansion for the samples there are."""
        lines = max(1, self.draws // 3)
        trees = min(self.trees, lines)
        width = min(self.width, lines // trees)
        kept = trees * width
        return trees, width, min(self.expand, max(1, (self.draws - kept) // kept))

    def _best(
        self, question: Question, lines: Iterable[PartialReply], most: int
    ) -> list[PartialReply]:
        """The lines with the highest scores; of equals the first. None with a score of 0."""
        distinct: dict[tuple[str, bool], PartialReply] = {}
        for line in lines:
            distinct.setdefault((line.text, line.ended), line)
        every = [(self.scorer(question, line), line) for line in distinct.values()]
        scored = [(score, line) for score, line in every if score > 0]
        return [line for _, line in sorted(scored, key=lambda pair: -pair[0])[:most]]
