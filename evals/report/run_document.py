"""A run as the blocks of its report: decisions first, then why, then every number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evals.report import compute, deeper, sections
from evals.report.report_blocks import Heading, ReportBlock, Text
from evals.report.topics.breakdown import breakdowns
from evals.report.topics.causes import causes
from evals.report.topics.cells import Cell, cells
from evals.report.topics.coverage import coverage
from evals.report.topics.curves import curves
from evals.report.topics.decisions import decide, margin_of
from evals.report.topics.design import design
from evals.report.topics.difficulty import compute_optimal, difficulty_bins
from evals.report.topics.doubt import doubts
from evals.report.topics.equal_flops import equal_flops
from evals.report.topics.fair import fair_baselines
from evals.report.topics.frontier import frontier
from evals.report.topics.headline import headline
from evals.report.topics.models import sizes
from evals.report.topics.pilots import rehearsals
from evals.report.topics.repeats import repeats
from evals.report.topics.streams import Stream, streams
from evals.report.topics.timing import timing_doubts
from evals.report.topics.verifiers import choosing
from evals.report.topics.words import joined
from evals.run.records import Run
from pipeline.errors import filled

__all__ = ["ReportDocument", "document"]

_FIELDS = {
    "created": "created {when}",
    "seconds": "seconds {n}",
    "thinkscale": "thinkscale {n}",
    "python": "python {n}",
}


@dataclass(frozen=True)
class ReportDocument:
    """A report before it has a form. `causes` by (task, model, strategy, item)."""

    title: str
    facts: tuple[str, ...]
    blocks: tuple[ReportBlock, ...]
    causes: dict[tuple[str, str, str, str], str] = field(default_factory=dict)


def document(run: Run) -> ReportDocument:
    """The report of a run."""
    blocks: list[ReportBlock] = []
    why: dict[tuple[str, str, str, str], str] = {}
    found = cells(run)
    for at, cell in enumerate(found):
        blocks += _cell(run, cell, at, why)
    for at, size in enumerate(sizes(run)):
        blocks.append(Heading(2, filled("Thinking or size: {task}", task=size.task), f"s{at}"))
        blocks += deeper.sizes_blocks(size)
    if smaller := equal_flops(run):
        blocks.append(Heading(2, "Small and thinking, or large", "equal-flops"))
        blocks += deeper.equal_flops_blocks(smaller)
    if not found:
        blocks.append(Text("This run has no outcome: nothing was asked, or nothing was answered."))
    return ReportDocument(filled("Run {name}", name=run.name), _facts(run), tuple(blocks), why)


def _cell(
    run: Run, cell: Cell, at: int, why: dict[tuple[str, str, str, str], str]
) -> list[ReportBlock]:
    anchor = f"c{at}"
    rows = decide(cell, margin_of(run))
    title = cell.task + (f" · {cell.model.name}" if len(run.models) > 1 else "")
    blocks: list[ReportBlock] = [Heading(2, title, anchor)]
    blocks.append(
        Text(joined(_asked(cell), filled("Baseline: {name}.", name=cell.strategies[0])), quiet=True)
    )
    blocks += sections.decision_blocks(rows, headline(cell, rows))
    blocks += sections.strategy_charts(rows)
    blocks += sections.score_blocks(rows)
    if part := deeper.frontier_blocks(frontier(cell, {row.strategy: row.ci for row in rows})):
        blocks += [Heading(3, "What is worth its price", f"{anchor}-price"), *part]
    blocks += deeper.design_blocks(design(cell))
    blocks += sections.pilot_blocks(rehearsals(cell, margin_of(run)))
    drawn = streams(run, cell)
    lines = [curve for stream in drawn for curve in curves(cell, stream)]
    if lines:
        blocks.append(Heading(3, "What more samples buy", f"{anchor}-draws"))
        blocks += sections.curve_blocks(lines)
        for stream in drawn:
            blocks += compute.verifier_blocks(choosing(cell, stream))
        grown = [coverage(run, cell, stream) for stream in drawn]
        blocks += compute.coverage_blocks([c for c in grown if c is not None])
        blocks += compute.fair_blocks(fair_baselines(cell, drawn))
    blocks += _by_difficulty(cell, drawn, anchor)
    if part := compute.repeat_blocks(repeats(run, cell)):
        blocks += [Heading(3, "How much is chance", f"{anchor}-repeats"), *part]
    wrong = causes(run, cell)
    for cause in wrong:
        for item, words in cause.of.items():
            why[cell.task, cell.model.name, cause.strategy, item] = words
    if part := sections.cause_blocks(wrong):
        blocks += [Heading(3, "What went wrong", f"{anchor}-causes"), *part]
    if part := deeper.doubt_blocks(doubts(cell)):
        blocks += [Heading(3, "Answering and refusing", f"{anchor}-doubt"), *part]
    if parts := sections.breakdown_blocks(breakdowns(cell), cell.strategies):
        blocks += [Heading(3, "Parts of the questions", f"{anchor}-parts"), *parts]
    return blocks


def _asked(cell: Cell) -> str:
    sources = len(set(cell.clusters))
    said = filled("{n} questions", n=f"{cell.n:,}")
    if sources < cell.n:
        said = filled("{n} questions from {m} sources", n=f"{cell.n:,}", m=f"{sources:,}")
    if not cell.dropped:
        return filled("{asked}.", asked=said)
    return filled(
        "{asked}; {n} more were not answered by every strategy and are left out.",
        asked=said,
        n=f"{cell.dropped:,}",
    )


def _by_difficulty(cell: Cell, drawn: Sequence[Stream], anchor: str) -> list[ReportBlock]:
    part: list[ReportBlock] = []
    for stream in drawn:
        part += compute.difficulty_blocks(stream.method, difficulty_bins(cell, stream))
        if (found := compute_optimal(cell, stream, drawn)) is not None:
            part += compute.optimal_blocks(found)
    return [Heading(3, "Easy and hard", f"{anchor}-difficulty"), *part] if part else []


def _facts(run: Run) -> tuple[str, ...]:
    """Lines under the title: what was run, with what."""
    facts: list[str] = [
        filled(
            "{task}: {n} questions, scored by {scorer}",
            task=task.get("name", ""),
            n=f"{int(task.get('n', 0)):,}",
            scorer=f"{task.get('scorer', '')}"
            + (f" ({task['limited']})" if task.get("limited") else ""),
        )
        for task in run.tasks
    ]
    for model in run.models:
        size = f"{model.parameters / 1e6:,.0f}"
        sized = filled("{model}, {n} M parameters", model=model.name, n=size)
        facts.append(sized if model.parameters else model.name)
    facts.append(
        filled(
            "{n} samples behind {m} answers", n=f"{len(run.samples):,}", m=f"{len(run.outcomes):,}"
        )
    )
    facts += [
        filled(template, when=run.about[key], n=run.about[key])
        for key, template in _FIELDS.items()
        if run.about.get(key)
    ]
    facts += [filled("seconds: {words}", words=words) for words in timing_doubts(run)]
    return tuple(facts)
