"""Tells what kind of question it is: a fact, a list, a comparison, a summary, ...

A linear model over the question's embedding and its words and word endings, fitted on the examples
of `question_kinds.yaml` and the labelled questions of nine subjects. Nothing is matched by hand:
`python -m benchmarks.kinds --fit` fits the weights again and prints what they are worth on subjects
left out. Without the embedder that they were fitted with, words alone decide, with weights of their
own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.floating[Any]]

__all__ = [
    "KINDS",
    "QuestionKind",
    "asks_for",
    "grams",
    "kind_of",
    "kind_scores",
    "loaded",
    "only_asks",
    "read_weights",
    "subject_of",
    "word_weight",
]

QuestionKind = Literal[
    "fact", "definition", "why", "list", "comparison", "summary", "explain", "decision", "task",
    "block", "about",
]  # fmt: skip
KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)
_PLAIN = 3
"""The first kinds are answered alike, by the sentence that says it; the others need to be sure."""
_MARGIN = 0.10
_OWN_MARGIN = 0.20
_OWN = ("about", "decision", "task")
"""Kinds whose answers are not those of a plain question at all: a question need be surer of one."""
_WEIGHTS = Path(__file__).with_name("question_kinds.npz")
_HANGUL = re.compile("[가-힣]")


def kind_of(
    question: str,
    language: str,
    embedding: Array | None = None,
    model: Mapping[str, Any] | None = None,
) -> QuestionKind:
    """The kind of a question. `embedding`, shape (dimension,), is that of the multilingual embedder
    that ships; None for any other. `model` stands in for the weights that ship."""
    scores = kind_scores(question, language, embedding, model)
    plain = max(range(_PLAIN), key=lambda at: scores[at])
    best = max(range(len(KINDS)), key=lambda at: scores[at])
    margin = _OWN_MARGIN if KINDS[best] in _OWN else _MARGIN
    return KINDS[best if scores[best] - scores[plain] >= margin else plain]


def kind_scores(
    question: str,
    language: str,
    embedding: Array | None = None,
    model: Mapping[str, Any] | None = None,
) -> list[float]:
    """A score for each of `KINDS`, about 0 where nothing speaks for it and 1 where all does."""
    import numpy as np

    model = model or _model()
    places: dict[str, int] = model["places"]
    seen = [places[gram] for gram in grams(question) if gram in places]
    found = model["rarity"][seen]
    found = found / max(float(np.linalg.norm(found)), 1e-9)
    if embedding is None:
        scores = found @ model["words_only"][seen]
    else:
        mean = model["mean_ko" if language == "ko" else "mean_en"]
        scores = (embedding - mean) @ model["embedding"] + found @ model["words"][seen]
    result: list[float] = scores.tolist()
    return result


def only_asks(question: str) -> bool:
    """Whether every word of a question is one that questions are made of, and none a subject:
    "summarise this note", and not "summarise the note on tides"."""
    return not subject_of(question)


def subject_of(question: str) -> str:
    """The words of a question that are none of those that questions are made of.

    >>> subject_of("Could you explain spring tides to me in simple words?")
    'spring tides'
    """
    places: dict[str, int] = _model()["places"]
    words = re.sub(r"[^\w\s]", " ", question).split()
    return " ".join(
        word
        for word in words
        if f"w:{word.lower()}" not in places and f"s:{word.lower()[:2]}" not in places
    )


def asks_for(label: str, kind: str) -> float:
    """How much a label ("Next steps") reads like a question of a kind by its words, above those of
    other answers; 0 where no example has any of them.

    >>> asks_for("Decisions", "decision") > 0.2 > asks_for("Players", "decision")
    True
    """
    scores: dict[str, float] = dict(zip(KINDS, kind_scores(label, ""), strict=True))
    return scores[kind] - max(scores[other] for other in KINDS if other not in _OWN)


def word_weight(word: str, kind: QuestionKind) -> float:
    """How much a word, or a Korean word's beginning, speaks for a kind by itself; 0 for one that no
    example has.

    >>> word_weight("difference", "comparison") > 1 > word_weight("list", "comparison")
    True
    """
    model = _model()
    places: dict[str, int] = model["places"]
    seen = [places[gram] for gram in (f"w:{word.lower()}", f"s:{word[:2]}") if gram in places]
    column = model["words_only"][:, KINDS.index(kind)]
    return max((float(model["rarity"][at] * column[at]) for at in seen), default=0.0)


def grams(question: str) -> set[str]:
    """What a question is told by besides its embedding: its words and pairs of words, how it begins
    and ends, and of Korean words their endings."""
    return set(_grams(re.sub(r"[?？.!]+$", "", " ".join(question.lower().split()))))


def _grams(text: str) -> Iterator[str]:
    words = text.split(" ")
    for at, word in enumerate(words):
        yield f"w:{word}"
        if at + 1 < len(words):
            yield f"b:{word} {words[at + 1]}"
        if _HANGUL.search(word):
            yield f"s:{word[:2]}"
            yield from (f"e:{word[-n:]}" for n in (1, 2, 3))
    for n in (1, 2):
        yield f"B:{' '.join(words[:n])}"
        yield f"E:{' '.join(words[-n:])}"
    closed = text.replace(" ", "")
    if _HANGUL.search(closed):
        yield from (f"Z:{closed[-n:]}" for n in (1, 2, 3, 4))


@cache
def _model() -> dict[str, Any]:
    return read_weights(_WEIGHTS)


def read_weights(path: Path) -> dict[str, Any]:
    """The weights that a file holds."""
    import numpy as np

    with np.load(path, allow_pickle=False) as file:
        return loaded({name: file[name] for name in file.files})


def loaded(weights: Mapping[str, Any]) -> dict[str, Any]:
    """Weights as they were fitted, ready to be used."""
    import numpy as np

    model = {
        name: found if name == "grams" else found.astype(np.float64)
        for name, found in weights.items()
    }
    model["places"] = {str(gram): at for at, gram in enumerate(model["grams"])}
    return model
