"""Measures whether every kind of question is recognised and answered, on subjects not fitted on.

    python -m benchmarks.kinds [--points [--lost]] [--split dev|held-out] [--check] [--fit]

* Without --points: is the kind told? What matters is that a plain question (fact, definition, why)
  is not answered as another kind, and that a list or a comparison is.
* --points: what the answers are worth by a printed rubric, per kind and language; --lost shows
  those that lost points.

Each subject is judged by weights fitted without its own questions: on the examples of
`pipeline/text/question_kinds.yaml` and the questions about the other subjects. --fit writes them
anew.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import yaml

from benchmarks.kinds_points import (
    KINDS,
    RUBRIC,
    answers,
    off_topic,
    points,
    rows_of_kinds,
    subjects_of,
)
from benchmarks.subjects_data import open_subject, rows_of, splits
from benchmarks.thinking import Sheet
from evals.stats.proportions import accuracy_interval
from pipeline.config import load_config
from pipeline.files import write_whole
from pipeline.notes.passage_units import answering_units
from pipeline.retrieval import Index, ensure
from pipeline.retrieval.embedder import open_embedder
from pipeline.text import asking, question_kinds, statements

__all__ = ["main"]

Array = npt.NDArray[np.float64]
_FOLDER = Path(question_kinds.__file__).parent
_PLAIN = ("fact", "definition", "why")
_RIDGE = 1.0
_SHIPPED = 7
"""One of so many sentences of the shipped notes is fitted as one that asks nothing."""


class Labelled(NamedTuple):
    """A question of a known kind, and the subject it is about ("" for a written example, which is
    about one of its own)."""

    text: str
    kind: str
    language: str
    subject: str = ""


def main() -> int:
    """Print the figures; 1 with --check where one asked for is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--split", default="held-out", choices=["dev", "held-out"])
    parser.add_argument("--points", action="store_true", help="what the answers are worth")
    parser.add_argument("--lost", action="store_true", help="with --points: what lost points")
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--fit", action="store_true", help="write the weights anew")
    given = parser.parse_args()
    if given.fit:
        write(question_kinds, fit([*examples(), *questions(_fitted_on())]))
        write(statements, fit(examples("statements"), statements.STATEMENTS, asked=False))
        write(asking, fit([*examples("asking"), *said()], asking.ASKING, asked=False))
    sheet = Sheet()
    if given.points:
        report(sheet, given.split, given.lost)
    else:
        told(sheet, given.split)
    return int(given.check and not sheet.fine)


def told(sheet: Sheet, split: str) -> None:
    """Whether the kinds are told."""
    both: list[tuple[str, str]] = []
    words: list[tuple[str, str]] = []
    for subject in subjects_of(split):
        asked = questions([subject])
        model = _without(subject)
        vectors = embeddings([one.text for one in asked])
        both += [
            (one.kind, question_kinds.kind_of(one.text, one.language, vector, model))
            for one, vector in zip(asked, vectors, strict=True)
        ]
        words += [
            (one.kind, question_kinds.kind_of(one.text, one.language, None, model)) for one in asked
        ]
    plain = [float(found in _PLAIN) for kind, found in both if kind in _PLAIN]
    other = [float(found == kind) for kind, found in both if kind not in _PLAIN]
    _say(sheet, "plain questions answered as such", plain, 0.9)
    _say(sheet, "lists and comparisons told", other, 0.7)
    _say(sheet, "  by words alone", [float(f == k) for k, f in words if k not in _PLAIN], 0.0)
    for pair, n in sorted(Counter(both).items()):
        sheet.tell(f"  {pair[0]} -> {pair[1]}", str(n))


def report(sheet: Sheet, split: str, shown: bool) -> None:
    """The points of every kind and language."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    refused: list[float] = []
    print(RUBRIC)
    for subject in subjects_of(split):
        with patch.object(question_kinds, "_model", return_value=_without(subject)):
            for row, answer in answers(subject, rows_of_kinds(subject)):
                got = points(row, answer)
                found[row["kind"], row["language"]].append(sum(got.values()) / len(got))
                if shown and not all(got.values()):
                    lost = ", ".join(name for name, had in got.items() if not had)
                    print(f"  {row['id']} {row['question']}  LOST {lost}\n    {answer.text!r}")
            strange = [answer for _, answer in answers(subject, off_topic(subject, split))]
            refused += [float(one.abstained or one.kind == "about") for one in strange]
    for kind in KINDS:
        for language in ("en", "ko"):
            _say(sheet, f"{kind}, {language}", found[kind, language], 0.7)
    everything = [value for values in found.values() for value in values]
    sheet.tell("all", _figure(everything))
    _say(sheet, "refused, of questions about other subjects", refused, 0.95)


def _without(subject: str) -> dict[str, Any]:
    """The weights that ship, fitted without a subject's own questions."""
    others = [name for name in _fitted_on() if name != subject]
    return question_kinds.loaded(fit([*examples(), *questions(others)]))


def _fitted_on() -> list[str]:
    return [*splits()["tune"], *splits()["held-out"]]


def _figure(values: Sequence[float]) -> str:
    found = accuracy_interval(values)
    return f"{found.value:.3f} [{found.low:.2f}, {found.high:.2f}] n={len(values)}"


