"""Files that are no model to ask are named before anything is built for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import _run
from pipeline.config import load_config
from pipeline.engine import open_engine
from pipeline.engine.local.engine import LocalEngine
from pipeline.engine.tuning.preflight import probe
from pipeline.errors import ModelError
from pipeline.models.gguf import Gguf, read_gguf
from pipeline.models.kv_budget import MOST_BYTES, KvBudget
from pipeline.models.local_files import embedded_model
from pipeline.models.suitable import require_context, require_generator, why_not
from tests.conftest import write_notes
from tests.engine.ggufs import small_gguf


@pytest.mark.parametrize(
    ("architecture", "extra", "said"),
    [
        ("llama", {"general.type": "adapter"}, "an adapter"),
        ("clip", {"general.type": "mmproj"}, "a projector"),
        ("clip", {}, "a projector"),
        ("llama", {"general.type": "imatrix"}, "an importance matrix"),
        ("bert", {"bert.attention.causal": False}, "an embedding model"),
        ("nomic-bert", {}, "an embedding model"),
        ("qwen3", {"qwen3.pooling_type": 3}, "an embedding model"),
        ("gemma-embedding", {}, "an embedding model"),
        ("llada", {"llada.attention.causal": False}, "an embedding model"),
        ("qwen3", {"qwen3.pooling_type": 4}, "a reranker"),
        ("t5", {}, "an encoder and a decoder"),
        ("llama", {"tokenizer.ggml.model": "no_vocab"}, "without a vocabulary"),
    ],
)
def test_what_cannot_answer_is_named(
    tmp_path: Path, architecture: str, extra: dict[str, Any], said: str
) -> None:
    file = tmp_path / "other.gguf"
    file.write_bytes(small_gguf(architecture=architecture, extra=extra))
    with pytest.raises(ModelError, match=said) as caught:
        require_generator(read_gguf(file))
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match=said):
        LocalEngine(file, context=256)
    assert said in probe(file).message


def test_what_can_is_not(tmp_path: Path) -> None:
    for architecture, extra in (
        ("llama", {}),
        ("qwen3", {"general.type": "model", "qwen3.pooling_type": 0}),
        ("gemma3", {"gemma3.attention.sliding_window": 512}),
        ("llama", {"llama.attention.causal": True}),
    ):
        file = tmp_path / "model.gguf"
        file.write_bytes(small_gguf(architecture=architecture, extra=extra))  # type: ignore[arg-type]
        require_generator(read_gguf(file))
    assert why_not(read_gguf(embedded_model())) == ""


def test_a_vocabulary_alone_is_named(tmp_path: Path) -> None:
    data = bytearray(small_gguf(data=0))
    data[8:16] = bytes(8)  # no tensors
    file = tmp_path / "vocab.gguf"
    file.write_bytes(data)
    with pytest.raises(ModelError, match="vocabulary"):
        read_gguf(file)


def test_nothing_is_built_for_a_file_that_cannot_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_notes(tmp_path)
    (tmp_path / "e.gguf").write_bytes(small_gguf(extra={"llama.pooling_type": 1}))
    config.file.write_text(config.file.read_text("utf-8") + "model: {path: e.gguf}\n", "utf-8")
    before = config.file.read_text("utf-8")
    assert _run(["ask", "How many?", "--config", str(config.file)]) == 2
    assert "e.gguf is an embedding model" in capsys.readouterr().err
    assert not (tmp_path / "index").exists()
    assert _run(["models", "use", str(tmp_path / "e.gguf"), "--config", str(config.file)]) == 2
    assert config.file.read_text("utf-8") == before
    capsys.readouterr()
    assert _run(["models", "info", str(tmp_path / "e.gguf")]) == 0
    assert "embedding model" in capsys.readouterr().out


# -- models in several files -------------------------------------------------------------------


def test_a_split_model_is_opened_by_its_first_file_with_the_others_beside_it(
    tmp_path: Path,
) -> None:
    names = [tmp_path / f"big-0000{i}-of-00003.gguf" for i in (1, 2, 3)]
    for number, file in enumerate(names):
        extra: dict[str, str | int | bool] = {"split.count": 3, "split.no": number}
        file.write_bytes(small_gguf(extra=extra))
    require_generator(read_gguf(names[0]))
    with pytest.raises(ModelError, match="is part 2 of 3") as caught:
        require_generator(read_gguf(names[1]))
    assert "big-00001-of-00003.gguf" in caught.value.remedy
    names[2].unlink()
    with pytest.raises(ModelError, match=r"big-00003-of-00003[.]gguf"):
        require_generator(read_gguf(names[0]))


# -- context -----------------------------------------------------------------------------------


def test_more_context_than_a_model_was_trained_for_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "small.gguf"
    file.write_bytes(small_gguf())
    require_context(read_gguf(file), 2048)
    with pytest.raises(ModelError, match=r"2,048.*4,096") as caught:
        LocalEngine(file, context=4096)
    assert "model.context to 2048" in caught.value.remedy
    (tmp_path / "config.yaml").write_text("model: {path: small.gguf}\n")
    with pytest.raises(ModelError, match="trained to read"):
        open_engine(load_config(tmp_path / "config.yaml"))


def test_using_a_model_of_less_context_says_so_in_the_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_notes(tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("small.gguf").write_bytes(small_gguf())
    assert _run(["models", "use", "small.gguf"]) == 0
    assert "model.context is 2048" in capsys.readouterr().err
    assert load_config(config.file).settings.model.context == 2048
    args = ["init", "--yes", "--force", "--notes", "notes", "--model", "./small.gguf"]
    assert _run(args) == 0
    assert load_config(config.file).settings.model.context == 2048


# -- keys and values ---------------------------------------------------------------------------


def header(tensors: dict[str, tuple[int, ...]], **keys: Any) -> Gguf:
    named = {f"x.{key.replace('__', '.')}": value for key, value in keys.items()}
    return Gguf(Path("m.gguf"), {"general.architecture": "x", **named}, tensors)


def layers(*widths: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
    return {
        f"blk.{i}.attn_{kind}.weight": (64, width)
        for i, row in enumerate(widths)
        for kind, width in zip("qkv", row, strict=True)
        if width
    }


@pytest.mark.parametrize(
    ("gguf", "kv", "attention"),
    [
        # grouped queries: 8 heads of 16 numbers share 2 of keys and values
        (header(layers((128, 32, 32), (128, 32, 32)), block_count=2), 256, 1024),
        # layers that are no attention at all, as in models with convolutions between
        (header(layers((0, 0, 0), (64, 16, 16), (0, 0, 0)), block_count=3), 64, 256),
        # a number of heads for every layer
        (header(layers((128, 64, 64), (128, 16, 16)), block_count=2), 320, 1024),
        # the last layers use the keys and values of earlier ones
        (
            header(layers(*[(64, 32, 32)] * 4), block_count=4, attention__shared_kv_layers=2),
            256,
            1024,
        ),
        # queries, keys and values in one tensor: only the keys of the header tell
        (
            header({}, block_count=2, embedding_length=64, attention__head_count=4,
                   attention__head_count_kv=2),
            2 * 2 * 2 * (16 + 16), 2 * 4 * 4 * 16,
        ),
        (
            header({}, block_count=3, attention__head_count=[4, 4, 4],
                   attention__head_count_kv=[2, 0, 2], attention__key_length=16,
                   attention__value_length=32),
            2 * 4 * (16 + 32), 3 * 4 * 4 * 16,
        ),
    ],
)  # fmt: skip
def test_what_a_token_takes_of_every_architecture(gguf: Gguf, kv: int, attention: int) -> None:
    assert gguf.kv_bytes == kv
    assert gguf.attention_flops == attention


def test_the_budget_is_kept_whatever_a_token_takes() -> None:
    for token in (1, 18_432, 262_144, 4 << 20):
        for context in (256, 4096, 131_072):
            budget = KvBudget(token, context)
            assert budget.shared >= context
            assert budget.shared * token <= max(MOST_BYTES, context * token)
            assert budget.split * token <= MOST_BYTES
            assert budget.bytes_for_question() <= budget.bytes_at_most(20)
