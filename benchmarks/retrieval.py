"""What retrieval finds, how fast, and what it survives.

    python -m benchmarks.retrieval [--check] [--only PART ...]

Parts: english, rerank, korean, build, cold, warm, million, kill. With --check the exit code is 1
where a figure asked for is not reached. `english` and `rerank` need ../shared/data/xquad.en.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evals.retrieval import run_arms
from evals.retrieval_table import Run, compare, rows
from evals.tasks.collection import Collection, Query
from pipeline.config import Config, load_config
from pipeline.retrieval import Index, build, ensure, open_index
from pipeline.types import Passage, Place

HERE = Path(__file__).parent
XQUAD = HERE / "../../shared/data/xquad.en.json"


class Figures:
    """Prints each figure as it comes; remembers whether all asked for were reached."""

    def __init__(self) -> None:
        self.missed = 0

    def __call__(self, name: str, value: float, least: float | None = None, **bound: float) -> None:
        most = bound.get("most")
        good = (least is None or value >= least) and (most is None or value <= most)
        asked = "" if least is None else f"  (asked: >= {least:g})"
        asked = asked if most is None else f"  (asked: <= {most:g})"
        self.missed += not good
        print(f"{name:<58} {value:>9.4g}{asked}{'' if good else '  MISSED'}", flush=True)


@contextmanager
def workshop(text: str = "") -> Iterator[Config]:
    """A configuration in a temporary folder."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "config.yaml"
        file.write_text("notes: {path: notes}\nindex: {path: index}\n" + text, encoding="utf-8")
        (Path(folder) / "notes").mkdir()
        yield load_config(file)


def korean_collection() -> Collection:
    """The passages and questions of data/retrieval.ko.txt."""
    passages: list[Passage] = []
    queries: list[Query] = []
    for line in (HERE / "data" / "retrieval.ko.txt").read_text(encoding="utf-8").splitlines():
        number = len(passages)
        if line.startswith("? "):
            name = f"q{len(queries)}"
            queries.append(Query(name, line[2:], "ko", {f"p{number}": 1}, f"p{number}"))
        elif line and not line.startswith("#"):
            place = Place("retrieval.ko.txt", number + 1, number + 1)
            passages.append(Passage(f"p{number + 1}", line, "retrieval.ko.txt", place, (), "ko"))
    return Collection("korean", tuple(passages), tuple(queries))


def _ask(index: Index, collection: Collection) -> dict[str, dict[str, float]]:
    """The table of every arm and of all, printed; means by run and metric."""
    runs = run_arms(index, collection.queries)
    found: dict[str, dict[str, float]] = {}
    for row in rows(collection.queries, runs, ("recall@1", "mrr@10")):
        found.setdefault(row.run, {})[row.metric] = row.mean
        print(f"  {row.run:<10}{row.metric:<10}{row.mean:.4f} [{row.low:.3f}, {row.high:.3f}]")
    weights = index.weights(collection.queries[0].language)
    print("  weights:", ", ".join(f"{arm} {weight:.3g}" for arm, weight in weights.items()))
    return found


def english(figures: Figures) -> None:
    from evals.tasks.squad import load_squad

    collection = load_squad(XQUAD)
    with workshop() as config:
        build(config, passages=collection.passages)
        with open_index(config) as index:
            found = _ask(index, collection)
    figures("XQuAD-en fused recall@1", found["fused"]["recall@1"], 0.930)
    figures("XQuAD-en fused MRR@10", found["fused"]["mrr@10"], 0.960)


def rerank(figures: Figures) -> None:
    from evals.tasks.squad import load_squad
    from pipeline.engine import open_engine
    from pipeline.retrieval.rerank import question_likelihood
    from pipeline.retrieval.rerank import rerank as reread

    collection = load_squad(XQUAD)
    queries = random.Random(0).sample(collection.queries, 300)
    with workshop() as config:
        build(config, passages=collection.passages)
        with open_index(config) as index, open_engine(config) as engine:
            fused, ranked, seconds, read = Run("fused"), Run("reranked"), 0.0, 0
            score = question_likelihood(engine)  # type: ignore[arg-type]
            for query in queries:
                hits = index.search(query.text, 10)
                start = time.perf_counter()
                again = reread(hits, query.text, score)
                seconds += time.perf_counter() - start
                read += any("model" in hit.ranks for hit in again)
                fused.ranked[query.id] = [(hit.passage.id, hit.score) for hit in hits]
                ranked.ranked[query.id] = [(hit.passage.id, hit.score) for hit in again]
    mean = rows(queries, [ranked], ("recall@1",))[0].mean
    gain = compare(queries, ranked, fused, "recall@1")
    print(
        f"  gain {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}], paired, "
        f"{len(queries)} questions;"
    )
    print(f"  {read} of them were close enough to be read again")
    figures("XQuAD-en reranked by the local model, recall@1", mean, 0.950)
    figures("rerank, seconds a question", seconds / len(queries), most=0.6)


