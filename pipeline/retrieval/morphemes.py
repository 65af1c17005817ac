"""Korean content morphemes: kiwi when the index is made, a lexicon of its analyses at a question.

Loading kiwi takes a second and a few hundred megabytes, which a question should not pay. So the
index keeps what kiwi said about every run of Hangul in the notes; a run that the notes do not have
is stripped of particles and cut into the longest words they do have.
"""

from __future__ import annotations

import functools
import itertools
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError, filled
from pipeline.text.endings import LIGHT, OF_A_RUN
from pipeline.text.particles import bare, is_ending
from pipeline.text.terms import ENDING
from pipeline.text.tokens import HANGUL, fold, has_hangul, latin_tokens, token_id

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.checksums import CheckedFiles
    from pipeline.retrieval.sparse import SparseArm

__all__ = ["Lexicon", "Morphemes", "Runs", "bare_words", "question_word_ids", "trunks"]

_NOUNS = ("NNG", "NNP", "NR", "XR", "XPN", "XSN", "SL", "SH", "SN")
_CONTENT = ("NNG", "NNP", "NR", "XR", "VV", "VA", "MAG", "SH")

_LONGEST = 16
"""Syllables of the longest word looked for inside a run."""

Runs = dict[str, "Counter[tuple[str, ...]]"]
"""A run of Hangul, and how often kiwi gave it which content tokens."""


@functools.cache
def _kiwi() -> Any:
    """kiwi, loaded once a process. Raises ModelError where it cannot be."""
    try:
        import kiwipiepy

        return kiwipiepy.Kiwi(num_workers=os.cpu_count() or 1, load_multi_dict=False)
    except Exception as error:
        raise ModelError(
            filled("kiwipiepy: the Korean analyser cannot be loaded ({error}).", error=error),
            "Reinstall kiwipiepy and kiwipiepy_model.",
        ) from error


class Morphemes:
    """Search tokens of texts; kiwi is loaded at the first Korean one."""

    def tokens(self, texts: Sequence[str], runs: Runs | None = None) -> list[list[str]]:
        """Search tokens of each text. `runs`, where given, collects the analyses."""
        folded = [fold(text) for text in texts]
        korean = [i for i, text in enumerate(folded) if has_hangul(text)]
        rows = [latin_tokens(text) for text in folded]
        if korean:
            analysed = _kiwi().tokenize([folded[i] for i in korean], split_complex=True)
            for i, morphemes in zip(korean, analysed, strict=True):
                rows[i].extend(_content(folded[i], morphemes, runs))
        return rows


def _content(text: str, morphemes: Iterable[Any], runs: Runs | None) -> list[str]:
    """Content words in order; nouns written together also as one word."""
    found: list[tuple[int, str]] = []
    block: list[Any] = []

    def close() -> None:
        if len(block) > 1 and any(HANGUL.search(m.form) for m in block):
            whole = text[block[0].start : block[-1].start + block[-1].len]
            found.append((block[0].start, whole))
            if runs is not None and HANGUL.fullmatch(whole):
                parts = (whole, *(m.form for m in block if m.tag.split("-")[0] in _CONTENT))
                runs.setdefault(whole, Counter())[parts] += 1
            if len(block) > 2:
                for left, right in itertools.pairwise(block):
                    found.append((left.start, text[left.start : right.start + right.len]))
        block.clear()

    for morpheme in morphemes:
        tag = morpheme.tag.split("-")[0]
        joined = block and morpheme.start == block[-1].start + block[-1].len
        if not (tag in _NOUNS and joined):
            close()
        if tag in _NOUNS:
            block.append(morpheme)
        if tag in _CONTENT and morpheme.form not in LIGHT:
            found.append((morpheme.start, morpheme.form))
    close()
    if runs is not None:
        by_start = sorted(range(len(found)), key=lambda number: found[number][0])
        starts = [found[number][0] for number in by_start]
        for match in HANGUL.finditer(text):
            low, high = bisect_left(starts, match.start()), bisect_left(starts, match.end())
            inside = tuple(found[number][1] for number in sorted(by_start[low:high]))
            runs.setdefault(match.group(), Counter())[inside] += 1
    return [form for _, form in found]


