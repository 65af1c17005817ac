"""Measures what is found: English, Korean, the shipped questions, and what a better order costs."""

from __future__ import annotations

import json
import random
import time

from benchmarks.retrieval_bench import HERE, XQUAD, Figures, korean_collection, workshop
from evals.retrieval.table import RetrievalRun, compare, rows
from evals.retrieval.ways import run_arms
from evals.tasks.collection import Collection
from pipeline.config import Config
from pipeline.retrieval import Index, build, open_index

__all__ = ["CORPUS", "english", "korean", "notes", "orders", "own_questions", "rerank"]

CORPUS = (HERE / "../corpus").resolve()
OWN = HERE / "../evals/datasets/notes-qa.jsonl"


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
    from evals.tasks.formats.squad import load_squad

    collection = load_squad(XQUAD)
    with workshop() as config:
        build(config, passages=collection.passages)
        with open_index(config) as index:
            found = _ask(index, collection)
    figures("XQuAD-en fused recall@1", found["fused"]["recall@1"], 0.930)
    figures("XQuAD-en fused MRR@10", found["fused"]["mrr@10"], 0.960)


def rerank(figures: Figures) -> None:
    from evals.tasks.formats.squad import load_squad
    from pipeline.answering.loop import likelihoods
    from pipeline.answering.search import model_reranker
    from pipeline.engine import open_engine
    from pipeline.retrieval.rerank import rerank as reread

    collection = load_squad(XQUAD)
    queries = random.Random(0).sample(collection.queries, 300)
    with workshop() as config:
        build(config, passages=collection.passages)
        with open_index(config) as index, open_engine(config) as engine:
            fused, ranked, seconds, read = RetrievalRun("fused"), RetrievalRun("reranked"), 0.0, 0
            score = model_reranker(likelihoods(lambda: engine))
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


def own_questions(config: Config) -> Collection:
    """The shipped questions over the shipped notes."""
    from evals.retrieval.ways import notes_passages
    from evals.tasks.formats.notes_qa_retrieval import load_notes_questions

    return load_notes_questions(OWN, notes_passages(config))


def notes(figures: Figures) -> None:
    """Dev and test together; nothing of retrieval was chosen by the test questions."""
    with workshop(f"notes: {{path: {json.dumps(str(CORPUS))}}}\n") as config:
        collection = own_questions(config)
        build(config, passages=collection.passages)
        with open_index(config) as index:
            runs = run_arms(index, collection.queries)
    table = rows(collection.queries, runs, ("recall@1", "recall@5", "all@5", "mrr@10"))
    for row in table:
        print(
            f"  {row.language:<10}{row.run:<10}{row.metric:<10}n={row.queries:<5}"
            f"{row.mean:.4f} [{row.low:.3f}, {row.high:.3f}]"
        )
    for language in ("en", "ko"):
        mean = next(
            row.mean
            for row in table
            if (row.language, row.run, row.metric) == (language, "fused", "recall@5")
        )
        figures(f"own notes, asked in {language} of {language}: recall@5", mean, 0.95)


def orders(figures: Figures) -> None:
    """What each way of spending more on the order costs and gains; none is on by itself."""
    from evals.retrieval.ways import RetrievalMethod, diverse, neighbourly, reranked
    from pipeline.answering.loop import likelihoods
    from pipeline.answering.search import model_reranker
    from pipeline.engine import open_engine

    with workshop(f"notes: {{path: {json.dumps(str(CORPUS))}}}\n") as config:
        collection = own_questions(config)
        build(config, passages=collection.passages)
        queries = random.Random(0).sample(collection.queries, 200)
        costs: dict[str, float] = {}
        with open_index(config) as index, open_engine(config) as engine:
            ways: dict[str, RetrievalMethod] = {
                "reranked": reranked(index, model_reranker(likelihoods(lambda: engine)), 5),
                "diversity 0.3": diverse(index, 0.3),
                "neighbours 1": neighbourly(index, 1),
            }
            runs = run_arms(index, queries, ways, costs=costs)
    by_name = {run.name: run for run in runs}
    print(f"  {len(queries)} questions; gain over fused, paired, 95 %; milliseconds a question")
    for name in ways:
        cells = []
        for metric in ("recall@1", "recall@5", "all@5"):
            gain = compare(queries, by_name[name], by_name["fused"], metric)
            cells.append(f"{metric} {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]")
        extra = 1000 * (costs[name] - costs["fused"])
        print(f"  {name:<14} {'  '.join(cells)}  {extra:+.0f} ms")
