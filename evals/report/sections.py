"""The report's sections on one task with one model: each part is blocks, or nothing where the run
has not got what it takes."""

from __future__ import annotations

from collections.abc import Sequence

from evals.report.report_blocks import (
    Bars,
    Forest,
    ForestRow,
    HeadlineBlock,
    LineChart,
    ReportBlock,
    Series,
    StackedBar,
    Table,
    Text,
    tone_of,
)
from evals.report.topics.breakdown import Breakdown
from evals.report.topics.causes import MEANS, Causes
from evals.report.topics.curves import Curve
from evals.report.topics.decisions import CUT, DecisionRow
from evals.report.topics.headline import Headline
from evals.report.topics.pilots import PILOT, PilotCheck
from evals.report.topics.words import count, joined, p_words, percent, points, price, seconds
from evals.stats.pilot import CALLS
from evals.stats.verdict import Verdict
from pipeline.errors import filled

__all__ = [
    "breakdown_blocks",
    "cause_blocks",
    "curve_blocks",
    "decision_blocks",
    "interval_words",
    "pilot_blocks",
    "selector_words",
]

_SELECTED = {
    "majority": "majority of k samples",
    "any": "any of k right (pass@k)",
    "surest": "best of k by likelihood",
    "weighted": "vote weighed by likelihood",
    "ptrue": "best of k by P(True)",
    "grounding": "best of k by the passages",
}


def selector_words(selector: str) -> str:
    """A way of choosing as a chart and a table name it; a cross-encoder by its name."""
    return _SELECTED.get(selector) or filled("best of k by {name}", name=selector)


def interval_words(ci: tuple[float, float] | None) -> str:
    """`[12.9, 23.8]`, in points."""
    return f"[{points(ci[0], sign=False)}, {points(ci[1], sign=False)}]" if ci else ""


def decision_blocks(rows: Sequence[DecisionRow], best: Headline | None) -> list[ReportBlock]:
    """What to use, and every strategy in one table, the most accurate first."""
    blocks: list[ReportBlock] = []
    if best is None:
        blocks.append(Text("Only one strategy was run: there is nothing to decide."))
    else:
        blocks.append(HeadlineBlock(best.verdict, best.text))
    blocks.append(_ranked(rows, best))
    for words in dict.fromkeys(row.caution for row in rows if row.caution):
        blocks.append(Text(filled("Caution: {words}.", words=words), quiet=True))
    return blocks


def _ranked(rows: Sequence[DecisionRow], best: Headline | None) -> Table:
    order = sorted(rows, key=lambda row: (-row.accuracy, row.tokens_per_question))
    body = []
    for row in order:
        more = (
            f"{points(row.delta)} {interval_words(row.delta_ci)}" if row.delta is not None else ""
        )
        seen = points(row.detectable, sign=False) if row.detectable is not None else "none"
        seen = f"≤ {seen}" if row.at_least else seen
        body.append(
            (
                row.strategy,
                row.verdict.value if row.verdict else "baseline",
                f"{percent(row.accuracy)} {interval_words(row.ci)}",
                more,
                p_words(row.p_adjusted).removeprefix("= ") if row.p_adjusted is not None else "",
                seen if row.verdict is Verdict.CANNOT_TELL else "",
                count(row.tokens_per_question),
                seconds(row.seconds_per_question),
                price(row.flops_per_question) if row.flops_per_question else "",
                percent(row.abstained),
                percent(row.cut) if row.cut > CUT else "",
            )
        )
    columns = ("strategy", "verdict", "accuracy, 95 %", "points more, 95 %", "adjusted p")
    priced = ("would show", "tokens", "seconds", "FLOPs", "no answer", "cut off")
    used = [at for at in range(11) if at < 5 or at in (6, 7) or any(row[at] for row in body)]
    names = (*columns, *priced)
    return Table(
        "Strategies, the most accurate first",
        tuple(names[at] for at in used),
        tuple(tuple(row[at] for at in used) for row in body),
        frozenset(range(2, len(used))),
        _how_to_read(rows),
        frozenset(i for i, row in enumerate(order) if best and row.strategy == best.strategy),
    )


