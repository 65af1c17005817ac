"""Pieces of the notes, weighed: which one is chosen, where it stands, and what it is chosen by."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answering.loop import Budget, StrategyResult, run_strategy
from pipeline.engine import ScriptedEngine
from pipeline.errors import ConfigError
from pipeline.evidence.reply_reading import FinalReader
from pipeline.evidence.verify import NotesReader
from pipeline.evidence.written import WrittenReader
from pipeline.pool import MemoryPool
from pipeline.strategies import Question, make_strategy
from pipeline.strategies.common.candidates import Candidate, SourceText
from pipeline.strategies.common.pieces import FORM, SentencePieces
from pipeline.strategies.select import chances
from pipeline.types import Confidence, Draw, Form, Likelihood, Passage, Place, Score
from tests.evidence.test_verify import read

SENTENCE = "Ines Duarte built the first bridge of wood, and Marek Duarte one of stone in 1912."
QUESTION = "Who built the bridge of stone?"


def asked(form: Form = "completion", **fields: object) -> Question:
    passage = Passage("p", SENTENCE, "a.md", Place("a.md", 1, 1))
    given = {"kind": "text", "passages": (passage,), "id": "q", "form": form, **fields}
    return Question(QUESTION, "en", FinalReader("text"), **given)  # type: ignore[arg-type]


def engine(
    reply: Callable[[str, int], str],
    likely: Callable[[str, str], float] = lambda prompt, text: -1.0,
    form: Form = "completion",
) -> ScriptedEngine:
    """Says what it is told, and finds a text as likely as it is told."""

    class Told(ScriptedEngine):
        def score(self, requests):  # type: ignore[no-untyped-def]
            for request, made in [(r, m) for r in requests for m in super(Told, self).score([r])]:
                value = likely(request.prompt.text or "", request.text)
                yield Likelihood(request, value, made.tokens, made.cost, made.key)

    return Told(reply, form=form, confidence=lambda *_: Confidence(-1, 1, 1, 1))


def drive(
    on: ScriptedEngine,
    question: Question | None = None,
    name: str = "direct@select8",
    budget: Budget | None = None,
) -> StrategyResult:
    pool = MemoryPool(on.info)
    return run_strategy(
        question or asked(), make_strategy(name), on, pool, budget=budget or Budget()
    )


def said(thought: StrategyResult) -> str | None:
    winner = thought.decision.winner
    return winner.text if winner else None


def by_prompt(*replies: str) -> Callable[[str, int], str]:
    """Each prompt has a reply of its own, in the order in which prompts are first met."""
    met: dict[str, str] = {}
    return lambda prompt, _: met.setdefault(prompt, replies[len(met) % len(replies)])


@pytest.mark.parametrize("form", ["chat", "completion"])
def test_the_likelier_piece_wins_over_the_more_frequent(form: Form) -> None:
    replies = by_prompt("Ines Duarte", "Ines Duarte", "Marek Duarte")

    def likely(prompt: str, text: str) -> float:
        return -1.0 if "Marek" in prompt.rpartition("\n\n")[2] + text else -30.0

    even = drive(engine(replies, form=form), asked(form))
    assert said(even) == "Ines Duarte"

    def of_text(_: str, text: str) -> float:
        return -1.0 if "Marek" in text else -30.0

    thought = drive(engine(replies, of_text, form), asked(form))
    assert said(thought) == "Marek Duarte"
    first, second = thought.decision.votes
    assert first.count < second.count
    assert first.weight == thought.decision.confidence > second.weight


def test_only_what_stands_in_the_sentence_may_win() -> None:
    thought = drive(engine(by_prompt("Jim", "Jim", "the wooden one", "1912", "")))
    assert [vote.answer for vote in thought.decision.votes] == ["1912"]
    assert drive(engine(by_prompt("Jim"))).decision.winner is None


def test_the_prompts_ask_the_same_and_differ() -> None:
    thought = drive(engine(by_prompt("1912")))
    draws = [sample.request for sample in thought.samples]
    assert len({draw.prompt for draw in draws}) == 6
    assert [draw.params.temperature == 0 for draw in draws] == [True] * 6 + [False] * 2
    assert len(set(draws)) == 8
    for draw in draws:
        case = (draw.prompt.text or "").rpartition("\n\n")[2]
        assert SENTENCE in case
        assert QUESTION in case
        assert case.endswith("Answer:")
    assert len({(draw.prompt.text or "").partition("\n\n")[0] for draw in draws}) == 6


def test_a_smaller_number_asks_a_part_of_what_a_greater_one_asks() -> None:
    """So that one goes on from the other without asking again."""

    def wanted(number: int) -> list[Draw]:
        step = make_strategy(f"direct@select{number}").step(asked(), [])
        assert isinstance(step, list)
        return [request for request in step if isinstance(request, Draw)]

    assert wanted(4) == wanted(8)[:4]
    assert wanted(1)[0].params.temperature == 0


def test_each_piece_is_scored_once_by_every_prompt_that_scores() -> None:
    on = engine(by_prompt("1912", "Marek Duarte", "marek duarte.", "Jim"))
    drive(on)
    texts = [score.text for score in on.scored]
    assert len(texts) == len(set(on.scored)) == 4
    assert texts.count(" Marek Duarte\n\n") == texts.count(" 1912\n\n") == 2


@pytest.mark.parametrize("kept", range(15))
def test_every_prefix_gives_a_decision_of_what_was_seen(kept: int) -> None:
    replies = by_prompt("Ines Duarte", "Marek Duarte", "Ines Duarte")
    thought = drive(engine(replies, lambda _, text: -1.0 if "Marek" in text else -30.0))
    strategy = make_strategy("direct@select8")
    decision = strategy.decide(asked(), thought.results[:kept])
    assert (decision.winner is None) == (kept == 0)
    assert 0 <= decision.confidence < 1
    if 2 < kept < len(thought.results):  # without all scores the replies alone decide
        assert decision.winner is not None
        assert decision.winner.text == "Ines Duarte"


@pytest.mark.parametrize("tokens", [1, 150, 400, 1500])
def test_a_small_budget_is_kept(tokens: int) -> None:
    thought = drive(engine(by_prompt("1912", "Marek Duarte")), budget=Budget(tokens=tokens))
    assert thought.cost.prompt_tokens + thought.cost.generated_tokens <= tokens
    assert not thought.complete


def test_asked_of_the_notes_it_says_where_it_stands() -> None:
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    question = asked(evidence=evidence, passages=(evidence[0].passage,), kind=None)
    question = Question(
        inquiry.text, "en", NotesReader(inquiry, evidence), evidence=evidence,
        passages=question.passages, id="q", form="completion",
    )  # fmt: skip
    thought = drive(engine(by_prompt("1.5 billion", "1.5 billion parameters")), question)
    winner = thought.decision.winner
    assert winner is not None
    assert winner.span is not None
    assert winner.evidence[0].said[slice(*winner.span)] == winner.text
    assert winner.text.startswith("1.5 billion")


def test_more_samples_read_more_sentences() -> None:
    _, evidence = read("How many parameters does GPT-2 have?")
    inquiry, _ = read("How many parameters does GPT-2 have?")
    question = Question(
        inquiry.text, "en", NotesReader(inquiry, evidence), evidence=evidence, id="q",
        form="completion",
    )  # fmt: skip
    on = engine(by_prompt("1.5 billion"))
    drive(on, question, "direct@select16")
    cases = {(r.prompt.text or "").rpartition("\n\n")[2] for r in on.requests}
    assert sum(evidence[0].text in case for case in cases) == 2
    assert any(evidence[0].text not in case for case in cases)


def test_without_anything_to_be_a_piece_of_it_is_the_vote() -> None:
    question = Question("What is 3 + 5?", "en", FinalReader("number"), kind="number", id="q")
    thought = drive(engine(lambda _, draw: f"Answer: {8 + draw // 6}"), question)
    assert said(thought) == "8"
    assert not [result for result in thought.results if isinstance(result.request, Score)]


def test_an_answer_that_is_to_be_written_is_no_piece() -> None:
    _, evidence = read("How many parameters does GPT-2 have?")
    question = Question(
        "Compare GPT-2 and GPT-3.", "en", WrittenReader("en", evidence[:2]), evidence=evidence[:2],
        passages=(evidence[0].passage,), id="q",
    )  # fmt: skip
    text = "GPT-2 has 1.5 billion parameters and GPT-3 has 175 billion parameters."
    thought = drive(engine(lambda *_: text, form="chat"), question)
    assert thought.decision.winner is None or thought.decision.winner.span is None
    assert not [one for one in thought.results if isinstance(one.request, Score)]


def test_parameters_are_checked() -> None:
    options = {"select": {"sources": 9}}
    with pytest.raises(ConfigError, match="sources"):
        make_strategy("direct@select8", options=options)


PIECES = {"select": {"pieces": True}}


def test_a_likely_piece_that_nobody_gave_may_win() -> None:
    def likely(_: str, text: str) -> float:
        return -1.0 if text in (" Marek", " Marek Duarte\n\n") else -40.0

    on = engine(by_prompt("Ines Duarte", "Jim"), likely)
    strategy = make_strategy("direct@select2", options=PIECES)
    thought = run_strategy(asked(), strategy, on, MemoryPool(on.info))
    assert said(thought) == "Marek Duarte"
    assert (thought.decision.agreement.agreeing, thought.decision.agreement.replies) == (0, 2)
    assert len(thought.samples) == 2
    begins = {one.text.split()[0] for one in on.scored if one.text.endswith("\n\n")}
    assert len(begins) <= 8, "only pieces that begin at likely words, and what was given"
    for kept in range(2, len(thought.results)):  # without all scores the replies alone decide
        winner = strategy.decide(asked(), thought.results[:kept]).winner
        assert winner is not None
        assert winner.text == "Ines Duarte"


def test_pieces_of_a_sentence_are_whole_words_without_punctuation() -> None:
    one = SentencePieces("Well, the bridge (of oak) burned in 1871.", "When did it burn?", "en")
    texts = {one.text[piece.start : piece.end] for piece in one.pieces()}
    assert {"1871", "in 1871", "oak", "the bridge (of oak) burned", "Well"} <= texts
    assert not [text for text in texts if text[0] in "(,." or text[-1] in "),."]
    korean = SentencePieces("다리는 1871년에 불탔다.", "다리가 불탄 해는?", "ko")
    texts = {korean.text[piece.start : piece.end] for piece in korean.pieces()}
    assert {"1871년", "1871년에", "다리는 1871년"} <= texts
    assert dict(korean.begins()).keys() == {0, 4, 11}


def test_the_form_of_a_piece_says_what_it_repeats_and_what_it_is_near_to() -> None:
    one = SentencePieces(
        "Ines Duarte built the bridge of wood in 1904.", "Who built the bridge?", "en"
    )
    forms = {one.text[p.start : p.end]: one.form(p) for p in one.pieces()}
    assert all(tuple(form) == FORM for form in forms.values())
    assert forms["built the bridge"]["asked"] > forms["Ines Duarte"]["asked"] == 0
    assert forms["Ines Duarte"]["near"] > forms["1904"]["near"] > 0
    assert forms["the bridge"]["first"] == 1 > forms["bridge"]["first"]
    assert forms["Ines Duarte"]["named"] == 1 > forms["wood"]["named"]
    assert forms["1904"]["figure"] == 0, "no figure is asked for"


SEEN = st.fixed_dictionaries(
    {name: st.floats(-50, 5) for name in ("votes", "words", "asked", "likely")}
)


@given(st.lists(st.tuples(SEEN, st.floats(0, 3)), max_size=8))
def test_chances_add_up_to_less_than_one_whatever_is_seen(
    rows: list[tuple[dict[str, float], float]],
) -> None:
    found = [
        Candidate(SourceText(SENTENCE, behind), 0, 4 + at, (at,), seen)
        for at, (seen, behind) in enumerate(rows)
    ]
    got = chances(found)
    assert len(got) == len(found)
    assert all(0 <= one <= 1 for one in got)
    assert math.fsum(got) <= 1 + 1e-9


@given(SEEN, st.floats(0.1, 3))
def test_what_less_speaks_for_is_less_likely(seen: dict[str, float], behind: float) -> None:
    near, far = chances(
        [
            Candidate(SourceText(SENTENCE), 0, 4, (0,), seen),
            Candidate(SourceText(SENTENCE, behind), 0, 4, (1,), seen),
        ]
    )
    assert near > far or near < 1e-12


def _form(text: str, question: str, first: int, last: int) -> dict[str, float]:
    """What differs from 0 in the form of the longest piece of these words, but for its length."""
    sentence = SentencePieces(text, question, "en")
    pieces = [one for one in sentence.pieces() if (one.first, one.last) == (first, last)]
    form = sentence.form(max(pieces, key=lambda one: one.end))
    assert form.pop("words") == math.log(2 + last - first)
    return {name: round(value, 3) for name, value in form.items() if value}


@pytest.mark.parametrize(
    ("first", "last", "seen"),
    [
        (0, 0, {"one": 1, "near": round(1 / 4 + 1 / 7, 3), "first": 1, "last": 1}),
        (0, 1, {"near": round(1 / 3 + 1 / 6, 3), "first": 1, "named": 1}),
        (2, 3, {"near": 1.25, "named": 1, "stops": 1, "plain": 1}),
        (3, 3, {"one": 1, "near": 1.25, "named": 1, "stops": 1, "plain": 1}),
        (4, 5, {"asked": 1, "near": 0.5, "last": 1}),
        (6, 6, {"one": 1, "near": 1.5, "before": 1, "plain": 1}),
        (4, 4, {"one": 1, "asked": 1, "near": 0.333, "after": 1, "plain": 1}),
        (6, 7, {"asked": 0.5, "near": 0.5, "before": 1, "stops": 1, "plain": 1}),
    ],
)
def test_the_form_of_a_piece_by_hand(first: int, last: int, seen: dict[str, float]) -> None:
    text = 'In 1931 "Ann Lee" opened the harbour bridge.'
    assert _form(text, "Who opened the bridge?", first, last) == seen


def test_a_figure_that_is_asked_for_and_a_sign_inside() -> None:
    text, question = "The fee, 5 euros, rose.", "How many euros is the fee?"
    assert _form(text, question, 1, 2) == {
        "asked": 0.5, "near": 1, "before": 1, "figure": 1, "inner": 1, "plain": 1,
    }  # fmt: skip
    assert "figure" not in _form(text, "What rose?", 1, 2)


def test_the_chance_that_none_is_right_stands_beside_theirs() -> None:
    weights = {"counted": {"votes": 2.0, "none": 1.0}}
    source = SourceText("Oak and ash grow in the valley.")
    found = [Candidate(source, 0, 3, (0,), {"votes": 0.5})]
    assert chances(found, weights) == [0.5]
    found.append(Candidate(source, 8, 11, (1,), {"votes": 0.0}))
    total = 2 + math.exp(-1)
    assert chances(found, weights) == pytest.approx([1 / total, math.exp(-1) / total])
