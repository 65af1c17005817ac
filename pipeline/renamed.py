"""Reads configuration keys and strategies by the names they had before, with one line of notice.

A name that users have written keeps working for one version that adds. Who renames one puts a line
into a table here; nothing else changes.
"""

from __future__ import annotations

import warnings
from typing import Any

from pipeline.errors import filled

__all__ = ["KEYS", "STRATEGIES", "RenamedWarning", "current_strategy", "with_current_keys"]

KEYS: dict[str, str] = {}
"""Old key to new key, both as paths: `{"ask.passages": "ask.k"}`. None has been renamed yet."""

STRATEGIES: dict[str, str] = {}
"""Old prompt method or aggregation to the new one: `{"majority": "sc"}`. None so far."""


class RenamedWarning(FutureWarning):
    """An old name was read; its argument is the sentence to show. Python shows each only once."""


def current_strategy(name: str) -> str:
    """The present name of a prompt method or an aggregation."""
    return _told(name, STRATEGIES[name]) if name in STRATEGIES else name


def with_current_keys(data: dict[str, Any]) -> dict[str, Any]:
    """The values of a configuration under their present keys. A key that stands there under both
    names has the value of the present one."""
    for old, new in KEYS.items():
        (*sections, key), (*places, name) = old.split("."), new.split(".")
        source = _section(data, sections)
        if key in source:
            value = source.pop(key)
            _section(data, places, make=True).setdefault(_told(old, new, name), value)
    if STRATEGIES and isinstance(parameters := data.get("strategies"), dict):
        data["strategies"] = {
            "@".join(map(current_strategy, str(name).split("@"))): value
            for name, value in parameters.items()
        }
    return data


def _section(data: dict[str, Any], path: list[str], *, make: bool = False) -> dict[str, Any]:
    """The section at a path; where there is none, an empty one, put there with `make`."""
    for key in path:
        if make and data.get(key) is None:
            data[key] = {}
        inner = data.get(key)
        data = inner if isinstance(inner, dict) else {}
    return data


def _told(old: str, new: str, result: str = "") -> str:
    words = "`{old}` is called `{new}` now; the old name is still read."
    warnings.warn(RenamedWarning(filled(words, old=old, new=new)), stacklevel=2)
    return result or new
