"""Every file of the index, damaged in every way: never a silently different answer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.config import Config, load_config
from pipeline.errors import IndexError_
from pipeline.retrieval import build, ensure, open_index, opening, store
from pipeline.retrieval import encoder_export as export
from pipeline.retrieval.embedder import Embedder
from tests.damage import DAMAGES, damaged, files_under
from tests.retrieval.conftest import make_config

USUAL = ("flip", "cut in half", "zeros")
"""The damages that are tried each time; the others are when there is time."""
QUESTIONS = (
    "Who described the language of bees?",
    "밀물은 왜 생기나요?",
    "When are potatoes planted?",
    "소금에서 쓴맛이 빠지려면?",
)


def answers(index: Any) -> list[Any]:
    """All that a question shows of the index."""
    found: list[Any] = [
        [(hit.passage, round(hit.score, 5), dict(hit.ranks)) for hit in index.search(question, 4)]
        for question in QUESTIONS
    ]
    return [*found, list(index.passages), [sorted(s) for s in index.word_sets([0, 1])]]


def copied(config: Config, to: Path) -> Config:
    """The same notes and index in another place."""
    shutil.copytree(config.file.parent, to)
    return load_config(to / config.file.name)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    from tests.retrieval.conftest import NOTES, write_notes

    folder = tmp_path_factory.mktemp("damage") / "색인"
    write_notes(folder / "notes", NOTES)
    config = make_config(folder)
    build(config)
    return config


def names(config: Config) -> list[str]:
    return [
        path.relative_to(config.index_path).as_posix() for path in files_under(config.index_path)
    ]


def each_file(config: Config, change: Callable[[Path], None], tmp_path: Path) -> None:
    """Apply a change to each file in turn; the answers stay, or the file is named."""
    with open_index(config) as index:
        right = answers(index)
    for number, name in enumerate(names(config)):
        mine = copied(config, tmp_path / str(number))
        path = mine.index_path / name
        change(path)
        found, refused = None, None
        try:
            with open_index(mine) as index:
                found = answers(index)
        except IndexError_ as error:
            refused = error
        if refused is None:
            assert found == right, f"{name}: silently different"
        else:
            whose = path.name in refused.what or "generations" in refused.what
            assert whose or path.name == "CURRENT"
            assert str(mine.index_path) in refused.what
            assert refused.remedy
            assert "\n" not in str(refused)
        with ensure(mine) as index:
            assert answers(index) == right, f"{name}: the remedy does not help"
        shutil.rmtree(mine.file.parent)


@pytest.mark.parametrize("at_once", [True, False], ids=["small", "large"])
@pytest.mark.parametrize(
    "how",
    [how if how in USUAL else pytest.param(how, marks=pytest.mark.long) for how in DAMAGES],
)
def test_damage_never_changes_an_answer(
    built: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, at_once: bool
) -> None:
    """`large` compares each part when it is used, as is done with an index of many megabytes."""
    if not at_once:
        monkeypatch.setattr(opening, "_AT_ONCE", -1)
        monkeypatch.setattr(store, "REBUILD", "Run it.")
        # what is damaged is found by `thinkscale index`, which reads everything
        monkeypatch.setattr("tests.retrieval.test_damage.ensure", whole)

    def change(path: Path) -> None:
        path.write_bytes(damaged(path.read_bytes(), how))

    each_file(built, change, tmp_path)


def whole(config: Config) -> Any:
    build(config)
    return open_index(config)


def test_a_file_that_is_gone(built: Config, tmp_path: Path) -> None:
    each_file(built, lambda path: path.unlink(), tmp_path)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\0" * 4096, b"../../etc\n", b""])
def test_a_pointer_that_is_no_text_is_replaced_by_the_next_build(
    built: Config, tmp_path: Path, data: bytes
) -> None:
    """Else no build could ever end, and the remedy that is named would not help."""
    with open_index(built) as index:
        right = answers(index)
    mine = copied(built, tmp_path / "a")
    (mine.index_path / "CURRENT").write_bytes(data)
    with pytest.raises(IndexError_, match="--rebuild"):
        open_index(mine)
    build(mine, rebuild=True)
    with open_index(mine) as index:
        assert answers(index) == right
    assert len(list((mine.index_path / "generations").iterdir())) == 1


def test_what_was_mended_is_said(built: Config, tmp_path: Path) -> None:
    mine = copied(built, tmp_path / "a")
    path = store.current(mine.index_path) / "words.weights.npy"
    path.write_bytes(damaged(path.read_bytes(), "flip"))
    with ensure(mine) as index:
        assert any("words.weights.npy" in notice for notice in index.notices)
    with ensure(mine) as index:
        assert index.notices == []


def test_a_large_index_with_damage_is_rebuilt_by_the_remedy_it_names(
    built: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by `thinkscale index` alone, though no note has changed."""
    monkeypatch.setattr(opening, "_AT_ONCE", -1)
    mine = copied(built, tmp_path / "a")
    path = store.current(mine.index_path) / "passages.jsonl"
    path.write_bytes(damaged(path.read_bytes(), "flip"))
    with open_index(mine) as index, pytest.raises(IndexError_, match=r"passages\.jsonl.*--rebuild"):
        list(index.passages)
    report = build(mine)
    assert report.changed
    assert any("passages.jsonl" in notice for notice in report.notices)
    with open_index(mine) as index:
        assert list(index.passages)