def _how_to_read(rows: Sequence[DecisionRow]) -> str:
    said: list[str] = []
    if len(rows) > 1:
        said += [
            filled(
                "Points more than {name}, paired by question; p is adjusted for all at once "
                "(max-T).",
                name=rows[0].strategy,
            ),
            "Gain and loss: adjusted p below .05.",
            filled("No gain: none of {margin} points.", margin=f"{100 * rows[0].margin:.3g}"),
        ]
    if any(row.verdict is Verdict.CANNOT_TELL for row in rows):
        said.append("Would show: the true difference that so many questions show with 80 % power.")
    said.append("Prices are a question's, on average.")
    if any(row.cut > CUT for row in rows):
        said.append("Cut off: replies that hit their limit of tokens.")
    return joined(*said)


def score_blocks(rows: Sequence[DecisionRow]) -> list[ReportBlock]:
    """Other measures that the scorer gave: F1, citations."""
    names = list(dict.fromkeys(name for row in rows for name in row.scores))
    if not names:
        return []
    body = []
    for row in rows:
        cells = []
        for name in names:
            found = row.scores.get(name)
            cells += [percent(found[0]), interval_words(found[1:])] if found else ["", ""]
        body.append((row.strategy, *cells))
    columns = ("strategy", *(part for name in names for part in (name, "95 %")))
    return [
        Table(
            "Other measures",
            columns,
            tuple(body),
            frozenset(range(1, len(columns))),
            "Means over all questions of what the scorer measured besides right and wrong.",
        )
    ]


def strategy_charts(rows: Sequence[DecisionRow]) -> list[ReportBlock]:
    """Accuracies with intervals, and differences with theirs."""
    charts: list[ReportBlock] = [
        Forest(
            "Accuracy",
            "percent right, 95 % interval",
            tuple(ForestRow(r.strategy, r.accuracy, *r.ci) for r in rows),
        )
    ]
    against = [r for r in rows if r.delta is not None and r.delta_ci is not None]
    if against:
        charts.append(
            Forest(
                filled("Difference from {name}", name=rows[0].strategy),
                "points, paired, 95 % interval",
                tuple(
                    ForestRow(
                        r.strategy, r.delta or 0.0, *(r.delta_ci or (0.0, 0.0)), tone_of(r.verdict)
                    )
                    for r in against
                ),
                zero=True,
                caption="Green: better, red: worse, at an adjusted p below .05.",
            )
        )
    return charts


def curve_blocks(curves: Sequence[Curve]) -> list[ReportBlock]:
    """Accuracy against draws, a chart a prompt; and all votes against tokens."""
    blocks: list[ReportBlock] = []
    votes = [c for c in curves if c.selector == "majority"]
    if votes:
        blocks.append(
            LineChart(
                "Accuracy of the vote against tokens",
                filled("{price} a question", price=filled("tokens")),
                "percent right",
                tuple(_series(c, c.method, by="tokens") for c in votes),
                log_x=True,
                caption=joined(
                    "Exact expectation over all subsets of the stored samples; the prompt is "
                    "counted once.",
                    "Bands are 95 %, clustered.",
                ),
            )
        )
    for method in dict.fromkeys(c.method for c in curves):
        mine = [c for c in curves if c.method == method]
        blocks.append(
            LineChart(
                filled("Accuracy against samples: {method}", method=method),
                "samples k",
                "percent right",
                tuple(
                    _series(c, selector_words(c.selector), dashed=c.selector == "any") for c in mine
                ),
                doubling=True,
                caption="Between the vote and any-of-k lies what better choosing could still gain.",
            )
        )
    return blocks


