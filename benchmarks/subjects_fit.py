"""Fitting the two models of `pipeline.evidence`, and what they are worth on subjects left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

import pipeline.evidence.answerability as gate
import pipeline.evidence.sentence_ranking as select
from benchmarks.subjects_data import (
    Asked,
    ask_all,
    ask_courses,
    ask_off_topic,
    ask_pooled,
    ask_shipped,
    ask_squad,
    splits,
)
from pipeline.evidence.gather import Evidence

__all__ = ["fit_all", "fit_choice", "fit_logistic"]

Array = npt.NDArray[np.float64]
_RIDGE = 0.05
_STEPS = 60
_SMALL = 1e-4
"""A step that ends the fit."""
_ANSWERED = 0.87
_OFF_TOPIC = 0.5
"""Weight of the questions off topic among those that are not answered."""
_ARTICLES, _QUESTIONS = 70, slice(400, 2000)
"""Of a file in the SQuAD schema; the first 400 are those of the report."""
_SQUAD_CHOICE, _SQUAD_GATE = 0.4, 0.25
"""Weight of its questions as a whole, where that of all others is 1: they repeat the words of the
notes more than people do."""
_COURSES = 1.0
"""Weight of the questions about courses as a whole, where that of those about subjects is 1."""
_KEPT = {"glossed": 2.39, "opens": 1.5}
_KEPT_GATE = {"opens": 1.0}
"""Weights too rare in the data to be fitted again."""


@dataclass(frozen=True)
class _Model:
    """Weights of the choice and of the gate; of the gate also where it answers _ANSWERED."""

    choice: Array
    gate: Array
    bias: float


def fit_all(words: bool, squad: Path | None = None, courses: Sequence[Path] = ()) -> None:
    """Print the weights fitted on the subjects tuned on, the shipped questions for development,
    courses of one's own and every other article of `squad`, and, for each of those subjects, each
    held out and the other articles, the worth of weights that did not see it. `words`: for indexes
    without an embedder."""
    tune, held = splits()["tune"], splits()["held-out"]
    asked = {name: ask_all([name], words) for name in (*tune, *held)}
    even, odd = _squad(squad)
    for one in ask_pooled(tune, words) + ask_pooled(held, words):
        asked[one.subject].append(one)
    for one in ask_off_topic([*tune, *held], [*tune, *held], words):
        asked[one.subject].append(one)
    shipped = ask_shipped("dev", words)
    own = ask_courses(courses, words)
    print(f"{sum(map(len, asked.values()))} questions on {len(asked)} subjects (of their own notes,"
          f" of several subjects' together, and off topic), {len(shipped)} shipped, {len(own)} on"
          f" courses, {len(even)} of SQuAD's schema, {len(odd)} more left out")  # fmt: skip
    scored: list[tuple[Asked, float, float]] = []
    for left in (*tune, *held):
        model = _fit(
            [one for n in tune if n != left for one in asked[n]] + shipped, even, own, words
        )
        scored += [(one, *_scores(one, model, words)) for one in asked[left]]
    _print_left_out(scored, tune, held)
    model = _fit([one for name in tune for one in asked[name]] + shipped, even, own, words)
    there = [sure for one, _, sure in scored if one.answerable and one.subject in tune]
    shift = float(np.quantile(there, 1 - _ANSWERED))
    if odd:
        _print_squad([(one, *_scores(one, model, words)) for one in odd], shift)
    print("select:       ", _named(_choice_names(words), model.choice))
    print(
        "answerability:", _named(_gate_names(words), model.gate), f"bias {model.bias - shift:.2f}"
    )


def _squad(path: Path | None) -> tuple[list[Asked], list[Asked]]:
    """Questions about articles of even number, and of odd number, answerable and not."""
    even: list[Asked] = []
    odd: list[Asked] = []
    there, gone = ask_squad(path, _ARTICLES, _QUESTIONS) if path else ([], [])
    for one in (*there, *gone):
        (odd if int(one.row["cluster"][1:]) % 2 else even).append(one)
    return even, odd


def _choice_names(words: bool) -> list[str]:
    return list(select.WORDS_ONLY if words else select.FEATURES)


def _gate_names(words: bool) -> list[str]:
    return list(gate.WORDS_ONLY if words else gate.FEATURES)


def _table(one: Asked, words: bool) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Features of all evidence of a question, and which of it is right."""
    best = max((hit.score for hit in one.hits), default=0.0)
    scores = {hit.passage.id: hit.score for hit in one.hits}
    words_used = max((signal.coverage for hit in one.hits for signal in hit.signals), default=1.0)
    names = _choice_names(words)
    rows, right = [], []
    for found in one.found:
        behind = best - scores[found.passage.id]
        what = found.fits, found.names_all, found.glossed, found.opens, words_used
        seen = select.features(found.unit, found.signal, behind, *what)
        rows.append([seen[name] for name in names])
        right.append(one.answerable and bool(one.gold(found)))
    return np.array(rows, np.float64).reshape(-1, len(names)), np.array(right, bool)


