"""FAISS by size: each kind finds what the exact one finds, and every damage is named."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
import pytest

from pipeline.checksums import CheckedFiles
from pipeline.errors import IndexError_
from pipeline.retrieval import Index, build, dense, open_index, store
from pipeline.retrieval.dense import DenseArm, VectorIndexKind, build_dense, kind_for

COUNT, WIDTH = 3000, 32
KINDS: list[VectorIndexKind] = ["flat", "hnsw", "ivfpq"]


def files(folder: Path) -> CheckedFiles:
    store.seal(folder, {})
    return store.checked(folder, store.read_manifest(folder))


@pytest.fixture(scope="module")
def vectors() -> Any:
    rng = np.random.default_rng(0)
    found = rng.normal(size=(COUNT, 12)) @ rng.normal(size=(12, WIDTH))
    found += 0.3 * rng.normal(size=found.shape)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ascii_only", [False, True], ids=["by path", "by callback"])
def test_every_kind_finds_the_nearest(
    tmp_path: Path,
    vectors: Any,
    kind: VectorIndexKind,
    ascii_only: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dense, "_plain", lambda path: not ascii_only)
    folder = tmp_path / "색인 folder"
    folder.mkdir()
    assert build_dense(folder, vectors, kind) == kind
    arm = DenseArm(files(folder), kind, COUNT, WIDTH)
    questions = vectors[::100] + 0.05
    same = 0
    for question in questions:
        ids, scores = arm.nearest(question, 10)
        exact = vectors @ question
        np.testing.assert_allclose(scores, exact[ids], atol=2e-3)
        assert (np.diff(scores) <= 0).all()
        same += len(set(ids.tolist()) & set(np.argsort(-exact)[:10].tolist()))
    assert same >= (10 if kind == "flat" else 9.5) * len(questions)
    np.testing.assert_allclose(
        arm.score(vectors[5], np.asarray([5, 9])), vectors[[5, 9]] @ vectors[5], atol=2e-3
    )


@pytest.mark.parametrize("kind", KINDS)
def test_more_asked_for_than_there_is(tmp_path: Path, vectors: Any, kind: VectorIndexKind) -> None:
    """An approximate index may give fewer than there are, never one twice."""
    build_dense(tmp_path, vectors[:300], kind)
    ids, _ = DenseArm(files(tmp_path), kind, 300, WIDTH).nearest(vectors[0], 1000)
    assert ids[0] == 0
    assert len(set(ids.tolist())) == len(ids) <= 300
    assert len(ids) == 300 or kind != "flat"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", ["cut", "garble", "remove", "other count"])
def test_damage_is_named(tmp_path: Path, vectors: Any, kind: VectorIndexKind, damage: str) -> None:
    build_dense(tmp_path, vectors[:500], kind)
    path, known = tmp_path / "dense.faiss", files(tmp_path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "garble":
        path.write_bytes(b"nonsense" + path.read_bytes()[8:])
    elif damage == "remove":
        path.unlink()
    count = 499 if damage == "other count" else 500
    with pytest.raises(IndexError_, match=r"dense\.faiss: .*damaged") as caught:
        DenseArm(known, kind, count, WIDTH)
    assert "\n" not in str(caught.value)


def test_the_kind_goes_by_size() -> None:
    assert [kind_for(n) for n in (1, 100_000, 100_001, 400_000, 400_001)] == [
        "flat", "flat", "hnsw", "hnsw", "ivfpq",
    ]  # fmt: skip


def test_paths_that_faiss_cannot_open_itself() -> None:
    korean = PureWindowsPath(r"C:\Users\민수\index\dense.faiss")
    assert not dense._plain(korean, "nt")
    assert dense._plain(PureWindowsPath(r"C:\Users\minsu\dense.faiss"), "nt")
    assert dense._plain(korean, "posix")


@pytest.mark.model
def test_a_whole_index_that_is_not_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hits from the same notes, and vectors reused by the next build."""
    from tests.retrieval.conftest import NOTES, make_config, write_notes

    questions = ["How do bees keep warm?", "밀물은 왜 생기나?", "when is a loaf done"]

    def hits(index: Index) -> list[list[str]]:
        return [[hit.passage.text for hit in index.search(q, 3)] for q in questions]

    write_notes(tmp_path / "notes", NOTES)
    config = make_config(tmp_path, "{}")
    build(config)
    with open_index(config) as index:
        exact = hits(index)
    monkeypatch.setattr(dense, "kind_for", lambda count: "hnsw")
    build(config, rebuild=True)
    with open_index(config) as index:
        assert index.manifest["dense"]["kind"] == "hnsw"
        assert hits(index) == exact
        assert index.vectors([0, 1]) is not None
    note = config.notes_path / "bread.md"
    note.write_text(note.read_text("utf-8").replace("apples", "pears"), "utf-8")
    assert build(config).embedded == 1
    with open_index(config) as index:
        assert "pears" in index.search("smells of pears", 1)[0].passage.text
