"""Asking the calibration questions: every arm scores every probe, its hidden words left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipeline.retrieval.calibration import LEAST, ArmWorth, Calibration, weigh
from pipeline.retrieval.crossing import crossing
from pipeline.retrieval.morphemes import Morphemes, question_word_ids
from pipeline.retrieval.probes import Probe, make_probes
from pipeline.retrieval.tokens import fold, gram_tokens, token_id

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.retrieval.arms import Sparse
    from pipeline.retrieval.embedder import TextEmbedder
    from pipeline.types import Passage

__all__ = ["calibrate"]


def calibrate(
    passages: Sequence[Passage],
    sparse: Sparse,
    vectors: NDArray[np.float32] | None,
    embedder: Callable[[], TextEmbedder],
    arms: tuple[str, ...],
    morphemes: Morphemes,
    progress: Callable[[int, int], None] | None = None,
    terms: Sequence[tuple[str, str]] = (),
) -> Calibration:
    """Weights of every language that has enough questions. `vectors` (passages, dimension) are
    those of the dense arm, or None without one; `terms` are the (Korean, English) pairs that the
    notes give."""
    weights: dict[str, dict[str, float]] = {}
    table: list[ArmWorth] = []
    counts = Counter(passage.language for passage in passages)
    languages = sorted(counts)
    for done, language in enumerate(languages):
        probes = make_probes(passages, language)
        if len(probes) >= LEAST and len(passages) > 1:
            asked = [arm for arm in arms if _speaks(arm, language)]
            scores = _score(probes, asked, sparse, vectors, embedder, morphemes)
            weights[language], rows = weigh(probes, asked, scores)
            table.extend(rows)
        if progress is not None:
            progress(done + 1, len(languages))
    across, spread = crossing(embedder(), terms) if vectors is not None else (0.0, 0.0)
    return Calibration(
        weights, tuple(table), len(passages), dict(sorted(counts.items())), across, spread
    )


def _speaks(arm: str, language: str) -> bool:
    """Bigrams are of Hangul alone: for English they would repeat the word arm."""
    return arm != "grams" or language == "ko"


def _score(
    probes: Sequence[Probe],
    arms: Sequence[str],
    sparse: Sparse,
    vectors: NDArray[np.float32] | None,
    embedder: Callable[[], TextEmbedder],
    morphemes: Morphemes,
) -> list[NDArray[np.float32]]:
    """For each probe an array (arms, passages)."""
    import numpy as np

    words = sparse.arms["words"]
    hidden = sorted({probe.hidden for probe in probes if probe.hidden})
    rest = sorted({probe.rest for probe in probes if probe.rest})
    hidden_words = dict(zip(hidden, morphemes.tokens(hidden), strict=True))
    if vectors is not None:
        model = embedder()
        asked = model.questions([probe.question for probe in probes])
        left = dict(zip(rest, model.passages(rest), strict=True)) if rest else {}
    found = []
    for at, probe in enumerate(probes):
        rows = np.zeros((len(arms), words.count), np.float32)
        for i, name in enumerate(arms):
            if name == "dense":
                assert vectors is not None
                rows[i] = vectors @ asked[at]
                if probe.rest:
                    rows[i, probe.target] = left[probe.rest] @ asked[at]
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


def _without(ids: NDArray[np.int64], tokens: Sequence[str]) -> NDArray[np.int64]:
    """The token ids with one occurrence removed for each token."""
    import numpy as np

    left = ids.tolist()
    for token in tokens:
        name = token_id(token)
        if name in left:
            left.remove(name)
    return np.asarray(left, np.int64)
