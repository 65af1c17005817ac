"""A conversation with the notes: each question is asked as one that stands by itself."""

from __future__ import annotations

from pipeline.answering.conversation.conversation import Reply, Standing, Talk
from pipeline.answering.conversation.followup import Reading, Turn, readings

__all__ = ["Reading", "Reply", "Standing", "Talk", "Turn", "readings"]
