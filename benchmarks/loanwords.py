"""Measures how many loanwords that a question spells in Hangul are found in notes that have them in
Latin letters, and how many other words are taken for one.

    python -m benchmarks.loanwords

The words are those of `benchmarks/data/loanwords.txt`: every other one (the first, the third ...)
was tuned on, the rest is held out. Each is asked of the notes of all subjects and of the corpus
that ships, with the Latin words of the list in three passages each, or in none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from benchmarks.subjects_data import FOLDER
from evals.stats.proportions import accuracy_interval
from pipeline.config import load_config
from pipeline.retrieval.embedder import open_embedder
from pipeline.retrieval.loanwords import Spellings
from pipeline.retrieval.morphemes import Lexicon
from pipeline.retrieval.sparse import TokenTable, build_sparse
from pipeline.text.tokens import fold, latin_tokens, stem

_LIST = Path(__file__).parent / "data" / "loanwords.txt"
_CORPUS = Path(__file__).parents[1] / "corpus"
_PASSAGES = 3

Cosine = Callable[[str, str], float]


def pairs() -> list[tuple[str, str]]:
    """Each word of the list with its Latin spelling, or "" for one that is no loanword."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if line[:1] != "#" for word in line.split(",")]
    split = [word.split() for word in words if word.strip()]
    return [(hangul, latin.strip("-")) for hangul, latin in split]


def notes() -> list[str]:
    """The paragraphs of the notes of all subjects and of the corpus, without Hangul."""
    files = [*FOLDER.glob("*/notes/**/*.md"), *_CORPUS.glob("**/*.md")]
    text = "\n\n".join(file.read_text(encoding="utf-8") for file in sorted(files))
    return re.sub("[가-힣]+", " ", fold(text)).split("\n\n")


def spellings(texts: Sequence[str], cosine: Cosine | None) -> Spellings:
    """The words of some texts."""
    arm = build_sparse(TokenTable.from_tokens([latin_tokens(text) for text in texts]))
    return Spellings(texts, Lexicon.from_runs({}), arm, cosine)


def told(words: Spellings, word: str) -> str:
    """The stem of the Latin word that a word of Hangul is taken for; "" for none."""
    found = words.respelled(word).text
    return "" if found == word else stem(found)


def main() -> None:
    listed, texts = pairs(), notes()
    latin = {latin for _, latin in listed if latin}
    without = re.compile(rf"\b(?:{'|'.join(sorted(latin))})(?:s|es)?\b")
    bare = [without.sub(" ", text) for text in texts]
    embedder = open_embedder(load_config(None))
    vector = lru_cache(None)(lambda word: embedder.questions([word])[0])
    for name, cosine in (
        ("sound and meaning", lambda one, other: float(vector(one) @ vector(other))),
        ("sound alone", None),
    ):
        there = spellings([*texts, *sorted(latin) * _PASSAGES], cosine)
        absent = spellings(bare, cosine)
        for half, title in enumerate(("tuned on", "held out")):
            chosen = [pair for pair in listed if pair[1]][half::2]
            others = [word for word, spelled in listed if not spelled][half::2]
            answers = [(told(there, word), stem(spelled)) for word, spelled in chosen]
            right = accuracy_interval([float(one == other) for one, other in answers])
            wrong = sum(one not in ("", other) for one, other in answers)
            lost = sum(told(absent, word) != "" for word, _ in chosen)
            taken = sum(told(there, word) != "" for word in others)
            print(
                f"{name}, {title}: {right.value:.2f} [{right.low:.2f}, {right.high:.2f}] of "
                f"{len(chosen)} loanwords found, {wrong} as another; where the notes have none of "
                f"them {lost} taken for another; of {len(others)} other words {taken}"
            )


if __name__ == "__main__":
    main()
