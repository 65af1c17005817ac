"""Is the kind of a question told rightly, on subjects that nothing was fitted on?

    python -m benchmarks.kinds [--split tune|held-out|sealed] [--check] [--fit]

The examples of `pipeline/text/kinds.yaml` and the questions of the subjects tuned on and held out
are fitted; each of these subjects is judged by weights fitted without it, the sealed ones by those
that ship. `--fit` writes the weights anew. A table's question counts as one for a fact. What
matters is that a plain question (fact, definition, why) is not answered as another kind, and that a
list, a comparison or a summary is.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import yaml

from benchmarks.subjects_data import Asked, open_subject, rows_of, splits
from benchmarks.thinking import Sheet
from evals.stats.proportions import accuracy_interval
from pipeline.answering.loop import run
from pipeline.answering.prepare import PrepareSettings, QuestionRequest, prepare
from pipeline.answering.search import OrderedIndex
from pipeline.config import load_config
from pipeline.engine import Engine
from pipeline.evidence.gather import Evidence, inquire
from pipeline.files import write_whole
from pipeline.retrieval.embedder import open_embedder
from pipeline.strategies import Access
from pipeline.text import kinds
from pipeline.types import Passage

__all__ = ["main"]

Array = npt.NDArray[np.float64]
_EXAMPLES = Path(kinds.__file__).with_name("kinds.yaml")
_SUBJECTS = Path(__file__).parents[1] / "evals/datasets/subjects"
_PLAIN = ("fact", "definition", "why")
_RIDGE = 1.0


class Labelled(NamedTuple):
    """A question of a known kind."""

    text: str
    kind: str
    language: str


def main() -> int:
    """Print the figures; 1 with --check where one asked for is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--split", default="held-out", choices=list(splits()))
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure is missed")
    parser.add_argument("--fit", action="store_true", help="write the weights anew")
    given = parser.parse_args()
    fitted_on = [*splits()["tune"], *splits()["held-out"]]
    if given.fit:
        write(fit([*examples(), *questions(fitted_on)]))
    sheet = Sheet()
    both: list[tuple[str, str]] = []
    words: list[tuple[str, str]] = []
    for subject in splits()[given.split]:
        asked = questions([subject])
        vectors = embeddings([one.text for one in asked])
        others = [name for name in fitted_on if name != subject]
        fitted = subject in fitted_on
        model = kinds.loaded(fit([*examples(), *questions(others)])) if fitted else None
        both += [
            (one.kind, kinds.kind_of(one.text, one.language, vector, model))
            for one, vector in zip(asked, vectors, strict=True)
        ]
        words += [(one.kind, kinds.kind_of(one.text, one.language, None, model)) for one in asked]
    plain = [float(found in _PLAIN) for kind, found in both if kind in _PLAIN]
    other = [float(found == kind) for kind, found in both if kind not in _PLAIN]
    _say(sheet, "plain questions answered as such", plain, 0.9)
    _say(sheet, "lists and comparisons told", other, 0.7)
    _say(sheet, "  by words alone", [float(f == k) for k, f in words if k not in _PLAIN], 0.0)
    points(sheet, splits()[given.split])
    for pair, n in sorted(Counter(both).items()):
        sheet.tell(f"  {pair[0]} -> {pair[1]}", str(n))
    return int(given.check and not sheet.fine)


def points(sheet: Sheet, subjects: Sequence[str]) -> None:
    """What the answers are worth, no model asked. A list and a comparison count by the parts of the
    right answer that are quoted, a summary by the headings of the note that it quotes from."""
    found: dict[str, list[float]] = defaultdict(list)
    for subject in subjects:
        with open_subject(subject) as index:
            notes = OrderedIndex(index)
            for row in rows_of(subject):
                if row["answerable"]:
                    _, right = _quoted(notes, row["question"])
                    one = Asked(subject, row, (), inquire("", row["language"]), ())
                    found[f"  {row['kind']}, {row['language']}"].append(one.covered(right))
            for name, passages in groupby(index.passages, lambda passage: passage.source):
                those = list(passages)
                for text in _SUMMARIES[those[0].language]:
                    kind, quoted = _quoted(notes, text.format(_title(name, those)))
                    headings = {passage.headings for passage in those}
                    hit = {e.passage.headings for e in quoted if e.passage.source == name}
                    share = len(hit & headings) / len(headings) if kind == "summary" else 0.0
                    found[f"  summary, {those[0].language}"].append(share)
    for name, values in sorted(found.items()):
        ours = name.split(",")[0].strip() in ("list", "comparison", "summary")
        _say(sheet, name, values, 0.7 if ours else 0.0)


