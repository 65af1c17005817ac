"""The strategy that an evaluation found best for this model on these notes, for `ask` to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.errors import DatasetError, filled
from pipeline.files import DamagedRecord, read_record, write_record
from pipeline.models.local_files import model_identity

__all__ = ["MeasuredStrategy", "best_measured", "remember", "strategy_options"]


@dataclass(frozen=True, slots=True)
class MeasuredStrategy:
    """What a run found: `strategy` gained `points` over `baseline` on `n` questions of `task`, at
    `times` the tokens. No gain: the strategy is the baseline and points are 0."""

    run: str
    task: str
    n: int
    model: str
    """SHA-256 of the model file (its name for an endpoint)."""
    notes: str
    strategy: str
    baseline: str
    points: float = 0.0
    times: float = 1.0
    tables: Mapping[str, str] = field(default_factory=dict)
    """By prompt method (`cot`), the table of `optimal` that the run taught."""

    def __str__(self) -> str:
        if self.strategy == self.baseline:
            return f"{self.strategy}: your run {self.run} found nothing better"
        return (
            f"{self.strategy}: chosen by your run of {self.task} (n={self.n}): "
            f"{self.points:+.0f} points over {self.baseline} at {self.times:.1f}x tokens"
        )


def _file(config: Config) -> Path:
    return config.resolve(".thinkscale/measured.json")


def best_measured(config: Config, model: str) -> MeasuredStrategy | None:
    """The newest finding for this model and these notes, or None where nothing was measured.

    Raises DatasetError where the file is damaged.
    """
    found = _read(config)
    notes = str(config.notes_path)
    return next((one for one in reversed(found) if (one.model, one.notes) == (model, notes)), None)


def remember(config: Config, found: MeasuredStrategy) -> None:
    """Keep a finding; an older one of the same model and notes goes, and so does a damaged file."""
    try:
        before = _read(config)
    except DatasetError:
        before = []
    kept = [one for one in before if (one.model, one.notes) != (found.model, found.notes)]
    _file(config).parent.mkdir(parents=True, exist_ok=True)
    write_record(_file(config), [asdict(one) for one in (*kept, found)])


def strategy_options(config: Config, rule: str = "") -> Mapping[str, Mapping[str, Any]]:
    """The parameters of aggregations: `strategies` of the configuration, and for `optimal` the
    tables that a run taught for this model and these notes, unless the configuration has its own.

    Raises DatasetError where `rule`, the one that is asked for, is `optimal` and the tables cannot
    be read.
    """
    own = config.settings.strategies
    if "table" in own.get("optimal", {}) or not _file(config).exists():
        return own
    try:
        found = best_measured(config, model_identity(config))
    except DatasetError:
        if rule == "optimal":
            raise
        return own
    tables = found.tables if found else {}
    return own | {f"{way}@optimal": {"table": table} for way, table in tables.items()}


def _read(config: Config) -> list[MeasuredStrategy]:
    file = _file(config)
    try:
        return [MeasuredStrategy(**row) for row in read_record(file)]
    except FileNotFoundError:
        return []
    except (OSError, DamagedRecord, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else filled("it is not what was written")
        raise DatasetError(
            filled("{file}: what was measured cannot be read ({why}).", file=file, why=why),
            "Remove it, then `thinkscale eval run` measures again.",
        ) from None
