"""A conversation with the notes: each question is asked as one that stands by itself."""

from __future__ import annotations

from pipeline.chat.followup import Reading, Turn, readings
from pipeline.chat.talk import Reply, Standing, Talk

__all__ = ["Reading", "Reply", "Standing", "Talk", "Turn", "readings"]