_SUMMARIES = {
    "en": ("Summarise the note on {}.", "What are the main points of {}?"),
    "ko": ("{} 노트를 요약해 줘", "{}의 핵심 내용이 뭐야?"),
}


def _title(name: str, passages: Sequence[Passage]) -> str:
    return passages[0].headings[0] if passages[0].headings else Path(name).stem


def _quoted(notes: OrderedIndex, question: str) -> tuple[str, list[Evidence]]:
    """What is quoted for a question, and the kind of answer ("" for one sentence)."""

    def no_engine() -> Engine:
        raise AssertionError("no model is asked here")

    settings = PrepareSettings(languages=())
    course = prepare(QuestionRequest(question, Access("ask")), settings, notes)
    prepared = run(course, no_engine, notes.look_up)
    if prepared.composition is not None:
        return prepared.composition.kind, [part.evidence for part in prepared.composition.parts]
    return "", [prepared.quotation] if prepared.quotation else []


def _say(sheet: Sheet, name: str, values: Sequence[float], least: float) -> None:
    found = accuracy_interval(values)
    shown = f"{found.value:.3f} [{found.low:.2f}, {found.high:.2f}] n={len(values)}"
    sheet.say(name, shown, found.value >= least, f">= {least:.2f}")


def examples() -> list[Labelled]:
    """The written examples."""
    data = yaml.safe_load(_EXAMPLES.read_text("utf-8"))
    return [
        Labelled(text, kind, language)
        for kind, by_language in data.items()
        for language, texts in by_language.items()
        for text in texts
    ]


def questions(subjects: Sequence[str]) -> list[Labelled]:
    """The answerable questions of some subjects."""
    rows = [
        json.loads(line)
        for subject in subjects
        for line in (_SUBJECTS / subject / "questions.jsonl").read_text("utf-8").splitlines()
    ]
    return [
        Labelled(row["question"], row["kind"].replace("table", "fact"), row["language"])
        for row in rows
        if row["answerable"]
    ]


def embeddings(texts: Sequence[str]) -> Array:
    """By the embedder that ships, shape (texts, dimension)."""
    model = open_embedder(load_config(None))
    return np.asarray(model.questions(list(texts)), np.float64)


def fit(asked: Sequence[Labelled]) -> dict[str, Any]:
    """Ridge regression of the kind on embedding and words, the kinds weighed alike."""
    names: list[str] = list(kinds.KINDS)
    labels = np.array([names.index(one.kind) for one in asked])
    vectors = embeddings([one.text for one in asked])
    languages = np.array([one.language for one in asked])
    means = {name: vectors[languages == name].mean(0) for name in ("en", "ko")}
    centred = vectors - np.stack([means[name] for name in languages])
    centred /= (scale := float(np.linalg.norm(centred, axis=1).mean()))
    held = [kinds.grams(one.text) for one in asked]
    seen = Counter(gram for one in held for gram in one)
    vocabulary = sorted(gram for gram, n in seen.items() if n > 1)
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


def write(weights: dict[str, Any]) -> None:
    """Put weights in the place of those that ship."""
    target = Path(kinds.__file__).with_name("kinds.npz")
    part = target.with_suffix(f".{os.getpid()}.npz")
    np.savez_compressed(part, **weights)
    write_whole(target, part.read_bytes())
    part.unlink()
    kinds._model.cache_clear()


def _ridge(features: Array, labels: npt.NDArray[np.int64], count: int) -> Array:
    weights = 1 / np.bincount(labels, minlength=count)[labels]
    root = np.sqrt(weights / weights.mean())
    kernel = root[:, None] * (features @ features.T) * root
    wanted = root[:, None] * (np.eye(count)[labels] - 1 / count)
    solved = np.linalg.solve(kernel + _RIDGE * np.eye(len(labels)), wanted)
    return np.asarray(features.T @ (root[:, None] * solved), np.float64)


if __name__ == "__main__":
    sys.exit(main())
