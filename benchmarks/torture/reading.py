"""Damage again, many at a time: the library reads what was damaged, twenty files in one child."""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.torture.damage import spoil
from benchmarks.torture.process import forked
from benchmarks.torture.rules import Broken, spoken
from benchmarks.torture.world import ASKED, World, files_of, surroundings

__all__ = ["BATCH", "reading_case"]

BATCH = 20
"""Files damaged one after another in a case."""


def reading_case(world: World, place: Path, rng: random.Random) -> str:
    """Twenty damages to files of one kind; each is noticed, or nothing is different."""
    area = rng.choice(sorted(_READERS))
    with world.copy(place) as home:
        seeds = [rng.randrange(1 << 40) for _ in range(BATCH)]
        done = forked(lambda: _batch(world, home, area, seeds), home, tag=f"reading: {area}",
                      environment=surroundings(home, world.address))  # fmt: skip
        if done.code == 3:
            rule, _, what = done.out.partition(" ")
            raise Broken(rule, what)
        spoken(done)
        if done.code:
            raise Broken("CRASH", f"{area}: {done.err}")
    return f"{area}"


def _batch(world: World, home: Path, area: str, seeds: list[int]) -> int:
    from pipeline.errors import ThinkscaleError

    read = _READERS[area]
    right = read(home)
    for seed in seeds:
        dice = random.Random(seed)
        file = dice.choice([f for f in files_of(world.home)[_AREAS.get(area, area)]
                            if area != "documents" or "index" not in f.parts])  # fmt: skip
        how = spoil(home / file, dice)
        where = f"{file}: {how}, seed {seed}"
        try:
            found = read(home)
        except ThinkscaleError as error:
            if "\n" in str(error) or not error.remedy or not error.what:
                return _told("MESSAGE", f"{where}: {error!r}")
        except Exception as error:  # noqa: BLE001 - any other is what is looked for
            return _told("MESSAGE", f"{where}: {type(error).__name__}: {error}")
        else:
            if found != right and (home / file).exists() and not _missing(area, found, right):
                return _told("SILENT", f"{where}: {str(found)[:300]}")
        _restore(world, home, file)
    return 0


def _missing(area: str, found: Any, right: Any) -> bool:
    """A pool may have lost samples, which are asked for again; it may not have others."""
    return area == "samples" and all(f in (None, r) for f, r in zip(found, right, strict=True))


def _told(rule: str, what: str) -> int:
    print(rule, what)
    return 3


def _restore(world: World, home: Path, file: Path) -> None:
    path = home / file
    if path.is_dir():
        shutil.rmtree(path)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    for left in path.parent.glob(f"{path.name}-*"):  # SQLite's journals
        left.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(world.home / file, path)


# -- what is read ----------------------------------------------------------------------------------


def _index(home: Path) -> Any:
    from pipeline.config import load_config
    from pipeline.retrieval import open_index

    with open_index(load_config(home / "config.yaml")) as index:
        hits = [
            [(h.passage, round(h.score, 5), h.ranks) for h in index.search(a, 3)] for a in ASKED
        ]
        return [hits, list(index.passages), index.manifest["calibration"]]


def _exported(home: Path) -> Any:
    from pipeline.pool import DiskPool

    with DiskPool(home / ".thinkscale" / "pool.sqlite") as pool:
        return [{k: v for k, v in pool.stats().items() if k != "bytes"}, list(pool.rows())]


def _samples(home: Path) -> Any:
    """Every sample by its request, as a run asks for it."""
    from pipeline.engine.base import ModelInfo
    from pipeline.pool import DiskPool
    from pipeline.types import Draw, Message, Prompt, SampleParams

    info, requests = _KNOWN
    if not requests:
        with DiskPool(home / ".thinkscale" / "pool.sqlite") as pool:
            for row in pool.rows():
                prompt, params = row["prompt"], row["params"]
                messages = tuple(Message(**m) for m in prompt.pop("messages"))
                params["stop"] = tuple(params["stop"])
                asked = Prompt(messages, **prompt), SampleParams(**params)
                requests.append(Draw(*asked, row["draw"], row["item"], row["parent"]))
                known = {k: v for k, v in row["model"].items() if k in ModelInfo.__slots__}
                info[:] = [ModelInfo(**known)]
    with DiskPool(home / ".thinkscale" / "pool.sqlite", info[0]) as pool:
        return [pool.get(request) for request in requests]


_KNOWN: tuple[list[Any], list[Any]] = ([], [])


def _run(home: Path) -> Any:
    from evals.run.records import load_run

    return load_run(home / ".thinkscale" / "runs" / "kept")


def _measured(home: Path) -> Any:
    from pipeline.answering.measured import strategy_options
    from pipeline.config import load_config

    return strategy_options(load_config(home / "config.yaml"), "optimal")


def _sheet(home: Path) -> Any:
    """The hash of the model, which is never wrong, and its sheet."""
    from pipeline.models.gguf import file_sha256
    from pipeline.models.sheet import load_sheet

    sha = file_sha256(home / "model.gguf")
    return [sha, load_sheet(sha)]


def _sealed(home: Path) -> Any:
    from evals.run.records import load_run
    from evals.run.sealed import open_sealed, verify_run, verify_seal

    file = home / "kept.sealed"
    seal = verify_seal(file)
    if seal.problems:
        from pipeline.errors import DatasetError

        raise DatasetError(seal.line, "It is not what was sealed.")
    run = load_run(open_sealed(file))
    return [seal, run, verify_run(run)]


def _documents(home: Path) -> Any:
    from benchmarks.torture.damage import documents_of

    return documents_of(home)


def _drafts(home: Path) -> Any:
    """Only that it is read or refused: the set is the user's own text, without a checksum."""
    from evals.draft.draft_store import DraftStore

    store = DraftStore.open(home / "draft.jsonl")
    assert len(store.items) + len(store.rejected) >= 0
    return []


def _configuration(home: Path) -> Any:
    """The user's own text too."""
    from pipeline.config import load_config

    load_config(home / "config.yaml")
    return []


_READERS: dict[str, Callable[[Path], Any]] = {
    "index": _index, "export": _exported, "samples": _samples, "run": _run,
    "measured": _measured, "sheet": _sheet, "sealed": _sealed, "documents": _documents,
    "drafts": _drafts, "configuration": _configuration,
}  # fmt: skip
_AREAS = {"export": "pool", "samples": "pool", "sheet": "cache"}
