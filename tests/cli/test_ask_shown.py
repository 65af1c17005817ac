"""An answer of several quotations as a person reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.cli.ask import print_answer
from pipeline.types import Answer


def test_what_was_asked_for_stands_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipeline.cli.style.strong", "<{}>".format)
    text = "- It is 98 cm tall. [1]\n- It is grey. [2]"
    answer = Answer("?", text, "en", "quoted", quoted=True, kind="quotes")
    print_answer(answer, 0.1, None)
    assert f"<{text}>" in capsys.readouterr().out
    print_answer(replace(answer, marked=(8, 13)), 0.1, None)
    assert "- It is <98 cm> tall. [1]\n- It is grey. [2]" in capsys.readouterr().out