def test_an_index_of_the_earlier_version_is_made_anew(built: Config, tmp_path: Path) -> None:
    from tests.retrieval.test_store import reseal

    mine = copied(built, tmp_path / "a")
    reseal(mine, version=1)
    with pytest.raises(IndexError_, match="older format 1"):
        open_index(mine)
    with ensure(mine) as index:
        assert index.manifest["version"] == store.VERSION


# -- the query encoder ---------------------------------------------------------------------------


@pytest.fixture
def dense(embedded_config: Config, tmp_path: Path) -> Config:
    return copied(embedded_config, tmp_path / "dense")


def encoder(config: Config) -> Path:
    with open_index(config) as index:
        return store.encoder_folder(config.index_path, index.manifest["encoder"]["name"])


@pytest.mark.model
@pytest.mark.parametrize("name", ["encoder.bin", "encoder.json", "tokenizer.json", "manifest.json"])
def test_a_damaged_encoder_embeds_nothing(
    dense: Config, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every damage of each of its files is found before a vector is made, or changes nothing."""
    with open_index(dense) as index:
        right = index.embed(QUESTIONS[0])
    mended = []

    def remake(config: Config, manifest: dict[str, Any]) -> None:
        mended.append(name)
        path.write_bytes(sound)

    monkeypatch.setattr(export, "remake_encoder", remake)
    path = encoder(dense) / name
    sound = path.read_bytes()
    for seed in range(12):
        for how in DAMAGES:
            path.write_bytes(damaged(sound, how, seed))
            with open_index(dense) as index:
                assert (index.embed(QUESTIONS[0]) == right).all(), how
    assert len(mended) >= 24
    with open_index(dense) as index:
        monkeypatch.setattr(export, "remake_encoder", lambda config, manifest: None)
        path.unlink()
        with pytest.raises(IndexError_, match=rf"{name}.*damaged.*--rebuild"):
            index.embed(QUESTIONS[0])


@pytest.mark.model
def test_a_damaged_encoder_is_made_anew_at_the_next_question(dense: Config) -> None:
    with open_index(dense) as index:
        right = answers(index)
    path = encoder(dense) / "encoder.bin"
    data = bytearray(path.read_bytes())
    data[-40_000_000:] = bytes(40_000_000)  # layers of zeros gave vectors that are no numbers
    path.write_bytes(data)
    with ensure(dense) as index:
        assert answers(index) == right
        assert any("encoder.bin" in notice for notice in index.notices)
    with ensure(dense) as index:
        assert answers(index) == right
        assert index.notices == []


@pytest.mark.model
@pytest.mark.parametrize("rebuild", [False, True])
def test_the_remedy_mends_the_encoder(dense: Config, rebuild: bool) -> None:
    """`thinkscale index` with no note changed, and `--rebuild`: the copy in `encoders/` is made
    anew, not taken for sound because it is there."""
    with open_index(dense) as index:
        right = index.embed(QUESTIONS[0])
    path = encoder(dense) / "encoder.bin"
    path.write_bytes(damaged(path.read_bytes(), "zeros"))
    build(dense, rebuild=rebuild)
    assert export.encoder_damage(path.parent) == ""
    with open_index(dense) as index:
        assert (index.embed(QUESTIONS[0]) == right).all()


def test_an_encoder_whose_vectors_are_no_numbers_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A comparison with NaN is false: it must not pass for agreement."""

    class Inner(list[None]):
        tokenizer = SimpleNamespace(backend_tokenizer=object())

    model = object.__new__(Embedder)
    model.model = Inner([None])
    monkeypatch.setattr(Embedder, "pooling", "mean")
    monkeypatch.setattr(Embedder, "modules", [])
    monkeypatch.setattr(export, "why_not", lambda *_: "")
    monkeypatch.setattr(export, "encoder_damage", lambda folder: "")
    monkeypatch.setattr(export, "_agreement", lambda *_: float("nan"))
    made = export.make_encoder(tmp_path, model, {}, ["text"])
    assert made["kind"] == "torch"


def test_encoders_that_no_generation_names_go(built: Config, tmp_path: Path) -> None:
    mine = copied(built, tmp_path / "a")
    for name in ("0123456789abcdef", "0123456789abcdef.123456.part"):
        (mine.index_path / "encoders" / name).mkdir(parents=True)
    build(mine, rebuild=True)
    assert list((mine.index_path / "encoders").iterdir()) == []
