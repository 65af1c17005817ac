from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.config import load_config
from pipeline.engine.local.engine import DEFAULTS, LocalEngine
from pipeline.engine.local.native import EngineSettings, NativeModel
from pipeline.engine.opening import open_engine, tune
from pipeline.engine.tuning import settings as tuning
from pipeline.engine.tuning import system_load, weights
from pipeline.engine.tuning.settings import Profile, Trial, Workload
from pipeline.errors import ConfigError, ModelError
from pipeline.models.local_files import embedded_model
from pipeline.types import Draw, Prompt, SampleParams
from tests.damage import DAMAGES, damaged


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path))
    monkeypatch.setenv("THINKSCALE_TUNE", "1")
    monkeypatch.setattr(tuning, "OtherLoad", lambda: Still(0.0))
    monkeypatch.setattr(system_load, "now", lambda: 0.0)


class Still:
    """The machine as a test wants it."""

    def __init__(self, processors: float) -> None:
        self.processors = processors


PROFILE = Profile(
    {"shared": Trial(EngineSettings(streams=8, flash=True), 100.0, 200.0, 3.0)}, "a machine", 1.5
)


def test_a_profile_is_remembered_for_its_model_and_machine() -> None:
    file = tuning.remember("abc", PROFILE)
    assert tuning.recall("abc", "a machine") == PROFILE
    assert tuning.recall("abc", "another machine") is None
    assert tuning.recall("abd", "a machine") is None
    for broken in ("", "{", "[]", '{"format": 1}', json.dumps({"format": 0})):
        file.write_text(broken)
        assert tuning.recall("abc", "a machine") is None


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_memory_is_never_another_setting(how: str) -> None:
    file = tuning.remember("abc", PROFILE)
    sound = file.read_bytes()
    for seed in range(40):
        file.write_bytes(damaged(sound, how, seed))
        found = tuning.recall("abc", "a machine")
        assert found in (None, PROFILE)
        assert (str(file) in tuning.unreadable("abc", "a machine")) == (found is None)
    file.unlink()
    assert tuning.unreadable("abc", "a machine") == ""


def fake(speeds: dict[EngineSettings, float]) -> object:
    def trial(model: object, settings: EngineSettings, shape: Workload, *, thorough: bool) -> Trial:
        if settings not in speeds:
            raise ModelError("no room")
        speed = speeds[settings]
        return Trial(settings, speed, speed, speed)

    return trial


def test_the_fastest_is_chosen_and_variations_follow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    split = EngineSettings(unified=False, flash=True)
    few = EngineSettings(unified=False, flash=True, streams=8)
    small = EngineSettings(unified=True, flash=True, kv="q8_0")
    speeds = {EngineSettings(): 1.0, split: 2.0, few: 3.0, small: 9.0}
    monkeypatch.setattr(tuning, "try_settings", fake(speeds))
    model: NativeModel = None  # type: ignore[assignment]
    quick = tuning.measure(model, "m", budget=100)
    assert quick.settings == {"shared": split, "separate": split, "callers": EngineSettings()}
    assert tuning.measure(model, "m", thorough=True).settings["shared"] == few
    everything = tuning.measure(model, "m", thorough=True, quantized=True)
    assert everything.settings["shared"] == small
    monkeypatch.setattr(tuning, "try_settings", fake({}))
    with pytest.raises(ModelError, match="any setting"):
        tuning.measure(model, "m")


def test_the_faster_reader_and_the_faster_writer_are_put_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def trial(model: object, settings: EngineSettings, shape: Workload, *, thorough: bool) -> Trial:
        read, write = (200.0, 100.0) if settings.flash else (100.0, 300.0)
        return Trial(settings, read, write, 1 / (shape.prompt / read / shape.draws + 64 / write))

    monkeypatch.setattr(tuning, "try_settings", trial)
    monkeypatch.setattr(tuning, "can_convert", lambda model, settings: False)
    apart = tuning.measure(None, "m", budget=100).best["separate"]  # type: ignore[arg-type]
    assert not apart.settings.read_flash  # the model's state cannot be converted
    monkeypatch.setattr(tuning, "can_convert", lambda model, settings: True)
    best = tuning.measure(None, "m", budget=100).best["separate"]  # type: ignore[arg-type]
    assert best.settings.read_flash
    assert not best.settings.flash
    assert (best.read, best.write) == (200.0, 300.0)
    assert best.draws == pytest.approx(1 / (200 / 200 + 64 / 300))


