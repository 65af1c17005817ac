"""One question to one answer: prepare it, run a strategy on it, verify and cite what it decided.

`prepare` makes every question, `loop` runs every strategy, `result` makes every answer; `session`
opens the notes and the model that they need.
"""

from __future__ import annotations
