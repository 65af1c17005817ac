"""Measures the time to make and refresh the index, to ask the first question and the next, and to
search a million vectors."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.retrieval_bench import (
    HERE,
    XQUAD,
    Figures,
    korean_collection,
    thousand_notes,
    workshop,
)
from pipeline.retrieval import build, ensure, open_index
from pipeline.types import Passage, Place

__all__ = ["build_times", "cold", "middle", "million", "warm"]


def build_times(figures: Figures) -> None:
    from pipeline.retrieval.embedder import Embedder
    from pipeline.retrieval.sentence_search import sentence_texts

    if XQUAD.exists():
        from evals.tasks.formats.squad import load_squad

        passages: tuple[Passage, ...] = load_squad(XQUAD).passages
    else:
        passages = korean_collection().passages
    with workshop("embedder: {model: english}\n") as config:
        plain = Embedder(config).model
        plain.encode(["warm up"])
        texts = [text for passage in passages for text in sentence_texts(passage)]
        mine, theirs = [], []
        for _ in range(3):
            start = time.perf_counter()
            plain.encode(texts)
            theirs.append(time.perf_counter() - start)
            start = time.perf_counter()
            report = build(config, passages=passages, rebuild=True)
            mine.append(time.perf_counter() - start)
        stages = ", ".join(f"{name} {value:.2f}" for name, value in report.seconds.items())
        print(
            f"  SentenceTransformer.encode {min(theirs):.2f} s; build {min(mine):.2f} s ({stages})"
        )
        figures("build / SentenceTransformer.encode", min(mine) / min(theirs), most=1.15)
    with workshop() as config:
        thousand_notes(config.notes_path)
        start = time.perf_counter()
        build(config)
        full = time.perf_counter() - start
        start = time.perf_counter()
        report = build(config)
        assert not report.changed
        figures(
            "unchanged 1,000 notes / full build", (time.perf_counter() - start) / full, most=0.03
        )
        note = config.notes_path / "note 0500.md"
        note.write_text(note.read_text("utf-8") + "\nOne more sentence about a heron.\n", "utf-8")
        start = time.perf_counter()
        report = build(config)
        figures("one note of 1,000 changed: notes read", report.read, most=1)
        figures("one note of 1,000 changed: passages embedded", report.embedded, most=2)
        print(f"  in {time.perf_counter() - start:.2f} s of a full build's {full:.1f} s")


def _wall(command: list[str], folder: Path, times: int = 5) -> float:
    """The shortest wall time of a new process, in seconds."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        best = min(best, time.perf_counter() - start)
    return best


def cold(figures: Figures) -> None:
    with workshop() as config:
        collection = korean_collection()
        for passage in collection.passages:
            note = config.notes_path / f"{passage.id}.md"
            note.write_text(f"# {passage.id}\n\n{passage.text}\n", encoding="utf-8")
        ensure(config).close()
        folder = config.file.parent
        run = "import sys; from pipeline.cli import main; main(['search', sys.argv[1]])"
        environment = [sys.executable, "-c"]
        os.environ["PYTHONPATH"] = str(HERE.parent)
        mine = _wall([*environment, run, "두부를 굳히는 것은?"], folder)
        peer = _wall([*environment, "import sentence_transformers"], folder, 3)
    figures("cold `thinkscale search`, seconds", mine, most=1.0)
    figures("cold search / `import sentence_transformers`", mine / peer, most=0.25)


