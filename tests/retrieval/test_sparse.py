from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.retrieval import store
from pipeline.retrieval.sparse import K1, B, SparseArm, TokenTable, build_sparse
from pipeline.text.tokens import token_id

DOCS = [["a", "b", "b"], ["a", "c"], ["d"], []]


def ids(*tokens: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.asarray([token_id(token) for token in tokens], np.int64)


def test_scores_are_those_of_bm25s() -> None:
    import bm25s

    arm = build_sparse(TokenTable.from_tokens(DOCS))
    theirs = bm25s.BM25(k1=K1, b=B, method="lucene")
    theirs.index([doc or [""] for doc in DOCS[:3]], show_progress=False)
    ours = build_sparse(TokenTable.from_tokens(DOCS[:3]))
    np.testing.assert_allclose(ours.scores(ids("a", "b")), theirs.get_scores(["a", "b"]), rtol=1e-5)
    assert arm.scores(ids("nowhere")).sum() == 0
    assert arm.scores(ids("d"))[2] > 0


docs = st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8), min_size=2, max_size=8)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(docs, st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=5))
def test_a_passage_scored_apart_scores_the_same(
    passages: list[list[str]], query: list[str]
) -> None:
    table = TokenTable.from_tokens(passages)
    arm = build_sparse(table)
    scores = arm.scores(ids(*query))
    for i in range(len(passages)):
        assert arm.score_one(ids(*query), table[i]) == pytest.approx(float(scores[i]), abs=1e-4)


def test_an_arm_survives_the_disk(tmp_path: Path) -> None:
    arm = build_sparse(TokenTable.from_tokens(DOCS))
    arm.save(tmp_path, "words")
    store.seal(tmp_path, {})
    files = store.checked(tmp_path, store.read_manifest(tmp_path))
    again = SparseArm.load(files, "words", len(DOCS), arm.mean_length)
    np.testing.assert_array_equal(arm.scores(ids("a")), again.scores(ids("a")))


def test_no_tokens_at_all() -> None:
    arm = build_sparse(TokenTable.from_tokens([[], []]))
    assert arm.scores(ids("a")).tolist() == [0, 0]
