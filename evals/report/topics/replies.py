"""The replies behind an outcome, as other tools show them: what was read, and the winner first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evals.run.records import Outcome, PromptRecord, Run, SampleRecord

__all__ = ["Replies", "replies_of", "shots_of"]


@dataclass(frozen=True)
class Replies:
    """`winner` is the first draw that says what was answered; None where the answer is in no draw
    (a quotation, a refusal). `drawn` are all draws, the winner first, and `prompt` is what the
    winner answers (None where the run did not record it)."""

    winner: SampleRecord | None
    drawn: tuple[SampleRecord, ...]
    prompt: PromptRecord | None


def replies_of(
    outcome: Outcome, drawn: Mapping[str, SampleRecord], prompts: Mapping[str, PromptRecord]
) -> Replies:
    """The replies of one outcome, by the run's draws and prompts by key."""
    used = [drawn[key] for key in outcome.samples if key in drawn]
    said = [d for d in used if d.answer is not None and d.answer == outcome.answer]
    winner = said[0] if said else None
    first = winner or next((d for d in used if d.prompt in prompts), None)
    ordered = used if winner is None else [winner, *(d for d in used if d is not winner)]
    return Replies(winner, tuple(ordered), prompts.get(first.prompt) if first else None)


def shots_of(run: Run, task: str) -> int | None:
    """How many worked examples the prompts of a task showed; None where the run does not say."""
    recorded = run.about.get("shots")
    if not isinstance(recorded, Mapping):
        return None
    found = recorded.get(task) or {}
    asked = {item.language for item in run.items if item.task == task}
    return max((int(found.get(language, 0)) for language in asked), default=0)
