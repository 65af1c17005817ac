"""Gives a lease to whoever samples into a pool, so that nothing is taken out of it meanwhile.

The lock is SQLite's own, on an empty file beside the pool: many may share it or one may have it
alone, on every system, and it is let go of when its holder dies.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

__all__ = ["alone", "shared"]


def shared(path: Path) -> sqlite3.Connection:
    """Hold the lease of a pool together with others, until the connection is closed.

    Raises sqlite3.OperationalError where somebody has it alone for a minute.
    """
    db = _connect(path, wait=60)
    try:
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        db.close()
        raise
    return db


@contextlib.contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Hold the lease of a pool alone; False where somebody else holds it now."""
    db = _connect(path, wait=0)
    try:
        try:
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            yield False
        else:
            yield True
    finally:
        db.close()


def _connect(path: Path, wait: float) -> sqlite3.Connection:
    file = path.with_name(path.name + ".lease")
    return sqlite3.connect(file, timeout=wait, isolation_level=None, check_same_thread=False)
