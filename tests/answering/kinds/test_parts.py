"""Answers of several quotations: which sentences, in what order, and never half of a comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.answering.kinds.base import Asked, Composition
from pipeline.answering.kinds.comparison import compare, comparison, sides_known
from pipeline.answering.kinds.decision import carried, decided, decision
from pipeline.answering.kinds.explanation import explained, widened
from pipeline.answering.kinds.lists import best_list, sections_below, whole_list
from pipeline.answering.kinds.place import everything, spoken_at
from pipeline.answering.kinds.summary import digest, outlined
from pipeline.evidence.gather import Evidence, asked_span, gather, inquire
from pipeline.evidence.listings import whole_block
from pipeline.notes.passage_units import answering_units
from pipeline.text.language import language_of
from pipeline.text.sides import sides
from pipeline.types import Hit, Hits, Passage, Place, Search, Signal, Span

TIDES = (
    "A spring tide comes when sun and moon pull along one line. It rises highest after a new moon. "
    "A neap tide comes when they pull at right angles. Boats wait for the spring tide."
)
WINDS = "The land breeze blows at night. The sea breeze blows by day, towards the warm land."
STEPS = "To clean the filter:\n\n- switch the pump off\n- lift the basket out\n- rinse it\n"
KOREAN = "사리는 달과 해가 한 줄에 설 때 온다. 조금은 달과 해가 직각을 이룰 때 온다."


def evidence(question: str, *texts: str) -> tuple[Evidence, ...]:
    passages = [
        Passage(str(at), text, "sea.md", Place("sea.md", 1, 9), ("Sea", f"Part {at}"),
                language_of(text))
        for at, text in enumerate(texts)
    ]  # fmt: skip
    inquiry = inquire(question, language_of(question), passages)
    return gather(inquiry, [Hit(passage, 1.0) for passage in passages])


@pytest.mark.parametrize(
    ("question", "pair"),
    [
        ("How do a spring tide and a neap tide differ?", ("spring tide", "neap tide")),
        ("spring tide vs neap tide", ("spring tide", "neap tide")),
        ("What is the difference between the land breeze and the sea breeze?",
         ("land breeze", "sea breeze")),
        ("사리와 조금은 어떻게 달라?", ("사리", "조금")),
    ],
)  # fmt: skip
def test_both_sides_are_found_and_quoted(question: str, pair: tuple[str, str]) -> None:
    found = evidence(question, TIDES, WINDS, KOREAN)
    pairs = sides(question, language_of(question))
    assert pair in pairs
    known = sides_known(pairs, found)
    assert known is not None
    alone = [evidence(side, TIDES, WINDS, KOREAN) for side in known]
    said = " ".join(part.evidence.text for part in compare(known, found, alone))
    first, second = pair[0].split()[0], pair[1].split()[0]
    assert first in said.lower()
    assert second in said.lower()


@pytest.mark.parametrize(
    ("question", "exercise", "notes"),
    [
        ("How do the land breeze and the sea breeze differ?",
         "Compare the land breeze and the sea breeze.", WINDS),
        ("사리와 조금은 어떻게 달라?", "사리와 조금을 비교해 보자.", KOREAN),
    ],
)  # fmt: skip
def test_an_exercise_to_compare_two_things_does_not_compare_them(
    question: str, exercise: str, notes: str
) -> None:
    found = evidence(question, exercise, notes)
    known = sides_known(sides(question, language_of(question)), found)
    assert known is not None
    parts = compare(known, found, [evidence(side, exercise, notes) for side in known])
    assert parts
    assert not any(exercise in part.evidence.text for part in parts)


@pytest.mark.parametrize(
    ("question", "searches"),
    [
        ("How does the harbour master compare a spring tide with a neap tide?", False),
        ("Compare a spring tide with a neap tide.", True),
    ],
)
def test_a_sentence_that_says_all_that_was_asked_needs_no_sides(
    question: str, searches: bool
) -> None:
    """It compares nothing itself: what else is said of either would lead away from it."""
    says = "The harbour master compares a spring tide with a neap tide by the mark on the pier."
    inquiry = inquire(question, "en")
    asked = Asked("comparison", inquiry, evidence(question, says, TIDES), "i", question, 0.9, 0.5)
    assert asked.evidence[0].text == says
    course = comparison(asked)
    if searches:
        assert all(isinstance(one, Search) for one in next(course))
        return
    with pytest.raises(StopIteration) as done:
        next(course)
    assert done.value.value is None


def test_two_names_of_several_words_are_compared_though_they_stand_together() -> None:
    question = "What is the difference between fresh snow and packed ice?"
    found = evidence(question, "Weigh the trade-offs of fresh snow and packed ice.", WINDS)
    assert sides_known(sides(question, "en"), found) == ("fresh snow", "packed ice")


def test_a_sentence_that_says_how_two_things_differ_is_quoted() -> None:
    says = "The land breeze and the sea breeze differ in direction: one leaves the land."
    found = evidence("How do the land breeze and the sea breeze differ?", says)
    pair = ("land breeze", "sea breeze")
    (part,) = compare(pair, found, [found, found])
    assert part.evidence.text == says


def test_a_sentence_about_both_sides_comes_first_though_another_is_the_best() -> None:
    texts = ("Erosion wears rock away.", "The slope is steeper the slower the erosion of its rock.")
    found = evidence("How are slope and erosion related?", *texts)
    found = tuple(replace(one, score=float(-at)) for at, one in enumerate(found[::-1]))
    alone = [evidence(side, *texts) for side in ("slope", "erosion")]
    by_score = sorted(found, key=lambda one: "slope" in one.text)
    first = compare(("slope", "erosion"), by_score, alone)[0]
    assert first.evidence.text == texts[1]


def composed(asked: Asked) -> Composition | None:
    """The comparison, where each search for one of the two finds all the evidence there is."""
    course = comparison(asked)
    found = tuple(Hit(one.passage, 1.0) for one in asked.evidence)
    hits = [Hits(one, found) for one in next(course) if isinstance(one, Search)]
    with pytest.raises(StopIteration) as ended:
        course.send(hits)
    composition: Composition | None = ended.value.value
    return composition


@pytest.mark.parametrize(
    ("texts", "compared"),
    [
        (("- 도제: 장인에게 배우는 사람", "- 직인(journeyman): 품삯을 받는 사람"), True),
        (("도제가 많았다.", "직인도 적지 않았다."), False),
    ],
)
def test_what_the_notes_explain_is_compared_though_no_sentence_answers(
    texts: tuple[str, str], compared: bool
) -> None:
    found = evidence("도제와 직인의 차이는?", *texts)
    question = inquire("도제와 직인의 차이는?", "ko")
    asked = Asked("comparison", question, found, "notes", "", sure=0.1, least=0.5)
    composition = composed(asked)
    assert (composition is not None) is compared
    if composition is not None:
        assert {part.label for part in composition.parts} == {"도제", "직인"}


@pytest.mark.parametrize(
    ("question", "compared"),
    [
        ("How do a guild and a fair compare?", True),
        ("How do the taxes of a guild and a fair compare?", False),  # nothing says it of either
    ],
)
def test_what_the_notes_speak_of_is_compared_though_no_sentence_answers(
    question: str, compared: bool
) -> None:
    texts = "A guild had masters for life.", "A fair lasted nine days in autumn."
    found = evidence(question, *texts)
    asked = Asked("comparison", inquire(question, "en"), found, "n", "", sure=0.3, least=0.5)
    assert (composed(asked) is not None) is compared


def test_no_comparison_with_what_the_notes_do_not_have() -> None:
    question = "How do a spring tide and a tsunami differ?"
    found = evidence(question, TIDES, WINDS)
    known = sides_known(sides(question, "en"), found)
    alone = [evidence(side, TIDES, WINDS) for side in known or ()]
    assert known is None or compare(known, found, alone) == ()


@pytest.mark.parametrize(
    ("question", "language", "word"),
    [
        ("What is the difference between range-based and hashed sharding?", "en", "difference"),
        ("Compare igneous rock and basalt", "en", "Compare"),
        ("동맥과 정맥의 벽 차이가 뭐야?", "ko", "차이"),
    ],
)
def test_a_word_that_compares_is_no_part_of_a_name(question: str, language: str, word: str) -> None:
    found = sides(question, language)
    assert found
    assert not any(word in side.split() for pair in found for side in pair)


def test_a_question_without_two_things_has_no_sides() -> None:
    assert sides("Why is the sea salty?", "en") == []
    assert sides("바다는 왜 짜?", "ko") == []


LISTING = (
    "Ohm's law gives the current:\n$$ I = U / R $$\nA script prints it:\nimport sys\n\n"
    "def current(u, r):\n    return u / r\nCurrents add up in a node."
)


@pytest.mark.parametrize(
    ("question", "block"),
    [
        ("Show Ohm's law for the current.", "Ohm's law gives the current:\n$$ I = U / R $$"),
        ("Which script prints it?", LISTING[LISTING.index("A script") : LISTING.index("\nCurr")]),
    ],
)
def test_a_formula_or_listing_is_quoted_whole_under_its_lead_in(question: str, block: str) -> None:
    shown = whole_block(evidence(question, LISTING, TIDES))
    assert shown is not None
    assert shown.text == block


def test_a_listing_begins_where_it_begins() -> None:
    code = "public class Bell {\n    private static Bell theOnlyBellThereIs;\n\n    Bell() {}\n}"
    shown = whole_block(evidence("Show the class Bell.", f"A bell.\n{code}\nIt rings."))
    assert shown is not None
    assert shown.text.endswith(code)


def test_prose_is_no_listing() -> None:
    assert whole_block(evidence("What is a spring tide?", TIDES, KOREAN, STEPS)) is None
    assert whole_block(evidence("Back or top?", "Back/top\n* Life cycle\nSee part_2.")) is None


def test_what_was_said_at_a_time() -> None:
    text = "Oil came first. Gas followed. Then the electric arc."
    spans = tuple(
        Span(start, end, start, end, 1, 1, first=at, last=at + 9)
        for (start, end), at in zip([(0, 15), (16, 29), (30, 52)], [0.0, 60.0, 300.0], strict=True)
    )
    passage = Passage("a", text, "t.vtt", Place("t.vtt", 1, 3, "time", 0, 309), spans=spans)
    found = gather(inquire("what", "en", [passage]), [Hit(passage, 1.0)])
    assert [one.text for one in spoken_at(found, 60, 119)] == ["Gas followed."]
    assert [one.text for one in spoken_at(found, 240, 299)] == ["Then the electric arc."]
    (all_,) = everything(found)
    assert all_.evidence.text == text


def test_a_decision_is_quoted_in_the_order_of_the_notes() -> None:
    text = "It rained. We chose the red boat. The oars are old. Ann buys rope."
    passage = Passage("a", text, "t.md", Place("t.md", 1, 3))
    signals = tuple(Signal(0.1, 0.0, states=states) for states in (-0.5, 0.3, -0.2, 0.6))
    found = gather(inquire("What next?", "en", [passage]), [Hit(passage, 1.0, {}, signals)])
    parts = decided(found, {})
    assert [part.evidence.text for part in parts] == ["We chose the red boat.", "Ann buys rope."]
    assert decided([one for one in found if one.signal.states < 0], {}) == ()


def test_what_was_decided_about_it_follows_where_it_is_named() -> None:
    text = "Now the boats. We chose the red one. Ann buys rope. We chose the old flag, too."
    passage = Passage("a", text, "t.md", Place("t.md", 1, 3))
    signals = tuple(
        Signal(share, near, states=states)
        for share, near, states in [(0.9, 3.0, -0.5), (0, 0.0, 0.4), (0, 0.0, -0.3), (0, -9.0, 0.4)]
    )
    found = gather(
        inquire("What about the boats?", "en", [passage]), [Hit(passage, 1, {}, signals)]
    )
    assert "We chose the red one." in [
        part.evidence.text for part in decided(found, carried(found))
    ]


def test_a_line_that_leads_into_decisions_is_quoted_with_them() -> None:
    text = "We agreed on this:\n- red boats\n- new oars\n\nIt rained."
    passage = Passage("a", text, "t.md", Place("t.md", 1, 5))
    signals = tuple(Signal(0.1, 0.0, states=states) for states in (0.5, -0.1, -0.1, -0.4))
    found = gather(inquire("What now?", "en", [passage]), [Hit(passage, 1.0, {}, signals)])
    both = [*found, replace(found[0], passage=replace(passage, id="b"))]
    assert decided(both, {})[0].evidence.text.endswith("- new oars")


@pytest.mark.parametrize(("near", "quoted"), [(2.0, True), (-9.0, False)])
def test_a_decision_about_something_else_is_no_answer(near: float, quoted: bool) -> None:
    """Where the best sentence says all that is asked, and what reads like a decision is far off."""
    passages = [
        Passage(name, text, f"{name}.md", Place(f"{name}.md", 1, 1))
        for name, text in (("a", "The team found that the boats drift."), ("b", "We chose red."))
    ]
    signals = Signal(0.9, 3.0, 3.0, 2.0, states=-0.5), Signal(0.4, near, near, states=0.5)
    hits = [Hit(p, 1.0, {}, (s,)) for p, s in zip(passages, signals, strict=True)]
    inquiry = inquire("What did the team find about the boats?", "en")
    asked = Asked("decision", inquiry, gather(inquiry, hits[:1]), "i", inquiry.text, 0.9, 0.5)
    course = decision(asked)
    (search,) = next(course)
    assert isinstance(search, Search)
    with pytest.raises(StopIteration) as done:
        course.send([Hits(search, tuple(hits))])
    assert (done.value.value is not None) == quoted


def test_a_list_that_is_nearly_the_best_is_taken() -> None:
    found = evidence("How do I rinse the filter?", STEPS, TIDES)
    chosen = best_list(found)
    assert chosen is not None
    assert chosen.unit.kind in ("lead", "item")
    assert best_list(evidence("What is a spring tide?", TIDES)) is None


TABLE = "| metal | melting point | density |\n| tin | 232 °C | 7.3 |\n| lead | 327 °C | 11.3 |"


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("What is the density of tin?", "7.3"),
        ("What is the melting point of lead?", "327 °C"),
        ("Which metal has a density of 11.3 and melts at 327 °C?", "lead"),
        ("What is the density of the metal that melts at 232 °C?", "7.3"),
        ("Which metal melts at 327 °C, and what is its density?", "11.3"),
    ],
)
def test_the_asked_cell_is_marked(question: str, cell: str) -> None:
    inquiry = inquire(question, "en")
    row = next(one for one in evidence(question, TABLE) if cell in one.text)
    span = asked_span(inquiry, row)
    assert span is not None
    assert row.said[span[0] : span[1]] == cell


FLOORS = "| organelle | membranes |\n| ribosome | none |\n| nucleus | double |"


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("How many membranes does the ribosome have?", "none"),
        ("How many membranes does the cell have?", ""),
        ("How many pores does the ribosome have?", ""),
    ],
)
def test_a_cell_named_by_row_and_column_is_what_was_asked_for(question: str, named: str) -> None:
    found = evidence(question, FLOORS)
    assert [one.text for one in found if one.opens] == (["| ribosome | none |"] if named else [])
    best = next(one for one in found if "ribosome" in one.text)
    assert best.fits == bool(named)
    if named:
        span = asked_span(inquire(question, "en"), best)
        assert span is not None
        assert best.said[slice(*span)] == named


def test_no_cell_is_marked_where_none_was_asked_for() -> None:
    row = next(one for one in evidence("What is known of tin?", TABLE) if "tin" in one.text)
    assert asked_span(inquire("What is known of tin?", "en"), row) is None


def test_an_item_is_quoted_with_its_list() -> None:
    item = next(one for one in evidence("rinse", STEPS) if one.unit.kind == "item")
    whole = whole_list(item).text
    assert [word in whole for word in ("switch", "lift", "rinse")] == [True] * 3
    sentence = evidence("tide", TIDES)[0]
    assert whole_list(sentence) == sentence


NESTED = """- 조미료의 종류
  - 간장
  - 된장: 콩을 띄운다
    1. 메주를 쑨다.
    2. 소금물에 담근다."""


@pytest.mark.parametrize(
    ("item", "quoted"),
    [
        ("간장", "조미료의 종류\n  - 간장"),
        ("된장", "된장: 콩을 띄운다\n    1. 메주를 쑨다.\n    2. 소금물에 담근다."),
        ("메주를", "된장: 콩을 띄운다\n    1. 메주를 쑨다.\n    2. 소금물에 담근다."),
    ],
)
def test_a_nested_item_is_quoted_with_those_below_it_or_beside_it(item: str, quoted: str) -> None:
    found = evidence("된장은 어떻게 담가?", NESTED)
    one = next(e for e in found if e.unit.kind == "item" and e.text.startswith(item))
    assert whole_list(one).text.startswith(quoted)


def test_an_explanation_takes_in_what_follows_and_stops_at_the_paragraph() -> None:
    first = min(evidence("spring tide", TIDES + "\n\nAnother matter."), key=lambda one: one.start)
    wide = widened(first, 3)
    assert wide.start == first.start
    assert wide.text.count(".") == 3
    assert "Another" not in widened(first, 9).text


def test_an_explanation_is_several_sentences_of_one_passage_in_their_order() -> None:
    (part,) = explained(evidence("Explain spring tides simply.", WINDS, TIDES))
    assert part.evidence.passage.id == "1"
    assert part.evidence.text in TIDES
    assert part.evidence.text.count(".") == 3
    (steps,) = explained(evidence("Explain how to rinse the filter.", STEPS))
    assert steps.evidence.text.count("-") >= 2


def test_a_digest_has_a_sentence_of_each_passage_in_the_order_of_the_notes() -> None:
    parts = digest(evidence("breeze tide", TIDES, WINDS))
    assert [part.evidence.passage.id for part in parts] == ["0", "1"]


def test_an_outline_shows_the_most_central_sentence_under_its_heading() -> None:
    passage = Passage("1", TIDES, "sea.md", Place("sea.md", 1, 3), ("Sea", "Tides"))
    near = [0.1, 0.2, 0.9, 0.3]
    assert len(answering_units(passage)) == len(near)
    hit = Hit(passage, 1.0, {}, tuple(Signal(0.0, one) for one in near))
    (part, *_) = outlined([hit] * 6)
    assert part.label == "Tides"
    assert part.evidence.text.startswith("A neap tide")
    few = [part.evidence.start for part in outlined([hit])]
    assert len(few) == len(near)
    assert few == sorted(few)


def test_what_is_said_of_each_side_goes_before_code_that_shows_it() -> None:
    code = (
        "push(stack, plate, 'on top of all of them');\n\npush(queue, guest, 'behind all of them');"
    )
    said = "A stack is a pile. A queue is a line."
    pair = ("stack", "queue")
    question = "How do a stack and a queue differ?"
    for texts, shown in (((code, said), "A"), ((code,), "push")):
        alone = [evidence(side, *texts) for side in pair]
        parts = compare(pair, evidence(question, *texts), alone)
        assert parts
        assert all(part.evidence.text.startswith(shown) for part in parts)


def test_one_side_alone_is_no_comparison() -> None:
    pair = ("spring tide", "tsunami")
    alone = [evidence(side, WINDS, TIDES) for side in pair]
    assert compare(pair, evidence("When does it rise?", WINDS), alone) == ()


def outline_of(*paths: tuple[str, ...]) -> list[Hit]:
    return [
        Hit(Passage(str(at), "It is so.", path[0], Place(path[0], at, at), path[1:]), 0.7)
        for at, path in enumerate(paths, 1)
    ]


def test_sections_with_headings_of_their_own_are_a_list() -> None:
    hits = outline_of(
        ("layers.md", "Layers"),
        ("layers.md", "Layers", "Physical"),
        ("layers.md", "Layers", "Link", "Frames"),
        ("layers.md", "Layers", "Network"),
    )
    assert [hit.passage.headings[1] for hit in sections_below(hits)] == [
        "Physical", "Link", "Network",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "paths",
    [
        [],
        [("a.md", "Finding files")] * 4,  # one section in four passages
        [("a.md", "Seas", "North"), ("a.md", "Seas", "South")],  # two are no list
        [("a.md", "Seas"), ("b.md", "Hills"), ("c.md", "Lakes")],  # of several notes
    ],
)
def test_else_there_are_no_sections(paths: list[tuple[str, ...]]) -> None:
    assert sections_below(outline_of(*paths)) == ()


def test_one_item_is_no_list() -> None:
    found = evidence("When does a deadlock occur?", "Suppose two wait.\n\n- then a deadlock occurs")
    assert found[0].unit.kind == "item"
    assert best_list(found) is None
    steps = evidence("How do I clean the filter?", STEPS)
    assert best_list(steps) is not None


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Search and replace works in all files. Use search and replace with care.", False),
        ("Search and replace works in all files. A search alone finds; to replace is more.", True),
    ],
)
def test_a_pair_that_is_one_name_is_not_compared(text: str, known: bool) -> None:
    question = "How does search and replace work?"
    pair = sides_known(sides(question, "en"), evidence(question, text))
    assert (pair == ("search", "replace")) == known


def test_a_side_is_named_as_it_stands_in_the_notes() -> None:
    text = "Symmetric ciphers compare to a door lock, asymmetric ciphers to a padlock."
    question = "Compare symmetric and asymmetric ciphers."
    pair = sides_known(sides(question, "en"), evidence(question, text))
    assert pair == ("symmetric ciphers", "asymmetric ciphers")


@pytest.mark.parametrize(
    ("question", "texts", "first"),
    [
        ("What is a semaphore?",
         ("That is what the semaphore was made for.", "Semaphore: a counter that limits access."),
         "Semaphore: a counter"),
        ("세마포어가 뭐야?",
         ("이를 위해 나온 것이 바로 세마포어이다.", "세마포어 : 접근을 제한하는 방법"),
         "세마포어 : 접근"),
    ],
)  # fmt: skip
def test_what_says_what_the_term_is_comes_first(
    question: str, texts: tuple[str, ...], first: str
) -> None:
    found = evidence(question, *texts)
    glossed = [one for one in found if one.glossed]
    assert [one.text[: len(first)] for one in glossed] == [first]


def test_a_question_for_a_heading_s_thing_is_answered_by_its_first_sentence() -> None:
    text = "Two wait for each other for good. That is the deadlock at last!"
    passage = Passage("1", text, "os.md", Place("os.md", 1, 2), ("OS", "Deadlock (교착 상태)"))
    for question, opens in (("What is a deadlock?", [1.0, 0.0]), ("Why do locks exist?", [0, 0])):
        found = gather(inquire(question, "en", [passage]), [Hit(passage, 1.0)])
        assert [one.opens for one in sorted(found, key=lambda one: one.start)] == opens


def test_one_name_within_the_other_is_compared_though_a_sentence_has_the_words_of_both() -> None:
    question = "How do the slopes and the vents of non-active and active volcanoes differ?"
    texts = "The slopes and the vents of non-active volcanoes are overgrown.", "Active ones smoke."
    found = evidence(question, *texts)
    asked = Asked("comparison", inquire(question, "en"), found, "n", "", sure=0.9, least=0.5)
    assert list(next(comparison(asked)))  # each of the two is searched for


def test_of_each_side_what_names_it_is_quoted_rather_than_what_stands_under_its_name() -> None:
    def said(text: str, heading: str) -> Evidence:
        passage = Passage(text, text, "plants.md", Place("plants.md", 1, 1), (heading,))
        (found,) = gather(inquire("moss", "en"), [Hit(passage, 1.0)])
        return found

    moss = [
        replace(said("It covers the shady side of walls.", "Moss"), score=1.0),
        replace(said("Moss has no true roots at all.", "Moss"), score=0.0),
    ]
    fern = [said("A fern unrolls its young leaves.", "Fern")]
    parts = compare(("moss", "fern"), [], [moss, fern])
    assert [part.evidence.text for part in parts] == [moss[1].text, fern[0].text]
