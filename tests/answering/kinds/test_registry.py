"""Every kind of question has its way of being answered."""

from __future__ import annotations

from pipeline.answering.kinds import BY_KIND
from pipeline.text.question_kinds import KINDS


def test_every_kind_has_a_way() -> None:
    assert set(BY_KIND) == set(KINDS)