def fit_choice(
    tables: Sequence[tuple[Array, npt.NDArray[np.bool_]]],
    shares: Sequence[float],
    kept: Mapping[int, float],
) -> Array:
    """Weights of the conditional logit: the likelihood that right evidence is chosen. Each table
    has the features of what was found for a question, and which of it is right; it counts by its
    share. `kept` has the weights that are not fitted, by column."""
    some = [(*table, share) for table, share in zip(tables, shares, strict=True) if table[1].any()]
    columns = [at for at in range(some[0][0].shape[1]) if at not in kept]
    scale = np.concatenate([rows[:, columns] for rows, _, _ in some]).std(0) + 1e-9
    theta = np.zeros(scale.size)
    ridge = 2 * _RIDGE * sum(share for *_, share in some)
    for _ in range(_STEPS):
        slope = -ridge * theta
        bend = np.eye(len(theta)) * ridge
        for rows, right, share in some:
            x = rows[:, columns] / scale
            value = x @ theta + sum(weight * rows[:, at] for at, weight in kept.items())
            chance = np.exp(value - value.max())
            good = chance * right
            chance, good = chance / chance.sum(), good / good.sum()
            mean = chance @ x
            slope += share * (good @ x - mean)
            bend += share * ((x * chance[:, None]).T @ x - np.outer(mean, mean))
        step = np.clip(np.linalg.solve(bend, slope), -1, 1)
        theta += step
        if np.abs(step).max() < _SMALL:
            break
    found: Array = np.zeros(some[0][0].shape[1])
    found[columns] = theta / scale
    found[list(kept)] = list(kept.values())
    return found


def _fit(
    asked: Sequence[Asked], more: Sequence[Asked], own: Sequence[Asked], words: bool
) -> _Model:
    """`more` are questions in the SQuAD schema, `own` about courses, for the choice alone."""
    names, gates = _choice_names(words), _gate_names(words)
    kept = {} if words else {names.index(name): weight for name, weight in _KEPT.items()}
    there, extra, ours = (sum(one.answerable for one in some) for some in (asked, more, own))
    shares = [1.0] * len(asked) + [_SQUAD_CHOICE * there / max(extra, 1)] * len(more)
    shares += [_COURSES * there / max(ours, 1)] * len(own)
    choice = fit_choice([_table(one, words) for one in (*asked, *more, *own)], shares, kept)
    off = [one for one in asked if _off_topic(one)]
    near = sum(not one.answerable for one in asked) - len(off)
    rows, answered, weights = [], [], []
    for at, one in enumerate((*asked, *more)):
        ranked = _ranked(one, choice, words)
        if not ranked:
            continue
        rows.append(_seen(one, ranked, words))
        answered.append(one.answerable)
        if at >= len(asked):
            alike = sum(other.answerable == one.answerable for other in asked)
            weights.append(_SQUAD_GATE * alike / (len(more) / 2))
        else:
            weights.append(_OFF_TOPIC * near / len(off) if _off_topic(one) else 1.0)
    fitted = [at for at, name in enumerate(gates) if words or name not in _KEPT_GATE]
    seen = np.array(rows)[:, fitted]
    raw, bias = fit_logistic(seen, np.array(answered), np.array(weights))
    found = np.array([0.0 if words else _KEPT_GATE.get(name, 0.0) for name in gates])
    found[fitted] = raw
    return _Model(choice, found, bias)


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


def _off_topic(one: Asked) -> bool:
    return bool(one.row["kind"] == "off topic")


def _ranked(one: Asked, choice: Array, words: bool) -> list[Evidence]:
    """What was found, the best first."""
    rows, _ = _table(one, words)
    return [one.found[at] for at in np.argsort(-(rows @ choice), kind="stable").tolist()]


def _seen(one: Asked, ranked: Sequence[Evidence], words: bool) -> list[float]:
    seen = gate.features(one.inquiry, ranked)
    return [seen[name] for name in _gate_names(words)]


def _scores(one: Asked, model: _Model, words: bool) -> tuple[float, float]:
    """Points of the first evidence, and how sure the gate is."""
    ranked = _ranked(one, model.choice, words)
    if not ranked:
        return 0.0, -60.0
    sure = float(np.array(_seen(one, ranked, words)) @ model.gate + model.bias)
    return (one.points(ranked[0]) if one.answerable else 0.0), sure


def _print_squad(scored: Sequence[tuple[Asked, float, float]], level: float) -> None:
    there = [(points, sure) for one, points, sure in scored if one.answerable]
    gone = [sure for one, _, sure in scored if not one.answerable]
    first = np.mean([points for points, _ in there])
    right = np.mean([points * (sure >= level) for points, sure in there])
    print(f"articles left out: right first {first:.3f}, right {right:.3f} of {len(there)}, "
          f"refused {np.mean([sure < level for sure in gone]):.3f} of {len(gone)}")  # fmt: skip


def _print_left_out(
    scored: Sequence[tuple[Asked, float, float]], tune: Sequence[str], held: Sequence[str]
) -> None:
    for title, names in (("tuned on, each left out in turn", tune), ("held out", held)):
        mine = [row for row in scored if row[0].subject in names]

        def values(
            which: Callable[[Asked], bool], mine: Sequence[tuple[Asked, float, float]] = mine
        ) -> Array:
            return np.array([sure for one, _, sure in mine if which(one)])

        there = values(lambda one: one.answerable)
        near = values(lambda one: not one.answerable and not _off_topic(one))
        off = values(_off_topic)
        print(f"{title}:")
        for name in names:
            points = [p for one, p, _ in mine if one.subject == name and one.answerable]
            print(f"  {name:<14} right first {np.mean(points):.3f} of {len(points)}")
        points = [p for one, p, _ in mine if one.answerable]
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
