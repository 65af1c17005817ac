"""Words from outside, made safe to show: what would steer a terminal or hide text is taken out."""

from __future__ import annotations

import re

__all__ = ["clean"]

# Controls but for tab and line end, halves of characters, and marks that reverse what follows.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """The text with a replacement character for everything that is not to be shown."""
    return _UNSEEN.sub("\ufffd", text)
