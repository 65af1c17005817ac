"""The words of a question as an index has them: its terms, and its loanwords as the notes spell
them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from pipeline.retrieval.loanwords import Respelled, Spellings
from pipeline.retrieval.morphemes import bare_words, question_word_ids
from pipeline.retrieval.signals import Terms
from pipeline.text.tokens import token_id

if TYPE_CHECKING:
    from pipeline.retrieval.morphemes import Lexicon
    from pipeline.retrieval.passage_store import StoredPassages
    from pipeline.retrieval.sparse import SparseArm

__all__ = ["QuestionWords"]


class QuestionWords:
    """`arms` are the sparse arms by name; `cosine` tells how near two words are in meaning, None
    without an embedder of both languages. What was asked last is remembered."""

    def __init__(
        self,
        passages: StoredPassages,
        lexicon: Lexicon,
        arms: Mapping[str, SparseArm],
        cosine: Callable[[str, str], float] | None = None,
    ) -> None:
        self._passages, self._lexicon, self._arms, self._cosine = passages, lexicon, arms, cosine
        self._ids = lru_cache(4096)(self._with_unknown)

    def respelled(self, question: str) -> Respelled:
        """A question with its loanwords as the notes spell them (`retrieval.loanwords`)."""
        return self._spelled(question) if "words" in self._arms else Respelled(question)

    def terms(self, question: str) -> Terms:
        """The terms of a question, as the word arm has them; each spelling of a loanword is one."""
        spelled, ids = self.respelled(question), self._ids
        same = spelled.same

        def tokens(text: str) -> tuple[int, ...]:
            return tuple(same.get(name, name) for name in ids(text))

        words, headings = self._arms["words"], self._arms.get("headings")
        return Terms(spelled.text, words, tokens if same else ids, headings)

    def name_tokens(self, text: str) -> frozenset[int]:
        """The word tokens of a name or a query, of Korean ones also whole words without particle,
        which the notes themselves need not have."""
        known = question_word_ids(text, self._lexicon, self._arms["words"])
        return frozenset(known) | {token_id(word) for word in bare_words(text)}

    @cached_property
    def _spelled(self) -> Callable[[str], Respelled]:
        lines, words = self._passages.lines(), self._arms["words"]
        return lru_cache(64)(Spellings(lines, self._lexicon, words, self._cosine).respelled)

    def _with_unknown(self, text: str) -> tuple[int, ...]:
        """The tokens of a text, and those of words that the notes do not have."""
        return tuple(question_word_ids(text, self._lexicon, self._arms["words"], unknown=True))
