"""What is measured of the units of a passage, and the level of the notes."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.notes.passage_units import answering_units
from pipeline.retrieval import Index, open_index
from pipeline.retrieval.calibration import Calibration, NearnessLevel, measure_level
from pipeline.retrieval.signals import Nearness, Terms, local_shares, signals
from pipeline.retrieval.sparse import TokenTable, build_sparse
from pipeline.text.tokens import fold, latin_tokens, token_id
from pipeline.types import Passage, Place


def ids(text: str) -> list[int]:
    return [token_id(token) for token in latin_tokens(fold(text))]


def terms(question: str) -> Terms:
    notes = ["bees dance", "bees sleep", "bees shiver", "bread rises"]
    table = TokenTable.from_tokens([latin_tokens(note) for note in notes])
    return Terms(question, build_sparse(table), ids)


def passage(text: str, *headings: str) -> Passage:
    return Passage("id", text, "a.md", Place("a.md", 1, 1), headings)


def test_a_rare_term_covers_more_of_a_question_than_a_common_one() -> None:
    asked = terms("bees dance")
    assert asked.share("bees dance") == pytest.approx(1.0)
    assert asked.share("dance") > asked.share("bees") > 0
    assert asked.share("bread") == 0


def test_a_term_that_no_note_has_is_missing_from_all() -> None:
    assert terms("bees zygote").share("bees dance") < 0.5


def test_words_that_ask_weigh_nothing() -> None:
    assert terms("How many bees give a dance?").share("bees dance") == pytest.approx(1.0)
    assert terms("bees dance").known == 1.0
    assert terms("bees zygote").known < 0.5


def test_a_term_of_headings_alone_is_known_and_weighs_as_there() -> None:
    notes = [["bee"], ["dance"], ["bread"], ["rises"]]
    words = build_sparse(TokenTable.from_tokens(notes))
    headings = build_sparse(TokenTable.from_tokens([["winter"], ["winter"], ["winter"], []]))
    alone, headed = (Terms("winter bees", words, ids, arm) for arm in (None, headings))
    assert alone.known < headed.known == 1.0
    assert headed.share("bees") > 0.5 > alone.share("bees")


def test_a_heading_says_what_its_sentences_are_about() -> None:
    (under,) = signals([passage("They dance.", "Bees")], terms("bees dance"), [None])
    (alone,) = signals([passage("They dance.")], terms("bees dance"), [None])
    assert under[0].coverage == pytest.approx(1.0)
    assert alone[0].coverage < 1
    assert (under[0].standard, under[0].pair, under[0].margin) == (None, None, None)
    assert under[0].after is None


def test_nearness_is_told_in_deviations_and_above_the_level() -> None:
    one = passage("Bees dance. Bread rises.")
    vectors = np.asarray([[1.0, 0.0], [0.0, 1.0]], np.float32)
    question = np.asarray([1.0, 0.0], np.float32)
    near = Nearness(question, vectors, 0.5, 0.25, (0.8, 0.1))
    ((first, second),) = signals([one], terms("bees"), [near])
    assert (first.standard, first.margin) == pytest.approx((2.0, 2.0))
    assert second.standard == pytest.approx(-2.0)
    assert second.pair == pytest.approx((0.5**0.5 - 0.5) / 0.25)
    assert (first.after, second.after) == pytest.approx((second.pair, second.standard))
    near = Nearness(question, vectors, 0.5, 0.25, None)
    ((unknown, _),) = signals([one], terms("bees"), [near])
    assert unknown.margin is None


def test_a_term_of_one_passage_weighs_more_than_one_of_all() -> None:
    common, both = frozenset({1}), frozenset({1, 2})
    ((one,), (two,), _) = local_shares([[common], [both], [common]], [[True]] * 3)
    assert 0 < one < 0.2
    assert two == pytest.approx(1.0)


def test_a_sentence_goes_on_from_the_one_before_a_list_item_does_not() -> None:
    has = [frozenset({1}), frozenset({2}), frozenset({2})]
    assert local_shares([has], [[True, True, True]])[0] == pytest.approx([0.5, 0.75, 0.625])
    assert local_shares([has], [[True, False, False]])[0] == pytest.approx([0.5, 0.5, 0.5])


def test_without_terms_there_is_no_share() -> None:
    assert local_shares([[frozenset(), frozenset()], []], [[True, True], []]) == [[0.0, 0.0], []]


def test_the_first_sentence_adds_what_a_later_one_does_not_repeat() -> None:
    ((first, second),) = signals([passage("Bees sleep. They dance.")], terms("bees dance"), [None])
    assert first.first == 0.0
    assert second.coverage + second.first == pytest.approx(1.0)


def test_a_level_lies_where_both_kinds_are_told_right_alike() -> None:
    rng = np.random.default_rng(0)
    there, gone = rng.normal(0.9, 0.02, 4000), rng.normal(0.84, 0.02, 4000)
    level = measure_level(there.tolist(), gone.tolist())
    assert level.middle == pytest.approx(0.87, abs=0.002)
    assert level.spread == pytest.approx(0.02, abs=0.001)
    assert level.right == pytest.approx(0.933, abs=0.02)


def test_a_level_of_equal_questions_divides_by_nothing() -> None:
    level = measure_level([0.9, 0.9], [0.8, 0.8])
    assert level.middle == pytest.approx(0.85)
    assert level.spread > 0


def test_the_level_of_a_language_that_was_not_measured_is_that_of_the_other() -> None:
    levels = {"ko": NearnessLevel(20, 0.88, 0.02, 0.9)}
    calibration = Calibration(levels=levels, crossing=0.9)
    assert calibration.level("ko") == calibration.level("en") == (0.88, 0.02)
    assert Calibration().level("en") is None
    assert Calibration.from_json(calibration.to_json()).levels == levels


def test_a_level_is_drawn_towards_what_is_known_of_the_embedder() -> None:
    known = {"en": (0.86, 0.02), "ko": (0.88, 0.02)}
    levels = {"en": NearnessLevel(60, 0.9, 0.04, 0.9)}
    half = Calibration(levels=levels).level("en", known)
    assert half == pytest.approx((0.88, 0.03))
    few = Calibration(levels={"en": NearnessLevel(15, 0.9, 0.04, 0.9)}).level("en", known)
    assert few == pytest.approx((0.868, 0.024))
    assert Calibration(levels=levels).level("ko", known) == known["ko"]
    assert Calibration().level("en", known) == known["en"]
    assert Calibration().level("fr", known) is None


def test_every_hit_has_a_signal_for_each_unit(lexical: Index) -> None:
    for hit in lexical.search("how do bees keep warm in winter", 3):
        assert len(hit.signals) == len(answering_units(hit.passage))
        assert all(0 <= signal.coverage <= 1 for signal in hit.signals)
        assert all(signal.standard is None for signal in hit.signals)


@pytest.mark.model
def test_the_sentence_that_answers_is_nearest(embedded_config: Config) -> None:
    with open_index(embedded_config) as index:
        hit = index.search("What does the length of the waggle tell?", 1)[0]
    nearest = max(
        zip(answering_units(hit.passage), hit.signals, strict=True),
        key=lambda pair: cast(float, pair[1].standard),
    )[0]
    assert "distance" in hit.passage.text[nearest.start : nearest.end]
