"""What a report says of difficulty and of spending by it."""

from __future__ import annotations

from collections.abc import Sequence

from evals.report.report_blocks import Block, Table, Text
from evals.report.sections import interval_words, selector_words
from evals.report.topics.difficulty import PRIOR, PROBES, ComputeOptimal, DifficultyBin
from evals.report.topics.repeats import Repeated
from evals.report.topics.verifiers import VerifierGap
from evals.report.topics.words import count, percent, points

__all__ = ["difficulty_blocks", "optimal_blocks", "repeat_blocks", "verifier_blocks"]


def difficulty_blocks(method: str, found: Sequence[DifficultyBin]) -> list[Block]:
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
    measured = ("one sample", f"vote of {found[0].k}", f"any of {found[0].k}")
    columns = ("difficulty", "n", *(part for name in measured for part in (name, "95 %")))
    return [
        Table(
            f"By difficulty: {method}",
            (*columns, "voting adds", "left to a verifier"),
            rows,
            frozenset(range(1, 10)),
            "Difficulty is the model's own pass@1. Half of a question's samples say how hard it "
            "is, the other half are counted, both ways round: luck does not sort the questions.",
        )
    ]


def optimal_blocks(found: ComputeOptimal) -> list[Block]:
    """What a table learned on one half of the questions does on the other."""
    low, high = found.delta_ci
    said = (
        f"Compute-optimal, {found.method}: {PROBES} samples, then by how many agree "
        f"`{found.table}` "
        "(learned from this run). Learned on one half of the questions and tested on the other: "
        f"{percent(found.accuracy)} at {count(found.tokens)} tokens. A plain vote for as many "
        f"tokens: {percent(found.voted)}; the difference is {points(found.delta)} points "
        f"[{points(low, sign=False)}, {points(high, sign=False)}]."
    )
    rows = (
        ("learned, on the other half", percent(found.accuracy), count(found.tokens)),
        (f"without a run: {PRIOR}", percent(found.prior[0]), count(found.prior[1])),
        (f"vote of all {found.draws}", percent(found.full[0]), count(found.full[1])),
        ("vote for as many tokens", percent(found.voted), count(found.tokens)),
    )
    return [
        Text(said),
        Table(
            f"Spending by difficulty: {found.method}",
            ("allocation", "accuracy", "tokens"),
            rows,
            frozenset((1, 2)),
            "Expected over the orders of the stored samples. The cheapest action for each ease, "
            "unless a dearer one gains a point and a standard error (arXiv 2408.03314).",
        ),
    ]


def verifier_blocks(found: VerifierGap) -> list[Block]:
    """What each verifier makes of the samples, and what a perfect one would."""
    low, high = found.perfect.delta_ci
    said = (
        f"{found.method}, {found.k} samples: a perfect verifier would add "
        f"{points(found.perfect.delta, sign=False)} points [{points(low, sign=False)}, "
        f"{points(high, sign=False)}] to the vote's {percent(found.vote)}."
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
            f"Choosing among {found.k}: {found.method}",
            ("chosen by", "accuracy", "over the vote", "95 %", "of what a perfect verifier adds"),
            tuple(rows),
            frozenset((1, 2, 3, 4)),
            "Paired with the plain vote over the same samples. What a verifier itself costs is not "
            "counted.",
        ),
    ]


def repeat_blocks(found: Sequence[Repeated]) -> list[Block]:
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
            f"{r.strategy} over {found[0].strategy}: {points(r.delta_here)} points here, "
            f"{points(r.delta)} on average over {runs} passes; between passes it varies by "
            f"{points(r.delta_sd, sign=False)} points (standard deviation), and has this sign in "
            f"{r.agree} of {runs}."
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
            f"Run again: {first.wordings} wordings, {first.seeds} seeds each",
            (*columns, "questions", "wording", "question x wording", "samples"),
            rows,
            frozenset(range(1, 8)),
            "Between passes: the standard deviation of the accuracy on these questions in another "
            "wording with another seed. Then where the variance of a single score comes from "
            "(random effects); greedy replies have none between samples.",
        ),
    ]


def _parts(r: Repeated) -> tuple[float, float, float, float]:
    c = r.components
    return c.question, c.wording, c.mixed, c.sample


def _share(part: float, r: Repeated) -> str:
    total = sum(max(0.0, one) for one in _parts(r))
    return percent(max(0.0, part) / total) if total > 0 else ""