def korean(figures: Figures) -> None:
    collection = korean_collection()
    with workshop() as config:
        build(config, passages=collection.passages)
        with open_index(config) as index:
            found = _ask(index, collection)
    single = max(found[arm]["recall@1"] for arm in found if arm != "fused")
    figures("Korean fused recall@1", found["fused"]["recall@1"])
    figures("  less the best single arm's", found["fused"]["recall@1"] - single, -0.005)


def _thousand_notes(folder: Path, count: int = 1000) -> None:
    """Notes of made-up words, some passages each."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(3, 9))) for _ in range(3000)]
    for number in range(count):
        lines = [" ".join(rng.choices(words, k=12)).capitalize() + "." for _ in range(2)]
        (folder / f"note {number:04d}.md").write_text(
            f"# Note {number}\n\n{' '.join(lines)}\n", "utf-8"
        )


def build_times(figures: Figures) -> None:
    from pipeline.retrieval.embedder import Embedder

    if XQUAD.exists():
        from evals.tasks.squad import load_squad

        passages: tuple[Passage, ...] = load_squad(XQUAD).passages
    else:
        passages = korean_collection().passages
    with workshop() as config:
        plain = Embedder(config).model
        plain.encode(["warm up"])
        texts = [passage.text for passage in passages]
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
        _thousand_notes(config.notes_path)
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
            build_dense(config.file.parent, vectors)
            index.dense = DenseArm(config.file.parent, "flat", len(passages), 384)
            index._encoder = small._encoder
            index.arms = ("dense", "words", "headings")
            index.calibration.weights["en"] = {"dense": 10.0, "words": 0.5, "headings": 0.2}
            spent = []
            for number in range(400):
                question = " ".join(rng.choices(words, weights, k=10)) + f" {number}"
                start = time.perf_counter()
                index.search(question, 5)
                spent.append(1000 * (time.perf_counter() - start))
    figures("warm search of 20,000 passages, p50 ms", float(np.percentile(spent[20:], 50)), most=25)
    figures("warm search of 20,000 passages, p99 ms", float(np.percentile(spent[20:], 99)), most=60)


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


def million(figures: Figures) -> None:
    import numpy as np

    from pipeline.retrieval.dense import DenseArm, build_dense, kind_for

    count, width = 1_000_000, 384
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
        start = time.perf_counter()
        arm = DenseArm(Path(folder), kind, count, width)
        figures("1,000,000 vectors opened, seconds", time.perf_counter() - start, most=1)
        for question in questions[:50]:
            arm.nearest(question, 10)
        times, same = [], 0
        for question, known in zip(questions, right, strict=True):
            start = time.perf_counter()
            ids, _ = arm.nearest(question, 10)
            times.append(1000 * (time.perf_counter() - start))
            same += len(known.intersection(ids.tolist()))
        figures("1,000,000 vectors, p50 ms", float(np.percentile(times, 50)), most=10)
        figures("1,000,000 vectors, recall@10 against flat", same / len(questions) / 10, 0.95)


CHILD = """
import sys
from pathlib import Path
from pipeline.config import load_config
from pipeline.retrieval import build
config = load_config(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    build(config, rebuild=True)
"""


def kill_builds(config: Config, times: int, seed: int = 0) -> int:
    """Kill -9 a process that rebuilds the index, `times` times, each at a random moment of the
    build. Returns how often the old index still answered."""
    rng = random.Random(seed)
    start = time.perf_counter()
    build(config, rebuild=True)
    length = time.perf_counter() - start
    answered = 0
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    for _ in range(times):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(config.file)], stdout=subprocess.PIPE, env=environment
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(rng.uniform(0, 1.5 * length))
        child.kill()
        child.wait()
        child.stdout.close()
        with open_index(config) as index:
            answered += bool(index.search("note", 3))
    return answered


def kill(figures: Figures) -> None:
    """The embedder is left out: it is most of a build's time and writes nothing."""
    with workshop("retrieval: {arms: [words, headings]}\n") as config:
        _thousand_notes(config.notes_path, 150)
        figures("kill -9 in 100 rebuilds: the old index answered", kill_builds(config, 100), 100)
        build(config, rebuild=True)
        left = [p for p in (config.index_path / "generations").iterdir() if p.suffix == ".part"]
        figures("leftovers after the next build", len(left), most=0)


PARTS: dict[str, Callable[[Figures], None]] = {
    "english": english,
    "rerank": rerank,
    "korean": korean,
    "build": build_times,
    "cold": cold,
    "warm": warm,
    "million": million,
    "kill": kill,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    figures = Figures()
    for name in options.only:
        if name in ("english", "rerank") and not XQUAD.exists():
            print(f"{name}: skipped, {XQUAD} is not there")
            continue
        print(f"{name}:", flush=True)
        PARTS[name](figures)
    print(json.dumps({"missed": figures.missed}))
    return 1 if options.check and figures.missed else 0


if __name__ == "__main__":
    sys.exit(main())
