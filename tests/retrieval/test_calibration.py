from __future__ import annotations

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.retrieval import Index, open_index
from pipeline.retrieval.calibration import Calibration, Probe, make_probes, weigh
from pipeline.types import Passage


def passages(index: Index, language: str) -> list[Passage]:
    return [index.passages[i] for i in range(len(index.passages))]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_hidden_sentence_is_gone_from_the_rest(lexical: Index, language: str) -> None:
    notes = passages(lexical, language)
    probes = make_probes(notes, language)
    assert probes == make_probes(notes, language)
    assert any(probe.hidden for probe in probes)
    for probe in probes:
        assert notes[probe.target].language == language
        if probe.hidden:
            assert probe.question not in probe.rest
            assert probe.question.split()[0] in probe.hidden


def test_the_arm_that_finds_gets_the_weight() -> None:
    rng = np.random.default_rng(0)
    probes = [Probe("q", "en", i % 30) for i in range(60)]
    scores = []
    for probe in probes:
        table = rng.normal(size=(2, 30)).astype(np.float32)
        table[0, probe.target] += 4
        scores.append(table)
    weights, table_rows = weigh(probes, ["good", "bad"], scores)
    assert weights["good"] > 0
    assert weights["bad"] == 0
    worth = {row.arm: row for row in table_rows}
    assert worth["fused"].mrr >= worth["good"].mrr > worth["bad"].mrr


def test_other_right_passages_do_not_count_against_an_arm() -> None:
    scores = [np.asarray([[1.0, 2.0, 0.0]], np.float32)] * 20
    _, rows = weigh([Probe("q", "en", 0, also=(1,))] * 20, ["words"], scores)
    assert rows[0].recall == 1


def test_a_calibration_survives_json() -> None:
    _, rows = weigh([Probe("q", "en", 0)] * 5, ["a"], [np.eye(1, 4, dtype=np.float32)] * 5)
    calibration = Calibration({"en": {"a": 1.5}}, tuple(rows), 4)
    assert Calibration.from_json(calibration.to_json()) == calibration


@pytest.mark.model
def test_an_english_embedder_weighs_little_in_korean(embedded_config: Config) -> None:
    with open_index(embedded_config) as index:
        weights = index.weights("ko")
        table = {(w.language, w.arm): w for w in index.calibration.table}
    if ("ko", "dense") in table:
        assert table["ko", "fused"].mrr >= table["ko", "dense"].mrr
    assert weights["words"] + weights["grams"] > 0
