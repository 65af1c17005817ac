"""Build and refresh the search index."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.errors import IndexError_, NotesError, filled
from pipeline.retrieval import store
from pipeline.retrieval.calibration import ArmWorth, Calibration, NearnessLevel
from pipeline.retrieval.identity import sealed_identity
from pipeline.retrieval.opening import (
    OtherEmbedder,
    embedder_differs,
    made_alike,
    makers,
    open_any,
    open_index,
    stale,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.config import Config
    from pipeline.notes import Skipped
    from pipeline.retrieval.embedder import TextEmbedder
    from pipeline.retrieval.index import Index
    from pipeline.retrieval.sentence_search import SentenceVectors
    from pipeline.types import Passage

__all__ = ["BuildReport", "IndexProgress", "build", "ensure"]

IndexProgress = Callable[[str, int, int], None]
"""Called with a stage (`read`, `embed`, `calibrate`), how many are done, and of how many."""
_PROOF = 8
"""Passages that a mended query encoder is compared on."""
_DRIFT = 0.2
"""Share of passages that may change before the arms are weighed anew."""


@dataclass(frozen=True)
class BuildReport:
    """What a build did. Seconds by stage."""

    changed: bool
    sources: int
    passages: int
    read: int
    removed: int
    embedded: int
    seconds: dict[str, float]
    calibration: tuple[ArmWorth, ...] = ()
    levels: dict[str, NearnessLevel] = field(default_factory=dict)
    """By language: how well questions that the notes answer are told from those they do not."""
    problems: tuple[tuple[str, str], ...] = ()
    """(source, what was wrong with it)."""
    notices: tuple[str, ...] = ()
    left_out: tuple[Skipped, ...] = ()
    """Files of the notes that no answer can come from."""


def ensure(config: Config, progress: IndexProgress | None = None) -> Index:
    """The index, made or refreshed first where it is missing, damaged or behind the notes.

    Raises IndexError_ for one made with another embedder: to embed all notes again is dear, and
    may not be what was meant, so it is left to `build`.
    """
    try:
        index = open_index(config)
        if not stale(index, config):
            return index
        index.close()
    except IndexError_ as error:
        if isinstance(error, OtherEmbedder) or "not a Thinkscale index" in error.what:
            raise
    report = build(config, progress=progress)
    index = open_index(config)
    index.notices += report.notices
    stale(index, config)  # which files were left out
    return index


def build(
    config: Config,
    *,
    progress: IndexProgress | None = None,
    rebuild: bool = False,
    passages: Sequence[Passage] | None = None,
) -> BuildReport:
    """Build or refresh the index; `rebuild` uses nothing of the old one. With `passages` those are
    indexed, as they are, and no notes are read (a question set brings its own).

    The old index answers until the new one is complete. Raises NotesError where there is nothing
    to index, ModelError for the embedder, IndexError_ where the folder cannot be used.

    Example:
        report = build(load_config(), progress=lambda stage, done, total: print(stage, done, total))
    """
    with store.locked(config.index_path), store.writing(config.index_path):
        return _Build(config, progress).run(rebuild, passages)


_SILENT = ("tokens", "load")


class _Build:
    """One run: stages in order, each timed."""

    def __init__(self, config: Config, progress: IndexProgress | None) -> None:
        self.config = config
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self.notices: list[str] = []
        self.left_out: tuple[Skipped, ...] = ()
        self._embedder: TextEmbedder | None = None

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[Callable[[int, int], None] | None]:
        start = time.perf_counter()
        told = self.progress
        if told is not None and name in _SILENT:
            told(name, 0, 0)  # it takes a moment and says nothing of how far it is
        yield None if told is None else lambda done, total: told(name, done, total)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def embedder(self) -> TextEmbedder:
        if self._embedder is None:
            from pipeline.retrieval.embedder import open_embedder

            with self.stage("load"):
                self._embedder = open_embedder(self.config)
        return self._embedder

    def run(self, rebuild: bool, given: Sequence[Passage] | None) -> BuildReport:
        from pipeline.notes import fold, said_once
        from pipeline.retrieval.sources import gather, survey_notes

        old = None if rebuild else self._old()
        try:
            if old is not None and not self._encoder_stays(old):
                old.close()
                old = None
            if given is not None:
                return self._draft(old, {}, list(given), list(given), 0, 0)
            with self.stage("survey"):
                survey = survey_notes(
                    self.config.notes_path, old.manifest["sources"] if old else {}
                )
            self.left_out = survey.left_out()
            if old is not None and not survey.differs and not stale(old, self.config):
                return self._report(old.manifest, changed=False)
            with self.stage("read") as tell:
                passages = gather(survey, _kept(old, set(survey.rows)), tell)
            self.left_out = survey.left_out()
            removed = len(survey.removed)
            folded = said_once(fold(passages))
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
    ) -> BuildReport:
        if not folded:
            raise NotesError(
                filled(
                    "{folder}: no text to index was found there.", folder=self.config.notes_path
                ),
                "Point `notes.path` at a folder of notes.",
            )
        draft = store.IndexDraft(self.config.index_path)
        try:
            return self._write(draft, old, rows, passages, folded, read, removed)
        except BaseException:
            draft.discard()
            raise

    def _old(self) -> Index | None:
        """The last index where it can be built upon."""
        try:
            index = open_any(self.config, whole=True)
        except IndexError_ as error:
            if "not a Thinkscale index" in error.what:
                raise
            if (self.config.index_path / "CURRENT").exists():
                self.notices.append(filled("Built from nothing: {why}", why=error.what))
            return None
        if not made_alike(index.manifest):
            index.close()
            return None
        return index

    def _write(
        self,
        draft: store.IndexDraft,
        old: Index | None,
        rows: dict[str, dict[str, Any]],
        passages: list[Passage],
        folded: list[Passage],
        read: int,
        removed: int,
    ) -> BuildReport:
        import numpy as np

        from pipeline.retrieval.arms import build_sparse_arms, passage_keys, reuse_map
        from pipeline.retrieval.calibration_run import calibrate
        from pipeline.retrieval.checkpoint import Checkpoint
        from pipeline.retrieval.glossary import mine
        from pipeline.retrieval.morphemes import Morphemes
        from pipeline.retrieval.passage_store import write_passages
        from pipeline.retrieval.vector_files import forget_vectors

        folder, config = draft.folder, self.config
        with self.stage("write"):
            write_passages(folder, "passages", folded)
            write_passages(folder, "read", passages)
            terms = mine(passage.text for passage in folded)
            (folder / "glossary.json").write_text(_json(terms), encoding="utf-8", newline="\n")
            keys = passage_keys(folded)
            np.save(folder / "keys.npy", keys, allow_pickle=False)
        before = old.files.array("keys.npy") if old else np.zeros(0, np.int64)
        map_ = reuse_map(keys, before)
        morphemes = Morphemes()
        with self.stage("tokens"):
            sparse = build_sparse_arms(folded, map_, old, morphemes)
            sparse.save(folder)
        manifest: dict[str, Any] = {
            "arms": list(config.settings.retrieval.arms),
            "count": len(folded),
            "sources": rows,
            "makers": makers(),
            "sparse": {name: arm.mean_length for name, arm in sparse.arms.items()},
            "dense": None,
        }
        meaning, embedded = self._dense(draft, old, map_, folded, manifest)
        drift = embedded if meaning is not None else int((map_ < 0).sum())
        if old is not None and _still_weighed(old, len(folded), drift, manifest):
            calibration = old.calibration
        else:
            with self.stage("calibrate") as tell:
                arms = tuple(manifest["arms"])
                calibration = calibrate(
                    folded, sparse, meaning, self.embedder, arms, morphemes, tell, terms
                )
        manifest["calibration"] = calibration.to_json()
        with self.stage("publish"):
            outdated = store.other_manifests(config.index_path)
            draft.publish(manifest)
            Checkpoint.remove(config.index_path)
            self.notices += forget_vectors(config, outdated)
        return self._report(manifest, changed=True, read=read, removed=removed, embedded=embedded)

    def _dense(
        self,
        draft: store.IndexDraft,
        old: Index | None,
        map_: NDArray[np.int64],
        passages: list[Passage],
        manifest: dict[str, Any],
    ) -> tuple[SentenceVectors | None, int]:
        """The vectors of all passages (None without a dense arm) and how many passages were
        embedded; fills what the manifest says of them."""
        import numpy as np

        from pipeline.retrieval.arms import build_vectors
        from pipeline.retrieval.vector_files import keep_vectors

        if "dense" not in manifest["arms"]:
            return None, 0
        kept = self._same_embedder(old, bool((map_ < 0).any()))
        rows = map_ if kept else np.full(len(map_), -1, np.int64)
        embedded = int((rows < 0).sum())
        if embedded:
            self.embedder()
        width = int(kept["dense"]["dimension"]) if kept else 0
        with self.stage("embed") as tell:
            root = self.config.index_path
            meaning = build_vectors(passages, rows, old, self.embedder, width, tell, root)
        with self.stage("dense"):
            manifest["dense"] = keep_vectors(self.config, draft, meaning)
        if kept:
            manifest |= {"embedder": kept["embedder"], "encoder": kept["encoder"]}
        else:
            manifest |= self._encoder([passage.text for passage in passages])
        return meaning, embedded

    def _same_embedder(self, old: Index | None, needed: bool) -> dict[str, Any] | None:
        """The old manifest where its vectors can stay. Where the embedder is `needed` anyway, it
        is compared by what was loaded: a model known by name alone may have changed."""
        if old is None or not old.manifest["dense"] or embedder_differs(old.manifest, self.config):
            return None
        if needed and self.embedder().fingerprint() != old.manifest["embedder"]["fingerprint"]:
            return None
        return old.manifest

    def _encoder_stays(self, old: Index) -> bool:
        """The query encoder of the old index is sound, or could be made anew as it was."""
        from pipeline.retrieval.encoder_export import encoder_damage, make_encoder

        facts = old.manifest.get("encoder") or {}
        if facts.get("kind") != "light" or embedder_differs(old.manifest, self.config):
            return True
        found = encoder_damage(store.encoder_folder(self.config.index_path, facts["name"]))
        if not found:
            return True
        with self.stage("encoder"):
            model = self.embedder()
            texts = [passage.text for passage in old.passages[:_PROOF]]
            made = make_encoder(self.config.index_path, model, model.fingerprint(), texts)
        self.notices.append(filled("{file} It has been made anew.", file=found))
        return bool(made.get("name") == facts["name"])

    def _encoder(self, texts: list[str]) -> dict[str, Any]:
        """The light query encoder, made once for an embedder and checked on the notes."""
        from pipeline.retrieval.encoder_export import make_encoder

        with self.stage("encoder"):
            model = self.embedder()
            fingerprint = model.fingerprint()
            encoder = make_encoder(self.config.index_path, model, fingerprint, texts)
        if encoder["kind"] == "torch":
            self.notices.append(
                filled("Questions will load torch, which is slow: {why}.", why=encoder["why"])
            )
        identity = sealed_identity(self.config)
        return {"embedder": {"identity": identity, "fingerprint": fingerprint}, "encoder": encoder}

    def _report(
        self,
        manifest: dict[str, Any],
        *,
        changed: bool,
        read: int = 0,
        removed: int = 0,
        embedded: int = 0,
    ) -> BuildReport:
        calibration = Calibration.from_json(manifest["calibration"])
        return BuildReport(
            changed=changed,
            sources=len(manifest["sources"]),
            passages=manifest["count"],
            read=read,
            removed=removed,
            embedded=embedded,
            seconds=dict(self.seconds),
            calibration=calibration.table,
            levels=calibration.levels,
            problems=tuple(
                (path, problem)
                for path, row in manifest["sources"].items()
                for problem in row["problems"]
            ),
            notices=tuple(self.notices),
            left_out=self.left_out,
        )


def _kept(old: Index | None, paths: set[str]) -> dict[str, list[Passage]]:
    """Passages of unchanged sources, as they were read."""
    from pipeline.retrieval.passage_store import StoredPassages

    kept: dict[str, list[Passage]] = {}
    if old is not None and paths:
        stored = StoredPassages(old.files, "read")
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
