"""Fitting the two models of `pipeline.evidence`, and what they are worth on subjects left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

import pipeline.evidence.answerability as gate
import pipeline.evidence.select as select
from benchmarks.subjects_data import Asked, ask_all, ask_off_topic, ask_shipped, splits
from pipeline.evidence.select import Candidate

__all__ = ["fit_all", "fit_choice", "fit_logistic"]

Array = npt.NDArray[np.float64]
_RIDGE = 0.05
_STEPS = 60
_ANSWERED = 0.85
_OFF_TOPIC = 0.5
"""Weight of the questions off topic among those that are not answered."""


def fit_all() -> None:
    """Print weights, the worth of both models on each subject left out, and the curve."""
    names = [name for split in ("tune", "held-out") for name in splits()[split]]
    asked, shipped = ask_all(names), ask_shipped("dev")
    off = ask_off_topic(names, names)
    print(f"{len(asked)} questions on {len(names)} subjects, {len(off)} off topic, "
          f"{len(shipped)} shipped ones")  # fmt: skip
    held: list[tuple[Asked, float, float]] = []
    for name in names:
        rest = [one for one in asked if one.subject != name]
        weights = fit_choice([*rest, *shipped])
        logistic, bias = _fit_gate(
            [*rest, *shipped], [one for one in off if one.subject != name], weights
        )
        mine = [one for one in (*asked, *off) if one.subject == name]
        held += [(one, *_scores(one, weights, logistic, bias)) for one in mine]
    _print_held(held, names)
    weights = fit_choice([*asked, *shipped])
    logistic, bias = _fit_gate([*asked, *shipped], off, weights)
    there = [v for one, _, v in held if one.answerable]
    shift = float(np.quantile(there, 1 - _ANSWERED))
    print("select:  ", _named(select.FEATURES, weights))
    print("answerability:", _named(gate.FEATURES, logistic), f"bias {bias - shift:.2f}")


def _table(one: Asked) -> tuple[Array, npt.NDArray[np.bool_], list[Candidate]]:
    """Features of every candidate of a question, and which of them are right."""
    best = max((hit.score for hit in one.hits), default=0.0)
    scores = {hit.passage.id: hit.score for hit in one.hits}
    rows, right = [], []
    for found in one.found:
        seen = select.features(found.unit, found.signal, best - scores[found.passage.id])
        rows.append([seen[name] for name in select.FEATURES])
        right.append(bool(one.gold(found)))
    return np.array(rows, np.float64), np.array(right, bool), one.found


def fit_choice(asked: Sequence[Asked]) -> Array:
    """Weights of the conditional logit: the likelihood that a right candidate is chosen."""
    tables = [(rows, right) for rows, right, _ in map(_table, asked) if right.any()]
    scale = np.concatenate([rows for rows, _ in tables]).std(0) + 1e-9
    theta = np.zeros(len(select.FEATURES))
    for _ in range(_STEPS):
        slope = -2 * _RIDGE * len(tables) * theta
        bend = np.eye(len(theta)) * 2 * _RIDGE * len(tables)
        for rows, right in tables:
            x = rows / scale
            chance = np.exp(x @ theta - (x @ theta).max())
            good = chance * right
            chance, good = chance / chance.sum(), good / good.sum()
            mean = chance @ x
            slope += good @ x - mean
            bend += (x * chance[:, None]).T @ x - np.outer(mean, mean)
        theta += np.clip(np.linalg.solve(bend, slope), -1, 1)
    found: Array = theta / scale
    return found


def _fit_gate(asked: Sequence[Asked], off: Sequence[Asked], weights: Array) -> tuple[Array, float]:
    rows, there, share = [], [], []
    near = sum(not one.answerable for one in asked)
    for one in (*asked, *off):
        best = _best(one, weights)
        if best is None:
            continue
        seen = gate.features(one.question, one.language, best)
        rows.append([seen[name] for name in gate.FEATURES])
        there.append(one.answerable)
        weight = _OFF_TOPIC * near / max(1, len(off)) if one.row["kind"] == "off topic" else 1.0
        share.append(weight)
    return fit_logistic(np.array(rows), np.array(there), np.array(share))


def fit_logistic(rows: Array, there: npt.NDArray[np.bool_], share: Array) -> tuple[Array, float]:
    """Weights and bias; both classes weigh the same, a ridge on one scale draws to 0."""
    mean, spread = rows.mean(0), rows.std(0) + 1e-9
    x = np.column_stack([(rows - mean) / spread, np.ones(len(rows))])
    weight = share / np.where(there, share[there].sum(), share[~there].sum()) * len(rows) / 2
    ridge = np.r_[np.ones(rows.shape[1]), 0.0]
    theta = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-x @ theta))
        slope = x.T @ ((p - there) * weight) + ridge * theta
        bend = (x * (p * (1 - p) * weight)[:, None]).T @ x
        theta -= np.linalg.solve(bend + np.diag(ridge + 1e-6), slope)
    raw: Array = theta[:-1] / spread
    return raw, float(theta[-1] - (raw * mean).sum())


def _best(one: Asked, weights: Array) -> Candidate | None:
    rows, _, found = _table(one)
    return found[int((rows @ weights).argmax())] if found else None


def _scores(one: Asked, weights: Array, logistic: Array, bias: float) -> tuple[float, float]:
    """Points of the first candidate, and how sure the gate is."""
    best = _best(one, weights)
    if best is None:
        return 0.0, -60.0
    seen = gate.features(one.question, one.language, best)
    sure = float(np.array([seen[name] for name in gate.FEATURES]) @ logistic + bias)
    return (one.points(best) if one.answerable else 0.0), sure


def _print_held(held: Sequence[tuple[Asked, float, float]], names: Sequence[str]) -> None:
    def values(which: Callable[[Asked], bool]) -> Array:
        return np.array([sure for one, _, sure in held if which(one)])

    there = values(lambda one: one.answerable)
    near = values(lambda one: not one.answerable and one.row["kind"] != "off topic")
    off = values(lambda one: one.row["kind"] == "off topic")
    print("each subject left out in turn:")
    for name in names:
        points = [p for one, p, _ in held if one.subject == name and one.answerable]
        print(f"  {name:<14} right first {np.mean(points):.3f} of {len(points)}")
    points = [p for one, p, _ in held if one.answerable]
    print(f"  {'all':<14} right first {np.mean(points):.3f} of {len(points)}")
    print(f"  surer of one that is answered: than a near miss {_area(there, near):.3f}, "
          f"than off topic {_area(there, off):.3f}")  # fmt: skip
    print("  answered  refused: near misses  off topic")
    for share in (0.95, 0.9, 0.85, 0.8, 0.75, 0.7):
        level = np.quantile(there, 1 - share)
        print(f"  {share:8.2f}  {(near < level).mean():20.3f}  {(off < level).mean():9.3f}")


def _area(there: Array, gone: Array) -> float:
    return float((there[:, None] > gone).mean() + 0.5 * (there[:, None] == gone).mean())


def _named(names: Sequence[str], weights: Array) -> str:
    return ", ".join(f"{name} {weight:.2f}" for name, weight in zip(names, weights, strict=True))
