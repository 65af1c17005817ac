from pathlib import Path

import pytest

from pipeline.config import load_config
from pipeline.engine import open_engine
from pipeline.engine.tuning.dequantize import unpacked
from pipeline.errors import ModelError
from pipeline.models.local_files import embedded_model
from pipeline.types import Draw, Prompt, SampleParams
from tests.damage import damaged


@pytest.mark.model
def test_a_copy_with_wider_weights_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path / "cache"))
    copy = unpacked(embedded_model(), "q8_0")
    made = copy.stat().st_mtime_ns
    assert unpacked(embedded_model(), "q8_0") == copy
    assert copy.stat().st_mtime_ns == made
    sound, notices = copy.read_bytes(), list[str]()
    for how in ("cut in half", "flip"):  # a damaged copy is made again, and that is said
        copy.write_bytes(damaged(sound, how))
        unpacked(embedded_model(), "q8_0", on_notice=notices.append)
        assert copy.read_bytes() == sound
        assert f"{copy} is damaged" in notices[-2]
    assert sorted(p.name for p in copy.parent.iterdir()) == [
        copy.name, f"{copy.name}.checksums.json"
    ]  # fmt: skip
    config = tmp_path / "config.yaml"
    config.write_text("model: {context: 256}\n")
    request = Draw(
        Prompt(text="one, two, three, four, five,"), SampleParams(temperature=0.0, max_tokens=4)
    )
    keys = []
    for weights in ("", "q8_0"):
        with open_engine(load_config(config), tuned=False, weights=weights) as engine:
            (sample,) = engine.sample([request])
            assert "six" in sample.text
            keys.append(sample.key)
    assert keys[0] != keys[1]


def test_what_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="no weight format"):
        unpacked(embedded_model(), "q3")
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("THINKSCALE_CACHE", str(blocked))
    with pytest.raises(ModelError, match="cannot be written"):
        unpacked(embedded_model(), "q8_0")
