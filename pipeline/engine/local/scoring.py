"""Log-likelihoods of given texts: prompts read once, options together, each on its own sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.engine.local.logprobs import log_likelihoods
from pipeline.engine.local.sequences import CachedSequence
from pipeline.errors import PromptError

if TYPE_CHECKING:
    from pipeline.engine.local.scheduler import BatchScheduler

__all__ = ["TextScorer"]

_ROWS = 128  # rows of logits asked for at once
_ALIKE = 24  # prompts with as many tokens in common at their beginning are not read side by side


class TextScorer:
    """Scores on a scheduler's context, between the steps of whatever runs there."""

    def __init__(self, lane: BatchScheduler) -> None:
        self._lane = lane

    def pairs(self, pairs: list[tuple[list[int], list[int]]]) -> list[list[float]]:
        """Per-token log-probabilities of each second list after its first."""
        result: list[list[float]] = []
        at = 0
        while at < len(pairs):
            taken = self._some(pairs[at:], result)
            if not taken:
                raise PromptError(
                    "There is no room to score this now.", "Finish the draws in flight first."
                )
            at += taken
        return result

    def _some(self, pairs: list[tuple[list[int], list[int]]], result: list[list[float]]) -> int:
        """Score as many pairs as there is room for; appends to `result`, returns how many."""
        lane = self._lane
        longest = max(len(prompt) + len(option) for prompt, option in pairs)
        room = lane.room
        if not lane.running and (not room.is_open or longest > room.table.cells):
            room.reopen(max(longest, min(room.most_cells, 4 * longest)))
        seats: list[tuple[CachedSequence, list[int], list[int]]] = []
        unread: list[tuple[CachedSequence, list[int], int]] = []
        try:
            rows = 0
            for prompt, option in pairs:
                if any(prompt[:_ALIKE] == other[:_ALIKE] for _, other, _ in unread):
                    lane.reader.evaluate(unread)  # so that this one begins on that reading
                    unread = []
                if seats and rows + len(option) - 1 > _ROWS:
                    break
                got = room.seat(prompt, max(len(option) - 1, 0))
                if got is None:
                    break
                seat, have = got
                seats.append((seat, prompt, option))
                if have < len(prompt):
                    unread.append((seat, prompt, have))
                rows += len(option) - 1
            lane.reader.evaluate(unread)
            self._seated(seats, result)
        finally:
            for seat, prompt, _ in seats:
                seat.busy, seat.reserve = False, 0
                seat.tokens = seat.tokens[: len(prompt)]
                if room.partial:
                    room.context.cut(seat.id, len(prompt))
                else:
                    room.evict(seat)
        return len(seats)

    def _seated(
        self, seats: list[tuple[CachedSequence, list[int], list[int]]], result: list[list[float]]
    ) -> None:
        lane = self._lane
        context = lane.room.context
        parts: list[list[float]] = []
        wanted: list[tuple[int, int]] = []  # which part each row of logits belongs to, which token
        fill = 0

        def flush() -> None:
            nonlocal fill
            if not fill:
                return
            lane.room.run(fill)
            tokens = [token for _, token in wanted]
            found = log_likelihoods(lane.gauge, context.logits(fill), tokens)
            for (part, _), logprob in zip(wanted, found, strict=True):
                parts[part].append(logprob)
            wanted.clear()
            fill = 0

        for seat, prompt, option in seats:
            if not option:
                parts.append([])
                continue
            row = seat.marks[len(prompt)]
            parts.append(log_likelihoods(lane.gauge, row[None], option[:1]))
            for i, token in enumerate(option[:-1]):
                if fill == min(_ROWS, context.batch):
                    flush()
                context.token[fill], context.pos[fill] = token, len(prompt) + i
                context.seq[fill], context.wanted[fill] = seat.id, 1
                wanted.append((len(parts) - 1, option[i + 1]))
                fill += 1
        flush()
        result.extend(parts)
