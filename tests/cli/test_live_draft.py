"""What is seen while an answer is found: one line, on a terminal alone, never on stdout."""

from __future__ import annotations

import sys

import pytest

from pipeline.cli.live_draft import LiveDraft
from pipeline.types import Answer, Draw, Prompt, Sample


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> LiveDraft:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    return LiveDraft()


def draw(text: str, number: int = 0) -> Draw:
    return Draw(Prompt(text=text), draw=number)


def test_one_of_the_samples_under_way_is_shown(
    live: LiveDraft, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = draw("a"), draw("b")
    live.token(first, "Marek ")
    live.token(second, "Ines ")
    live.token(first, "Duarte")
    said = capsys.readouterr()
    assert said.out == ""
    assert "Marek" in said.err
    assert "Ines" not in said.err
    live.sample(Sample(first, "Marek Duarte", "stop", 2))
    live.token(second, "Duarte")
    assert live._text == "Duarte"


def test_the_best_answer_so_far_stays_in_front(
    live: LiveDraft, capsys: pytest.CaptureFixture[str]
) -> None:
    quotation = "Marek Duarte replaced it in 1912."
    live.best(Answer("Who?", quotation, "en", "direct", quoted=True))
    assert "best so far: Marek Duarte replaced it" in capsys.readouterr().err
    live.best(Answer("Who?", quotation, "en", "direct", quoted=True, marked=(0, 12)))
    live.token(draw("a"), "1912")
    err = capsys.readouterr().err
    assert "best so far: Marek Duarte · " in err
    assert "replaced" not in err
    live.clear()
    assert capsys.readouterr().out == ""


def test_through_a_pipe_there_is_nothing_to_see(capsys: pytest.CaptureFixture[str]) -> None:
    live = LiveDraft()
    live.best(Answer("Who?", "Marek Duarte.", "en", "direct"))
    live.token(draw("a"), "Marek")
    live.clear()
    assert capsys.readouterr() == ("", "")
