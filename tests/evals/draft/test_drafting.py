"""From notes to candidates: picked, checked against leaks, and sent round through the notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.draft.candidate import DraftQuestion
from evals.draft.drafting import Drafter
from evals.draft.leakage import MOST_OVERLAP, KnownQuestions, leak, overlap
from evals.draft.material import Material, Sentence, read_notes
from evals.draft.model import ModelWriter
from evals.draft.roundtrip import RoundTrip
from pipeline.config import load_config
from pipeline.engine import ScriptedEngine
from pipeline.errors import NotesError
from pipeline.pool import MemoryPool

from .harbour import config_in, material_in

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return material_in(tmp_path_factory.mktemp("harbour"))


def _sentence(material: Material, start: str) -> Sentence:
    return next(s for s in material.sentences if s.text.startswith(start))


def test_what_is_drafted_from_the_harbour(material: Material) -> None:
    found = {c.question: c for c in Drafter(material, KnownQuestions()).draft(20)}
    assert found["How many seats does the ferry Skua have?"].answers == ("46", "46 seats")
    assert found["How long does the crossing take?"].answers == ("40 minutes",)
    assert "When was the lighthouse of Torvik built?" in found
    assert "토르빅 등대는 계단이 몇 개인가요?" in found
    assert "썰물이란 무엇인가요?" in found
    assert not any("Its lamp" in c.spans[0].text for c in found.values())


def test_every_candidate_of_the_shipped_notes_is_sound() -> None:
    config = load_config(ROOT / "config.yaml")
    shipped = read_notes(ROOT / "corpus" / "parameters", config)
    found = Drafter(shipped, KnownQuestions()).draft(40)
    assert len(found) > 20
    assert {c.language for c in found} == {"en", "ko"}
    assert len({c.id for c in found}) == len(found)
    for candidate in found:
        assert leak(candidate) == ""
        assert candidate.source.startswith("parameters/")  # as the configured notes name it
        for span in candidate.spans:
            assert overlap(candidate.question, span.text) < MOST_OVERLAP
            assert span.cite(shipped.root).quote


def test_drafting_again_gives_the_same_and_less_is_a_part_of_more(material: Material) -> None:
    ids = [c.id for c in Drafter(material, KnownQuestions()).draft(6)]
    assert ids == [c.id for c in Drafter(material, KnownQuestions()).draft(6)]
    assert len(ids) == 6


def test_what_was_decided_or_asked_before_is_not_offered(material: Material) -> None:
    first = Drafter(material, KnownQuestions()).draft(5)
    known = frozenset(c.id for c in first)
    again = Drafter(material, KnownQuestions(), known=known).draft(50)
    assert not known & {c.id for c in again}
    asked = KnownQuestions([("How many seats does the ferry Skua have?", ["46"])])
    drafter = Drafter(material, asked)
    assert "How many seats does the ferry Skua have?" not in {c.question for c in drafter.draft(50)}
    assert drafter.dropped["asked before"] >= 1


def test_a_question_that_another_sentence_answers_does_not_come_back(tmp_path: Path) -> None:
    notes = {
        "a.md": "# Boats\n\nThe ferry Skua has 46 seats. The ferry Tern has 52 seats in all.\n",
        "b.md": "# Old boats\n\nIn those days the ferry Skua had 30 seats.\n",
    }
    material = material_in(tmp_path, notes)
    trip = RoundTrip(material.passages)
    tern = _sentence(material, "The ferry Tern")
    assert trip.comes_back(
        DraftQuestion("How many seats does the ferry Tern have?", ("52",), "figure", (tern,))
    )
    assert not trip.comes_back(
        DraftQuestion("How many seats does the ferry Skua have?", ("52",), "figure", (tern,))
    )


def test_a_question_with_two_answers_in_its_sentence_does_not_come_back(tmp_path: Path) -> None:
    text = "# Boats\n\nThe ferry Skua has 46 seats below and another 20 seats on the upper deck.\n"
    material = material_in(tmp_path, {"a.md": text})
    own = _sentence(material, "The ferry Skua")
    trip = RoundTrip(material.passages)
    asked = "How many seats does the ferry Skua have?"
    assert not trip.comes_back(DraftQuestion(asked, ("46",), "figure", (own,)))


# --- the local model ------------------------------------------------------------------------------

MILL = (
    "# The mill\n\nAfter the flood of 1931 the people of Torvik gave the mill three wheels and "
    "a roof of 900 slates.\n"
)


def _written(tmp_path: Path, questions: list[str], answer: str) -> list[DraftQuestion]:
    """What is kept of a model that asks these questions and gives that answer."""
    material = material_in(tmp_path, {"mill.md": MILL})

    def script(prompt: str, draw: int) -> str:
        asking = prompt.rstrip().splitlines()[-1].startswith("Write the question")
        return questions[draw % len(questions)] if asking else answer

    with ScriptedEngine(script) as engine:
        return Drafter(material, KnownQuestions(), ModelWriter(engine)).draft(1)


def test_a_good_question_of_the_model_is_kept(tmp_path: Path) -> None:
    good = "When was the flood that changed the mill of Torvik?"
    (kept,) = _written(tmp_path, [good], "In 1931.")
    assert (kept.made, kept.question, kept.answers[0]) == ("model", good, "1931")


def test_what_the_model_wrote_is_replayed_from_a_pool(tmp_path: Path) -> None:
    material = material_in(tmp_path, {"mill.md": MILL})
    good = "When was the flood that changed the mill of Torvik?"

    def script(prompt: str, draw: int) -> str:
        asking = prompt.rstrip().splitlines()[-1].startswith("Write the question")
        return good if asking else "In 1931."

    with ScriptedEngine(script) as engine:
        pool = MemoryPool(engine.info)
        first = list(ModelWriter(engine, pool=pool)([*material.sentences]))
        asked = len(engine.requests)
        assert first == list(ModelWriter(engine, pool=pool)([*material.sentences]))
    assert len(engine.requests) == asked > 0
    assert good in {candidate.question for candidate in first}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many cats live in Paris?", "1931"),  # of something else
        ("Who rebuilt the mill of Torvik after the flood?", "1931"),  # asks for another kind
        ("When was the flood of 1931 in Torvik, at the mill?", "1931"),  # tells its answer
        ("When was the flood that changed the mill of Torvik?", "In 1887."),  # does not agree
        ("The flood changed the mill of Torvik", "1931"),  # asks nothing
        ("", "1931"),
    ],
)
def test_a_bad_one_is_not(tmp_path: Path, question: str, answer: str) -> None:
    assert all(c.made != "model" for c in _written(tmp_path, [question], answer))


def test_a_language_that_the_model_does_not_speak_is_not_asked(tmp_path: Path) -> None:
    text = "# 방앗간\n\n1931년 홍수 뒤에 토르빅 사람들은 방앗간에 바퀴 세 개를 달았다.\n"
    material = material_in(tmp_path, {"방앗간.md": text})
    with ScriptedEngine(lambda prompt, draw: "?", languages=("en",)) as engine:
        Drafter(material, KnownQuestions(), ModelWriter(engine)).draft(3)
        assert engine.requests == []


def test_a_model_that_is_not_able_to_is_given_up(tmp_path: Path) -> None:
    lines = [f"The mill number {n} of Torvik stood there for {n + 20} winters." for n in range(90)]
    material = material_in(tmp_path, {"mills.md": "# Mills\n\n" + "\n\n".join(lines)})
    shown: list[int] = []

    def write(sentences: list[Sentence]) -> Iterator[DraftQuestion]:
        shown.append(len(sentences))
        return iter(())

    Drafter(material, KnownQuestions(), write).draft(60)
    assert sum(shown) <= 16


@pytest.mark.parametrize(("every", "kept"), [(8, False), (1, True)])
def test_what_passes_by_luck_is_dropped(tmp_path: Path, every: int, kept: bool) -> None:
    years = [1900 + n for n in range(8)]
    names = "Anna Bert Clara Dora Emil Frida Gunnar Hilde".split()
    lines = [
        f"After the flood of {year} the widow {name} rebuilt mill {name} of Torvik."
        for year, name in zip(years, names, strict=True)
    ]
    material = material_in(tmp_path, {"mills.md": "# Mills\n\n" + "\n\n".join(lines)})

    def write(sentences: list[Sentence]) -> Iterator[DraftQuestion]:
        for s in sentences[::every]:
            name = next(name for name in names if name in s.text)
            year = next(str(year) for year in years if str(year) in s.text)
            yield DraftQuestion(f"When did widow {name} rebuild the mill?", (year,), "model", (s,))

    drafter = Drafter(material, KnownQuestions(), write)
    assert any(c.made == "model" for c in drafter.draft(8)) is kept
    assert ("the model is not able enough" in drafter.dropped) is not kept


# --- reading --------------------------------------------------------------------------------------


def test_one_note_and_notes_that_are_not_the_configured_ones(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    one = read_notes(config.notes_path / "harbour.md", config)
    assert {p.source for p in one.passages} == {"harbour.md"}
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.md").write_text("# X\n\nThe quay of Torvik has 12 bollards.\n")
    assert read_notes(other, config).root == other


def test_a_note_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    (config.notes_path / "broken.ipynb").write_text("{not json")
    material = read_notes(config.notes_path, config)
    assert len(material.skipped) == 1
    assert "broken.ipynb" in material.skipped[0].what


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_nothing_to_read(tmp_path: Path, name: str) -> None:
    config = config_in(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotesError, match=name):
        read_notes(tmp_path / name, config)
