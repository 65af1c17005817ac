"""What is said about an answer comes from the decision that made it, and from nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.answering.loop import UNLIMITED, Budget
from pipeline.answering.prepare import PrepareSettings
from pipeline.answering.search import OrderedIndex
from pipeline.answering.session import Asker
from pipeline.answering.trust import trust, trust_in
from pipeline.config import Config, load_config
from pipeline.engine import ScriptedEngine
from pipeline.retrieval import Index, ensure
from pipeline.strategies import AGGREGATIONS, make_strategy
from pipeline.strategies.self_consistency import SelfConsistency
from pipeline.types import Agreement, Answer, SampleParams
from tests.conftest import ROOT
from tests.strategies.helpers import run, sum_question
from tests.strategies.test_contract import NAMES, REPLIES, lived

COURSE = """---
language: en
---

# Assessment in Music Theory

The final project is worth 40% of the grade and is due on May 12th. Late work loses five points a
day. The listening test is worth 25% of the grade.

# Osmosis

Osmosis moves water through a membrane towards the side with more solute and stops at equilibrium.
"""
WORTH = "What is asked of students in the final project?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("course")
    (folder / "notes").mkdir()
    (folder / "notes" / "syllabus.md").write_text(COURSE, encoding="utf-8")
    (folder / "config.yaml").write_text("notes: {path: notes}\nindex: {path: index}\n")
    with ensure(load_config(folder / "config.yaml")) as opened:
        yield opened


def ask(
    index: Index,
    question: str,
    replies: list[str],
    strategy: str = "",
    budget: Budget = UNLIMITED,
) -> Answer:
    engine = ScriptedEngine(lambda _, draw: replies[draw % len(replies)])
    asker = Asker(
        notes=index.config.notes_path,
        index=OrderedIndex(index),
        engine=lambda: engine,
        strategy=make_strategy(strategy or f"direct@verified{len(replies)}"),
        params=SampleParams(),
        model="scripted",
        rules=PrepareSettings(languages=("en",), sure=0.0),
        budget=budget,
    )
    return asker.ask(question)


LATE = "Late work loses five points a day."
DUE, SHARE = "It is due on May 12th.", "It is worth 40% of the grade."


def test_words_that_say_different_things_of_one_sentence_do_not_vote_for_each_other(
    index: Index,
) -> None:
    answer = ask(index, WORTH, [DUE] * 4 + [SHARE] * 4)
    assert [(v.answer, v.count) for v in answer.votes] == [(DUE, 4), (SHARE, 4)]
    assert answer.quoted  # neither has more than half
    assert trust(answer) == "quoted, as only 4 of 8 samples agree and 5 must"
    answer = ask(index, WORTH, [SHARE] * 5 + [DUE] * 3)
    assert (answer.text, answer.quoted) == (SHARE, False)
    assert trust(answer) == "5 of 8 samples agree, supported by the notes"


def test_words_without_a_figure_are_parted_too(index: Index) -> None:
    water = "It moves water through a membrane."
    stops = "It stops at equilibrium."
    more = "Osmosis moves water through a membrane towards the side with more solute."
    answer = ask(
        index, "What does osmosis do?", [water, stops, more, water, water, more, stops, ""]
    )
    assert [v.count for v in answer.votes] == [5, 2]
    assert answer.text == answer.votes[0].answer in (water, more)


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        (["It loses nine points."] * 8, "quoted, as none of 8 samples is supported by the notes"),
        ([LATE], "the sample is supported by the notes"),
        (["No idea."], "quoted, as the sample is not supported by the notes"),
        ([LATE] * 2 + ["No idea."] * 6, "quoted, as only 2 of 8 samples agree and 3 must"),
        ([LATE] * 3 + ["No idea."] * 5, "3 of 8 samples agree, supported by the notes"),
    ],
)
def test_a_quotation_is_never_said_to_be_agreed_on(
    index: Index, replies: list[str], said: str
) -> None:
    question = "How many points does late work lose a day?"
    answer = ask(index, question, replies, "" if len(replies) > 1 else "direct")
    assert trust(answer) == said
    assert answer.quoted == said.startswith("quoted")


def test_what_had_no_model_or_no_time_says_so(index: Index) -> None:
    korean = ask(index, "기말 과제는 언제까지인가요?", [SHARE])
    assert trust(korean) == "the model was not asked"
    hurried = ask(index, WORTH, [SHARE] * 8, budget=Budget(tokens=1))
    assert hurried.agreement == Agreement(0, 0, 0)
    assert trust(hurried) == "quoted, as there was no time for a sample"


def test_in_korean_every_one_of_them() -> None:
    answer = Answer("q", "a", "ko", "direct")
    for found in (None, Agreement(0, 0), Agreement(0, 1), Agreement(0, 8, 3), Agreement(4, 8, 5)):
        for quoted in (False, True):
            told = trust(replace(answer, agreement=found, quoted=quoted), "ko")
            assert re.search("[가-힣]", told)
            assert not re.search("[a-z{]", told)
    for found in (Agreement(0, 8), Agreement(3, 8)):
        assert re.search("[가-힣]", trust_in(found, "ko"))
        assert trust_in(found).startswith(("none of 8", "3 of 8"))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("name", NAMES)
@given(replies=st.lists(st.sampled_from(REPLIES), min_size=1, max_size=8))
def test_the_text_shown_is_the_text_that_has_the_votes(name: str, replies: list[str]) -> None:
    engine = ScriptedEngine(lambda _, draw: replies[draw % len(replies)])
    decision = lived(name, engine).decision
    found = decision.agreement
    assert found.agreeing == (decision.votes[0].count if decision.votes else 0)
    assert found.agreeing <= found.replies
    if decision.winner is not None:
        assert decision.votes[0].answer == decision.winner.text
        assert found.agreeing >= found.needed


@pytest.mark.parametrize("rule", [rule for rule in AGGREGATIONS if rule])
def test_so_it_is_where_a_score_and_not_the_votes_decide(rule: str) -> None:
    spellings = ["The answer is 17.", "17.0 it is. The answer is 17.0.", "The answer is 18.",
                 "Answer: seventeen", "7", "2", "yes", "Response 2"]  # fmt: skip
    thought, _ = run(make_strategy(f"cot@{rule}8"), lambda _, draw: spellings[draw % 8])
    decision = thought.decision
    if decision.winner is not None:
        assert decision.votes[0].answer == decision.winner.text


def test_page_list_of_strategies_and_docs_agree_on_how_many_must_agree(small: Config) -> None:
    verified = make_strategy("direct@verified8")
    assert isinstance(verified, SelfConsistency)
    words = {3: "three"}[verified.needed(8)]
    assert f"{words} of eight must agree" in AGGREGATIONS["verified"].about
    page = (ROOT / "docs/strategies.md").read_text("utf-8")
    (section,) = re.findall(r"^\*\*`verified`\*\*.*?\n\n", page, re.M | re.S)
    assert f"needs {words} of eight" in " ".join(section.split())
    for replies in range(1, 40):
        wins = next(
            n for n in range(1, replies + 1)
            if _wins(verified, ["The answer is 17."] * n + ["?"] * (replies - n))
        )  # fmt: skip
        assert wins == verified.needed(replies)


def _wins(strategy: SelfConsistency, replies: list[str]) -> bool:
    made = replace(strategy, draws=len(replies))
    return run(made, lambda _, draw: replies[draw], sum_question())[0].decision.winner is not None


def test_nobody_else_counts_votes() -> None:
    """What is printed is made in one place: no other module looks into the first vote."""
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "pipeline").rglob("*.py"))
        if "votes[0]" in path.read_text("utf-8")
    ]
    assert found == [str(Path("pipeline/strategies/common/polling.py"))]


def test_a_piece_is_quoted_with_its_sentence_and_marked_there(index: Index) -> None:
    answer = ask(
        index, "When is the final project due?", ["on May 12th", "May 12th"], "direct@select2"
    )
    assert answer.quoted
    assert answer.text.startswith("The final project is worth 40%")
    assert answer.marked is not None
    assert answer.text[slice(*answer.marked)] in ("on May 12th", "May 12th")
    assert answer.citations[0].quote == answer.text
    assert 0 < answer.confidence < 1
    assert trust(answer) == "marked in its sentence, as 2 of 2 samples have it"
    other = ask(index, "When is the final project due?", ["40% of the grade"], "direct@select1")
    assert other.marked is not None
    assert other.text[slice(*other.marked)] == "May 12th"  # the one time there is
    assert trust(other) == "marked in its sentence, where nothing else is of the kind asked for"
    assert "하나" in trust(other, "ko")
    one = ask(index, "When is the final project due?", ["May 12th"], "direct@select1")
    assert trust(one) == "marked in its sentence, as the sample has it"
    none = ask(index, "When is the final project due?", ["in June"] * 2, "direct@select2")
    assert trust(none) == "quoted, as none of 2 samples is supported by the notes"
