"""The sheet of what was measured of a model file, from which defaults are taken.

`thinkscale models bench` makes one (`evals.run.model_measurement`). It is kept in the user's
cache under the hash of the model file and read back with its checksum; that one is damaged is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from pipeline.errors import DatasetError, filled
from pipeline.files import DamagedRecord, read_record, write_record
from pipeline.folders import cache_dir

__all__ = ["READS", "ModelSheet", "load_sheet", "probed", "save_probe", "save_sheet"]

READS = 0.1
"""Of the readings of a probe, a model that is asked in the language gets more than this share
right, two of twelve at least: one that does not know it gets none. It is little because what the
notes do not support is not shown anyway."""

_READS = 0.5
"""Of questions whose passage is in front of it, a model that reads answers this share."""
_LOSES = 0.1
"""What it may lose with five passages in place of the right one, to be shown whole passages."""
_PAYS = 0.1
"""What steps must gain to be worth their tokens."""


@dataclass(frozen=True, slots=True)
class ModelSheet:
    """Shares of right answers on `n` questions each.

    `reads[language]` has them with the right passage in front of the model (`one`) and with three
    and five passages that were searched (`three`, `five`), `probes[language]` of the reading probe
    (`pipeline.answering.languages`); `reasons[task]` asked at once (`direct`)
    and step by step (`cot`). `stopped` is the share of replies that ended by themselves. Tokens a
    second are of replies, many at a time; `memory` is in bytes.
    """

    model: str
    sha256: str
    parameters: int
    form: str
    n: int
    reads: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    probes: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    stopped: float = 0.0
    tokens_per_second: float = 0.0
    memory: int = 0
    seconds: float = 0.0

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that it reads, by the reading probe."""
        return tuple(name for name, share in self.probes.items() if share >= READS)

    @property
    def explains(self) -> bool:
        """It can be trusted with more than a fact: it reads five passages as well as one."""
        return any(
            row.get("one", 0.0) >= _READS and row.get("five", 0.0) >= row["one"] - _LOSES
            for row in self.reads.values()
        )

    @property
    def context(self) -> Literal["sentences", "passages"]:
        """What is put in front of it."""
        return "passages" if self.explains else "sentences"

    @property
    def steps_pay(self) -> bool:
        """Step-by-step prompts gain at least ten points on one of the tasks."""
        return any(
            row.get("cot", 0.0) - row.get("direct", 0.0) >= _PAYS for row in self.reasons.values()
        )


def load_sheet(sha256: str) -> ModelSheet | None:
    """The sheet of a model file, or None where it was not measured.

    Raises DatasetError where it cannot be read: without it, answers may be others.
    """
    file = _file(sha256)
    try:
        return ModelSheet(**read_record(file))
    except FileNotFoundError:
        return None
    except (OSError, DamagedRecord, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not what was written"
        raise DatasetError(
            filled(
                "{file}: what was measured of the model cannot be read ({why}).", file=file, why=why
            ),
            "Remove it, or measure again: thinkscale models bench",
        ) from None


def save_sheet(sheet: ModelSheet) -> Path:
    """Keep a sheet in place of an earlier one; returns its file. Raises OSError."""
    file = _file(sheet.sha256)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_record(file, asdict(sheet))
    return file


def probed(sha256: str) -> dict[str, float]:
    """What the reading probes of a model file found, by language; empty where none was made, or
    the record is damaged."""
    try:
        found = read_record(_probes(sha256))
    except (OSError, DamagedRecord):
        return {}
    return {str(key): float(share) for key, share in found.items()}


def save_probe(sha256: str, language: str, share: float) -> None:
    """Keep what a reading probe found, beside those in other languages. Where it cannot be kept,
    the next question measures again."""
    file = _probes(sha256)
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_record(file, {**probed(sha256), language: round(share, 4)})


def _file(sha256: str) -> Path:
    return cache_dir() / "sheets" / f"{sha256}.json"


def _probes(sha256: str) -> Path:
    return cache_dir() / "sheets" / f"{sha256}.reads.json"
