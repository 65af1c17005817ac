"""Fill the `{name}` places of a text, once."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["fill"]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace `{name}` once, left to right, never inside what was filled in."""
    pieces: list[str] = []
    while text:
        places = [(text.find("{" + name + "}"), name) for name in values]
        found = min((place for place in places if place[0] >= 0), default=None)
        if found is None:
            pieces.append(text)
            break
        at, name = found
        pieces += [text[:at], values[name]]
        text = text[at + len(name) + 2 :]
    return "".join(pieces).strip()
