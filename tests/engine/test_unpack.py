from pathlib import Path

import pytest

from pipeline.config import load_config
from pipeline.engine import open_engine
from pipeline.engine.locate import embedded_model
from pipeline.engine.unpack import unpacked
from pipeline.errors import ModelError
from pipeline.types import Prompt, SampleParams, SampleRequest


@pytest.mark.model
def test_a_copy_with_wider_weights_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path / "cache"))
    copy = unpacked(embedded_model(), "q8_0")
    made = copy.stat().st_mtime_ns
    assert unpacked(embedded_model(), "q8_0") == copy
    assert copy.stat().st_mtime_ns == made
    copy.write_bytes(copy.read_bytes()[:10_000])  # a damaged copy is made again
    assert unpacked(embedded_model(), "q8_0").stat().st_size > 100_000_000
    assert list(copy.parent.iterdir()) == [copy]
    config = tmp_path / "config.yaml"
    config.write_text("model: {context: 256}\n")
    request = SampleRequest(
        Prompt(text="one, two, three, four, five,"), SampleParams(temperature=0.0, max_tokens=4)
    )
    keys = []
    for weights in ("", "q8_0"):
        with open_engine(load_config(config), tune=False, weights=weights) as engine:
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