def _say(sheet: Sheet, name: str, values: Sequence[float], least: float) -> None:
    value = accuracy_interval(values).value
    sheet.say(name, _figure(values), value >= least, f">= {least:.2f}")


def examples(name: str = "question_kinds") -> list[Labelled]:
    """The written examples."""
    data = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text("utf-8"))
    return [
        Labelled(text, kind, language)
        for kind, by_language in data.items()
        for language, texts in by_language.items()
        for text in texts
    ]


def said() -> list[Labelled]:
    """Sentences that ask nothing: the examples of decisions and others, and those of notes."""
    found = [one._replace(kind="says") for one in examples("statements")]
    for subject in splits()["tune"]:
        with open_subject(subject) as index:
            found += _sentences(index)
    with ensure(load_config(None)) as index:
        return found + _sentences(index)[::_SHIPPED]


def _sentences(index: Index) -> list[Labelled]:
    return [
        Labelled(one.text[unit.start : unit.end], "says", one.language)
        for one in index.passages
        for unit in answering_units(one)
        if unit.kind != "row"
    ]


_AS = {"table": "fact"}
"""Kinds of the questions about subjects that are no kind of their own."""


def questions(subjects: Sequence[str]) -> list[Labelled]:
    """The answerable questions about some subjects; of every kind, on those for development."""
    found = []
    for subject in subjects:
        rows = [row for row in rows_of(subject) if row["answerable"]]
        rows += rows_of_kinds(subject) if subject in subjects_of("dev") else []
        for row in rows:
            kind = row.get("told") or _AS.get(row["kind"], row["kind"])
            found.append(Labelled(row["question"], kind, row["language"], subject))
    return [one for one in found if one.kind in question_kinds.KINDS]


def embeddings(texts: Sequence[str], asked: bool = True) -> Array:
    """By the embedder that ships, of questions or of sentences, shape (texts, dimension)."""
    return np.stack([_embedding(text, asked) for text in texts])


@cache
def _embedding(text: str, asked: bool) -> Array:
    model = _embedder()
    found: Array = np.asarray(
        model.questions([text]) if asked else model.passages([text]), np.float64
    )
    return found.reshape(-1)


@cache
def _embedder() -> Any:
    return open_embedder(load_config(None))


def fit(
    examples: Sequence[Labelled], names: Sequence[str] = question_kinds.KINDS, asked: bool = True
) -> dict[str, Any]:
    """Ridge regression of the kind on embedding and words, the kinds weighed alike. `asked`: they
    are questions, else sentences of notes."""
    labels = np.array([names.index(one.kind) for one in examples])
    vectors = embeddings([one.text for one in examples], asked)
    languages = np.array([one.language for one in examples])
    means = {name: vectors[languages == name].mean(0) for name in ("en", "ko")}
    centred = vectors - np.stack([means[name] for name in languages])
    centred /= (scale := float(np.linalg.norm(centred, axis=1).mean()))
    held = [question_kinds.grams(one.text) for one in examples]
    seen = Counter(gram for one in held for gram in one)
    about: dict[str, set[str | int]] = defaultdict(set)  # a subject's own words tell no kind
    for at, (one, grams) in enumerate(zip(examples, held, strict=True)):
        for gram in grams:
            about[gram].add(one.subject or at)
    vocabulary = sorted(gram for gram in seen if len(about[gram]) > 1)
    rarity = np.array([math.log(len(held) / seen[gram]) for gram in vocabulary])
    words = np.array([[gram in one for gram in vocabulary] for one in held]) * rarity
    words /= np.maximum(np.linalg.norm(words, axis=1, keepdims=True), 1e-9)
    both = _ridge(np.hstack([centred, words]), labels, len(names))
    size = centred.shape[1]
    return {
        "grams": np.array(vocabulary),
        "rarity": rarity.astype(np.float16),
        "mean_en": means["en"].astype(np.float16),
        "mean_ko": means["ko"].astype(np.float16),
        "embedding": (both[:size] / scale).astype(np.float16),
        "words": both[size:].astype(np.float16),
        "words_only": _ridge(words, labels, len(names)).astype(np.float16),
    }


def write(module: Any, weights: dict[str, Any], name: str = "") -> None:
    """Put weights in the place of those that a module ships with, `name` where they are not called
    as it is."""
    target = Path(module.__file__).with_suffix(".npz")
    target = target.with_stem(name or target.stem)
    part = target.with_suffix(f".{os.getpid()}.npz")
    np.savez_compressed(part, **weights)
    write_whole(target, part.read_bytes())
    part.unlink()
    module._model.cache_clear()


def _ridge(features: Array, labels: npt.NDArray[np.int64], count: int) -> Array:
    weights = 1 / np.bincount(labels, minlength=count)[labels]
    root = np.sqrt(weights / weights.mean())
    kernel = root[:, None] * (features @ features.T) * root
    wanted = root[:, None] * (np.eye(count)[labels] - 1 / count)
    solved = np.linalg.solve(kernel + _RIDGE * np.eye(len(labels)), wanted)
    return np.asarray(features.T @ (root[:, None] * solved), np.float64)


if __name__ == "__main__":
    sys.exit(main())