def test_every_likely_setting_is_tried_once_though_they_are_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    speeds = {EngineSettings(): 1.0, EngineSettings(unified=False): 2.0}
    clock = [0.0]

    def trial(model: object, settings: EngineSettings, shape: Workload, *, thorough: bool) -> Trial:
        clock[0] += 4.0
        return fake(speeds)(model, settings, shape, thorough=thorough)  # type: ignore[operator, no-any-return]

    monkeypatch.setattr(tuning, "try_settings", trial)
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])
    profile = tuning.measure(None, "m", budget=12.0)  # type: ignore[arg-type]
    assert profile.settings["shared"] == EngineSettings(unified=False)
    assert profile.tried == 2
    profile = tuning.measure(None, "m", budget=0.0)  # type: ignore[arg-type]
    assert profile.settings["shared"] == EngineSettings()
    assert profile.tried == 1


@pytest.mark.model
def test_what_was_measured_while_others_worked_is_not_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        tuning, "SHAPES", {"shared": Workload(32, 8, 4), "separate": Workload(32, 8, 1)}
    )
    monkeypatch.setattr(tuning, "OtherLoad", lambda: Still(1.7))
    with LocalEngine(embedded_model(), context=256) as engine:
        profile = engine.tune(budget=0.5)
        assert "1.7" in profile.doubt
        assert engine.settings == profile.settings  # it serves this once
        assert tuning.recall(engine.info.sha256, tuning.fingerprint("auto")) is None


def test_a_busy_machine_is_not_measured_at_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(system_load, "now", lambda: 1.7)
    monkeypatch.setattr(tuning, "try_settings", lambda *_, **__: pytest.fail("measured"))
    (tmp_path / "config.yaml").write_text("model: {context: 256}\n")
    with pytest.raises(ModelError, match=r"1\.7 of \d+ processors"):
        tune(load_config(tmp_path / "config.yaml"))


@pytest.mark.model
def test_nothing_is_measured_unasked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An answer comes first: an engine that was never tuned opens with the defaults."""
    monkeypatch.setattr(tuning, "try_settings", lambda *_, **__: pytest.fail("measured"))
    (tmp_path / "config.yaml").write_text("model: {context: 256}\n")
    with open_engine(load_config(tmp_path / "config.yaml")) as engine:
        assert isinstance(engine, LocalEngine)
        assert not engine.is_tuned
        assert engine.settings == dict(DEFAULTS)
        assert engine.info.weights == ""


@pytest.mark.model
def test_the_engine_measures_once_and_then_remembers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        tuning, "SHAPES", {"shared": Workload(32, 8, 4), "separate": Workload(32, 8, 1)}
    )
    monkeypatch.setattr(weights, "_fast_kinds", lambda thorough: [])
    (tmp_path / "config.yaml").write_text("model: {context: 256}\n")
    config = load_config(tmp_path / "config.yaml")
    first = tune(config)
    assert first.doubt == ""
    assert set(first.profile.best) == {"shared", "separate", "callers"}
    assert first.profile.settings["callers"].unified
    assert all(t.read > 0 and t.write > 0 and t.draws > 0 for t in first.profile.best.values())
    with open_engine(config) as engine:
        assert isinstance(engine, LocalEngine)
        assert engine.is_tuned
        assert engine.settings == first.profile.settings
        request = Draw(Prompt(text="one, two,"), SampleParams(max_tokens=3))
        assert next(iter(engine.sample([request]))).tokens <= 3


@pytest.mark.model
def test_the_verb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from pipeline.cli.tune import command

    monkeypatch.setattr(weights, "_fast_kinds", lambda thorough: [])
    monkeypatch.setattr(
        tuning, "SHAPES", {"shared": Workload(32, 8, 4), "separate": Workload(32, 8, 1)}
    )
    config = tmp_path / "config.yaml"
    config.write_text("model: {context: 256}\n")

    def called() -> object:
        args = ["--config", str(config)]
        return CliRunner().invoke(command, args, standalone_mode=False).return_value

    assert called() == 0
    monkeypatch.setattr(tuning, "OtherLoad", lambda: Still(1.7))
    assert called() == 2
    monkeypatch.setattr(tuning, "OtherLoad", lambda: Still(0.0))
    done = CliRunner().invoke(command, ["--config", str(config), "--json"])
    told = json.loads(done.output)
    assert set(told["best"]) == {"shared", "separate", "callers"}
    assert told["weights"]["kind"] == "file"
    assert told["remembered"] is True
    config.write_text("model: {path: http://127.0.0.1:1/v1}\n")
    done = CliRunner().invoke(command, ["--config", str(config)])
    assert isinstance(done.exception, ConfigError)


def test_where_nothing_may_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THINKSCALE_TUNE", "0")
    assert not tuning.wanted()
