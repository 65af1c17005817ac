"""Names the files that no answer can come from, in one line for whoever asks."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.notes.document import Skipped
from pipeline.text.messages import say, translate

__all__ = ["left_out_line"]

_NAMED = 3


def left_out_line(left_out: Sequence[Skipped], language: str = "en") -> str:
    """The files that were not read, the first by name and with what would help; "" for none."""
    if not left_out:
        return ""
    # Those that something can be done about come first.
    order = sorted(left_out, key=lambda item: not item.remedy)
    names = ", ".join(_named(item, language) for item in order[:_NAMED])
    if len(order) > _NAMED:
        names += say(" and {count} more", language, count=len(order) - _NAMED)
    if len(order) == 1:
        return say(
            "1 file was not read: {names}. See: thinkscale notes check", language, names=names
        )
    return say(
        "{count} files were not read: {names}. See: thinkscale notes check",
        language,
        count=len(order),
        names=names,
    )


def _named(item: Skipped, language: str) -> str:
    remedy = translate(item.remedy, language).rstrip(".")
    if remedy and language == "en":
        remedy = remedy[0].lower() + remedy[1:]
    return f"{item.path} ({remedy})" if remedy else item.path
