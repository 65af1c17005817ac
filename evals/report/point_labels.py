"""Places the names of points in a chart so that no two of them lie on each other."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

__all__ = ["place_labels", "text_width"]

_HIGH = 13.0
_AWAY = 9.0


def text_width(text: str, size: float = 6.6) -> float:
    """About how wide a text is; a Korean character takes two."""
    return sum(size * (1.75 if unicodedata.east_asian_width(c) in "WF" else 1.0) for c in text)


def place_labels(
    points: Sequence[tuple[float, float]],
    names: Sequence[str],
    box: tuple[float, float, float, float],
) -> list[tuple[float, float, str]]:
    """For each point where its name starts, ends or is centred: (x, baseline y, anchor).

    The first free place of a few around the point, within `box` (left, top, right, bottom); where
    none is free, the one with least on it.
    """
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in points]
    found = []
    for (x, y), name in zip(points, names, strict=True):
        width = text_width(name)
        ranked = []
        for rank, (left, base, anchor) in enumerate(_places(x, y, width)):
            area = (left, base - _HIGH + 3, left + width, base + 3)
            ranked.append((_cost(area, taken, box), rank, area, (left, base, anchor)))
        _, _, area, (left, base, anchor) = min(ranked)
        taken.append(area)
        at = {"start": left, "middle": left + width / 2, "end": left + width}[anchor]
        found.append((at, base, anchor))
    return found


def _places(x: float, y: float, width: float) -> list[tuple[float, float, str]]:
    near = [
        (x + 7, y - 7, "start"),
        (x + _AWAY, y + 4, "start"),
        (x - _AWAY - width, y + 4, "end"),
        (x - width / 2, y - _AWAY, "middle"),
        (x - width / 2, y + _AWAY + 9, "middle"),
    ]
    for far in (12.0, 24.0, 36.0):
        near += [(x + 5, y - _AWAY - far + 8, "start"), (x + 5, y + _AWAY + far, "start")]
        near += [(x - 5 - width, y - _AWAY - far + 8, "end"), (x - 5 - width, y + far + 9, "end")]
    return near


def _cost(
    area: tuple[float, float, float, float],
    taken: Sequence[tuple[float, float, float, float]],
    box: tuple[float, float, float, float],
) -> float:
    left, top, right, bottom = area
    over = sum(
        max(0.0, min(right, r) - max(left, a)) * max(0.0, min(bottom, b) - max(top, t))
        for a, t, r, b in taken
    )
    out = max(0.0, box[0] - left) + max(0.0, right - box[2])
    out += max(0.0, box[1] - top) + max(0.0, bottom - box[3])
    return round(over + 50 * out, 3)
