"""Candidate questions from a user's own notes, each with its correct answer and supporting span,
for a person to accept, edit or reject.

`material` reads the notes into sentences; `figures`, `labels`, `definitions`, `headings` and
`cloze` turn them into questions by rule, and `model` by the local model; `leakage` and `roundtrip`
remove what would measure nothing; `drafting` picks from what is left, `store` keeps the decisions,
and `evals.cli.draft_dialogue` asks for them.
"""

from __future__ import annotations

from evals.draft.candidate import DraftQuestion
from evals.draft.draft_store import DraftStore
from evals.draft.drafting import Drafter

__all__ = ["DraftQuestion", "DraftStore", "Drafter"]
