"""Opening the index as it is, and telling how it differs from what is asked for now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import IndexError_, filled
from pipeline.retrieval import store
from pipeline.retrieval.identity import difference, embedder_identity
from pipeline.retrieval.index import Index

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = [
    "OtherEmbedder",
    "embedder_differs",
    "is_stale",
    "made_alike",
    "makers",
    "open_any",
    "open_index",
]

_AT_ONCE = 1 << 25
"""Bytes that are compared in about 3 ms."""
# What an index of another release must agree in; while it does, upgrading costs nothing.
# `tests/retrieval/test_makers.py` fails when one of these has to be raised.
_TOKENS = 2
"""Raised when tokens or weights are made differently, so that older indexes make theirs again."""
_READING = 4
"""Raised when files are read differently: what is cited must be what reading them gives now."""
_VECTORS = 4
"""Raised when other texts are embedded, or the same ones differently."""


class OtherEmbedder(IndexError_):
    """The index was made with another embedder than the configured one."""


def open_index(config: Config, *, whole: bool = False) -> Index:
    """Open the index as it is, whether or not notes changed since; `whole` as in `open_any`.

    Raises IndexError_ where it is missing, damaged, foreign, newer, or made by another embedder.

    Example:
        with open_index(load_config()) as index:
            for hit in index.search("low-rank adapters", k=3):
                print(hit.passage.place, hit.score)
    """
    index = open_any(config, whole=whole)
    differs = embedder_differs(index.manifest, config)
    if differs:
        index.close()
        raise OtherEmbedder(
            filled("{folder}: {differs}.", folder=config.index_path, differs=differs),
            "Run: thinkscale index",
        )
    return index


def open_any(config: Config, *, whole: bool = False) -> Index:
    """As `open_index`, made by whichever embedder.

    An index of up to 32 MiB is compared with its checksums at once, and so is any with `whole`; of
    a larger one each part when it is used.
    """
    root = config.index_path
    for attempt in range(3):
        folder = store.current(root)
        try:
            index = Index(folder, store.read_manifest(folder), config)
            if whole or index.files.size <= _AT_ONCE:
                try:
                    index.files.check_all()
                except BaseException:
                    index.close()
                    raise
            return index
        except IndexError_:
            # A rebuild may have replaced and removed the generation while it was being opened.
            if attempt < 2 and store.current(root) != folder:
                continue
            raise
    raise AssertionError("unreachable")


def embedder_differs(manifest: dict[str, Any], config: Config) -> str:
    """How the configured embedder differs from that of the index; empty if it does not."""
    if "dense" not in manifest["arms"] or "dense" not in config.settings.retrieval.arms:
        return ""
    kept = (manifest["dense"] or {}).get("store", "")
    asked = config.settings.retrieval.store.type
    if kept != asked:
        return filled(
            "its vectors are in {kept}, the configuration says {asked}",
            kept=kept or "FAISS",
            asked=asked or "FAISS",
        )
    made = manifest["embedder"]["identity"]
    return difference(made, config, embedder_identity(config))


def makers() -> dict[str, Any]:
    """What shaped the index besides notes and embedder; a difference asks for a rebuild."""
    return {"tokens": _TOKENS, "reading": _READING, "vectors": _VECTORS}


def made_alike(manifest: dict[str, Any]) -> bool:
    """Whether an index is as this release would make it of the same notes and embedder."""
    made = {name: number for name, number in manifest["makers"].items() if name != "thinkscale"}
    return {"vectors": 1} | made == makers()  # 1.0.0 wrote its own version, and no `vectors`


def is_stale(config: Config) -> str:
    """Why the index must be made or refreshed, in a few words; empty when it is fresh.

    Raises IndexError_ where the index folder is something else, NotesError for an unusable notes
    folder.
    """
    try:
        with open_any(config) as index:
            return stale(index, config)
    except IndexError_ as error:
        if "not a Thinkscale index" in error.what:
            raise
        return error.what


def stale(index: Index, config: Config) -> str:
    """As `is_stale`, of an index that is open; tells it what is left out of the notes."""
    from pipeline.retrieval.sources import survey_notes

    manifest = index.manifest
    differs = embedder_differs(manifest, config)
    if differs:
        return differs
    if not made_alike(manifest):
        return "it was made by another version"
    if "dense" in config.settings.retrieval.arms and "dense" not in manifest["arms"]:
        return "it has no dense arm"
    survey = survey_notes(config.notes_path, manifest["sources"])
    index.left_out = survey.left_out()
    if survey.differs:
        return f"{len(survey.changed)} notes changed and {len(survey.removed)} went"
    return ""