def warm(figures: Figures) -> None:
    """20,000 passages. Their vectors are random: nine minutes of embedding would show nothing."""
    import numpy as np

    from pipeline.retrieval.dense import DenseArm, build_dense
    from pipeline.retrieval.sentence_search import SentenceVectors

    rng = random.Random(2)
    words = ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(3, 9))) for _ in range(20_000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    texts = [" ".join(rng.choices(words, weights, k=100)) for _ in range(20_000)]
    passages = [
        Passage(f"p{i}", text, "w.md", Place("w.md", i + 1, i + 1)) for i, text in enumerate(texts)
    ]
    with workshop() as config, workshop("retrieval: {arms: [words, headings]}\n") as lexical:
        build(config, passages=korean_collection().passages)
        build(lexical, passages=passages)
        vectors = np.random.default_rng(0).normal(size=(len(passages), 384)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        with open_index(config) as small, open_index(lexical) as index:
            folder = config.file.parent / "dense"
            folder.mkdir()
            build_dense(folder, vectors)
            index.dense = DenseArm(_sealed(folder), "flat", len(passages), 384)
            one_each = np.arange(len(passages) + 1)
            codes = np.zeros(len(passages), np.uint8)
            index.sentences = SentenceVectors(index.dense.vectors, one_each, codes)
            index._encoder = small._encoder
            index.manifest["embedder"] = small.manifest["embedder"]
            index.arms = ("dense", "words", "headings")
            index.calibration.weights["en"] = {"dense": 3.0, "words": 1.0, "headings": 0.3}
            spent = []
            for number in range(400):
                question = " ".join(rng.choices(words, weights, k=10)) + f" {number}"
                start = time.perf_counter()
                index.search(question, 5)
                spent.append(1000 * (time.perf_counter() - start))
    figures("warm search of 20,000 passages, p50 ms", float(np.percentile(spent[20:], 50)), most=25)
    figures("warm search of 20,000 passages, p99 ms", float(np.percentile(spent[20:], 99)), most=60)


def _sealed(folder: Path) -> Any:
    from pipeline.retrieval import store

    store.seal(folder, {})
    return store.checked(folder, store.read_manifest(folder))


def _synthetic(count: int, rng: Any, basis: Any) -> Any:
    """Unit vectors near a space of 64 dimensions, as embeddings of texts are, with noise."""
    import numpy as np

    found = np.empty((count, basis.shape[1]), np.float32)
    for start in range(0, count, 100_000):
        size = min(100_000, count - start)
        part = rng.normal(size=(size, len(basis))).astype(np.float32) @ basis
        part += 2 * rng.normal(size=part.shape).astype(np.float32)
        found[start : start + size] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return found


def middle(figures: Figures) -> None:
    _vectors(figures, 150_000)


def million(figures: Figures) -> None:
    _vectors(figures, 1_000_000)


def _vectors(figures: Figures, count: int, width: int = 384) -> None:
    """So many synthetic vectors, in the FAISS index that their number asks for."""
    import numpy as np

    from pipeline.retrieval.dense import DenseArm, build_dense, kind_for

    rng = np.random.default_rng(0)
    basis = rng.normal(size=(64, width)).astype(np.float32)
    vectors, questions = _synthetic(count, rng, basis), _synthetic(200, rng, basis)
    right = [set(np.argpartition(-(vectors @ q), 10)[:10].tolist()) for q in questions]
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        kind = build_dense(Path(folder), vectors)
        spent = time.perf_counter() - start
        assert kind == kind_for(count)
        del vectors
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e9
        print(f"  {kind}: built in {spent:.0f} s, at most {memory:.1f} GB, {size:.2f} GB on disk")
        files = _sealed(Path(folder))
        start = time.perf_counter()
        arm = DenseArm(files, kind, count, width)
        figures(f"{count:,} vectors opened, seconds", time.perf_counter() - start, most=1)
        for question in questions[:50]:
            arm.nearest(question, 10)
        times, same = [], 0
        for question, known in zip(questions, right, strict=True):
            start = time.perf_counter()
            ids, _ = arm.nearest(question, 10)
            times.append(1000 * (time.perf_counter() - start))
            same += len(known.intersection(ids.tolist()))
        figures(f"{count:,} vectors, p50 ms", float(np.percentile(times, 50)), most=10)
        figures(f"{count:,} vectors, recall@10 against flat", same / len(questions) / 10, 0.95)
