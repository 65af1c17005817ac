"""The report's part on samples: how they cover, what they cost, how they are chosen among, how
difficulty and chance move them."""

from __future__ import annotations

from collections.abc import Sequence

from evals.report.report_blocks import LineChart, ReportBlock, Series, Table, Text
from evals.report.sections import interval_words, selector_words
from evals.report.topics.coverage import Coverage
from evals.report.topics.difficulty import PRIOR, PROBES, ComputeOptimal, DifficultyBin
from evals.report.topics.fair import EqualCost
from evals.report.topics.repeats import Repeated
from evals.report.topics.verifiers import VerifierGap
from evals.report.topics.words import count, joined, percent, points
from pipeline.errors import filled

__all__ = [
    "coverage_blocks",
    "difficulty_blocks",
    "fair_blocks",
    "optimal_blocks",
    "repeat_blocks",
    "verifier_blocks",
]


def difficulty_blocks(method: str, found: Sequence[DifficultyBin]) -> list[ReportBlock]:
    """What voting buys on easy questions and on hard ones."""
    if len(found) < 2:
        return []
    names = ("easiest", "easy", "middle", "hard", "hardest")
    rows = tuple(
        (
            names[b.rank],
            count(b.n),
            *(c for v in (b.one, b.vote, b.any) for c in (percent(v[0]), interval_words(v[1:]))),
            points(b.vote[0] - b.one[0]),
            points(b.any[0] - b.vote[0]),
        )
        for b in found
    )
    k = found[0].k
    measured = ("one sample", filled("vote of {k}", k=k), filled("any of {k}", k=k))
    columns = ("difficulty", "n", *(part for name in measured for part in (name, "95 %")))
    return [
        Table(
            filled("By difficulty: {method}", method=method),
            (*columns, "voting adds", "left to a verifier"),
            rows,
            frozenset(range(1, 10)),
            joined(
                "Difficulty is the model's own pass@1.",
                "Half of a question's samples say how hard it is, the other half are counted, both "
                "ways round: luck does not sort the questions.",
            ),
        )
    ]


def optimal_blocks(found: ComputeOptimal) -> list[ReportBlock]:
    """What a table learned on one half of the questions does on the other."""
    low, high = found.delta_ci
    said = joined(
        filled(
            "Compute-optimal, {method}: {k} samples, then by how many agree `{table}` (learned "
            "from this run).",
            method=found.method,
            k=PROBES,
            table=found.table,
        ),
        filled(
            "Learned on one half of the questions and tested on the other: {p} at {n} tokens.",
            p=percent(found.accuracy),
            n=count(found.tokens),
        ),
        filled(
            "A plain vote for as many tokens: {p}; the difference is {d} points [{low}, {high}].",
            p=percent(found.voted),
            d=points(found.delta),
            low=points(low, sign=False),
            high=points(high, sign=False),
        ),
    )
    rows = (
        ("learned, on the other half", percent(found.accuracy), count(found.tokens)),
        (
            filled("without a run: {table}", table=PRIOR),
            percent(found.prior[0]),
            count(found.prior[1]),
        ),
        (filled("vote of all {k}", k=found.draws), percent(found.full[0]), count(found.full[1])),
        ("vote for as many tokens", percent(found.voted), count(found.tokens)),
    )
    return [
        Text(said),
        Table(
            filled("Spending by difficulty: {method}", method=found.method),
            ("allocation", "accuracy", "tokens"),
            rows,
            frozenset((1, 2)),
            joined(
                "Expected over the orders of the stored samples.",
                "The cheapest action for each ease, unless a dearer one gains a point and a "
                "standard error (arXiv 2408.03314).",
            ),
        ),
    ]


def verifier_blocks(found: VerifierGap) -> list[ReportBlock]:
    """What each verifier makes of the samples, and what a perfect one would."""
    low, high = found.perfect.delta_ci
    said = filled(
        "{method}, {k} samples: a perfect verifier would add {n} points [{low}, {high}] to the "
        "vote's {vote}.",
        method=found.method,
        k=found.k,
        n=points(found.perfect.delta, sign=False),
        low=points(low, sign=False),
        high=points(high, sign=False),
        vote=percent(found.vote),
    )
    rows = [
        (
            selector_words(way.name),
            percent(way.accuracy),
            points(way.delta),
            interval_words(way.delta_ci),
            percent(way.part) if way.part is not None else "",
        )
        for way in sorted(found.ways, key=lambda way: -way.accuracy)
    ]
    return [
        Text(said),
        Table(
            filled("Choosing among {k}: {method}", k=found.k, method=found.method),
            ("chosen by", "accuracy", "over the vote", "95 %", "of what a perfect verifier adds"),
            tuple(rows),
            frozenset((1, 2, 3, 4)),
            joined(
                "Paired with the plain vote over the same samples.",
                "What a verifier itself costs is not counted.",
            ),
        ),
    ]


