from __future__ import annotations

import threading
import time

from pipeline.config import Config
from pipeline.retrieval.watch import changes


def test_several_saves_are_one_change(workshop: Config) -> None:
    """An editor saves in steps: what comes while notes still change is told once, at rest."""

    def edit() -> None:
        time.sleep(0.2)
        for step in range(5):
            (workshop.notes_path / "bees.md").write_text(f"Step {step} of a draft about bees.")
            (workshop.notes_path / f"new {step % 2}.md").write_text("x" * (step + 1))
            time.sleep(0.05)

    watching = changes(workshop, every=0.02, quiet=0.4)
    editor = threading.Thread(target=edit)
    editor.start()
    seen = next(watching)
    editor.join()
    assert seen >= 3
    (workshop.notes_path / "new 0.md").unlink()
    assert next(watching) == 1


def test_a_folder_that_is_gone_for_a_moment(workshop: Config) -> None:
    away = workshop.notes_path.with_name("away")

    def swap() -> None:
        time.sleep(0.1)
        workshop.notes_path.rename(away)
        time.sleep(0.2)
        away.rename(workshop.notes_path)
        (workshop.notes_path / "late.md").write_text("A late note about tides.")

    mover = threading.Thread(target=swap)
    watching = changes(workshop, every=0.02, quiet=0.5)
    mover.start()
    assert next(watching) == 1
    mover.join()


def test_what_changes_before_the_first_look_counts(workshop: Config) -> None:
    watching = changes(workshop, every=0.02, quiet=0.02)
    (workshop.notes_path / "bees.md").unlink()
    assert next(watching) == 1
