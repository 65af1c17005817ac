"""What was already asked for, draws, scores and searches: in memory for a question, in SQLite for a
run.

A pool only ever grows. A draw that was cut short from outside (cancelled, failed) is not kept: it
is not what its request asks for. One that its own request stopped (`stop_below`) is.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from pipeline.engine.base import ModelInfo, request_key
from pipeline.errors import PoolError
from pipeline.types import (
    Confidence,
    Cost,
    Hit,
    Hits,
    Likelihood,
    Request,
    Result,
    Sample,
    SampleRequest,
    Score,
    Search,
)

__all__ = ["DiskPool", "MemoryPool", "Pool", "is_whole", "search_key"]


class Pool(Protocol):
    """Results by the key of their request."""

    def get(self, request: Request) -> Result | None:
        """The stored result of a request, if it was asked for before."""
        ...

    def put(self, result: Result) -> Result:
        """Keep a result, unless it is there already, or is a sample cut short from outside; the
        result as it counts: a prompt whose draw 0 is here was paid by that."""
        ...


def is_whole(sample: Sample) -> bool:
    """It is what its request asked for: not cut short by a failure, a budget or a person."""
    least = sample.request.params.stop_below
    unsure = sample.finish == "cancelled" and sample.confidence.lowest_group < least
    return sample.finish in ("stop", "length") or unsure


def _settled(sample: Sample, pool: Pool, model: ModelInfo) -> Sample:
    """An engine charges a prompt to draw 0, and to a later one where it was asked for no draw 0: as
    when a run goes on after a stop. Here it is known whether the prompt was paid."""
    paid, request = sample.cost.prompt_tokens, sample.request
    if not paid or not request.draw:
        return sample
    unstopped = dataclasses.replace(request.params, stop_below=0.0, group=0)
    firsts = [dataclasses.replace(request, draw=0, params=p) for p in (request.params, unstopped)]
    if all(pool.get(first) is None for first in firsts):
        return sample
    flops = max(0.0, sample.cost.flops - model.flops(paid))
    cost = dataclasses.replace(sample.cost, prompt_tokens=0, flops=flops)
    return dataclasses.replace(sample, cost=cost)


class MemoryPool:
    """For as long as the process lives."""

    def __init__(self, model: ModelInfo) -> None:
        self._model = model
        self._samples: dict[str, Sample] = {}
        self._others: dict[Score | Search, Result] = {}

    def get(self, request: Request) -> Result | None:
        if isinstance(request, SampleRequest):
            return self._samples.get(request_key(self._model, request))
        return self._others.get(request)

    def put(self, result: Result) -> Result:
        if not isinstance(result, Sample):
            return self._others.setdefault(result.request, result)
        result = _settled(result, self, self._model)
        if is_whole(result):
            self._samples.setdefault(request_key(self._model, result.request), result)
        return result

    def __len__(self) -> int:
        return len(self._samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._samples.values())


_VERSION = 2
_SCHEMA = """
CREATE TABLE models (id INTEGER PRIMARY KEY, info TEXT NOT NULL UNIQUE);
CREATE TABLE prompts (id INTEGER PRIMARY KEY, prompt TEXT NOT NULL UNIQUE);
CREATE TABLE params (id INTEGER PRIMARY KEY, params TEXT NOT NULL UNIQUE);
CREATE TABLE samples (
    key BLOB PRIMARY KEY,
    model INTEGER NOT NULL REFERENCES models, prompt INTEGER NOT NULL REFERENCES prompts,
    params INTEGER NOT NULL REFERENCES params,
    item TEXT NOT NULL, draw INTEGER NOT NULL, parent TEXT,
    text TEXT NOT NULL, thinking TEXT NOT NULL, finish TEXT NOT NULL, tokens INTEGER NOT NULL,
    mean_logprob REAL, mean REAL, tail REAL, lowest_group REAL,
    prompt_tokens INTEGER NOT NULL, generated_tokens INTEGER NOT NULL,
    seconds REAL NOT NULL, flops REAL NOT NULL
) WITHOUT ROWID;
"""
_SCHEMA_2 = """
CREATE TABLE likelihoods (
    key BLOB PRIMARY KEY, model INTEGER NOT NULL REFERENCES models,
    logprob REAL NOT NULL, tokens INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL, seconds REAL NOT NULL, flops REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE passages (key BLOB PRIMARY KEY, passage TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE searches (
    key BLOB PRIMARY KEY, hits TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL, seconds REAL NOT NULL, flops REAL NOT NULL
) WITHOUT ROWID;
"""
"""What version 2 added to version 1."""
_COLUMNS = (
    "text, thinking, finish, tokens, mean_logprob, mean, tail, lowest_group, "
    "prompt_tokens, generated_tokens, seconds, flops"
)
# What a row of the tables `models` says of a model: enough to tell two apart.
_IDENTITY = ("name", "engine", "version", "sha256", "template_sha256", "parameters")


class DiskPool:
    """In one SQLite file (WAL): many readers, one writer at a time, every sample committed as it
    comes, so that a process killed at any moment loses only the draws in flight.

    `model` is whose draws are asked for and put; None opens the pool to look at. Raises PoolError
    for a file that is not a pool, is damaged, or was written by a newer version, and when the disk
    is full.
    """

    def __init__(self, path: Path, model: ModelInfo | None = None) -> None:
        self.path = path
        self._model = model
        self._ids: dict[tuple[str, str], int] = {}
        if model is None and not path.exists():
            raise PoolError(f"{path}: there is no such pool.", "Make a run first.")
        with _named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            # A run's samples may be put from the thread that its engine works in.
            self._db = sqlite3.connect(path, timeout=60, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        db = self._db
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version > _VERSION:
            raise PoolError(
                f"{self.path}: written by a newer version (pool {version}).", "Update thinkscale."
            )
        if not version and tables:
            raise PoolError(f"{self.path}: not a pool of samples.", "Name another file.")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        if version < _VERSION:
            with db:
                db.execute("BEGIN IMMEDIATE")  # two runs may begin at the same moment
                (version,) = db.execute("PRAGMA user_version").fetchone()
                for statement in [_SCHEMA, _SCHEMA_2][version:] if version < _VERSION else []:
                    for line in statement.split(";"):
                        db.execute(line)
                db.execute(f"PRAGMA user_version = {_VERSION}")

    def get(self, request: Request) -> Result | None:
        if isinstance(request, SampleRequest):
            return self._sample(request)
        return self._likelihood(request) if isinstance(request, Score) else self._hits(request)

    def put(self, result: Result) -> Result:
        if isinstance(result, Sample):
            return self._put_sample(result)
        with _named(self.path), self._db:
            if isinstance(result, Likelihood):
                self._put_likelihood(result)
            else:
                self._put_hits(result)
        return result

    def _likelihood(self, request: Score) -> Likelihood | None:
        assert self._model is not None, "a pool that is looked at has no model"
        key = request_key(self._model, request)
        with _named(self.path):
            row = self._db.execute(
                "SELECT logprob, tokens, prompt_tokens, seconds, flops FROM likelihoods "
                "WHERE key = ?",
                (bytes.fromhex(key),),
            ).fetchone()
        if row is None:
            return None
        logprob, tokens, read, seconds, flops = row
        return Likelihood(request, logprob, tokens, Cost(read, 0, seconds, flops), key)

    def _put_likelihood(self, result: Likelihood) -> None:
        assert self._model is not None, "a pool that is looked at has no model"
        key, cost = request_key(self._model, result.request), result.cost
        self._db.execute(
            "INSERT OR IGNORE INTO likelihoods VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                bytes.fromhex(key),
                self._id("models", "info", _line(self._identity())),
                *(result.logprob, result.tokens, cost.prompt_tokens, cost.seconds, cost.flops),
            ),
        )

    def _hits(self, request: Search) -> Hits | None:
        from pipeline.retrieval.passages import passage_from_row

        with _named(self.path):
            row = self._db.execute(
                "SELECT hits, prompt_tokens, seconds, flops FROM searches WHERE key = ?",
                (bytes.fromhex(search_key(request)),),
            ).fetchone()
            if row is None:
                return None
            found = []
            for key, score, ranks in json.loads(row[0]):
                (text,) = self._db.execute(
                    "SELECT passage FROM passages WHERE key = ?", (bytes.fromhex(key),)
                ).fetchone()
                found.append(Hit(passage_from_row(json.loads(text)), score, ranks))
        cost = Cost(row[1], 0, row[2], row[3])
        return Hits(request, tuple(found), cost, search_key(request))

    def _put_hits(self, result: Hits) -> None:
        from pipeline.retrieval.passages import passage_to_row

        rows = []
        for hit in result.hits:
            text = json.dumps(passage_to_row(hit.passage), separators=(",", ":"))
            key = hashlib.sha256(text.encode()).digest()
            self._db.execute("INSERT OR IGNORE INTO passages VALUES (?, ?)", (key, text))
            rows.append([key.hex(), hit.score, hit.ranks])
        cost = result.cost
        self._db.execute(
            "INSERT OR IGNORE INTO searches VALUES (?, ?, ?, ?, ?)",
            (
                bytes.fromhex(search_key(result.request)),
                json.dumps(rows),
                *(cost.prompt_tokens, cost.seconds, cost.flops),
            ),
        )

    def _identity(self) -> dict[str, Any]:
        return {name: getattr(self._model, name) for name in _IDENTITY}

    def _sample(self, request: SampleRequest) -> Sample | None:
        assert self._model is not None, "a pool that is looked at has no model"
        key = request_key(self._model, request)
        with _named(self.path):
            row = self._db.execute(
                f"SELECT {_COLUMNS} FROM samples WHERE key = ?", (bytes.fromhex(key),)
            ).fetchone()
        return _sample(request, key, row) if row else None

    def _put_sample(self, sample: Sample) -> Sample:
        assert self._model is not None, "a pool that is looked at has no model"
        sample = _settled(sample, self, self._model)
        if not is_whole(sample):
            return sample
        request = sample.request
        key = request_key(self._model, request)
        sure, cost = sample.confidence, sample.cost
        try:
            with _named(self.path), self._db:
                self._db.execute(
                    f"INSERT OR IGNORE INTO samples VALUES ({', '.join('?' * 19)})",
                    (
                        bytes.fromhex(key),
                        self._id("models", "info", _line(self._identity())),
                        self._id("prompts", "prompt", _line(dataclasses.asdict(request.prompt))),
                        self._id("params", "params", _line(dataclasses.asdict(request.params))),
                        *(request.item, request.draw, request.parent),
                        *(sample.text, sample.thinking, sample.finish, sample.tokens),
                        *(sure.mean_logprob, sure.mean, sure.tail, sure.lowest_group),
                        *(cost.prompt_tokens, cost.generated_tokens, cost.seconds, cost.flops),
                    ),
                )
        except BaseException:
            self._ids.clear()  # rows that were taken back with the sample
            raise
        return sample

    def __len__(self) -> int:
        (count,) = self._db.execute("SELECT count(*) FROM samples").fetchone()
        return int(count)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every sample as it is exported, with its model, prompt and parameters, by item, prompt
        and draw."""
        names = [
            *("item", "draw", "parent", "key", "model", "prompt", "params"),
            *_COLUMNS.split(", "),
        ]
        query = f"""
            SELECT item, draw, parent, lower(hex(key)), info, prompts.prompt, params.params,
                   {_COLUMNS}
            FROM samples JOIN models ON models.id = model
            JOIN prompts ON prompts.id = samples.prompt JOIN params ON params.id = samples.params
            ORDER BY item, samples.prompt, samples.params, draw, key
        """
        with _named(self.path):
            for row in self._db.execute(query):
                found = dict(zip(names, row, strict=True))
                for name in ("model", "prompt", "params"):
                    found[name] = json.loads(found[name])
                yield found

    def stats(self) -> dict[str, Any]:
        """`{samples, prompts, prompt_tokens, generated_tokens, seconds, bytes, models: [{name,
        sha256, engine, version, samples, generated_tokens}]}`."""
        total = "count(*), sum(prompt_tokens), sum(generated_tokens), sum(seconds)"
        with _named(self.path):
            count, read, written, seconds = self._db.execute(
                f"SELECT {total} FROM samples"
            ).fetchone()
            (prompts,) = self._db.execute("SELECT count(*) FROM prompts").fetchone()
            models = self._db.execute(
                "SELECT info, count(*), sum(generated_tokens) FROM samples "
                "JOIN models ON models.id = model GROUP BY model ORDER BY model"
            ).fetchall()
        return {
            "samples": count,
            "prompts": prompts,
            "prompt_tokens": read or 0,
            "generated_tokens": written or 0,
            "seconds": round(seconds or 0.0, 3),
            "bytes": self.path.stat().st_size,
            "models": [
                {
                    **{k: v for k, v in json.loads(info).items() if k in _IDENTITY[:4]},
                    "samples": n,
                    "generated_tokens": tokens,
                }
                for info, n, tokens in models
            ],
        }

    def drop(self, model_id: str) -> int:
        """Forget the draws of the models whose name or file hash begins like this, and give the
        space back; the number of samples that went. "" only gives space back."""
        with _named(self.path):
            found = [
                row
                for row, info in self._db.execute("SELECT id, info FROM models")
                if model_id and any(str(json.loads(info)[k]).startswith(model_id)
                                    for k in ("name", "sha256"))
            ]  # fmt: skip
            with self._db:
                for row in found:
                    self._db.execute("DELETE FROM likelihoods WHERE model = ?", (row,))
                gone = sum(
                    self._db.execute("DELETE FROM samples WHERE model = ?", (row,)).rowcount
                    for row in found
                )
                for table in ("prompts", "params"):
                    column = table.removesuffix("s") if table != "params" else "params"
                    self._db.execute(
                        f"DELETE FROM {table} WHERE id NOT IN (SELECT {column} FROM samples)"
                    )
                self._db.execute(
                    "DELETE FROM models WHERE id NOT IN "
                    "(SELECT model FROM samples UNION SELECT model FROM likelihoods)"
                )
            self._ids.clear()
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _id(self, table: str, column: str, line: str) -> int:
        """The row that holds `line`, made where there is none: a prompt is stored once."""
        if (table, line) not in self._ids:
            if len(self._ids) > 10_000:
                self._ids.clear()
            self._db.execute(f"INSERT OR IGNORE INTO {table} ({column}) VALUES (?)", (line,))
            found = self._db.execute(f"SELECT id FROM {table} WHERE {column} = ?", (line,))
            self._ids[table, line] = found.fetchone()[0]
        return self._ids[table, line]


def search_key(request: Search) -> str:
    """Names a search: equal keys, equal hits."""
    line = f"{request.index}\x1f{request.k}\x1f{request.query}"
    return hashlib.sha256(line.encode()).hexdigest()


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _sample(request: SampleRequest, key: str, row: tuple[Any, ...]) -> Sample:
    text, thinking, finish, tokens, *numbers = row
    return Sample(
        request,
        text,
        finish,
        tokens,
        thinking,
        Confidence(*numbers[:4]),
        Cost(*numbers[4:]),
        key,
    )


class _named:
    """What SQLite says of a file, said with its name and what to do."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, sqlite3.OperationalError | OSError) and "full" in str(error).lower():
            raise PoolError(
                f"{self._path}: the disk is full.",
                "Make room and run it again: what was drawn is kept.",
            ) from None
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise PoolError(
                f"{self._path}: another run is writing to it.", "Wait for it to end."
            ) from None
        if isinstance(error, sqlite3.Error | OSError):
            raise PoolError(
                f"{self._path}: cannot be used as a pool of samples ({error}).",
                "Name another file, or remove it to begin anew.",
            ) from None
