"""Parameters that make no sense are refused by name, before anything is drawn."""

from __future__ import annotations

from pipeline.errors import ConfigError

__all__ = ["require"]


def require(holds: bool, key: str, value: object, wanted: str) -> None:
    """Raises ConfigError unless it `holds`. `key` is `rule.parameter`, `wanted` what it may be."""
    if not holds:
        raise ConfigError(f"strategies.{key}: {value!r} cannot be used.", f"Give {wanted}.")
