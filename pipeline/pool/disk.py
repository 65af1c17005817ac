"""The pool of a run: one SQLite file, to which results are added as they come.

Two tables. `texts` has each text once, named by a hash of it: models, prompts, sampling parameters,
passages. `results` has a row for each request, named by the request's key. A row names its texts by
their hashes, never by a number that could come to mean another text; what else was asked, and what
came of it, are JSON, so that a new kind of request needs no new table. Every row has a checksum: a
damaged one counts as never asked for.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.checksums import checksum
from pipeline.closing import Closing
from pipeline.engine.base import ModelInfo, request_key
from pipeline.errors import PoolError, filled
from pipeline.pool import lease
from pipeline.pool.memory_pool import is_whole, search_key, settled
from pipeline.pool.result_rows import KINDS, canonical, text_hash
from pipeline.pool.sqlite_errors import named
from pipeline.types import Request, Result, Sample, Search

__all__ = ["IDENTITY", "DiskPool", "add"]

_WAIT = 60.0  # seconds for another process to end what it writes
_VERSION = 3
_SCHEMA = """
CREATE TABLE texts (hash BLOB PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE results (
    key BLOB PRIMARY KEY, kind TEXT NOT NULL,
    model BLOB, prompt BLOB, params BLOB,
    item TEXT NOT NULL, draw INTEGER NOT NULL, request TEXT NOT NULL, result TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL, generated_tokens INTEGER NOT NULL,
    seconds REAL NOT NULL, flops REAL NOT NULL, checksum BLOB NOT NULL
) WITHOUT ROWID;
"""
_COLUMNS = (
    "key, kind, model, prompt, params, item, draw, request, result, "
    "prompt_tokens, generated_tokens, seconds, flops, checksum"
)
_NAMES = tuple(_COLUMNS.split(", "))
_TEXTS = ("model", "prompt", "params")
# What the pool says of a model: enough to tell two apart.
IDENTITY = ("name", "engine", "version", "sha256", "template_sha256", "parameters")
_FORGET = "`thinkscale pool gc` forgets what is damaged; the next run asks for it again."

Row = dict[str, Any]
"""A row of `results` by the names of its columns."""


class DiskPool(Closing):
    """In one SQLite file (WAL): many readers, one writer at a time, every result committed as it
    comes, so that a process killed at any moment loses only the samples in flight.

    `model` is whose samples are asked for and put; while such a pool is open, nobody can `drop`
    anything. None opens the pool to look at. A pool of an earlier version is brought to this
    format. Raises PoolError for a file that is not a pool, is damaged, or was written by a newer
    version, and when the disk is full.
    """

    def __init__(self, path: Path, model: ModelInfo | None = None) -> None:
        self.path = path
        self.damaged = 0
        """Rows found damaged and taken out, to be asked for again."""
        self._model = model
        self._lease: sqlite3.Connection | None = None
        if model is None and not path.exists():
            raise PoolError(
                filled("{path}: there is no such pool.", path=path), "Make a run first."
            )
        with named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            # A run's samples may be put from the thread that its engine works in.
            self._db = sqlite3.connect(path, timeout=_WAIT, check_same_thread=False)
            # A damaged text is a damaged row, not an error of its own.
            self._db.text_factory = lambda raw: raw.decode("utf-8", "replace")
            try:
                self._prepare()
                if model is not None:
                    self._lease = lease.shared(path)
            except BaseException:
                self.close()
                raise

    def _prepare(self) -> None:
        db = self._db
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version > _VERSION:
            raise PoolError(
                filled(
                    "{path}: written by a newer version (pool {version}).",
                    path=self.path,
                    version=version,
                ),
                "Update thinkscale.",
            )
        if not version and (tables or self._model is None):  # an empty file is no pool to look at
            raise PoolError(
                filled("{path}: not a pool of samples.", path=self.path), "Name another file."
            )
        _write_ahead(db)
        db.execute("PRAGMA synchronous = NORMAL")
        if version == _VERSION:
            return
        with db:
            db.execute("BEGIN IMMEDIATE")  # two runs may begin at the same moment
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version == _VERSION:
                return
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            if version:
                from pipeline.pool.migration import bring_over

                bring_over(db)
            db.execute(f"PRAGMA user_version = {_VERSION}")

    def get(self, request: Request) -> Result | None:
        key = self._key(request)
        with named(self.path):
            found = self._db.execute(
                f"SELECT {_COLUMNS} FROM results WHERE key = ?", (key,)
            ).fetchone()
            if found is None:
                return None
            row = dict(zip(_NAMES, found, strict=True))
            kind = KINDS[type(request)]
            texts = self._texts(kind.texts(json.loads(row["result"]))) if _is_sound(row) else None
            if texts is None:
                self.damaged += 1
                with self._db:
                    self._db.execute("DELETE FROM results WHERE key = ?", (key,))
                return None
        return kind.read(request, row, texts)

    def put(self, result: Result) -> Result:
        if isinstance(result, Sample):
            assert self._model is not None, "a pool that is looked at has no model"
            result = settled(result, self, self._model)
            if not is_whole(result):
                return result
        with named(self.path), self._db:
            row, passages = KINDS[type(result.request)].write(result)
            if not isinstance(result.request, Search):
                assert self._model is not None, "a pool that is looked at has no model"
                asked = self._model.serving(result.request.prompt)
                row["model"] = {name: getattr(asked, name) for name in IDENTITY}
            add(self._db, self._key(result.request), row, passages)
        return result

    def _key(self, request: Request) -> bytes:
        if isinstance(request, Search):
            return bytes.fromhex(search_key(request))
        assert self._model is not None, "a pool that is looked at has no model"
        return bytes.fromhex(request_key(self._model, request))

    def _texts(self, hashes: list[str]) -> list[str] | None:
        """The texts of these hashes; None where one is gone or damaged."""
        texts = []
        for name in map(bytes.fromhex, hashes):
            found = self._db.execute("SELECT text FROM texts WHERE hash = ?", (name,)).fetchone()
            if found is None or text_hash(found[0]) != name:
                return None
            texts.append(found[0])
        return texts

    def __len__(self) -> int:
        """How many samples there are."""
        (count,) = self._db.execute("SELECT count(*) FROM results WHERE kind = 'sample'").fetchone()
        return int(count)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every sample as it is exported, with its model, prompt and parameters, by item, prompt
        and draw. Raises PoolError where anything is damaged."""
        with named(self.path):
            for row, texts, sound in self._all("item, prompt, params, draw, key"):
                if not sound:
                    raise PoolError(
                        filled(
                            "{path}: a {kind} in it is damaged.", path=self.path, kind=row["kind"]
                        ),
                        _FORGET,
                    )
                if row["kind"] == "sample":
                    yield {
                        **{name: row[name] for name in ("item", "draw")},
                        **json.loads(row["request"]),
                        "key": row["key"].hex(),
                        **{name: json.loads(texts[row[name]]) for name in _TEXTS},
                        **json.loads(row["result"]),
                        **{name: row[name] for name in _NAMES[9:13]},
                    }

    def stats(self) -> dict[str, Any]:
        """`{samples, damaged, prompts, prompt_tokens, generated_tokens, seconds, bytes, models:
        [{name, sha256, engine, version, samples, generated_tokens}]}`. `damaged` counts rows of all
        kinds, the others the sound samples."""
        models: dict[bytes, dict[str, Any]] = {}
        prompts: set[bytes] = set()
        total = {"samples": 0, "damaged": 0, "prompt_tokens": 0, "generated_tokens": 0}
        seconds = 0.0
        with named(self.path):
            for row, texts, sound in self._all("key"):
                if not sound or row["kind"] != "sample":
                    total["damaged"] += not sound
                    continue
                if row["model"] not in models:
                    info = json.loads(texts[row["model"]])
                    told = {name: info[name] for name in ("name", "sha256", "engine", "version")}
                    models[row["model"]] = {**told, "samples": 0, "generated_tokens": 0}
                for counts in (total, models[row["model"]]):
                    counts["samples"] += 1
                    counts["generated_tokens"] += row["generated_tokens"]
                total["prompt_tokens"] += row["prompt_tokens"]
                seconds += row["seconds"]
                prompts.add(row["prompt"])
        return {
            **total,
            "prompts": len(prompts),
            "seconds": round(seconds, 3),
            "bytes": self.path.stat().st_size,
            "models": sorted(models.values(), key=lambda m: (-m["samples"], m["name"])),
        }

    def drop(self, model_id: str) -> tuple[int, int]:
        """Forget what is damaged, and all of the models whose name or file hash begins like this
        ("": of none), and give the space back: how many samples went, and how many damaged rows.

        Raises PoolError while a run draws into the pool.
        """
        with named(self.path), lease.alone(self.path) as mine:
            if not mine:
                raise PoolError(
                    filled("{path}: a run is drawing into it.", path=self.path),
                    "Wait for it to end, or stop it.",
                )
            samples, damaged = 0, 0
            gone: list[tuple[bytes]] = []
            used: set[bytes] = set()
            for row, texts, sound in self._all("key"):
                if not sound:
                    damaged += 1
                elif model_id and row["model"] and _is_named(texts[row["model"]], model_id):
                    samples += row["kind"] == "sample"
                else:
                    used |= texts.keys()
                    continue
                gone.append((row["key"],))
            with self._db:
                self._db.executemany("DELETE FROM results WHERE key = ?", gone)
                unused = [row for row in self._db.execute("SELECT hash FROM texts")
                          if row[0] not in used]  # fmt: skip
                self._db.executemany("DELETE FROM texts WHERE hash = ?", unused)
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return samples, damaged

    def close(self) -> None:
        self._db.close()
        if self._lease is not None:
            self._lease.close()

    def _all(self, order: str) -> Iterator[tuple[Row, dict[bytes, str], bool]]:
        """Every row, the texts it names, and whether it is sound.

        Raises sqlite3.DatabaseError where the file's structure is damaged: rows could be missing.
        """
        (found,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(str(found).split()))
        known: dict[bytes, str] = {}
        for values in self._db.execute(f"SELECT {_COLUMNS} FROM results ORDER BY {order}"):
            row = dict(zip(_NAMES, values, strict=True))
            texts: dict[bytes, str] = {}
            sound = _is_sound(row)
            for name in self._named_by(row) if sound else ():
                if name not in known:
                    if len(known) > 1000:
                        known.clear()
                    for text in self._texts([name.hex()]) or ():
                        known[name] = text
                if name in known:
                    texts[name] = known[name]
                else:
                    sound = False
            yield row, texts, sound

    @staticmethod
    def _named_by(row: Row) -> list[bytes]:
        result = json.loads(row["result"])
        kinds = [kind for kind in KINDS.values() if kind.name == row["kind"]]
        inside = [bytes.fromhex(name) for kind in kinds for name in kind.texts(result)]
        return [*(row[name] for name in _TEXTS if row[name] is not None), *inside]


def add(db: sqlite3.Connection, key: bytes, row: Row, passages: tuple[str, ...] = ()) -> None:
    """Add a row and the texts it names, unless it is there. Its model, prompt and parameters are
    given as fields; the texts go in each time, since somebody may have taken them out."""
    texts = {name: canonical(row[name]) for name in _TEXTS if row.get(name) is not None}
    for text in (*texts.values(), *passages):
        db.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (text_hash(text), text))
    cost = row["cost"]
    whole = {
        "key": key,
        "kind": row["kind"],
        **{name: text_hash(texts[name]) if name in texts else None for name in _TEXTS},
        "item": row.get("item", "").encode("utf-8", "replace").decode(),
        "draw": row.get("draw", 0),
        "request": canonical(row["request"]),
        "result": canonical(row["result"]),
        "prompt_tokens": cost.prompt_tokens,
        "generated_tokens": cost.generated_tokens,
        "seconds": float(cost.seconds),
        "flops": float(cost.flops),
    }
    values = [*whole.values(), _sum(whole)]
    db.execute(f"INSERT OR IGNORE INTO results VALUES ({', '.join('?' * len(_NAMES))})", values)


def _is_sound(row: Row) -> bool:
    return bool(_sum(row) == row["checksum"])


def _sum(row: Row) -> bytes:
    values = (row[name] for name in _NAMES[:-1])
    plain = [value.hex() if isinstance(value, bytes) else value for value in values]
    return bytes.fromhex(checksum(json.dumps(plain).encode()))


def _is_named(model: str, begins: str) -> bool:
    info = json.loads(model)
    return any(str(info[name]).startswith(begins) for name in ("name", "sha256"))


def _write_ahead(db: sqlite3.Connection) -> None:
    """Set the journal to WAL. SQLite does not wait here while another process does the same."""
    until = time.monotonic() + _WAIT
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > until:
                raise
            time.sleep(0.02)
