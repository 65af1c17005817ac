"""Decides whether the seconds of a run may be compared, with each other and with another run's."""

from __future__ import annotations

from evals.run.records import Run
from pipeline.errors import filled

__all__ = ["timing_differs", "timing_doubts"]

_BUSY = 0.4  # of one processor, used by others


def timing_doubts(run: Run) -> tuple[str, ...]:
    """What a reader must know of a run's seconds, each in words; none where there is nothing."""
    said: list[str] = []
    replayed = int(run.about.get("replayed") or 0)
    if replayed:
        said.append(
            filled(
                "{n} of {m} replies were drawn before this run, maybe under another load or on "
                "another machine, and count as many as they took then",
                n=f"{replayed:,}",
                m=f"{len(run.samples):,}",
            )
        )
    others = float(run.about.get("others") or 0.0)
    if others > _BUSY:
        said.append(filled("other processes kept {n} processors busy meanwhile", n=f"{others:.1f}"))
    return tuple(said)


def timing_differs(first: Run, second: Run) -> tuple[str, ...]:
    """Why the seconds of two runs are not of one kind, each in words."""
    said = []
    machines = [run.about.get("machine") for run in (first, second)]
    if machines[0] != machines[1]:
        said.append("seconds were measured on different machines, or it is not known on which")
    engines = [run.about.get("engines") for run in (first, second)]
    if machines[0] == machines[1] and engines[0] != engines[1]:
        said.append("seconds were measured with different settings or versions of the engine")
    for run in (first, second):
        said += [f"seconds of {run.name}: {words}" for words in timing_doubts(run)]
    return tuple(said)
