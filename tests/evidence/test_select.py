"""Which unit of the passages is quoted, and how much of the passage with it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pipeline.evidence.answerability import answerability
from pipeline.evidence.gather import gather, inquire
from pipeline.evidence.sentence_ranking import features, shown
from pipeline.notes.passage_units import answering_units
from pipeline.types import Hit, Passage, Place, Signal

GRANITE = (
    "Granite cools slowly under the ground. It takes thousands of years. Basalt cools within days."
)
STEPS = "Making compost takes four things:\n- green waste\n- brown waste\n- water\n- air"


def passage(text: str, language: str = "en") -> Passage:
    return Passage("p", text, "a.md", Place("a.md", 1, 9), ("Notes",), language)


def hit(text: str, *signals: Signal) -> Hit:
    one = passage(text)
    assert len(signals) == len(answering_units(one))
    return Hit(one, 1.0, {}, signals)


def near(standard: float, pair: float, coverage: float = 0.5) -> Signal:
    return Signal(coverage, standard, pair, standard / 2 - 1)


def test_the_nearest_sentence_is_quoted() -> None:
    found = gather(
        inquire("How fast does basalt cool?", "en"),
        [hit(GRANITE, near(1.0, 1.0), near(1.5, 1.2), near(4.0, 2.5))],
    )
    assert found[0].text == "Basalt cools within days."


@pytest.mark.parametrize(
    ("pair", "quoted"),
    [
        (3.4, "Granite cools slowly under the ground. It takes thousands of years."),
        (2.0, "It takes thousands of years."),
    ],
)
def test_a_neighbour_is_quoted_where_the_two_are_nearer_together(pair: float, quoted: str) -> None:
    found = gather(
        inquire("How long does it take to cool?", "en"),
        [hit(GRANITE, near(1.0, 1.0), near(3.0, pair), near(0.0, 0.5))],
    )
    assert found[0].text == quoted


def test_a_term_that_every_passage_has_weighs_little() -> None:
    passages = [passage(text) for text in ("cool basalt", "cool water", "cool air", "cool oil")]
    weights = inquire("cool basalt", "en", passages).weights
    assert weights["cool"] / weights["basalt"] == pytest.approx(0.2 / math.log(5 / 1.5))


def test_of_very_many_passages_some_say_how_rare_a_term_is() -> None:
    passages = [passage("cool water")] * 8000
    weights = inquire("cool basalt", "en", passages).weights
    assert weights["cool"] / weights["basalt"] == pytest.approx(0.2 / math.log(4001 / 0.5))


def test_the_nearness_of_two_neighbours_counts() -> None:
    unit = answering_units(passage(GRANITE))[1]
    for signal, pair in ((near(1.0, 2.5), 2.5), (near(1.0, 0.0), 0.0), (Signal(0.5), 0.0)):
        assert features(unit, signal, 0.0, 1.0, True)["pair"] == pair


def test_what_was_not_measured_counts_for_nothing() -> None:
    unit = answering_units(passage(GRANITE))[1]
    seen = features(unit, Signal(0.5), 0.0, 1.0, True)
    assert seen["standard"] == seen["pair"] == 0
    assert seen["coverage"] == 0.5


def test_the_one_after_is_quoted_where_the_two_are_nearer_together() -> None:
    found = gather(
        inquire("How long does it take to cool?", "en"),
        [hit(GRANITE, near(0.0, 0.0), near(3.0, 1.0), near(0.5, 4.0))],
    )
    sentences = [GRANITE[unit.start : unit.end] for unit in answering_units(passage(GRANITE))]
    assert found[0].text == f"{sentences[1]} {sentences[2]}"


def test_without_an_embedder_a_sentence_that_refers_back_brings_the_one_before() -> None:
    found = gather(
        inquire("How many years does it take?", "en"),
        [hit(GRANITE, Signal(0.1), Signal(0.9), Signal(0.1))],
    )
    assert found[0].text == "Granite cools slowly under the ground. It takes thousands of years."


def test_a_list_is_quoted_with_the_line_that_leads_into_it() -> None:
    signals = [near(3.0, 3.0, 0.9), *[near(0.5, 0.5, 0.1)] * 4]
    found = gather(inquire("What does making compost take?", "en"), [hit(STEPS, *signals)])
    assert found[0].text == STEPS


def test_a_question_in_the_notes_is_not_an_answer() -> None:
    text = "What is entropy? Entropy counts the arrangements of a system."
    found = gather(inquire("What is entropy?", "en"), [Hit(passage(text), 1.0)])
    assert [one.text for one in found] == ["Entropy counts the arrangements of a system."]


QUESTION = inquire("How fast does basalt cool?", "en")


def sure(signal: Signal) -> float:
    return answerability(QUESTION, gather(QUESTION, [hit("Basalt cools within days.", signal)]))


def test_the_nearer_and_the_better_covered_the_surer() -> None:
    base = Signal(0.5, 4.0, 4.0, 0.5)
    assert sure(base) < sure(replace(base, margin=1.5))
    assert sure(base) < sure(replace(base, coverage=0.9))
    assert sure(replace(base, known=0.4)) < sure(base)


def test_a_longer_question_is_not_surer_for_its_length() -> None:
    signal = Signal(0.5, 4.0, 4.0, 0.5)
    for text in ("Why is basalt dark?", "Why, of all the rocks that there are, is basalt so dark?"):
        inquiry = inquire(text, "en")
        found = gather(inquiry, [hit("Basalt cools within days.", signal)])
        assert answerability(inquiry, found) == pytest.approx(
            answerability(inquire("Why?", "en"), found)
        )


def test_without_an_embedder_the_words_decide() -> None:
    assert 0 < sure(Signal(0.0)) < sure(Signal(1.0)) < 1
    assert answerability(QUESTION, []) == 0.0


def test_what_says_what_a_term_is_goes_before_what_points_to_it() -> None:
    text = "That is what the semaphore was made for.\nSemaphore: a counter that limits access."
    alike = [near(2.0, 2.0), near(1.5, 1.5)]
    found = gather(inquire("What is a semaphore?", "en"), [hit(text, *alike)])
    assert found[0].text.startswith("Semaphore: ")


def test_the_first_sentence_under_what_is_asked_about_answers_and_is_surer() -> None:
    text = "Two wait for each other for good. At last, that is the deadlock itself!"
    asked = inquire("What is a deadlock?", "en")
    signals = (near(1.5, 1.5), near(2.4, 1.5))
    headed = replace(passage(text), headings=("Deadlock",))
    plain = gather(asked, [hit(text, *signals)])
    found = gather(asked, [Hit(headed, 1.0, {}, signals)])
    assert plain[0].text.startswith("At last")
    assert found[0].text.startswith("Two wait")
    assert answerability(asked, found) > answerability(asked, plain[-1:])


def test_a_lone_title_is_never_quoted() -> None:
    text = "- when a deadlock occurs\n\nTwo processes wait for each other."
    found = gather(
        inquire("When does a deadlock occur?", "en"), [hit(text, near(4, 4), near(1, 1))]
    )
    assert [one.text for one in found] == ["Two processes wait for each other."]


@pytest.mark.parametrize(
    ("question", "text", "said"),
    [
        (
            "How fast does basalt cool?",
            "Explain how fast basalt cools.\n\nThe lava of the vent turns to stone within days.",
            "The lava of the vent turns to stone within days.",
        ),
        (
            "현무암은 얼마나 빨리 식어?",
            "현무암이 얼마나 빨리 식는지 설명하시오.\n\n화구의 용암은 며칠 만에 돌이 된다.",
            "화구의 용암은 며칠 만에 돌이 된다.",
        ),
    ],
)
def test_what_asks_the_same_is_no_answer(question: str, text: str, said: str) -> None:
    language = "ko" if question > "가" else "en"
    found = gather(inquire(question, language), [Hit(passage(text, language), 1.0)])
    assert [one.text for one in found] == [said]


@pytest.mark.parametrize(
    ("question", "glossed"),
    [
        ("What is a quorum?", True),
        ("의결 정족수가 뭔지 설명해줘", True),
        ("What is a motion?", False),
    ],
)
def test_a_term_is_explained_under_each_of_its_names(question: str, glossed: bool) -> None:
    text = "의결 정족수(quorum): the members without whom a motion cannot pass"
    language = "en" if question.isascii() else "ko"
    (found,) = gather(inquire(question, language), [Hit(passage(text, language), 1.0)])
    assert found.glossed is glossed


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("How does clay differ from sand?", False),
        ("What is the layout of clay?", True),  # a key is asked for
        ("When was clay dug?", True),  # a property holds a time
        ("How many kilograms of clay were dug?", False),
    ],
)
def test_front_matter_answers_what_its_keys_name_and_facts(question: str, found: bool) -> None:
    text = "layout: post\nopened: 3 May 1887"
    front = Passage("p", text, "clay.md", Place("clay.md", 2, 3), ("Clay",))
    assert bool(gather(inquire(question, "en"), [Hit(front, 1.0)])) is found


@pytest.mark.parametrize("name", ["local", "first", "after"])
def test_of_two_sentences_alike_the_one_that_more_speaks_for_is_quoted(name: str) -> None:
    base = replace(near(1.0, 1.0), local=0.2, first=0.0, after=0.0)
    better = replace(base, **{name: 1.0})
    question = inquire("What is said of rocks?", "en")
    text = "Basalt cools within a day. Gabbro cools within a year."
    for signals, first in (((better, base), "Basalt"), ((base, better), "Gabbro")):
        found = gather(question, [hit(text, *signals)])
        assert found[0].passage.text[found[0].unit.start :].startswith(first)


def test_words_in_what_was_found_count_for_less_where_the_notes_use_others() -> None:
    unit = answering_units(passage(GRANITE))[0]
    signal = replace(near(1.0, 1.0), local=0.8, first=0.4)
    whole, half = (features(unit, signal, 0.0, 1.0, True, words=words) for words in (1.0, 0.5))
    assert (whole["local"], whole["first"]) == (0.8, 0.4)
    assert (half["local"], half["first"]) == (0.4, 0.2)


def test_what_the_first_sentence_adds_and_a_nearer_one_make_it_surer() -> None:
    base = Signal(0.5, 1.0, 1.0, 0.0)
    assert sure(base) < sure(replace(base, first=0.3))
    question = inquire("How fast does basalt cool?", "en")
    text = "Basalt cools within days. Gabbro takes years."
    alone, beside = (
        gather(question, [hit(text, replace(base, coverage=0.9), Signal(0.0, standard, 0.0, 0.0))])
        for standard in (0.5, 2.5)
    )
    assert alone[0].text == beside[0].text
    assert answerability(question, alone) < answerability(question, beside)


MIXED = (
    "Compost matters. It takes these:\n- green waste\n- brown waste\n\n"
    "| part | days |\n| leaves | 90 |"
)


def test_the_kind_of_a_unit_is_seen() -> None:
    found = answering_units(passage(MIXED))
    seen = [features(unit, Signal(0.5), 0.0, 1.0, True) for unit in found]
    kinds = [[name for name in ("row", "item", "lead") if one[name]] for one in seen]
    assert kinds == [[], ["lead"], ["item"], ["item"], ["row"]]


def test_the_length_of_a_unit_is_seen_but_for_very_short_ones() -> None:
    found = answering_units(passage("Basalt cools within days.\n\nSlate.\n\nTuff.\n\nOre."))
    lengths = [math.exp(features(unit, Signal(0.5), 0.0, 1.0, True)["length"]) for unit in found]
    assert lengths == pytest.approx([25, 6, 5, 5])


def test_what_was_not_measured_is_taken_from_what_was() -> None:
    unit = answering_units(passage(GRANITE))[1]
    for signal, after, local in (
        (Signal(0.5), 0.0, 0.25),
        (Signal(0.5, 2.0), 2.0, 0.25),
        (Signal(0.5, 2.0, after=1.0, local=0.8), 1.0, 0.4),
    ):
        seen = features(unit, signal, 0.0, 1.0, True, words=0.5)
        assert (seen["after"], seen["local"]) == (after, local)


def quoted(text: str, at: int, *signals: Signal) -> str:
    one = passage(text)
    start, end = shown(one, answering_units(one), signals, at)
    return text[start:end]


def test_a_sentence_is_quoted_alone_where_nothing_is_nearer() -> None:
    sentences = [GRANITE[unit.start : unit.end] for unit in answering_units(passage(GRANITE))]
    middle = (near(1.0, 1.0), near(1.0, 0.5), near(1.0, 0.5))
    assert [quoted(GRANITE, at, *middle) for at in range(3)] == sentences
    # what is measured of the first together with none before it says nothing of the last
    assert quoted(GRANITE, 0, near(1.0, 9.0), near(0.0, 0.0), near(0.0, 0.0)) == sentences[0]


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        (GRANITE, 2, "Basalt cools within days."),  # refers to nothing
        ("It cools slowly. Granite is hard.", 0, "It cools slowly."),  # to nothing that is there
        ("Granite is hard.\n\nIt cools slowly.", 1, "It cools slowly."),  # to another paragraph
    ],
)
def test_without_an_embedder_other_sentences_are_quoted_alone(
    text: str, at: int, said: str
) -> None:
    assert quoted(text, at, *[Signal(0.5)] * 3) == said


def test_only_sentences_of_one_paragraph_are_quoted_together() -> None:
    closer = [near(1.0, 9.0)] * 5
    assert quoted("Granite is hard.\n\nIt cools slowly.", 1, *closer) == "It cools slowly."
    assert quoted(MIXED, 0, *closer) == "Compost matters."  # and not with the lead of a list
    assert quoted(MIXED, 3, *closer) == "brown waste"
    assert quoted(MIXED, 1, *closer) == MIXED.partition("\n\n")[0].partition(". ")[2]


@pytest.mark.parametrize("asks", [0.05, 0.5])
def test_what_was_measured_to_ask_something_is_no_answer(asks: float) -> None:
    text = "Basalt cools how fast, class. Basalt cools within days."
    found = gather(QUESTION, [hit(text, replace(near(4.0, 4.0), asks=asks), near(1.0, 1.0))])
    assert [one.unit.start for one in found] == [text.index("Basalt cools within")]


@pytest.mark.parametrize("signals", [(), (near(1.0, 1.0), near(0.0, 0.0), near(0.0, 0.0))])
def test_of_the_same_in_two_passages_that_of_the_better_is_first(
    signals: tuple[Signal, ...],
) -> None:
    hits = [Hit(replace(passage(GRANITE), id=str(n)), n, {}, signals) for n in (1.0, 3.0, 2.0)]
    assert gather(QUESTION, hits)[0].passage.id == "3.0"
