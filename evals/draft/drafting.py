"""Choose a few good candidates among the questions that rules and the model made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from evals.draft.candidate import DraftQuestion
from evals.draft.cloze import cloze_questions
from evals.draft.definitions import definition_questions
from evals.draft.figures import figure_questions
from evals.draft.headings import heading_questions
from evals.draft.labelled_facts import label_questions
from evals.draft.leakage import KnownQuestions, leak
from evals.draft.material import Material, Sentence, usable
from evals.draft.roundtrip import RoundTrip
from pipeline.text.entities import names

__all__ = ["Drafter"]

DraftWriter = Callable[[list[Sentence]], Iterator[DraftQuestion]]
"""Asks a model for questions about sentences, a few at a time."""

_RANK = {"figure": 0, "definition": 1, "list": 1, "fact": 1, "model": 2, "cloze": 3}
_AT_ONCE, _PATIENCE = 8, 2
"""Sentences that a model is shown at once, and how often it may make nothing of them."""

_SHARE = 0.5
"""Of the sentences that it is shown, those that an able model makes something of."""

_COMMON = 5
"""Sentences that may hold a name which is asked for."""

_MOST_CLOZE = 3
"""Of so many questions at most one is a cloze, while there is anything else."""


@dataclass
class Drafter:
    """Picks candidates: plain questions before cloze, from one note after the other, each checked
    for leaks and sent round through the notes. `dropped` counts what was thrown out, by reason."""

    material: Material
    asked: KnownQuestions
    write: DraftWriter | None = None
    known: frozenset[str] = frozenset()
    """Ids that have been decided about."""
    about_notes: Callable[[Sequence[Sentence]], bool] | None = None
    """Says of sentences whether one is about the notes themselves: a byline, a room."""
    dropped: dict[str, int] = field(default_factory=dict)
    _gaps: set[str] = field(default_factory=set)

    def draft(self, n: int) -> list[DraftQuestion]:
        """At most `n`, in the order of the notes."""
        trip = RoundTrip(self.material.passages)
        chosen: list[DraftQuestion] = []
        taken: set[tuple[str, int]] = set()
        plain = self._by_rule()
        self._pick(_turns(plain), n, trip, chosen, taken)
        self._by_model(n, trip, chosen, taken)
        room = n - len(chosen) if len(chosen) < 2 * n // _MOST_CLOZE else n // _MOST_CLOZE
        common = self._common()
        gaps = [list(cloze_questions(s, common))[:1] for s in self._free(taken)]
        last = min(n, len(chosen) + room)
        self._pick(_turns([one for found in gaps for one in found]), last, trip, chosen, taken)
        place = {passage.id: at for at, passage in enumerate(self.material.passages)}
        return sorted(chosen, key=lambda c: (place[c.spans[0].passage.id], c.spans[0].start))

    def _by_rule(self) -> list[DraftQuestion]:
        found = list(heading_questions(self.material))
        for sentence in filter(usable, self.material.sentences):
            found += figure_questions(sentence)
            found += label_questions(sentence)
            found += definition_questions(sentence)
        return found

    def _common(self) -> frozenset[str]:
        """Names that so many sentences hold that nobody need read to fill them in."""
        held = Counter(n for s in self.material.sentences for n in {n.text for n in names(s.text)})
        return frozenset(name for name, count in held.items() if count > _COMMON)

    def _free(self, taken: set[tuple[str, int]]) -> list[Sentence]:
        return [
            s for s in self.material.sentences if usable(s) and (s.passage.id, s.start) not in taken
        ]

    def _by_model(
        self, n: int, trip: RoundTrip, chosen: list[DraftQuestion], taken: set[tuple[str, int]]
    ) -> None:
        """A few sentences at a time, until a model that is not able to has shown it."""
        left = [s for s in self._free(taken) if any(c.isdigit() for c in s.text)]
        spread = list(_spread(left))[: 2 * (n - len(chosen))]
        fruitless = 0
        while self.write is not None and spread and len(chosen) < n and fruitless < _PATIENCE:
            few, spread = spread[:_AT_ONCE], spread[_AT_ONCE:]
            before, found = len(chosen), list(self.write(few))
            if _able(found, few):
                self._pick(found, n, trip, chosen, taken)
            elif found:
                why = "the model is not able enough"
                self.dropped[why] = self.dropped.get(why, 0) + len(found)
            fruitless = 0 if len(chosen) > before else fruitless + 1

    def _pick(
        self,
        found: Iterable[DraftQuestion],
        n: int,
        trip: RoundTrip,
        chosen: list[DraftQuestion],
        taken: set[tuple[str, int]],
    ) -> None:
        for candidate in found:
            if len(chosen) >= n:
                return
            places = {(span.passage.id, span.start) for span in candidate.spans}
            if candidate.id in self.known or places & taken or self._worn(candidate):
                continue
            why = self._wrong(candidate, trip)
            if why:
                self.dropped[why] = self.dropped.get(why, 0) + 1
                continue
            taken |= places
            self._gaps.add(candidate.answers[0])
            chosen.append(candidate)
            self.asked.add(candidate.question, candidate.answers)

    def _worn(self, candidate: DraftQuestion) -> bool:
        """A name left out that was the answer before: one who guesses would fill it in."""
        said = candidate.answers[0]
        return candidate.made == "cloze" and said in self._gaps and not any(map(str.isdigit, said))

    def _wrong(self, candidate: DraftQuestion, trip: RoundTrip) -> str:
        if self.asked.has(candidate.question, candidate.answers):
            return "asked before"
        if leak(candidate):
            return "copies its note or holds its answer"
        if self.about_notes is not None and self.about_notes(candidate.spans):
            return "about the notes themselves, not their subject"
        if not _cited(candidate, self.material):
            return "its sentence cannot be quoted"
        if not trip.comes_back(candidate):
            return "the notes do not answer it with its own sentence"
        return ""


def _cited(candidate: DraftQuestion, material: Material) -> bool:
    """Whether every span can be quoted from its file."""
    from pipeline.errors import NotesError

    try:
        return all(span.cite(material.root).quote.strip() for span in candidate.spans)
    except (NotesError, ValueError):
        return False


def _able(found: list[DraftQuestion], shown: list[Sentence]) -> bool:
    """Whether a model made something of enough sentences: of one that rarely passes its own check,
    what passes did so by luck."""
    spoken = {candidate.language for candidate in found}
    asked = sum(("ko" if s.language == "ko" else "en") in spoken for s in shown)
    return len({id(c.spans[0]) for c in found}) >= _SHARE * asked > 0


def _turns(found: list[DraftQuestion]) -> Iterator[DraftQuestion]:
    """One from each note in turn, the best kind of each first."""
    by_note: dict[str, list[DraftQuestion]] = {}
    for candidate in found:
        by_note.setdefault(candidate.source, []).append(candidate)
    queues = [sorted(notes, key=lambda c: _RANK[c.made]) for notes in by_note.values()]
    for turn in range(max(map(len, queues), default=0)):
        for queue in queues:
            if turn < len(queue):
                yield queue[turn]


def _spread(sentences: list[Sentence]) -> Iterator[Sentence]:
    by_note: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        by_note.setdefault(sentence.passage.source, []).append(sentence)
    for turn in range(max(map(len, by_note.values()), default=0)):
        for queue in by_note.values():
            if turn < len(queue):
                yield queue[turn]
