"""Which weights are taken: measured, judged, remembered."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.config import load_config
from pipeline.engine import open_engine
from pipeline.engine.local import native
from pipeline.engine.local.native import EngineSettings, NativeModel
from pipeline.engine.tuning import settings as tuning
from pipeline.engine.tuning import weights
from pipeline.engine.tuning.dequantize import copy_path, unpacked
from pipeline.engine.tuning.divergence import Divergence, divergence
from pipeline.engine.tuning.settings import Trial, Workload
from pipeline.engine.tuning.weights import WeightChoice
from pipeline.errors import ModelError
from pipeline.models.local_files import embedded_model
from tests.engine.ggufs import small_gguf

SAME = Divergence(0.001, 0.99, 0.0)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("THINKSCALE_TUNE", "1")
    monkeypatch.setattr(weights, "_fast_kinds", lambda thorough: ["q8_0"])  # a quick, small copy
    monkeypatch.setattr(weights, "OtherLoad", lambda: Still(0.0))


class Still:
    """The machine as a test wants it."""

    def __init__(self, processors: float) -> None:
        self.processors = processors


@pytest.mark.parametrize(
    ("gain", "moved", "verdict"),
    [
        ((1.9, 2.0, 1.2), SAME, ""),
        ((1.05, 2.0, 1.2), SAME, "many samples"),
        ((1.9, 0.9, 1.2), SAME, "prompts"),
        ((1.9, 2.0, 0.8), SAME, "single"),
        ((1.9, 2.0, 1.2), replace(SAME, kl=0.2), "reads worse"),
        ((1.9, 2.0, 1.2), replace(SAME, loss=0.1), "reads worse"),
        ((1.9, 2.0, 1.2), replace(SAME, loss=-0.1), ""),
    ],
)
def test_what_a_copy_must_show(
    gain: tuple[float, float, float], moved: Divergence, verdict: str
) -> None:
    found = weights._judge(dict(zip(("shared", "separate", "single"), gain, strict=True)), moved)
    assert verdict in found
    assert bool(verdict) == bool(found)


def test_a_choice_is_remembered_for_its_model_and_machine(tmp_path: Path) -> None:
    model = tmp_path / "m.gguf"
    model.write_bytes(small_gguf())
    choice = WeightChoice("bf16", "faster", "here", {"file": {"shared": 1.0}}, {"bf16": SAME}, 2.0)
    weights._remember(model, choice)
    assert weights.recall(model, "here") == choice
    assert weights.recall(model, "there") is None
    model.write_bytes(small_gguf(template="another"))
    assert weights.recall(model, "here") is None
    weights._remember(model, choice)
    (memo,) = [
        f for f in (tmp_path / "cache/tuning").iterdir() if weights._memo(model, "here") == f
    ]
    for broken in ("", "{", "[]", '{"format": 1}', json.dumps({"format": 0})):
        memo.write_text(broken)
        assert weights.recall(model, "here") is None


def test_a_model_that_is_not_worth_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "m.gguf"
    model.write_bytes(small_gguf())
    heard: list[str] = []
    choice = weights.choose(model, "here", on_notice=heard.append)
    assert (choice.kind, choice.why, heard) == ("file", "its weights are not quantized", [])
    path = embedded_model()
    assert weights._candidates(path, 0, False) == (["q8_0"], "")
    with monkeypatch.context() as patch:
        patch.setattr(weights, "_memory", lambda: 300_000_000)
        assert "memory" in weights._candidates(path, 0, False)[1]
    with monkeypatch.context() as patch:
        patch.setattr(weights, "_LARGEST", 10_000_000)
        assert "larger" in weights._candidates(path, 0, False)[1]
    with monkeypatch.context() as patch:
        patch.setattr(weights, "_fast_kinds", lambda thorough: [])
        assert "processor" in weights._candidates(path, 0, False)[1]


def test_formats_follow_what_the_processor_can_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    class Library:
        said = b""

        def llama_print_system_info(self) -> bytes:
            return self.said

    monkeypatch.setattr(native, "library", Library)
    for said, quick, all_ in (
        (
            b"CPU : F16C = 1 | FMA = 1 | AVX512_BF16 = 1 | LLAMAFILE = 1 | ",
            ["bf16"],
            ["bf16", "f16"],
        ),
        (b"CPU : F16C = 1 | FMA = 1 | AVX512_BF16 = 0 | LLAMAFILE = 1 | ", ["f16"], ["f16"]),
        (b"CPU : F16C = 1 | FMA = 1 | AVX512_BF16 = 1 | LLAMAFILE = 0 | ", [], []),
        (b"CPU : SSE3 = 1 | LLAMAFILE = 1 | ", [], []),
    ):
        Library.said = said
        assert weights._fast_kinds(False) == quick
        assert weights._fast_kinds(True) == all_


def fake_trials(monkeypatch: pytest.MonkeyPatch, gain: float) -> list[str]:
    """The copy is `gain` times as fast as the file."""
    tried: list[str] = []

    def trial(
        model: NativeModel, settings: EngineSettings, shape: Workload, *, thorough: bool = False
    ) -> Trial:
        speed = gain if "q8_0" in model.path.name else 1.0
        tried.append(model.path.name)
        return Trial(settings, 100 * speed, 100 * speed, speed)

    monkeypatch.setattr(tuning, "try_settings", trial)
    return tried


@pytest.mark.model
def test_a_faster_copy_is_taken_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = fake_trials(monkeypatch, 2.0)
    heard: list[str] = []
    machine = tuning.fingerprint(0)
    assert weights.settle(embedded_model(), "auto", gpu_layers=0)[1] == ""  # nothing measured yet
    assert tried == []
    assert weights.choose(embedded_model(), machine, gpu_layers=0, on_notice=heard.append)
    path, kind = weights.settle(embedded_model(), "auto", gpu_layers=0, on_notice=heard.append)
    assert (path, kind) == (copy_path(embedded_model(), "q8_0"), "q8_0")
    assert any("MB in" in line for line in heard)
    assert any("next-token distribution moves" in line for line in heard)
    assert "2.00x" in heard[-1]
    count = len(tried)
    heard.clear()
    assert weights.settle(embedded_model(), "auto", gpu_layers=0, on_notice=heard.append)[0] == path
    assert (len(tried), heard) == (count, [])
    path.unlink()  # the copy is gone: it is made again, nothing is measured
    assert weights.settle(embedded_model(), "auto", gpu_layers=0, on_notice=heard.append)[0] == path
    assert (len(tried), len(heard)) == (count, 1)
    assert weights.settle(embedded_model(), "file") == (embedded_model(), "")


@pytest.mark.model
def test_weights_measured_while_others_worked_are_not_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_trials(monkeypatch, 2.0)
    monkeypatch.setattr(weights, "OtherLoad", lambda: Still(1.7))
    heard: list[str] = []
    machine = tuning.fingerprint(0)
    choice = weights.choose(embedded_model(), machine, gpu_layers=0, on_notice=heard.append)
    assert "other processes used 1.7" in choice.doubt
    assert weights.recall(embedded_model(), machine) is None


@pytest.mark.model
def test_a_slower_copy_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_trials(monkeypatch, 1.05)
    config = tmp_path / "config.yaml"
    config.write_text("model: {context: 256, gpu_layers: 0}\n")
    weights.choose(embedded_model(), tuning.fingerprint(0), gpu_layers=0)
    with open_engine(load_config(config), on_notice=lambda _: None) as engine:
        assert (engine.info.path, engine.info.weights) == (str(embedded_model()), "")
    assert not copy_path(embedded_model(), "q8_0").exists()
    choice = weights.recall(embedded_model(), tuning.fingerprint(0))
    assert choice is not None
    assert "many samples only 1.05x" in str(choice)


@pytest.mark.model
def test_no_room_for_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> Path:
        raise ModelError("The disk is full.", "Make room.")

    fake_trials(monkeypatch, 2.0)
    monkeypatch.setattr(weights, "unpacked", full)
    choice = weights.choose(embedded_model(), "here", gpu_layers=0)
    assert (choice.kind, choice.why) == ("file", "The disk is full.")
    weights._remember(embedded_model(), WeightChoice("q8_0", "", tuning.fingerprint(0)))
    heard: list[str] = []
    assert weights.settle(embedded_model(), "auto", gpu_layers=0, on_notice=heard.append)[1] == ""
    assert "disk is full" in heard[0]


@pytest.mark.model
def test_nothing_is_measured_where_it_may_not_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = fake_trials(monkeypatch, 2.0)
    config = tmp_path / "config.yaml"
    config.write_text("model: {context: 256}\n")
    for options in ({"tuned": False}, {"settings": {"shared": EngineSettings(streams=2)}}):
        with open_engine(load_config(config), **options) as engine:
            assert engine.info.weights == ""
    monkeypatch.setenv("THINKSCALE_TUNE", "0")
    assert weights.settle(embedded_model(), "auto") == (embedded_model(), "")
    assert tried == []


@pytest.mark.model
def test_how_far_a_copy_moves_the_next_token() -> None:
    model = NativeModel(embedded_model(), gpu_layers=0)
    copy = NativeModel(unpacked(embedded_model(), "q8_0"), gpu_layers=0)
    none, some = divergence(model, model), divergence(model, copy)
    model.close()
    copy.close()
    assert (none.kl, none.agreement, none.loss) == (0.0, 1.0, 0.0)
    assert 0 < some.kl < 0.05
    assert 0.8 < some.agreement < 1
    assert abs(some.loss) < 0.05
