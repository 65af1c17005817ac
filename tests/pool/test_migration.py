"""A pool of version 0.1 is brought to the present format, but for draws that lost their prompt."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.engine.base import request_key
from pipeline.pool import DiskPool
from pipeline.pool.disk import IDENTITY
from pipeline.types import Prompt, Sample
from tests.pool.test_pool import INFO, sample

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
PRAGMA user_version = 1;
"""


def drawn(n: int) -> Sample:
    prompt = Prompt(text=f"무엇? {n % 3}", template="cot", passages=("p1",))
    return sample(n, f"답: {n}", request=replace(sample(n).request, prompt=prompt))


def earlier(path: Path, draws: int) -> None:
    """Such a pool as 0.1 wrote it."""
    db = sqlite3.connect(path)
    db.executescript(_SCHEMA)

    def number(table: str, column: str, fields: object) -> int:
        line = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        db.execute(f"INSERT OR IGNORE INTO {table} ({column}) VALUES (?)", (line,))
        found = db.execute(f"SELECT id FROM {table} WHERE {column} = ?", (line,)).fetchone()
        return int(found[0])

    for n in range(draws):
        made = drawn(n)
        request, sure, cost = made.request, made.confidence, made.cost
        db.execute(
            f"INSERT INTO samples VALUES ({', '.join('?' * 19)})",
            (
                bytes.fromhex(request_key(INFO, request)),
                number("models", "info", {name: getattr(INFO, name) for name in IDENTITY}),
                number("prompts", "prompt", dataclasses.asdict(request.prompt)),
                number("params", "params", dataclasses.asdict(request.params)),
                *(request.item, request.draw, request.parent),
                *(made.text, made.thinking, made.finish, made.tokens),
                *dataclasses.astuple(sure),
                *(cost.prompt_tokens, cost.generated_tokens, cost.seconds, cost.flops),
            ),
        )
    db.commit()
    db.close()


def test_its_draws_are_replayed(tmp_path: Path) -> None:
    path = tmp_path / "p"
    earlier(path, 9)
    with DiskPool(path, INFO) as pool:
        for n in range(9):
            got = pool.get(drawn(n).request)
            assert got is not None
            assert replace(got, key="") == drawn(n)
        assert pool.damaged == 0
    with DiskPool(path) as pool:
        assert len(list(pool.rows())) == 9
    tables = sqlite3.connect(path).execute("SELECT name FROM sqlite_master").fetchall()
    assert sorted(name for (name,) in tables) == ["results", "texts"]


def test_it_can_be_looked_at_first(tmp_path: Path) -> None:
    earlier(tmp_path / "p", 4)
    with DiskPool(tmp_path / "p") as pool:
        assert pool.stats()["samples"] == 4


def test_draws_that_stand_beside_another_prompt_are_left_behind(tmp_path: Path) -> None:
    """What `pool gc` during a run did to a pool of 0.1."""
    path = tmp_path / "p"
    earlier(path, 9)
    db = sqlite3.connect(path)
    db.execute("DELETE FROM prompts WHERE id = 2")
    db.execute("INSERT INTO prompts SELECT 2, replace(prompt, '? 0', '? 8') FROM prompts "
               "WHERE id = 1")  # fmt: skip
    db.commit()
    db.close()
    with DiskPool(path, INFO) as pool:
        assert len(pool) == 6
        for row in pool.rows():
            assert row["prompt"]["text"] == f"무엇? {row['draw'] % 3}"


def test_processes_bring_it_over_at_once(tmp_path: Path) -> None:
    path = tmp_path / "p"
    earlier(path, 9)
    code = (
        "import sys; from pathlib import Path\n"
        "from pipeline.pool import DiskPool\n"
        "print(DiskPool(Path(sys.argv[1])).stats()['samples'])"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    assert [process.communicate()[0].strip() for process in both] == ["9"] * 6


def test_a_busy_journal_is_waited_for() -> None:
    from pipeline.pool.disk import _write_ahead

    class Busy:
        asked = 0

        def execute(self, _: str) -> None:
            self.asked += 1
            if self.asked < 3:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error

    db: Any = Busy()
    _write_ahead(db)
    assert db.asked == 3