@dataclass(frozen=True)
class Lexicon:
    """Runs of Hangul by `token_id` (sorted), with the token ids of each one after another."""

    runs: NDArray[np.int64]
    starts: NDArray[np.int64]
    tokens: NDArray[np.int64]

    @classmethod
    def from_runs(cls, runs: Runs, old: Lexicon | None = None) -> Lexicon:
        """The most frequent analysis of each run; those of `old` are kept where `runs` has none."""
        import numpy as np

        rows: dict[int, list[int]] = {}
        if old is not None:
            for i, name in enumerate(old.runs.tolist()):
                rows[name] = old.tokens[old.starts[i] : old.starts[i + 1]].tolist()
        for run, analyses in runs.items():
            best = min(analyses, key=lambda a: (-analyses[a], a))
            rows[token_id(run)] = [token_id(token) for token in best]
        names = sorted(rows)
        starts = np.zeros(len(names) + 1, np.int64)
        np.cumsum([len(rows[name]) for name in names], out=starts[1:])
        flat = [token for name in names for token in rows[name]]
        return cls(np.asarray(names, np.int64), starts, np.asarray(flat, np.int64))

    def find(self, run: str) -> list[int] | None:
        import numpy as np

        if not len(self.runs):
            return None
        name = token_id(run)
        at = int(np.searchsorted(self.runs, name))
        if at == len(self.runs) or self.runs[at] != name:
            return None
        return [int(token) for token in self.tokens[self.starts[at] : self.starts[at + 1]]]

    def save(self, folder: Path) -> None:
        import numpy as np

        for part in ("runs", "starts", "tokens"):
            np.save(folder / f"lexicon.{part}.npy", getattr(self, part), allow_pickle=False)

    @classmethod
    def load(cls, files: CheckedFiles) -> Lexicon:
        return cls(*(files.array(f"lexicon.{part}.npy") for part in ("runs", "starts", "tokens")))


def question_word_ids(
    question: str, lexicon: Lexicon, arm: SparseArm, *, unknown: bool = False
) -> list[int]:
    """Token ids of a question for the word arm, without kiwi; `unknown`: also of Korean nouns that
    the notes do not have, told by the particle that follows. Of Latin words they always are."""
    text = fold(question)
    ids = [token_id(token) for token in latin_tokens(text)]
    for match in HANGUL.finditer(text):
        follows = match.start() > 0 and text[match.start() - 1].isalnum()
        if not (follows and is_ending(match.group())):  # "RTT가"
            ids.extend(_run_ids(match.group(), lexicon, arm.knows, unknown))
    return ids


def bare_words(text: str) -> set[str]:
    """The Korean words of a text, as they stand and without each particle that may end them."""
    found: set[str] = set()
    for match in HANGUL.finditer(fold(text)):
        run = match.group()
        found.add(run)
        found |= {run.removesuffix(p) for p in OF_A_RUN if run.endswith(p) and len(run) > len(p)}
    return found


def trunks(run: str, lexicon: Lexicon, arm: SparseArm) -> tuple[list[str], list[int]]:
    """The words of two syllables or more that a run of Hangul may be, without each particle that
    may end it, and the token ids that it is known by (none where the notes do not have it)."""
    if lexicon.find(run) == []:
        return [], []
    ended = ENDING.sub("", run)
    found = [word for word in dict.fromkeys((run, ended, *_trunks(ended))) if len(word) > 1]
    if not LIGHT.isdisjoint(found):
        return [], []
    for word in found:
        known = [token_id(word)] if arm.knows(word) else lexicon.find(word)
        if known:
            return [word] if arm.knows(word) else found, known
    return found, []


def _run_ids(
    run: str, lexicon: Lexicon, knows: Callable[[str], bool], unknown: bool = False
) -> list[int]:
    known = lexicon.find(run)
    if known is not None:
        return known
    if knows(run):
        return [token_id(run)]
    run = ENDING.sub("", run)
    for trunk in (run, *_trunks(run)):
        if trunk in LIGHT:
            return []
        known = lexicon.find(trunk)
        if known:
            return known
        if knows(trunk):
            return [token_id(trunk)]
    stem, particle = bare(run)
    return _pieces(stem, knows, unknown and bool(particle))


def _trunks(run: str) -> list[str]:
    """A run without each particle that may end it, the longest first."""
    ends = (end for end in reversed(OF_A_RUN) if run.endswith(end) and len(run) > len(end))
    return [run.removesuffix(end) for end in ends]


def _pieces(run: str, knows: Callable[[str], bool], unknown: bool) -> list[int]:
    """The longest words of the notes in a run; `unknown`: also what of it they do not have, but no
    single syllable."""
    pieces, rest, at = [], "", 0
    while at < len(run):
        for end in range(min(len(run), at + _LONGEST), at + 1, -1):
            if knows(run[at:end]):
                pieces += [rest, run[at:end]]
                rest, at = "", end
                break
        else:
            rest += run[at]
            at += 1
    pieces.append(rest)
    return [
        token_id(piece)
        for place, piece in enumerate(pieces)
        if place % 2 or (unknown and len(piece) > 1)
    ]
