import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ModelError
from pipeline.models.gguf import file_sha256, read_gguf
from pipeline.models.local_files import embedded_model
from tests.engine.ggufs import small_gguf


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "small.gguf"
    file.write_bytes(small_gguf())
    gguf = read_gguf(file)
    assert (gguf.architecture, gguf.context, gguf.parameters) == ("llama", 2048, 32)
    assert gguf.tensors == {"blk.0.attn_q.weight": (4, 8)}
    assert gguf.attention_flops == 4 * 8
    assert len(gguf.get("tokenizer.ggml.tokens")) == 64
    assert gguf.get("tokenizer.ggml.scores") == [1, 2, 3]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None
)
@given(st.integers(0, len(small_gguf()) - 1))
def test_every_cut_is_noticed(tmp_path: Path, size: int) -> None:
    file = tmp_path / "cut.gguf"
    file.write_bytes(small_gguf()[:size])
    with pytest.raises(ModelError) as caught:
        read_gguf(file)
    assert "cut.gguf" in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None
)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_damage_is_an_error_or_harmless_never_a_crash(tmp_path: Path, at: int, junk: bytes) -> None:
    data = bytearray(small_gguf())
    data[at : at + len(junk)] = junk
    file = tmp_path / "damaged.gguf"
    file.write_bytes(data)
    with contextlib.suppress(ModelError):
        read_gguf(file)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"# just some notes\n" * 20, "not a GGUF"),
        (small_gguf(version=1), "version 1"),
        (small_gguf(version=3 << 24), "byte order"),
        (small_gguf(data=100), "cut off"),
    ],
)
def test_each_kind_of_bad_file_is_named(tmp_path: Path, content: bytes, word: str) -> None:
    file = tmp_path / "bad.gguf"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=word):
        read_gguf(file)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model file"):
        read_gguf(tmp_path / "none.gguf")
    with pytest.raises(ModelError, match="is a folder"):
        read_gguf(tmp_path)


def test_the_hash_follows_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "a.gguf"
    file.write_bytes(b"one")
    first = file_sha256(file)
    assert file_sha256(file) == first
    for memo in (tmp_path / "cache" / "hashes").iterdir():
        memo.write_text("{broken")
    assert file_sha256(file) == first
    file.write_bytes(b"other")
    assert file_sha256(file) != first


@pytest.mark.model
def test_the_embedded_model_is_what_its_header_says() -> None:
    gguf = read_gguf(embedded_model())
    assert gguf.parameters == 134_515_008
    assert gguf.context == 8192
    assert gguf.attention_flops == 4 * 30 * 9 * 64
    assert gguf.head_weights == 49152 * 576
    assert gguf.kv_bytes == 4 * 30 * 3 * 64
