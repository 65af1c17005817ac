"""A conversation with the notes: each question is asked as one that stands by itself."""

from __future__ import annotations

from pipeline.answering.conversation.conversation import (
    Conversation,
    ConversationReply,
    StandaloneQuestion,
)
from pipeline.answering.conversation.followup import Interpretation, Turn, readings

__all__ = [
    "Conversation",
    "ConversationReply",
    "Interpretation",
    "StandaloneQuestion",
    "Turn",
    "readings",
]