def _series(curve: Curve, name: str, by: str = "k", dashed: bool = False) -> Series:
    found = curve.points
    return Series(
        name,
        tuple(float(p.k) if by == "k" else p.tokens for p in found),
        tuple(p.accuracy for p in found),
        tuple(p.low for p in found),
        tuple(p.high for p in found),
        dashed,
    )


_PARTS = {
    "kind": "By kind",
    "language": "By language",
    "difficulty": "By difficulty",
    "cluster": "By source",
    "answerable": "By answerable",
}


def breakdown_blocks(
    parts: dict[str, tuple[Breakdown, ...]], strategies: Sequence[str]
) -> list[ReportBlock]:
    """Accuracy and difference within parts of the questions; long tables are folded."""
    blocks: list[ReportBlock] = []
    for field, found in parts.items():
        rows = []
        for part in found:
            for at, strategy in enumerate(strategies):
                delta = part.delta[at]
                rows.append(
                    (
                        (part.value or "(none)") if not at else "",
                        f"{part.n:,}" if not at else "",
                        strategy,
                        percent(part.accuracy[at]),
                        interval_words(part.ci[at]),
                        points(delta) if delta is not None else "",
                        interval_words(part.delta_ci[at]),
                    )
                )
        name = "source" if field == "cluster" else field
        blocks.append(
            Table(
                _PARTS[field],
                (name, "n", "strategy", "accuracy", "95 %", "difference", "95 %"),
                tuple(rows),
                frozenset((1, 3, 4, 5, 6)),
                "For looking, not deciding: nothing here is adjusted for how many parts there are.",
                folded=len(rows) > 12,
            )
        )
    return blocks


def cause_blocks(found: Sequence[Causes]) -> list[ReportBlock]:
    """Why answers were wrong."""
    if not any(sum(c.wrong.values()) for c in found):
        return []
    used = [cause for cause in MEANS if any(c.wrong[cause] for c in found)]
    blocks: list[ReportBlock] = [
        Bars(
            "Why answers were wrong",
            "questions answered wrongly",
            tuple(MEANS),
            tuple(StackedBar(c.strategy, tuple(float(c.wrong[k]) for k in MEANS)) for c in found),
            "The first cause that holds, in the order things go wrong.",
        ),
        Table(
            "Causes",
            ("cause", "what it asks", *(c.strategy for c in found)),
            tuple((cause, MEANS[cause], *(f"{c.wrong[cause]:,}" for c in found)) for cause in used),
            frozenset(range(2, 2 + len(found))),
        ),
    ]
    for c in found:
        missed = c.wrong["retrieval missed"]
        if c.mended is not None and missed:
            blocks.append(
                Text(
                    filled(
                        "{name}: of {n} questions whose passage was not found, {m} are answered "
                        "right when it is shown.",
                        name=c.strategy,
                        n=f"{missed:,}",
                        m=f"{c.mended:,}",
                    ),
                    quiet=True,
                )
            )
    return blocks


def pilot_blocks(found: Sequence[PilotCheck]) -> list[ReportBlock]:
    """What a pilot would have said, against what the run says."""
    rows = [
        (
            r.strategy,
            r.rehearsal.full.verdict.value,
            *(percent(r.rehearsal.shares[call]) for call in CALLS),
            percent(r.rehearsal.contradicted),
            f"{r.questions:,}" if r.questions else "",
        )
        for r in found
    ]
    if not rows:
        return []
    worth = points(found[0].rehearsal.full.worth, sign=False)
    return [
        Table(
            filled("Would {n} questions have told?", n=PILOT),
            (
                "strategy",
                "this run says",
                *(filled("pilots: {verdict}", verdict=filled(call.value)) for call in CALLS),
                "contradicted",
                filled("questions for {n} points", n=worth),
            ),
            tuple(rows),
            frozenset(range(2, 4 + len(CALLS))),
            joined(
                filled("Pilots of {n} questions drawn from this run.", n=PILOT),
                filled("No gain: less than {n} points.", n=worth),
                "Last: how many questions show that much four times in five.",
            ),
            folded=True,
        )
    ]
