"""Multiple choice by likelihood: the arithmetic of lm-evaluation-harness, over scores asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answering.loop import run_strategy
from pipeline.engine import ScriptedEngine
from pipeline.errors import ConfigError
from pipeline.evidence.reply_reading import FinalReader
from pipeline.pool import MemoryPool
from pipeline.prompts.exemplar import Exemplar
from pipeline.strategies import Question, make_strategy
from pipeline.strategies.likelihood import option_scores
from pipeline.types import Cost, Likelihood, Score
from tests.strategies.helpers import run, sum_question


class Scoring(ScriptedEngine):
    """Gives each text its log-likelihood."""

    def __init__(self, logprobs: Mapping[str, float]) -> None:
        super().__init__({})
        self.logprobs = logprobs

    def score(self, requests: Iterable[Score]) -> Iterator[Likelihood]:
        for request in requests:
            self.scored.append(request)
            yield Likelihood(
                request, self.logprobs[request.text], 1, Cost(prompt_tokens=3), request.text
            )


def poles(options: tuple[str, ...], language: str = "en", **fields: object) -> Question:
    read = FinalReader("choice", language, options)
    return Question("Where is it cold?", language, read, options=options, id="q", **fields)  # type: ignore[arg-type]


def answered(name: str, options: tuple[str, ...], logprobs: list[float]) -> str | None:
    on = Scoring({f" {o}": p for o, p in zip(options, logprobs, strict=True)})
    found = run_strategy(poles(options), make_strategy(name), on, MemoryPool(on.info))
    assert on.requests == [], "nothing is written"
    assert found.cost.prompt_tokens == 3 * len(options), "and every score is paid for"
    assert found.cost.generated_tokens == 0
    return found.decision.winner.key if found.decision.winner else None


@given(
    st.lists(
        st.tuples(st.text("abc d", min_size=1, max_size=12).filter(str.strip), st.floats(-60, -1)),
        min_size=2, max_size=10, unique_by=lambda pair: pair[0].strip(),
    )
)  # fmt: skip
def test_acc_and_acc_norm_as_lm_eval_defines_them(pairs: list[tuple[str, float]]) -> None:
    """`np.argmax(lls)` and `np.argmax(lls / [len(choice)])` of its `process_results`."""
    options = tuple(option for option, _ in pairs)
    lls = np.array([value for _, value in pairs])
    letters = "ABCDEFGHIJ"
    acc = answered("direct@likelihood", options, lls.tolist())
    assert acc == f"choice:{letters[int(np.argmax(lls))]}"
    norm = answered("direct@likelihood-norm", options, lls.tolist())
    lengths = np.array([float(len(option)) for option in options])
    assert norm == f"choice:{letters[int(np.argmax(lls / lengths))]}"


def test_a_long_option_loses_by_its_length_alone() -> None:
    options = ("in the far north of the country", "south")
    assert answered("direct@likelihood", options, [-20.0, -9.0]) == "choice:B"
    assert answered("direct@likelihood-norm", options, [-20.0, -9.0]) == "choice:A"


def test_what_is_read_before_an_option() -> None:
    shown = (Exemplar("What is hot?", "fire"),)
    first, _ = option_scores(poles(("in the south", "in the north"), exemplars=shown))
    assert first.text == " in the south"
    assert first.prompt.text == (
        "Question: What is hot?\nAnswer: fire\n\nQuestion: Where is it cold?\nAnswer:"
    )
    korean, _ = option_scores(poles(("남쪽", "북쪽"), "ko"))
    assert korean.prompt.text == "질문: Where is it cold?\n정답:"
    listed = option_scores(poles(("in the south", "in the north")), letters=True)
    assert [one.text for one in listed] == [" A", " B"]
    assert "Where is it cold?\nA. in the south\nB. in the north\nAnswer:" in (
        listed[0].prompt.text or ""
    )


def test_its_confidence_is_the_share_of_the_likelihood() -> None:
    on = Scoring({" in the south": math.log(0.2), " in the north": math.log(0.6)})
    asked = poles(("in the south", "in the north"))
    found = run_strategy(asked, make_strategy("direct@likelihood"), on, MemoryPool(on.info))
    assert found.decision.confidence == pytest.approx(0.75)


def test_without_options_it_is_a_greedy_reply() -> None:
    thought, requests = run(make_strategy("direct@likelihood"), lambda *_: "Answer: 17")
    assert [r.params.temperature for r in requests] == [0]
    assert thought.decision.winner is not None
    assert make_strategy("direct@likelihood").name == "direct@likelihood"
    assert sum_question().options == ()


def test_a_wrong_parameter_is_named() -> None:
    with pytest.raises(ConfigError, match="text or letter"):
        make_strategy("direct@likelihood", options={"likelihood": {"score": "word"}})


def test_the_length_is_that_of_the_option_without_the_space_before_it() -> None:
    assert answered("direct@likelihood-norm", ("Bé", "Gira"), [-2.0, -4.1]) == "choice:A"
    assert answered("direct@likelihood-norm", ("5", "12"), [-1.5, -2.4]) == "choice:B"
