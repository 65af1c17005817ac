"""Small notes of our own, in both languages, and what is made of a single sentence."""

from __future__ import annotations

from pathlib import Path

from evals.draft.material import Material, Sentence, read_notes
from pipeline.config import Config, load_config
from pipeline.text.language import language_of
from pipeline.types import Passage, Place, Span

NOTES = {
    "harbour.md": """# The harbour

## The lighthouse

The lighthouse of Torvik has 214 steps and a red door. It is open on Sundays.
The lighthouse of Torvik was built in 1931 by Anna Holm. Its lamp burned oil until 1952.

## The ferry

The ferry Skua has 46 seats below and a small café on deck.
Low water is the state of the sea when the tide has gone out, and ships wait for it to pass.
The crossing takes 40 minutes in summer, and Skua made 1,200 crossings in 2019.

## Why go by sea?

The road over the pass is closed all winter.

## Rules on board

- Bicycles: below, and tied to the rail.
- Dogs: on a lead, never on the seats.
- Children: free until they are six.
""",
    "항구.md": """# 항구

## 등대

토르빅 등대의 계단은 214개이고 문은 빨간색이다. 그 등불은 기름을 태웠다.
토르빅 등대는 1931년에 안나 홀름의 설계로 세워졌다.

## 연락선

연락선 갈매기호는 좌석이 46개이다.
썰물이란 바닷물이 먼바다로 빠져나가 수면이 낮아지는 현상을 말한다.
""",
}


def config_in(folder: Path, notes: dict[str, str] | None = None) -> Config:
    """The notes in `folder/notes`, and a configuration over them."""
    (folder / "notes").mkdir(parents=True, exist_ok=True)
    for name, text in (NOTES if notes is None else notes).items():
        (folder / "notes" / name).write_text(text, encoding="utf-8")
    (folder / "config.yaml").write_text("notes: {path: notes}\nindex: {path: index}\n")
    return load_config(folder / "config.yaml")


def material_in(folder: Path, notes: dict[str, str] | None = None) -> Material:
    config = config_in(folder, notes)
    return read_notes(config.notes_path, config)


def sentence(text: str, heading: str = "") -> Sentence:
    """A sentence by itself, as its own passage."""
    passage = Passage(
        "p1",
        text,
        "note.md",
        Place("note.md", 1, 1),
        (heading,) if heading else (),
        language_of(text),
        (Span(0, len(text), 0, len(text), 1, 1),),
    )
    return Sentence(passage, 0, len(text))
