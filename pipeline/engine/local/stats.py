"""Counts and times of a scheduler."""

from __future__ import annotations

__all__ = ["SchedulerStats"]


class SchedulerStats:
    """What a scheduler has done: tokens read, written and scored (of texts, after their prompts),
    steps, seconds in llama.cpp and around it."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Count from nothing."""
        self.read = self.written = self.scored = self.steps = 0
        self.read_seconds = self.decode_seconds = self.sampler_seconds = self.step_seconds = 0.0

    @property
    def python_share(self) -> float:
        """Share of decoding time spent outside llama.cpp (decode and samplers)."""
        if not self.step_seconds:
            return 0.0
        return 1 - (self.decode_seconds + self.sampler_seconds) / self.step_seconds