def repeat_blocks(found: Sequence[Repeated]) -> list[ReportBlock]:
    """How much another wording and another seed would change."""
    if not found:
        return []
    first = found[0].components
    runs = first.wordings * first.seeds
    said = []
    for r in found[1:]:
        if r.delta is None or r.delta_here is None or r.delta_sd is None:
            continue
        said.append(
            filled(
                "{name} over {base}: {a} points here, {b} on average over {n} passes; between "
                "passes it varies by {sd} points (standard deviation), and has this sign in {m} of "
                "{k}.",
                name=r.strategy,
                base=found[0].strategy,
                a=points(r.delta_here),
                b=points(r.delta),
                n=runs,
                sd=points(r.delta_sd, sign=False),
                m=r.agree,
                k=runs,
            )
        )
    rows = tuple(
        (
            r.strategy,
            percent(r.here),
            percent(float(r.components.means.mean())),
            points(r.components.between_runs, sign=False),
            *(_share(part, r) for part in _parts(r)),
        )
        for r in found
    )
    columns = ("strategy", "here", "all passes", "points between passes")
    return [
        *(Text(words) for words in said),
        Table(
            filled("Run again: {w} wordings, {s} seeds each", w=first.wordings, s=first.seeds),
            (*columns, "questions", "wording", "question x wording", "samples"),
            rows,
            frozenset(range(1, 8)),
            joined(
                "Between passes: the standard deviation of the accuracy on these questions in "
                "another wording with another seed.",
                "Then where the variance of a single score comes from (random effects); greedy "
                "replies have none between samples.",
            ),
        ),
    ]


def _parts(r: Repeated) -> tuple[float, float, float, float]:
    c = r.components
    return c.question, c.wording, c.mixed, c.sample


def _share(part: float, r: Repeated) -> str:
    total = sum(max(0.0, one) for one in _parts(r))
    return percent(max(0.0, part) / total) if total > 0 else ""


def coverage_blocks(found: Sequence[Coverage]) -> list[ReportBlock]:
    """How coverage grows, what laws of growth make of it, and how much of it is luck."""
    blocks: list[ReportBlock] = []
    for c in found:
        ks = tuple(float(k) for k in c.ks)
        far = tuple(float(k) for k, _, _ in c.ahead)
        series = [
            Series("some sample of k right", ks, c.seen, colour=0),
            Series(
                "beta-binomial law",
                (*ks, *far),
                (*c.beta_binomial, *(b for _, _, b in c.ahead)),
                dashed=True,
                colour=1,
            ),
            Series(
                "power law",
                (*ks, *far),
                (*c.power_law, *(p for _, p, _ in c.ahead)),
                dashed=True,
                colour=3,
            ),
        ]
        if c.floor is not None:
            series.append(Series("by luck at least: another's answer", ks, c.floor, colour=7))
        said = [
            filled(
                "Laws fitted to the first {k} samples miss the rest by at most {a} (beta-binomial) "
                "and {b} points (power law); saying that it grows no further misses by {c}.",
                k=c.fitted_to,
                a=points(c.beta_binomial_error, sign=False),
                b=points(c.power_law_error, sign=False),
                c=points(c.flat_error, sign=False),
            )
        ]
        if c.floor is not None:
            said.append(
                filled(
                    "By luck alone at least {p} would be covered at {k} samples: wrong replies "
                    "also use the numbers of their own question.",
                    p=percent(c.floor[-1]),
                    k=c.ks[-1],
                )
            )
        blocks.append(
            LineChart(
                filled("Coverage: {method}", method=c.method),
                "samples k",
                "percent of questions",
                tuple(series),
                doubling=True,
                caption=joined(*said),
            )
        )
    return blocks


def fair_blocks(found: Sequence[EqualCost]) -> list[ReportBlock]:
    """Every strategy against a plain vote that costs the same."""
    rows = [
        (
            f.strategy,
            f.by,
            f.why or filled("{method}, {k} samples", method=f.method, k=f"{f.k:.1f}"),
            percent(f.accuracy),
            percent(f.voted) if f.voted is not None else "",
            points(f.delta) if f.delta is not None else "",
            interval_words(f.delta_ci),
        )
        for f in found
    ]
    if not rows:
        return []
    return [
        Table(
            "Against self-consistency for the same price",
            ("strategy", "equal", "vote over", "accuracy", "vote", "difference", "95 %"),
            tuple(rows),
            frozenset((3, 4, 5, 6)),
            "What a plain majority vote would have scored had it spent as much: on the exact maj@k "
            "curve, between whole samples on a line.",
        )
    ]
