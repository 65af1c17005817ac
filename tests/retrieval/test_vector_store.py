"""The dense arm in another store: a small one in files, and as long tests Milvus and Chroma."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.vectorstores import VectorStore

from pipeline.config import Config, load_config
from pipeline.errors import ConfigError, IndexError_
from pipeline.retrieval import build, open_index
from pipeline.retrieval.vector_store import _READINGS, StoreArm
from tests.retrieval.conftest import NOTES, write_notes


class FileStore(VectorStore):
    """Vectors in one JSON file a collection; scores are cosine distances."""

    def __init__(self, embedding_function: Any, collection_name: str, folder: str) -> None:
        self._embedder = embedding_function
        self._file = Path(folder) / f"{collection_name}.json"

    def _read(self) -> list[Any]:
        return json.loads(self._file.read_text("utf-8")) if self._file.exists() else []

    def add_texts(
        self, texts: Iterable[str], metadatas: list[dict[str, Any]] | None = None, **rest: Any
    ) -> list[str]:
        texts, metadatas = list(texts), metadatas or []
        vectors = self._embedder.embed_documents(texts)
        rows = self._read() + [list(row) for row in zip(texts, metadatas, vectors, strict=True)]
        self._file.write_text(json.dumps(rows), "utf-8")
        return texts

    def similarity_search_with_score(self, *values: Any, **rest: Any) -> list[Any]:
        query, k = values[0], int(rest.get("k", 4))
        asked = np.asarray(self._embedder.embed_query(query))
        scored = [
            (Document(page_content=text, metadata=facts), 1 - float(np.asarray(vector) @ asked))
            for text, facts, vector in self._read()
        ]
        return sorted(scored, key=lambda pair: pair[1])[:k]

    def similarity_search(self, query: str, k: int = 4, **rest: Any) -> list[Document]:
        return [document for document, _ in self.similarity_search_with_score(query, k=k)]

    def delete_collection(self) -> None:
        self._file.unlink()

    @classmethod
    def from_texts(cls, *values: Any, **rest: Any) -> FileStore:
        raise NotImplementedError


def configure(folder: Path, kind: str, arguments: dict[str, Any]) -> Config:
    write_notes(folder / "notes", NOTES)
    settings = json.dumps({"type": kind, "arguments": arguments})
    (folder / "config.yaml").write_text(
        f"notes: {{path: notes}}\nindex: {{path: index}}\nretrieval: {{store: {settings}}}\n",
        "utf-8",
    )
    return load_config(folder / "config.yaml")


def unit_vectors(count: int = 40) -> Any:
    vectors = np.random.default_rng(0).normal(size=(count, 16)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("name", sorted(_READINGS))
def test_what_a_score_means_is_found_out(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that reports inner products in any known way is read right."""
    inverse: dict[str, Callable[[float], float]] = {
        "inner product": lambda s: s,
        "cosine distance": lambda s: 1 - s,
        "squared distance": lambda s: 2 - 2 * s,
        "distance": lambda s: max(0.0, 2 - 2 * s) ** 0.5,
        "inner product from 0 to 1": lambda s: (1 + s) / 2,
        "negative inner product": lambda s: -s,
    }
    plain = FileStore.similarity_search_with_score
    monkeypatch.setattr(
        FileStore,
        "similarity_search_with_score",
        lambda self, query, k=4: [
            (document, inverse[name](1 - distance))
            for document, distance in plain(self, query, k=k)
        ],
    )
    config = configure(tmp_path, f"{__name__}.FileStore", {"folder": str(tmp_path)})
    vectors = unit_vectors()
    arm = StoreArm.connect(config, "c", len(vectors))
    arm.fill(vectors)
    assert arm.reading == name
    rows, scores = arm.nearest(vectors[7], 5)
    np.testing.assert_allclose(scores, vectors[rows] @ vectors[7], atol=0.01)
    assert rows[0] == 7


