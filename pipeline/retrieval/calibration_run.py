"""Asking the calibration questions: every arm scores every probe, its hidden words left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.notes.passage_units import answering_units
from pipeline.retrieval.calibration import (
    LEAST,
    ArmWorth,
    Calibration,
    NearnessLevel,
    measure_level,
    weigh,
)
from pipeline.retrieval.cross_language import crossing
from pipeline.retrieval.morphemes import Morphemes, question_word_ids
from pipeline.retrieval.probes import Probe, make_probes
from pipeline.text.tokens import fold, gram_tokens, token_id

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.retrieval.arms import Sparse
    from pipeline.retrieval.embedder import TextEmbedder
    from pipeline.retrieval.sentence_search import SentenceVectors
    from pipeline.types import Passage

__all__ = ["calibrate"]


def calibrate(
    passages: Sequence[Passage],
    sparse: Sparse,
    meaning: SentenceVectors | None,
    embedder: Callable[[], TextEmbedder],
    arms: tuple[str, ...],
    morphemes: Morphemes,
    progress: Callable[[int, int], None] | None = None,
    terms: Sequence[tuple[str, str]] = (),
) -> Calibration:
    """Weights of every language that has enough questions. `meaning` has the vectors of the dense
    arm, or is None without one; `terms` are the (Korean, English) pairs that the notes give."""
    across = None if meaning is None else crossing(embedder(), terms)
    crosses = Calibration(crossing=across).crosses
    weights: dict[str, dict[str, float]] = {}
    table: list[ArmWorth] = []
    levels: dict[str, NearnessLevel] = {}
    counts = Counter(passage.language for passage in passages)
    languages = sorted(counts)
    for done, language in enumerate(languages):
        probes = make_probes(passages, language)
        if len(probes) >= LEAST and len(passages) > 1:
            asked = [arm for arm in arms if _speaks(arm, language)]
            near = _nearness(passages, probes, meaning, embedder()) if meaning else []
            scores = _score(probes, asked, sparse, [one.standard for one in near], morphemes)
            weights[language], rows = weigh(probes, asked, scores, crosses)
            table.extend(rows)
            made = [one for one, probe in zip(near, probes, strict=False) if probe.hidden]
            if made:
                levels[language] = measure_level([m.there for m in made], [m.gone for m in made])
        if progress is not None:
            progress(done + 1, len(languages))
    known = dict(sorted(counts.items()))
    return Calibration(weights, tuple(table), len(passages), known, across, levels)


def _speaks(arm: str, language: str) -> bool:
    """Bigrams are of Hangul alone: for English they would repeat the word arm."""
    return arm != "grams" or language == "ko"


def _score(
    probes: Sequence[Probe],
    arms: Sequence[str],
    sparse: Sparse,
    near: Sequence[NDArray[np.float32]],
    morphemes: Morphemes,
) -> list[NDArray[np.float32]]:
    """For each probe an array (arms, passages). `near` has the dense arm's scores of each probe."""
    import numpy as np

    words = sparse.arms["words"]
    hidden = sorted({probe.hidden for probe in probes if probe.hidden})
    hidden_words = dict(zip(hidden, morphemes.tokens(hidden), strict=True))
    found = []
    for at, probe in enumerate(probes):
        rows = np.zeros((len(arms), words.count), np.float32)
        for i, name in enumerate(arms):
            if name == "dense":
                rows[i] = near[at]
                continue
            if name == "headings" and not probe.hidden:
                continue  # the question is the heading: it would only find itself
            if name == "grams":
                ids = [token_id(token) for token in gram_tokens(fold(probe.question))]
                gone = gram_tokens(fold(probe.hidden))
            else:
                ids = question_word_ids(probe.question, sparse.lexicon, words)
                gone = hidden_words.get(probe.hidden, [])
            arm, wanted = sparse.arms[name], np.asarray(ids, np.int64)
            rows[i] = arm.scores(wanted)
            if probe.hidden and name != "headings":
                remaining = _without(sparse.tables[name][probe.target], gone)
                rows[i, probe.target] = arm.score_one(wanted, remaining)
        found.append(rows)
    return found


@dataclass(frozen=True, slots=True)
class _Near:
    """`standard` is what the dense arm gives to each passage for a probe. `there` is the nearness
    of the nearest of all, `gone` of the nearest but those that would be right."""

    standard: NDArray[np.float32]
    there: float
    gone: float


def _nearness(
    passages: Sequence[Passage],
    probes: Sequence[Probe],
    meaning: SentenceVectors,
    model: TextEmbedder,
) -> list[_Near]:
    """How near each probe is to the passages. Of the passage meant, the sentences that were asked
    about count with what is left of them."""
    import numpy as np

    asked = model.questions([probe.question for probe in probes])
    left = sorted({_under(passages[p.target], text) for p in probes for *_, text in p.halves})
    halves = dict(zip(left, model.passages(left), strict=True)) if left else {}
    everything = np.arange(meaning.count)
    found = []
    for probe, question in zip(probes, asked, strict=True):
        scales = meaning.scales(question)
        near = meaning.best(np.asarray(meaning.vectors @ question, np.float32))
        if probe.halves:
            passage = passages[probe.target]
            whole = [
                value
                for unit, value in zip(
                    answering_units(passage), meaning.of(probe.target) @ question, strict=True
                )
                if not any(unit.start < end and start < unit.end for start, end, _ in probe.halves)
            ]
            cut = [halves[_under(passage, text)] @ question for *_, text in probe.halves]
            near[probe.target] = max([*whole, *cut])
        others = np.delete(near, [probe.target, *probe.also])
        gone = float(others.max(initial=-1.0))
        standard = meaning.standard(near, everything, scales)
        found.append(_Near(standard, float(near.max()), gone))
    return found


def _under(passage: Passage, text: str) -> str:
    """A text as it would be embedded if it stood in the passage."""
    return f"{passage.headings[-1]}: {text}" if passage.headings else text


def _without(ids: NDArray[np.int64], tokens: Sequence[str]) -> NDArray[np.int64]:
    """The token ids with one occurrence removed for each token."""
    import numpy as np

    left = ids.tolist()
    for token in tokens:
        name = token_id(token)
        if name in left:
            left.remove(name)
    return np.asarray(left, np.int64)
