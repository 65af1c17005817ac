"""Making and refreshing the index."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline import __version__
from pipeline.errors import IndexError_, NotesError, ThinkscaleError
from pipeline.retrieval import store
from pipeline.retrieval.calibration import ArmWorth, Calibration
from pipeline.retrieval.embedder import embedder_identity
from pipeline.retrieval.index import Index

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.config import Config
    from pipeline.retrieval.embedder import Embedder
    from pipeline.types import Passage

__all__ = ["Progress", "Report", "build", "ensure", "is_stale", "open_index"]

Progress = Callable[[str, int, int], None]
"""Called with a stage (`read`, `embed`, `calibrate`), how many are done, and of how many."""
_TOKENS = 1
"""Raised when tokens are made differently, so that older indexes make theirs again."""
_DRIFT = 0.2
"""Share of passages that may change before the arms are weighed anew."""


class OtherEmbedder(IndexError_):
    """The index was made with another embedder than the configured one."""


@dataclass(frozen=True)
class Report:
    """What a build did. Seconds by stage."""

    changed: bool
    sources: int
    passages: int
    read: int
    removed: int
    embedded: int
    seconds: dict[str, float]
    calibration: tuple[ArmWorth, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    """(source, what was wrong with it)."""
    notices: tuple[str, ...] = ()


def open_index(config: Config) -> Index:
    """The index as it is, whether or not notes changed since.

    Raises IndexError_ where it is missing, damaged, foreign, newer, or made by another embedder.
    """
    return _open(config, strict=True)


def _open(config: Config, strict: bool) -> Index:
    root = config.index_path
    for attempt in range(3):
        folder = store.current(root)
        try:
            manifest = store.read_manifest(folder)
            store.check_files(folder, manifest["files"])
            index = Index(folder, manifest, config)
        except IndexError_:
            # A rebuild may have replaced and removed the generation while it was being opened.
            if attempt < 2 and store.current(root) != folder:
                continue
            raise
        difference = _embedder_differs(manifest, config)
        if strict and difference:
            index.close()
            raise OtherEmbedder(f"{root}: {difference}.", "Run: thinkscale index")
        return index
    raise AssertionError("unreachable")


def _embedder_differs(manifest: dict[str, Any], config: Config) -> str:
    """How the configured embedder differs from that of the index; empty if it does not."""
    if "dense" not in manifest["arms"] or "dense" not in config.settings.retrieval.arms:
        return ""
    kept = (manifest["dense"] or {}).get("store", "")
    asked_store = config.settings.retrieval.store.type
    if kept != asked_store:
        return (
            f"its vectors are in {kept or 'FAISS'}, the configuration says {asked_store or 'FAISS'}"
        )
    made = manifest["embedder"]["identity"]
    asked = embedder_identity(config)
    for key, label in (
        ("model", "the embedder"),
        ("query_prompt", "embedder.query_prompt"),
        ("passage_prompt", "embedder.passage_prompt"),
    ):
        if made[key] != asked[key]:
            return (
                f"the index was made with {label} {made[key]!r}, "
                f"the configuration says {asked[key]!r}"
            )
    if [row[:2] for row in made["files"]] != [row[:2] for row in asked["files"]]:
        return f"the files of the embedder {asked['model']!r} are not those that made the index"
    return ""


def _makers() -> dict[str, Any]:
    """What shaped the index besides notes and embedder; a difference asks for a rebuild."""
    return {
        "thinkscale": __version__,
        "tokens": _TOKENS,
    }


def is_stale(config: Config) -> str:
    """Why the index must be made or refreshed, in a few words; empty when it is fresh.

    Raises IndexError_ where the index folder is something else, NotesError for an unusable notes
    folder.
    """
    try:
        with _open(config, strict=False) as index:
            return _stale(index, config)
    except IndexError_ as error:
        if "not a Thinkscale index" in error.what:
            raise
        return error.what


def _stale(index: Index, config: Config) -> str:
    from pipeline.retrieval.sources import survey_notes

    manifest = index.manifest
    difference = _embedder_differs(manifest, config)
    if difference:
        return difference
    if manifest["makers"] != _makers():
        return "it was made by another version"
    if "dense" in config.settings.retrieval.arms and "dense" not in manifest["arms"]:
        return "it has no dense arm"
    survey = survey_notes(config.notes_path, manifest["sources"])
    if survey.differs:
        return f"{len(survey.changed)} notes changed and {len(survey.removed)} went"
    return ""


def ensure(config: Config, progress: Progress | None = None) -> Index:
    """The index, made or refreshed first where it is missing, damaged or behind the notes.

    Raises IndexError_ for one made with another embedder: to embed all notes again is dear, and
    may not be what was meant, so it is left to `build`.
    """
    try:
        index = _open(config, strict=True)
        if not _stale(index, config):
            return index
        index.close()
    except IndexError_ as error:
        if isinstance(error, OtherEmbedder) or "not a Thinkscale index" in error.what:
            raise
    build(config, progress=progress)
    return open_index(config)


def build(
    config: Config,
    *,
    progress: Progress | None = None,
    rebuild: bool = False,
    passages: Sequence[Passage] | None = None,
) -> Report:
    """Make or refresh the index; `rebuild` uses nothing of the old one. With `passages` those are
    indexed, as they are, and no notes are read (a question set brings its own).

    The old index answers until the new one is complete. Raises NotesError where there is nothing
    to index, ModelError for the embedder, IndexError_ where the folder cannot be used.
    """
    with store.locked(config.index_path):
        return _Build(config, progress).run(rebuild, passages)


class _Build:
    """One run: stages in order, each timed."""

    def __init__(self, config: Config, progress: Progress | None) -> None:
        self.config = config
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self.notices: list[str] = []
        self._embedder: Embedder | None = None

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[Callable[[int, int], None] | None]:
        start = time.perf_counter()
        told = self.progress
        yield None if told is None else lambda done, total: told(name, done, total)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def embedder(self) -> Embedder:
        if self._embedder is None:
            from pipeline.retrieval.embedder import Embedder

            with self.stage("load"):
                self._embedder = Embedder(self.config)
        return self._embedder

    def run(self, rebuild: bool, given: Sequence[Passage] | None) -> Report:
        from pipeline.notes import fold
        from pipeline.retrieval.sources import gather, survey_notes

        old = None if rebuild else self._old()
        try:
            if given is not None:
                return self._draft(old, {}, list(given), list(given), 0, 0)
            with self.stage("survey"):
                survey = survey_notes(
                    self.config.notes_path, old.manifest["sources"] if old else {}
                )
            if old is not None and not survey.differs and not _stale(old, self.config):
                return self._report(old.manifest, changed=False)
            with self.stage("read") as tell:
                passages = gather(survey, _kept(old, set(survey.rows)), tell)
            removed = len(survey.removed)
            folded = fold(passages)
            return self._draft(old, survey.rows, passages, folded, len(survey.changed), removed)
        finally:
            if old is not None:
                old.close()

    def _draft(
        self,
        old: Index | None,
        rows: dict[str, dict[str, Any]],
        passages: list[Passage],
        folded: list[Passage],
        read: int,
        removed: int,
    ) -> Report:
        if not folded:
            raise NotesError(
                f"{self.config.notes_path}: no text to index was found there.",
                "Point `notes.path` at a folder of notes.",
            )
        draft = store.Draft(self.config.index_path)
        try:
            return self._write(draft, old, rows, passages, folded, read, removed)
        except BaseException:
            draft.discard()
            raise

    def _old(self) -> Index | None:
        """The last index where it can be built upon."""
        try:
            index = _open(self.config, strict=False)
        except IndexError_ as error:
            if "not a Thinkscale index" in error.what:
                raise
            if (self.config.index_path / "CURRENT").exists():
                self.notices.append(f"Built from nothing: {error.what}")
            return None
        if index.manifest["makers"] != _makers():
            index.close()
            return None
        return index

    def _write(
        self,
        draft: store.Draft,
        old: Index | None,
        rows: dict[str, dict[str, Any]],
        passages: list[Passage],
        folded: list[Passage],
        read: int,
        removed: int,
    ) -> Report:
        import numpy as np

        from pipeline.retrieval.arms import (
            build_sparse_arms,
            build_vectors,
            passage_keys,
            reuse_map,
        )
        from pipeline.retrieval.glossary import mine
        from pipeline.retrieval.measure import calibrate
        from pipeline.retrieval.morphemes import Morphemes
        from pipeline.retrieval.passages import write_passages

        folder, config = draft.folder, self.config
        with self.stage("write"):
            write_passages(folder, "passages", folded)
            write_passages(folder, "read", passages)
            store.replace_text(
                folder / "glossary.json", _json(mine(passage.text for passage in folded))
            )
            keys = passage_keys(folded)
            np.save(folder / "keys.npy", keys, allow_pickle=False)
        before = (
            np.load(old.folder / "keys.npy", allow_pickle=False) if old else np.zeros(0, np.int64)
        )
        map_ = reuse_map(keys, before)
        morphemes = Morphemes()
        with self.stage("tokens"):
            sparse = build_sparse_arms(folded, map_, old, morphemes)
            sparse.save(folder)
        manifest: dict[str, Any] = {
            "arms": list(config.settings.retrieval.arms),
            "count": len(folded),
            "sources": rows,
            "makers": _makers(),
            "sparse": {name: arm.mean_length for name, arm in sparse.arms.items()},
            "dense": None,
        }
        vectors = None
        embedded = 0
        if "dense" in config.settings.retrieval.arms:
            same = (
                old is not None
                and old.manifest["dense"] is not None
                and not _embedder_differs(old.manifest, config)
            )
            usable = map_ if same else np.full(len(map_), -1, np.int64)
            width = int(old.manifest["dense"]["dimension"]) if old is not None and same else 0
            embedded = int((usable < 0).sum())
            if embedded:
                self.embedder()
            with self.stage("embed") as tell:
                vectors = build_vectors(folded, usable, old, self.embedder, width, tell)
            with self.stage("dense"):
                manifest["dense"] = self._keep(draft, vectors)
            if old is not None and same:
                manifest["embedder"], manifest["encoder"] = (
                    old.manifest["embedder"],
                    old.manifest["encoder"],
                )
            else:
                manifest |= self._encoder([passage.text for passage in folded])
        drift = embedded if vectors is not None else int((map_ < 0).sum())
        if old is not None and _still_weighed(old, len(folded), drift, manifest):
            calibration = old.calibration
        else:
            with self.stage("calibrate") as tell:
                calibration = calibrate(
                    folded, sparse, vectors, self.embedder, tuple(manifest["arms"]), morphemes, tell
                )
        manifest["calibration"] = calibration.to_json()
        with self.stage("publish"):
            outdated = store.other_manifests(config.index_path)
            draft.publish(manifest)
            self._forget(outdated)
        return self._report(manifest, changed=True, read=read, removed=removed, embedded=embedded)

    def _keep(self, draft: store.Draft, vectors: NDArray[np.float32]) -> dict[str, Any]:
        """The vectors in a FAISS file, or in the store of the configuration."""
        import numpy as np

        from pipeline.retrieval.dense import build_dense

        width = int(vectors.shape[1])
        settings = self.config.settings.retrieval.store
        if not settings.type:
            return {"kind": build_dense(draft.folder, vectors), "dimension": width}
        from pipeline.retrieval.stores import StoreArm

        collection = "thinkscale_" + draft.name.replace("-", "_")
        arm = StoreArm.connect(self.config, collection, len(vectors))
        arm.fill(vectors)
        # A copy stays here, so that the next build embeds only what changed.
        np.save(draft.folder / "vectors.npy", vectors.astype(np.float16), allow_pickle=False)
        return {
            "kind": "store",
            "dimension": width,
            "store": settings.type,
            "collection": collection,
            "reading": arm.reading,
        }

    def _forget(self, manifests: list[dict[str, Any]]) -> None:
        """Collections of generations that are gone leave the store too."""
        from pipeline.retrieval.stores import StoreArm

        for manifest in manifests:
            facts = manifest.get("dense") or {}
            if facts.get("store") and facts["store"] == self.config.settings.retrieval.store.type:
                try:
                    StoreArm.connect(self.config, facts["collection"], 0).remove()
                except ThinkscaleError as error:
                    self.notices.append(str(error))

    def _encoder(self, texts: list[str]) -> dict[str, Any]:
        """The light query encoder, made once for an embedder and checked on the notes."""
        from pipeline.retrieval.export import make_encoder

        with self.stage("encoder"):
            model = self.embedder()
            fingerprint = model.fingerprint()
            encoder = make_encoder(self.config.index_path, model, fingerprint, texts)
        if encoder["kind"] != "light":
            self.notices.append(f"Questions will load torch, which is slow: {encoder['why']}.")
        identity = embedder_identity(self.config)
        return {"embedder": {"identity": identity, "fingerprint": fingerprint}, "encoder": encoder}

    def _report(
        self,
        manifest: dict[str, Any],
        *,
        changed: bool,
        read: int = 0,
        removed: int = 0,
        embedded: int = 0,
    ) -> Report:
        return Report(
            changed=changed,
            sources=len(manifest["sources"]),
            passages=manifest["count"],
            read=read,
            removed=removed,
            embedded=embedded,
            seconds=dict(self.seconds),
            calibration=Calibration.from_json(manifest["calibration"]).table,
            problems=tuple(
                (path, problem)
                for path, row in manifest["sources"].items()
                for problem in row["problems"]
            ),
            notices=tuple(self.notices),
        )


def _kept(old: Index | None, paths: set[str]) -> dict[str, list[Passage]]:
    """Passages of unchanged sources, as they were read."""
    from pipeline.retrieval.passages import StoredPassages

    kept: dict[str, list[Passage]] = {}
    if old is not None and paths:
        stored = StoredPassages(old.folder, "read")
        for passage in stored:
            if passage.source in paths:
                kept.setdefault(passage.source, []).append(passage)
        stored.close()
    return kept


def _still_weighed(old: Index, count: int, changed: int, manifest: dict[str, Any]) -> bool:
    """The old weights hold while the arms are the same and few passages changed since."""
    measured = old.calibration.passages
    return (
        set(old.manifest["arms"]) == set(manifest["arms"])
        and changed <= _DRIFT * count
        and abs(count - measured) <= _DRIFT * max(measured, 1)
    )


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False) + "\n"
