"""A candidate: a question that the notes answer, with the words that support the answer."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from evals.draft.material import Sentence
from evals.tasks.base import Language

__all__ = ["DraftQuestion", "Made"]

Made = Literal["figure", "fact", "definition", "list", "cloze", "model"]


@dataclass(frozen=True, slots=True)
class DraftQuestion:
    """`answers` is the correct answer and then its aliases; `spans` are whole sentences of one
    note. `parts` must all be named (a list). `made` says by which way it came about."""

    question: str
    answers: tuple[str, ...]
    made: Made
    spans: tuple[Sentence, ...]
    parts: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The note it came from."""
        return self.spans[0].passage.source

    @property
    def language(self) -> Language:
        return "ko" if self.spans[0].language == "ko" else "en"

    @property
    def id(self) -> str:
        """Stable while question and quote are: what was rejected once is known again."""
        said = "\x1f".join([self.source, self.spans[0].text, self.question])
        stem = re.sub(r"[^\w.-]+", "-", PurePosixPath(self.source).stem)
        return f"{stem}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"

    def row(self, quotes: tuple[str, ...], status: str) -> dict[str, Any]:
        """As one line of a question set. `quotes` are the raw words behind each span; where
        they had to be repaired to be read, `data.read` has them as they are read."""
        kind = "figure" if self.made == "model" and _is_figure(self.answers[0]) else self.made
        read = [span.text for span in self.spans]
        differs = (
            {"read": read} if any(r not in q for r, q in zip(read, quotes, strict=True)) else {}
        )
        row: dict[str, Any] = {
            "id": self.id,
            "question": self.question,
            "language": self.language,
            "kind": "fact" if kind == "model" else kind,
            "cluster": self.source,
            "answers": list(self.answers),
            "spans": [{"source": self.source, "quote": quote} for quote in quotes],
            "data": {"status": status, "made": self.made} | differs,
        }
        return row | ({"parts": list(self.parts)} if self.parts else {})


def _is_figure(answer: str) -> bool:
    return re.search(r"\d", answer) is not None
