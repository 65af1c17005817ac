"""Parameters that make no sense are refused by name, before anything is drawn."""

from __future__ import annotations

from pipeline.errors import ConfigError, filled

__all__ = ["require", "require_counts"]


def require(holds: bool, key: str, value: object, wanted: str) -> None:
    """Raises ConfigError unless it `holds`. `key` is `rule.parameter`, `wanted` what it may be."""
    if not holds:
        raise ConfigError(
            filled("strategies.{key}: {value} cannot be used.", key=key, value=repr(value)),
            filled("Give {wanted}.", wanted=filled(wanted)),
        )


def require_counts(strategy: object, rule: str, *parameters: str) -> None:
    """Raises ConfigError unless each of these parameters of a strategy is 1 or more."""
    for key in parameters:
        value = getattr(strategy, key)
        require(value >= 1, f"{rule}.{key}", value, "a number from 1 up")
