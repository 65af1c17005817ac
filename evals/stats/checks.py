"""Checks the input of every statistic; what is wrong is a ValueError of one line."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BoolArray",
    "Clusters",
    "FloatArray",
    "IntArray",
    "cluster_codes",
    "draw_counts",
    "generator",
    "matrix",
    "pair",
    "share",
    "unit",
    "vector",
    "whole",
]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
Clusters: TypeAlias = Sequence[Hashable] | NDArray[np.generic] | None


def vector(values: ArrayLike, name: str) -> FloatArray:
    """One finite number an item, shape (items,). Raises ValueError for anything else, or none."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1:
        raise ValueError(f"{name} has {found.ndim} dimensions, not 1")
    if not found.size:
        raise ValueError(f"{name} is empty")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} holds a value that is not a finite number")
    return found


def matrix(values: ArrayLike, name: str) -> FloatArray:
    """Finite numbers, shape (items, columns), at least one of each. Raises ValueError."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 2:
        raise ValueError(f"{name} has {found.ndim} dimensions, not 2")
    if not found.size:
        raise ValueError(f"{name} is empty")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} holds a value that is not a finite number")
    return found


def pair(candidate: ArrayLike, baseline: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Two vectors over the same items. Raises ValueError where their lengths differ."""
    a, b = vector(candidate, "candidate"), vector(baseline, "baseline")
    if a.size != b.size:
        raise ValueError(f"candidate has {a.size} items and baseline {b.size}: they are not paired")
    return a, b


def cluster_codes(clusters: Clusters, items: int) -> IntArray:
    """Cluster names as 0..G-1 in order of appearance, shape (items,); None: each item its own.

    Raises ValueError where there is not one name an item.
    """
    if clusters is None:
        return np.arange(items, dtype=np.int64)
    names = clusters.tolist() if isinstance(clusters, np.ndarray) else list(clusters)
    if len(names) != items:
        raise ValueError(f"clusters has {len(names)} names for {items} items")
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(name, len(number)) for name in names], dtype=np.int64)


def share(value: float, name: str) -> float:
    """A number strictly between 0 and 1: a level, an error rate, a power. Raises ValueError."""
    if not 0 < value < 1:
        raise ValueError(f"{name} is {value}, not between 0 and 1")
    return float(value)


def unit(values: FloatArray, name: str) -> FloatArray:
    """Values from 0 to 1, both included. Raises ValueError."""
    if values.size and (values.min() < 0 or values.max() > 1):
        raise ValueError(f"{name} holds a value outside of 0 to 1")
    return values


def whole(value: float, name: str, least: int = 0) -> int:
    """A whole number from `least` up. Raises ValueError."""
    if isinstance(value, bool) or not math.isfinite(value) or value != int(value) or value < least:
        raise ValueError(f"{name} is {value}, not a whole number from {least} up")
    return int(value)


def draw_counts(ks: Iterable[float], most: int) -> IntArray:
    """Numbers of draws, each from 1 to `most`, shape (ks,). Raises ValueError."""
    found = [whole(k, "k", 1) for k in ks]
    if not found:
        raise ValueError("ks is empty")
    if max(found) > most:
        raise ValueError(f"k is {max(found)}, but there are {most} samples")
    return np.array(found, dtype=np.int64)


def generator(seed: int) -> np.random.Generator:
    """A generator of its own for one call: the same seed gives the same result."""
    return np.random.default_rng(whole(seed, "seed"))
