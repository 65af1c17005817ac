"""What llama.cpp says when it fails reaches the user."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.engine.local import native
from pipeline.engine.local.native import Context, EngineSettings, NativeModel
from pipeline.errors import ModelError
from pipeline.models.local_files import embedded_model
from tests.engine.ggufs import small_gguf

pytestmark = pytest.mark.model


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (small_gguf().replace(b"llama", b"llamo"), "(unknown model architecture: 'llamo')"),
        (small_gguf(), "(key not found in model: llama.attention.layer_norm_rms_epsilon)"),
    ],
)
def test_why_a_model_is_not_loaded(tmp_path: Path, data: bytes, reason: str) -> None:
    file = tmp_path / "other.gguf"
    file.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        NativeModel(file, gpu_layers=0)
    assert reason in caught.value.what
    assert "\n" not in str(caught.value)


def test_why_there_is_no_context() -> None:
    model = NativeModel(embedded_model(), gpu_layers=0)
    try:
        with pytest.raises(ModelError, match=r"no room .* \(insufficient memory"):
            Context(model, EngineSettings(), cells=1 << 25, sequences=1)  # 750 GB
    finally:
        model.close()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ([], ""),
        (["llama_model_load: error loading model: it is odd.\n", "x: failed"], " (it is odd)"),
        (["the file\nends early: at 5"], " (the file ends early: at 5)"),
        (["llama_x: "], " (llama_x:)"),
    ],
)
def test_the_first_reason_counts(
    said: list[str], shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "_ERRORS", said)
    assert native._reason() == shown
