"""Best of N by a judge's grades."""

from __future__ import annotations

from dataclasses import replace

from pipeline.answering.loop import StrategyResult, run_strategy
from pipeline.engine import ScriptedEngine
from pipeline.pool import MemoryPool
from pipeline.strategies import make_strategy
from pipeline.strategies.judge import grade_of
from pipeline.types import Draw, Passage, Place, Prompt, Sample
from tests.strategies.driving import INVALID, NUMBERS, said

PASSAGE = Passage("p", "There are {reply} of them.", "a.md", Place("a.md", 1, 1), ("Notes",))
SHOWN = replace(NUMBERS, passages=(PASSAGE,))


def drive(answers: list[str], grades: dict[str, str]) -> StrategyResult:
    def script(prompt: str, draw: int) -> str:
        if "Grade it" not in prompt:
            return f"Answer: {answers[draw]}" if answers[draw] else INVALID
        return next(grade for answer, grade in grades.items() if f"Answer: {answer}" in prompt)

    engine = ScriptedEngine(script)
    strategy = make_strategy(f"cot@judge{2 * len(answers)}")
    return run_strategy(SHOWN, strategy, engine, MemoryPool(engine.info))


def test_the_best_grade_wins_over_the_most_frequent() -> None:
    decision = drive(["1", "1", "2"], {"1": "2", "2": "4"}).decision
    assert said(decision) == "2"
    assert decision.confidence == 0.75
    assert [(vote.answer, vote.count, vote.weight) for vote in decision.votes] == [
        ("2", 1, 0.75),
        ("1", 2, 0.25),
    ]


def test_of_equal_grades_the_most_frequent_wins() -> None:
    assert said(drive(["3", "1", "1"], {"1": "5", "3": "5"}).decision) == "1"


def test_what_the_judge_reads() -> None:
    thought = drive(["1", INVALID, "2"], {"1": "2", "2": "4"})
    grades = thought.samples[3:]
    assert len(grades) == 2
    for sample, answer in zip(grades, ("1", "2"), strict=True):
        (message,) = sample.request.prompt.messages
        assert "There are {reply} of them." in message.content
        assert f"Question: How many?\nReply: Answer: {answer}\n" in message.content
        assert sample.request.params.temperature == 0
        assert sample.request.params.grammar == "root ::= [1-5]"
        assert sample.request.prompt.template == "judge"


def test_grades() -> None:
    found = [
        grade_of(Sample(Draw(Prompt()), text, "length", 1))
        for text in ("1", "3", "5", "6", "0", "", "²", "good")
    ]
    assert found == [0, 0.5, 1, *[0.5] * 5]


def test_without_a_grade_it_is_the_plain_vote() -> None:
    thought = drive(["1", "2", "2"], {"1": "5", "2": "1"})
    strategy = make_strategy("cot@judge6")
    decision = strategy.decide(SHOWN, thought.samples[:3])
    assert (said(decision), round(decision.confidence, 2)) == ("2", 0.67)
    assert said(strategy.decide(SHOWN, thought.samples[:4])) == "1"
