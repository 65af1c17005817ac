"""Korean that was read in the wrong encoding, read again; also where bytes were lost on the way."""

from __future__ import annotations

from pipeline.notes.mojibake.codepages import CODE_PAGES, LOST, damage
from pipeline.notes.mojibake.repair import RepairedText, explains, is_damaged, mend

__all__ = ["CODE_PAGES", "LOST", "RepairedText", "damage", "explains", "is_damaged", "mend"]
