"""Keeps the vectors of a generation: in a FAISS file, or in the store of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import ThinkscaleError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.config import Config
    from pipeline.retrieval.sentence_search import SentenceVectors
    from pipeline.retrieval.store import IndexDraft

__all__ = ["forget_vectors", "keep_vectors"]


def keep_vectors(config: Config, draft: IndexDraft, sentences: SentenceVectors) -> dict[str, Any]:
    """Keep the vectors; what the manifest says of them."""
    import numpy as np

    from pipeline.retrieval.dense import build_dense

    vectors: NDArray[np.float32] = sentences.vectors
    np.save(draft.folder / "sentences.npy", sentences.starts, allow_pickle=False)
    np.save(draft.folder / "languages.npy", sentences.languages, allow_pickle=False)
    facts = {"count": len(vectors), "dimension": int(vectors.shape[1])}
    settings = config.settings.retrieval.store
    if not settings.type:
        return {"kind": build_dense(draft.folder, vectors), **facts}
    from pipeline.retrieval.vector_store import StoreArm

    collection = "thinkscale_" + draft.name.replace("-", "_")
    arm = StoreArm.connect(config, collection, len(vectors))
    arm.fill(vectors)
    # A copy stays here: for the sentences that the store does not find, and for the next build.
    np.save(draft.folder / "vectors.npy", vectors, allow_pickle=False)
    return {
        "kind": "store",
        **facts,
        "store": settings.type,
        "collection": collection,
        "reading": arm.reading,
    }


def forget_vectors(config: Config, manifests: list[dict[str, Any]]) -> list[str]:
    """Take the collections of generations that are gone out of the store; what went wrong."""
    from pipeline.retrieval.vector_store import StoreArm

    problems = []
    for manifest in manifests:
        facts = manifest.get("dense") or {}
        if facts.get("store") and facts["store"] == config.settings.retrieval.store.type:
            try:
                StoreArm.connect(config, facts["collection"], 0).remove()
            except ThinkscaleError as error:
                problems.append(str(error))
    return problems
