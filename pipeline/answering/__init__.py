"""One question to one answer: prepare it, run a strategy on it, verify and cite what it decided.

`prepare` decides what a question holds and `for_model` builds it, `loop` runs every strategy,
`result` makes every answer; `session` opens the notes and the model that they need.
"""

from __future__ import annotations
