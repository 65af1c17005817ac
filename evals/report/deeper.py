"""The rest of what a report says of a cell, or of all models together: frontiers, single choices,
doubt, sizes of model."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from evals.report.report_blocks import (
    HeadlineBlock,
    LabelledPoint,
    LineChart,
    ReportBlock,
    Series,
    Table,
    Text,
)
from evals.report.sections import interval_words
from evals.report.topics.design import Design
from evals.report.topics.doubt import ConfidenceReport
from evals.report.topics.equal_flops import EqualFlops
from evals.report.topics.frontier import FrontierPoint
from evals.report.topics.models import ModelEquivalent, ModelSizes
from evals.report.topics.words import count, joined, p_words, percent, points, price, seconds
from evals.stats.replacement import Replacement
from pipeline.errors import filled

__all__ = [
    "design_blocks",
    "doubt_blocks",
    "equal_flops_blocks",
    "frontier_blocks",
    "sizes_blocks",
]


def frontier_blocks(found: Sequence[FrontierPoint]) -> list[ReportBlock]:
    """Accuracy against tokens, FLOPs and seconds, and how settled the frontier is."""
    if len(found) < 2:
        return []
    blocks: list[ReportBlock] = []
    for by in _PRICES:
        priced = [p for p in found if _spent(p, by) > 0]
        if not priced:
            continue
        lines = _families(priced, by)
        colours = {line.name: at for at, line in enumerate(lines)}
        said = ["Stairs: nothing cheaper is as good.", "Whiskers are 95 %, clustered."]
        if lines:
            said.append("A line: one aggregation with more and more samples, all from one pool.")
        blocks.append(
            LineChart(
                filled("Accuracy against {price}", price=filled(by)),
                filled("{price} a question", price=filled(by)),
                "percent right",
                lines,
                tuple(
                    LabelledPoint(
                        p.strategy,
                        _spent(p, by),
                        p.accuracy,
                        *p.ci,
                        strong=_settled(p, by)[0],
                        colour=colours.get(p.family, len(lines) + at),
                    )
                    for at, p in enumerate(priced)
                ),
                log_x=True,
                frontier=True,
                caption=joined(*said),
            )
        )
    used = [by for by in _PRICES if any(_spent(p, by) > 0 for p in found)]
    rows = [
        (
            p.strategy,
            percent(p.accuracy),
            *(part for by in used for part in (_WRITTEN[by](_spent(p, by)), _on(*_settled(p, by)))),
        )
        for p in sorted(found, key=lambda p: p.tokens)
    ]
    blocks.append(
        Table(
            "Worth its price",
            ("strategy", "accuracy", *(part for by in used for part in (by, "on frontier"))),
            tuple(rows),
            frozenset(range(1, 2 + 2 * len(used))),
            "Whether nothing cheaper is as good here, and in what share of resampled question sets "
            "that is so.",
        )
    )
    return blocks


_PRICES = ("tokens", "FLOPs", "seconds")
_WRITTEN: Mapping[str, Callable[[float], str]] = {
    "tokens": count,
    "FLOPs": price,
    "seconds": seconds,
}


def _spent(p: FrontierPoint, by: str) -> float:
    return {"tokens": p.tokens, "FLOPs": p.flops, "seconds": p.seconds}[by]


def _settled(p: FrontierPoint, by: str) -> tuple[bool, float]:
    return {
        "tokens": (p.on_tokens, p.p_tokens),
        "FLOPs": (p.on_flops, p.p_flops),
        "seconds": (p.on_seconds, p.p_seconds),
    }[by]


def _families(found: Sequence[FrontierPoint], by: str) -> tuple[Series, ...]:
    """A line and its band for each aggregation that was run with several numbers of samples."""
    lines = []
    for family in dict.fromkeys(p.family for p in found if p.family):
        mine = sorted((p for p in found if p.family == family), key=lambda p: _spent(p, by))
        if len(mine) > 1:
            lines.append(
                Series(
                    family,
                    tuple(_spent(p, by) for p in mine),
                    tuple(p.accuracy for p in mine),
                    tuple(p.ci[0] for p in mine),
                    tuple(p.ci[1] for p in mine),
                )
            )
    return tuple(lines)


def _on(here: bool, chance: float) -> str:
    return filled("yes, {n} %" if here else "no, {n} %", n=f"{100 * chance:.0f}")


def design_blocks(found: Design | None) -> list[ReportBlock]:
    """The effect of each choice by itself, and of two together."""
    if found is None:
        return []
    rows = []
    for effect in found.effects:
        steps = zip(effect.factors, effect.levels, effect.references, strict=True)
        what = joined(*(_instead(*step) for step in steps), between=" x ")
        ci = (max(-1.0, effect.effect.low), min(1.0, effect.effect.high))
        rows.append(
            (
                what,
                points(effect.effect.value),
                interval_words(ci),
                p_words(effect.p_adjusted).removeprefix("= "),
            )
        )
    sizes = [
        filled("{n} {factor}", n=len(levels), factor=filled(factor))
        for factor, levels in found.levels.items()
    ]
    strong = frozenset(i for i, e in enumerate(found.effects) if e.p_adjusted < 0.05)
    return [
        Table(
            "What each choice does by itself",
            ("choice", "effect", "95 %", "adjusted p"),
            tuple(rows),
            frozenset((1, 2, 3)),
            joined(
                filled(
                    "From the full grid of {grid}: {names}.",
                    grid=joined(*sizes, between=" x "),
                    names=", ".join(found.strategies),
                ),
                "An effect is averaged over the other choices; of two choices it is how much the "
                "first does more when the second is made too.",
            ),
            strong,
        )
    ]


def _instead(factor: str, level: Hashable, base: Hashable) -> str:
    return filled(
        "{factor}: {level} for {base}",
        factor=filled(factor),
        level=filled(str(level)),
        base=filled(str(base)),
    )


def doubt_blocks(found: Sequence[ConfidenceReport]) -> list[ReportBlock]:
    """What strategies refuse, and whether their confidence means anything."""
    curved = [d for d in found if d.coverage]
    refusing = any(d.refused is not None or d.answered < 1 for d in found)
    blocks: list[ReportBlock] = []
    if curved:
        blocks.append(
            LineChart(
                "Wrong answers against answers given",
                "share of answers given, surest first",
                "percent of them wrong",
                tuple(Series(d.strategy, d.coverage, d.risk) for d in curved),
                caption="A line that rises means that confidence tells right from wrong.",
            )
        )
    if refusing or curved:
        rows = []
        for d in found:
            at = d.threshold
            rows.append(
                (
                    d.strategy,
                    percent(d.answered),
                    percent(d.right) if d.right is not None else "",
                    percent(d.refused) if d.refused is not None else "",
                    f"{d.aurc:.3f}" if d.aurc is not None else "",
                    f"{d.random:.3f}" if d.random is not None else "",
                    f"{percent(at.answered.value)} / {percent(at.refused.value)}" if at else "",
                )
            )
        blocks.append(
            Table(
                "Answering and refusing",
                (
                    "strategy",
                    "answered",
                    "of these right",
                    "unanswerable refused",
                    "area under risk",
                    "of no use",
                    "at 90 %: answered / refused",
                ),
                tuple(rows),
                frozenset(range(1, 7)),
                joined(
                    "Area under risk: mean share wrong over all coverages, lower is better; beside "
                    "it that of a confidence that says nothing.",
                    "Last: the threshold at which nine in ten answerable questions are answered, "
                    "checked on sources it was not chosen on.",
                ),
            )
        )
    return blocks


def sizes_blocks(found: ModelSizes) -> list[ReportBlock]:
    """Thinking longer against a larger model, at equal FLOPs."""
    many = tuple(dict.fromkeys(p.model for p in found.priced))
    series = []
    for model in many:
        mine = sorted((p for p in found.priced if p.model == model), key=lambda p: p.flops)
        series.append(
            Series(
                model,
                tuple(p.flops for p in mine),
                tuple(p.accuracy for p in mine),
                tuple(p.ci[0] for p in mine),
                tuple(p.ci[1] for p in mine),
            )
        )
    marks = tuple(
        LabelledPoint(f"{p.strategy}, {p.model}", p.flops, p.accuracy, strong=p.best)
        for p in found.priced
    )
    rows = [
        (
            r.model,
            r.strategy,
            price(r.flops),
            _size(r.by_flops),
            _size(r.by_parameters) if r.by_parameters else "",
            _cheaper(r),
        )
        for r in found.replaced
    ]
    return [
        Text(filled("{n} questions that every model answered.", n=f"{found.n:,}"), quiet=True),
        LineChart(
            filled("Accuracy against FLOPs: {task}", task=found.task),
            filled("{price} a question", price="FLOPs"),
            "percent right",
            tuple(series),
            marks,
            log_x=True,
            frontier=True,
            caption=joined(
                "A line a model, its strategies by price.",
                "Stairs: nothing that costs fewer FLOPs is as good.",
            ),
        ),
        Table(
            "What size of model this much thinking replaces",
            ("model", "thinking", "FLOPs spent", "replaces FLOPs", "replaces parameters", ""),
            tuple(rows),
            frozenset((2, 3, 4)),
            filled(
                "Of the model that is as accurate with {name}, between the models measured, with "
                "95 % intervals (paired bootstrap).",
                name=found.baseline,
            ),
        ),
    ]


def equal_flops_blocks(found: Sequence[EqualFlops]) -> list[ReportBlock]:
    """A small model that votes against a large one that answers once, for the same FLOPs."""
    order = sorted(found, key=lambda one: -one.delta)
    blocks: list[ReportBlock] = [HeadlineBlock(one.verdict, one.text) for one in order[:1]]
    rows = tuple(
        (
            one.task,
            filled(
                "{model}: {method}, {k} samples",
                model=one.small,
                method=one.method,
                k=f"{one.k:.1f}",
            ),
            f"{one.large}: {one.strategy}",
            price(one.flops),
            percent(one.voted),
            percent(one.accuracy),
            f"{points(one.delta)} {interval_words(one.delta_ci)}",
            p_words(one.p_adjusted).removeprefix("= "),
            one.verdict.value,
        )
        for one in order
    )
    compared = ("task", "small and thinking", "large, one reply", "FLOPs")
    rights = ("small right", "large right", "points more, 95 %")
    blocks.append(
        Table(
            "At equal FLOPs",
            (*compared, *rights, "adjusted p", "verdict"),
            rows,
            frozenset(range(3, 8)),
            joined(
                "The small model votes over as many samples as one reply of the large one costs "
                "(between whole samples on a line of the exact maj@k curve).",
                "Paired by question; p is Holm's over all pairs of a task.",
            ),
        )
    )
    return blocks


def _size(found: Replacement) -> str:
    if found.size is None:
        return "more than the largest" if found.where == "above" else "less than the smallest"
    low = price(found.low) if found.low is not None else "?"
    high = price(found.high) if found.high is not None else "?"
    return f"{price(found.size)} [{low}, {high}]"


def _cheaper(r: ModelEquivalent) -> str:
    if r.by_flops.size is None:
        return ""
    return "thinking is cheaper" if r.flops < r.by_flops.size else "the larger model is cheaper"
