"""A conversation with the notes: each question is asked as one that stands by itself."""

from __future__ import annotations

from pipeline.answering.conversation.context import Turn
from pipeline.answering.conversation.conversation import (
    Conversation,
    ConversationReply,
    StandaloneQuestion,
)

__all__ = [
    "Conversation",
    "ConversationReply",
    "StandaloneQuestion",
    "Turn",
]