def test_scores_without_a_meaning_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = FileStore.similarity_search_with_score
    monkeypatch.setattr(
        FileStore,
        "similarity_search_with_score",
        lambda self, query, k=4: [(d, 17.0) for d, _ in plain(self, query, k=k)],
    )
    config = configure(tmp_path, f"{__name__}.FileStore", {"folder": str(tmp_path)})
    with pytest.raises(IndexError_, match="no known kind"):
        StoreArm.connect(config, "c", 40).fill(unit_vectors())


@pytest.mark.parametrize("kind", ["nowhere.Store", "json.Store", "Store"])
def test_a_store_that_is_not_there(tmp_path: Path, kind: str) -> None:
    config = configure(tmp_path, kind, {})
    with pytest.raises(ConfigError, match=r"retrieval\.store\.type"):
        StoreArm.connect(config, "c", 1)


def test_a_store_that_cannot_be_made(tmp_path: Path) -> None:
    config = configure(tmp_path, f"{__name__}.FileStore", {"nonsense": 1})
    with pytest.raises(ConfigError, match="cannot be reached"):
        StoreArm.connect(config, "c", 1)


def same_hits_as_faiss(config: Config, tmp_path: Path) -> None:
    """A store changes nothing but where the vectors are."""
    here = tmp_path / "here"
    write_notes(here / "notes", NOTES)
    (here / "config.yaml").write_text("notes: {path: notes}\nindex: {path: index}\n", "utf-8")
    faiss = load_config(here / "config.yaml")
    build(config)
    build(faiss)
    questions = ["How do bees keep warm?", "밀물은 왜 생기나?", "when is a loaf done"]
    with open_index(config) as theirs, open_index(faiss) as ours:
        assert theirs.dense is None
        for question in questions:
            for arms in (["dense"], None):
                mine = [hit.passage.id for hit in ours.search(question, 3, arms=arms)]
                assert [hit.passage.id for hit in theirs.search(question, 3, arms=arms)] == mine
    note = config.notes_path / "bread.md"
    note.write_text(note.read_text("utf-8").replace("apples", "pears"), "utf-8")
    assert build(config).embedded == 1
    with open_index(config) as theirs:
        assert "pears" in theirs.search("smells of pears", 1)[0].passage.text


@pytest.mark.model
def test_a_store_finds_what_faiss_finds(tmp_path: Path) -> None:
    config = configure(tmp_path, f"{__name__}.FileStore", {"folder": str(tmp_path)})
    same_hits_as_faiss(config, tmp_path)
    for _ in range(3):
        build(config, rebuild=True)
    assert len(list(tmp_path.glob("thinkscale_*.json"))) == 2  # the current and the one before


@pytest.mark.long
@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_milvus(tmp_path: Path) -> None:
    pytest.importorskip("langchain_milvus")
    pytest.importorskip("milvus_lite")
    uri = str(tmp_path / "milvus.db")
    arguments = {"connection_args": {"uri": uri}, "index_params": FLAT}
    same_hits_as_faiss(configure(tmp_path, "langchain_milvus.Milvus", arguments), tmp_path)


FLAT = {"index_type": "FLAT", "metric_type": "COSINE"}


@pytest.fixture
def chroma_port(tmp_path: Path) -> Iterator[int]:
    """A Chroma server process on loopback."""
    pytest.importorskip("chromadb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    code = "import sys; from chromadb.cli.cli import app; sys.exit(app())"
    command = [sys.executable, "-c", code, "run", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--path", str(tmp_path / "chroma")], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, "the Chroma server ended"
            time.sleep(0.1)
        yield port
    finally:
        server.kill()
        server.wait()


@pytest.mark.long
@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_chroma(tmp_path: Path, chroma_port: int) -> None:
    pytest.importorskip("langchain_chroma")
    arguments = {"host": "127.0.0.1", "port": chroma_port}
    same_hits_as_faiss(configure(tmp_path, "langchain_chroma.Chroma", arguments), tmp_path)
