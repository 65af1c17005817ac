"""A gate for a change, for continuous integration: it must not lose more than a margin.

Every strategy, model and task that both runs have must hold; no adjustment is needed, as all of
them must (an intersection-union test). What is unclear does not pass: a gate that lets through what
it could not see is none.
"""

from __future__ import annotations

from dataclasses import dataclass

from evals.report.topics.pairs import StrategyPair, pairs, scorer_of
from evals.report.topics.words import points, verdict_words
from evals.run.records import Run
from evals.scorers import may_gate
from evals.stats.noninferiority import noninferiority
from evals.stats.plan import plan_from
from evals.stats.verdict import Verdict
from pipeline.errors import ConfigError, DatasetError, filled

__all__ = ["Gate", "GateCheck", "gate"]


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One strategy on one task: whether it `holds`, and the line that says so. Shares."""

    name: str
    holds: bool
    verdict: Verdict
    n: int
    delta: float
    low: float
    p: float
    line: str


@dataclass(frozen=True, slots=True)
class Gate:
    """`passed`: every check holds. `notes`: what was left out, and why."""

    passed: bool
    margin: float
    checks: tuple[GateCheck, ...]
    notes: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The outcome in a sentence."""
        held = sum(check.holds for check in self.checks)
        said = f"{held} of {len(self.checks)} comparisons lose less than "
        said += f"{points(self.margin, sign=False)} points"
        return f"gate {'passed' if self.passed else 'failed'}: {said}."


def gate(run: Run, baseline: Run, margin: float, strategy: str = "", alpha: float = 0.05) -> Gate:
    """Whether `run` is not worse than `baseline` by `margin` (a share, 0.02 is two points) or more.

    `strategy`: only this one. Raises ConfigError for a margin that is none, and DatasetError where
    nothing can be compared, where the scorers differ, or where only a model judged.
    """
    if not 0 <= margin < 1:
        raise ConfigError(
            filled("--margin {margin}: not a share from 0 to 1.", margin=margin),
            "0.02 is two points.",
        )
    found = [p for p in pairs(baseline, run) if strategy in ("", p.strategies[1])]
    if not found:
        shared = "{one} and {other} do not share a strategy on a task."
        if strategy:
            shared = "{one} and {other} do not share the strategy {strategy}."
        raise DatasetError(
            filled(shared, one=run.name, other=baseline.name, strategy=strategy),
            "Run both with the same tasks and strategies.",
        )
    for p in found:
        then, now = scorer_of(baseline, p.task), scorer_of(run, p.task)
        if then != now:
            raise DatasetError(
                filled(
                    "{task}: {one} is scored by {scorer}, {other} by {another}: their accuracies "
                    "are not the same measure.",
                    task=p.task,
                    one=baseline.name,
                    scorer=then,
                    other=run.name,
                    another=now,
                ),
                "Score both by one: `thinkscale eval run ... --scorer NAME` replays the samples.",
            )
    judged = [p for p in found if not _by_rule(p, run, baseline)]
    ruled = [p for p in found if _by_rule(p, run, baseline)]
    if not ruled:
        raise DatasetError(
            filled(
                "{run} is scored by a model's opinion alone, which is no ground for a gate.",
                run=run.name,
            ),
            "Run it with a scorer that is a rule, see `thinkscale eval run --help`.",
        )
    empty = [p for p in ruled if not p.items]
    if empty:
        raise DatasetError(
            filled(
                "{pair}: {one} and {other} share no question.",
                pair=empty[0].name,
                one=run.name,
                other=baseline.name,
            ),
            "Run both on the same questions.",
        )
    notes = [f"{p.name}: left out, judged by a model" for p in judged]
    for pair in ruled:
        missing = len(pair.all_first) - len(pair.items)
        if missing:
            notes.append(f"{pair.name}: {missing:,} questions of the baseline are not in the run")
    checks = tuple(_check(pair, margin, alpha) for pair in ruled)
    return Gate(all(check.holds for check in checks), margin, checks, tuple(notes))


def _by_rule(pair: StrategyPair, run: Run, baseline: Run) -> bool:
    return may_gate(scorer_of(run, pair.task)) and may_gate(scorer_of(baseline, pair.task))


def _check(pair: StrategyPair, margin: float, alpha: float) -> GateCheck:
    new, old = pair.correct(1), pair.correct(0)
    found = noninferiority(new, old, margin, pair.clusters, alpha=alpha)
    low = found.difference.low
    line = f"{pair.name}: {verdict_words(found.verdict, margin).lower()}: "
    line += f"{points(found.difference.value)} points, at worst {points(low)} "
    line += f"({100 * (1 - alpha):g} % sure), n={len(pair.items):,}"
    if found.verdict is Verdict.CANNOT_TELL:
        line += _needed(pair, margin, alpha)
    return GateCheck(
        pair.name,
        found.holds,
        found.verdict,
        len(pair.items),
        found.difference.value,
        low,
        found.p,
        line,
    )


def _needed(pair: StrategyPair, margin: float, alpha: float) -> str:
    """How many questions would tell, where nothing was lost."""
    if not margin or len(set(pair.clusters)) < 2:
        return ""
    plan = plan_from(pair.correct(1), pair.correct(0), pair.clusters)
    n = plan.gate_questions(margin, alpha=alpha)
    if n is None or n <= len(pair.items):
        return ""
    return f"; where nothing is lost, {n:,} questions show it four times in five"
