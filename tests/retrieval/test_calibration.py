from __future__ import annotations

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.retrieval import open_index
from pipeline.retrieval.calibration import Calibration, ranks_of, weigh
from pipeline.retrieval.probes import Probe


def scored(ahead: dict[str, float], seed: int = 0) -> tuple[list[Probe], list[np.ndarray]]:
    """Sixty probes; each arm puts the right passage so many deviations ahead of chance."""
    rng = np.random.default_rng(seed)
    probes = [Probe("q", "en", i % 30) for i in range(60)]
    tables = []
    for probe in probes:
        table = rng.normal(size=(len(ahead), 30)).astype(np.float32)
        table[:, probe.target] += list(ahead.values())
        tables.append(table)
    return probes, tables


def test_a_dense_arm_weighs_as_much_as_it_finds() -> None:
    weights = []
    for ahead in (5.0, 2.5, 2.0, 0.0):
        arms = {"dense": ahead, "words": 3.0}
        found, _ = weigh(*_arms(arms))
        weights.append(found["dense"])
    assert weights == sorted(weights, reverse=True)
    assert weights[0] == 3.0
    assert 0 < weights[2] < 3.0
    assert weights[3] == 0.0


def test_an_embedder_of_both_languages_is_never_off() -> None:
    probes, names, tables = _arms({"dense": 0.0, "words": 3.0})
    weights, _ = weigh(probes, names, tables, crosses=True)
    assert weights["dense"] == 1.5


def test_the_table_tells_what_each_arm_finds_and_what_all_do() -> None:
    probes, names, tables = _arms({"dense": 3.0, "words": 2.5, "grams": 1.0})
    weights, rows = weigh(probes, names, tables)
    worth = {row.arm: row for row in rows}
    assert set(worth) == {"dense", "words", "grams", "fused"}
    assert worth["dense"].mrr > worth["words"].mrr > worth["grams"].mrr
    assert worth["fused"].mrr > worth["words"].mrr
    assert {name: row.weight for name, row in worth.items() if name != "fused"} == weights


def _arms(ahead: dict[str, float]) -> tuple[list[Probe], list[str], list[np.ndarray]]:
    probes, tables = scored(ahead)
    return probes, list(ahead), tables


def test_other_right_passages_do_not_count_against_an_arm() -> None:
    probe = Probe("q", "en", 0, also=(1,))
    assert ranks_of([probe], [np.asarray([1.0, 2.0, 0.0], np.float32)]).tolist() == [1]


def test_ties_are_worth_what_chance_would_give() -> None:
    assert ranks_of([Probe("q", "en", 4)], [np.zeros(21, np.float32)]).tolist() == [11]


def test_a_calibration_survives_json() -> None:
    _, rows = weigh(*_arms({"words": 1.0}))
    for crossing in (None, 0.25):
        calibration = Calibration({"en": {"words": 1.0}}, tuple(rows), 4, {"en": 4}, crossing)
        assert Calibration.from_json(calibration.to_json()) == calibration


MEASURED = {"en": {"dense": 2.2, "words": 1.0}}


@pytest.mark.parametrize(
    ("calibration", "language", "dense"),
    [
        # measured: as measured
        (Calibration(MEASURED, (), 50, {"en": 50}, 0.1), "en", 2.2),
        # Korean over English notes: only an embedder that crosses languages can read them
        (Calibration(MEASURED, (), 50, {"en": 50}, 0.1), "ko", 0.0),
        (Calibration(MEASURED, (), 50, {"en": 50}, 0.9), "ko", 3.0),
        # English over Korean notes: the same
        (Calibration({"ko": {"words": 1.0}}, (), 50, {"ko": 50}, 0.1), "en", 0.0),
        # too few notes to measure anything
        (Calibration({}, (), 5, {"en": 4, "ko": 1}, 0.1), "en", 3.0),
        (Calibration({}, (), 5, {"en": 4, "ko": 1}, 0.1), "ko", 0.0),
        (Calibration({}, (), 5, {"en": 1, "ko": 4}, 0.9), "ko", 3.0),
        (Calibration({}, (), 5, {"en": 5}, None), "en", 0.0),  # no dense arm
    ],
)
def test_weights_of_a_language(calibration: Calibration, language: str, dense: float) -> None:
    weights = calibration.weights_for(language)
    assert weights.get("dense", 0.0) == dense
    assert weights["words"] == 1.0


@pytest.mark.model
def test_an_english_embedder_is_off_in_korean(embedded_config: Config) -> None:
    with open_index(embedded_config) as index:
        assert index.weights("en")["dense"] > 0
        assert index.weights("ko")["dense"] == 0
