from __future__ import annotations

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.retrieval import open_index
from pipeline.retrieval.calibration import Calibration, weigh
from pipeline.retrieval.probes import Probe


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


def test_a_good_arm_beside_a_better_one_stays_and_a_weak_one_does_not() -> None:
    """Sixty questions are too few for an arm to prove that it adds to one that misses nothing."""
    rng = np.random.default_rng(1)
    probes = [Probe("q", "en", i % 30) for i in range(60)]
    scores = []
    for probe in probes:
        table = rng.normal(size=(3, 30)).astype(np.float32)
        table[:, probe.target] += (9, 3, 0.3)
        scores.append(table)
    weights, _ = weigh(probes, ["best", "good", "weak"], scores)
    assert weights["best"] > 0
    assert weights["good"] > 0
    assert weights["weak"] == 0


MEASURED = {"en": {"dense": 8.0, "words": 0.9}}


@pytest.mark.parametrize(
    ("calibration", "language", "dense", "words"),
    [
        # measured: as measured
        (Calibration(MEASURED, (), 50, {"en": 50}, 0.1, 0.08), "en", 8.0, 0.9),
        # Korean over English notes: only an embedder that crosses languages can read them
        (Calibration(MEASURED, (), 50, {"en": 50}, 0.1, 0.08), "ko", 0.0, 1.0),
        (Calibration(MEASURED, (), 50, {"en": 50}, 0.9, 0.08), "ko", 8.0, 0.9),
        # English over Korean notes: the same
        (Calibration({"ko": {"words": 0.7}}, (), 50, {"ko": 50}, 0.1, 0.08), "en", 0.0, 1.0),
        # too few notes to measure anything
        (Calibration({}, (), 5, {"en": 4, "ko": 1}, 0.1, 0.08), "en", 9.0, 0.9),
        (Calibration({}, (), 5, {"en": 4, "ko": 1}, 0.1, 0.08), "ko", 0.0, 1.0),
        (Calibration({}, (), 5, {"en": 1, "ko": 4}, 0.9, 0.02), "ko", 36.0, 0.9),
        (Calibration({}, (), 5, {"en": 5}, 0.0, 0.0), "en", 0.0, 1.0),  # no dense arm
    ],
)
def test_weights_of_a_language(
    calibration: Calibration, language: str, dense: float, words: float
) -> None:
    weights = calibration.weights_for(language)
    assert weights.get("dense", 0.0) == pytest.approx(dense)
    assert weights["words"] == words


@pytest.mark.model
def test_an_english_embedder_weighs_little_in_korean(embedded_config: Config) -> None:
    with open_index(embedded_config) as index:
        weights = index.weights("ko")
        table = {(w.language, w.arm): w for w in index.calibration.table}
    if ("ko", "dense") in table:
        assert table["ko", "fused"].mrr >= table["ko", "dense"].mrr
    assert weights["words"] + weights["grams"] > 0
