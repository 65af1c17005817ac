"""Searches over steps: what is kept, what is gone on with, and who votes."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace

import pytest

from pipeline.errors import ConfigError
from pipeline.strategies import make_strategy
from pipeline.strategies.base import Question
from pipeline.strategies.beam import StepSearch
from pipeline.strategies.common.partial_replies import PartialReply, extend, likely
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import Confidence, Draw, Sample
from tests.strategies.helpers import run, sum_question

WAY = PromptMethod("cot")


def begun(request: Draw) -> str:
    last = request.prompt.messages[-1]
    return last.content if last.role == "assistant" else ""


def letters(prompt: str, draw: int) -> str:
    """A step is a letter; the third one ends the line."""
    letter = "abcd"[hashlib.sha256(f"{prompt}{draw}".encode()).digest()[0] % 4]
    written = prompt.rpartition("assistant: ")[2] if "assistant: " in prompt else ""
    return f"Answer: {len(written)}" if written.count("\n") >= 3 else letter + "\nand more"


def most_a(question: Question, line: PartialReply) -> float:
    return 0.1 + line.text.count("a") / (1 + len(line.text))


def test_it_goes_on_from_the_lines_that_score_best() -> None:
    strategy = StepSearch("b", WAY, 42, trees=1, width=2, expand=4, scorer=most_a)
    thought, requests = run(strategy, letters)
    steps = [r for r in requests if r.params.stop]
    assert len(requests) <= 42
    rounds: dict[int, list[str]] = {}
    for request in steps:
        rounds.setdefault(begun(request).count("\n"), []).append(begun(request))
    assert len(rounds[0]) == 8
    for depth in (1, 2):
        assert len(set(rounds[depth])) <= 2, "width lines are gone on with"
        made = [s for s in thought.samples if begun(s.request) in rounds[depth - 1]]
        texts = {f"{begun(s.request)}{s.text}\n" for s in made}
        scores = sorted((most_a(sum_question(), PartialReply(t)) for t in texts), reverse=True)
        kept = sorted(
            (most_a(sum_question(), PartialReply(t)) for t in set(rounds[depth])), reverse=True
        )
        assert kept == scores[: len(kept)]


def test_every_request_names_its_parent_and_holds_its_words() -> None:
    thought, requests = run(make_strategy("cot@beam42"), letters)
    by_key = {sample.key: sample for sample in thought.samples}
    grown = [r for r in requests if begun(r)]
    assert grown
    for request in grown:
        assert request.parent is not None
        parent = by_key[request.parent]
        assert begun(request) == begun(parent.request) + parent.text + "\n"
    assert thought.cost.prompt_tokens == thought.samples[0].cost.prompt_tokens
    assert len({r.draw for r in requests}) == len(requests)


@pytest.mark.parametrize("rule", ["beam", "dvts"])
@pytest.mark.parametrize("draws", [1, 2, 3, 5, 6, 9, 14, 42, 84])
def test_draws_bound_everything_and_every_line_comes_to_an_end(rule: str, draws: int) -> None:
    def endless(prompt: str, draw: int) -> str:
        return f"step {draw} of {len(prompt)}\nAnswer: {draw % 3}"

    thought, requests = run(make_strategy(f"cot@{rule}{draws}"), endless)
    assert 0 < len(requests) <= draws
    assert thought.decision.winner is not None
    last = [r for r in requests if not r.params.stop]
    assert sum(v.count for v in thought.decision.votes) == len(last) >= 1


def test_trees_never_meet() -> None:
    """One tree of width 2 drops the weak half; two trees keep one line each."""

    def script(prompt: str, draw: int) -> str:
        if "assistant: " in prompt:
            return "Answer: 1" if prompt.endswith("a\n") else "Answer: 2"
        return "a" if draw < 2 else "b"

    def prefers_a(question: Question, line: PartialReply) -> float:
        return 0.9 if line.text.startswith("a") else 0.5

    dvts = StepSearch("d", WAY, 12, trees=2, width=1, expand=2, scorer=prefers_a)
    beam = StepSearch("b", WAY, 12, trees=1, width=1, expand=4, scorer=prefers_a)
    assert [v.answer for v in run(dvts, script)[0].decision.votes] == ["1", "2"]
    assert [v.answer for v in run(beam, script)[0].decision.votes] == ["1"]


def test_votes_weigh_by_the_score() -> None:
    def script(prompt: str, draw: int) -> str:
        return f"Answer: {draw}"

    def second(question: Question, line: PartialReply) -> float:
        return 3.0 if line.text.endswith("1") else 1.0

    thought, _ = run(StepSearch("b", WAY, 9, trees=1, width=3, expand=1, scorer=second), script)
    assert [(v.answer, v.weight) for v in thought.decision.votes] == [
        ("1", 3.0),
        ("0", 1.0),
        ("2", 1.0),
    ]
    assert thought.decision.share == pytest.approx(3 / 5)


def sample(text: str, finish: str = "stop", step: bool = True, tokens: int = 3) -> Sample:
    request = WAY.request(sum_question(), 0, stop=("\n",) if step else ())
    return Sample(request, text, finish, tokens, confidence=Confidence(-0.5, 1, 1, 1))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "piece", "ended", "answer"),
    [
        ("", sample("3 + 5 = 8"), False, None),
        ("8\n", sample("Answer: 17"), True, "17"),
        ("8\n", sample("Answer: 1", "length"), False, None),
        ("8\n", sample("Answer:"), False, None),
        ("8\n", sample("", tokens=0), True, "8"),
        ("8\n", sample("", tokens=1), False, None),
        ("8\n\n", sample("", tokens=1), True, "8"),
        ("8\n", sample("9\nAnswer: 17", step=False), True, "17"),
        ("8\n", sample("9 and", "length", step=False), True, None),
        ("8\n", sample("Answer: 17", "cancelled"), True, None),
        ("8\n", sample("Answer: 17", "error"), True, None),
    ],
)
def test_when_a_line_has_ended(before: str, piece: Sample, ended: bool, answer: str | None) -> None:
    line = extend(WAY, sum_question(), PartialReply(before), piece)
    assert line.ended is ended
    assert (line.reading.text if line.reading else None) == answer
    assert line.text.startswith(before + piece.text)


def test_the_score_is_the_mean_probability_of_all_tokens_and_support() -> None:
    question = sum_question()
    line = extend(WAY, question, PartialReply(), sample("3 + 5 = 8", tokens=4))
    assert likely(question, line) == pytest.approx(math.exp(-0.5))
    assert likely(question, extend(WAY, question, line, sample("Answer: 17"))) > 0
    assert (
        likely(question, extend(WAY, question, line, sample("Answer: I do not know", step=False)))
        == 0
    )


def test_parameters_are_checked_by_their_own_rule() -> None:
    with pytest.raises(ConfigError, match=r"strategies\.beam\.width"):
        make_strategy("cot@beam8", options={"beam": {"width": 0}})
    with pytest.raises(ConfigError, match=r"strategies\.dvts\.trees"):
        make_strategy("cot@dvts8", options={"dvts": {"trees": 0}})
    with pytest.raises(ConfigError, match="no such parameter"):
        make_strategy("cot@beam8", options={"beam": {"trees": 2}})
    with pytest.raises(ConfigError, match="no such parameter"):
        make_strategy("cot@beam8", options={"beam": {"scorer": "x"}})


def test_the_log_probability_of_a_line_is_the_mean_over_its_tokens() -> None:
    parts = tuple(
        replace(sample("words", tokens=tokens), confidence=Confidence(mean, 1, 1, 1))
        for tokens, mean in ((2, -1.0), (6, -0.5))
    )
    assert PartialReply("", parts).logprob == pytest.approx((2 * -1.0 + 6 * -0.5) / 8)
    assert PartialReply().logprob == 0
