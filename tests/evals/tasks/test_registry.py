"""A task by name: specs, filters, limits, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.scorers import scorer_names
from evals.tasks import load_task, task_names
from evals.tasks.registry import TaskSpec, generators, parse_spec
from pipeline.config import load_config
from pipeline.errors import DatasetError

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("sums", TaskSpec("sums")),
        ("sums.ko", TaskSpec("sums", "ko")),
        ("sums:terms=4,n=20", TaskSpec("sums", "", (("terms", "4"), ("n", "20")))),
        ("sums.en:digits=2", TaskSpec("sums", "en", (("digits", "2"),))),
        ("notes-qa:kind=x,split=y", TaskSpec("notes-qa", "", (("kind", "x"), ("split", "y")))),
        ("some/file.ko", TaskSpec("some/file.ko")),
        ("some/file.jsonl:kind=figure", TaskSpec("some/file.jsonl", "", (("kind", "figure"),))),
        ("C:\\sets\\mine.yaml", TaskSpec("C:\\sets\\mine.yaml")),
    ],
)  # fmt: skip
def test_specs(text: str, spec: TaskSpec) -> None:
    assert parse_spec(text) == spec


def test_a_path_that_exists_is_a_path(tmp_path: Path) -> None:
    odd = tmp_path / "a:kind=b"
    odd.write_text("", encoding="utf-8")
    assert parse_spec(str(odd)) == TaskSpec(str(odd))


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("sums", "sums"),
        ("sums.en:terms=3,n=20", "sums"),
        ("sums.ko", "sums.ko"),
        ("sums:digits=2,terms=4,language=ko", "sums.ko:terms=4,digits=2"),
        ("notes-qa", "notes-qa"),
        ("notes-qa.ko:kind=list", "notes-qa:kind=list,language=ko"),
    ],
)
def test_a_task_is_called_what_makes_it_again(spec: str, name: str) -> None:
    task = load_task(spec, limit=20)
    assert task.name == name
    assert load_task(name, limit=20) == task


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("sumz", "Did you mean `sums`"),
        ("nowhere.jsonl", "no task or file"),
        ("sums:term=3", "Did you mean `terms`"),
        ("sums:terms=1", "terms=1 is out of range"),
        ("sums:terms=three", "out of range"),
        ("sums:n=0", "n=0 is out of range"),
        ("sums:language=fr", "no language 'fr'"),
        ("sums:n", "no list of options"),
        ("sums:n=1=2", "no list of options"),
        ("notes-qa:langage=en", "Did you mean `language`"),
        ("notes-qa:kind=figur", "no item has the kind 'figur'"),
        ("evals", "without corpus.jsonl"),
        ("", "no task or file"),
    ],
)
def test_wrong_specs_are_told_in_a_line(
    spec: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(DatasetError, match=says) as found:
        load_task(spec)
    assert "\n" not in str(found.value)


def test_a_generator_has_no_split_and_nothing_has_no_items() -> None:
    with pytest.raises(DatasetError, match="no splits"):
        load_task("sums", split="test")
    with pytest.raises(DatasetError, match="nothing to ask"):
        load_task("sums", limit=0)


def test_every_task_is_named_and_has_a_known_scorer() -> None:
    config = load_config(ROOT / "config.yaml")
    for name, said in task_names().items():
        assert said
        assert "\n\n" not in said
        assert load_task(name, config, limit=2).scorer in scorer_names()
    assert set(generators()) == {"sums", "tracking", "letters", "comparison", "facts"}


def test_the_shipped_set() -> None:
    config = load_config(ROOT / "config.yaml")
    task = load_task("notes-qa", config)
    assert (len(task.items), task.notes, task.scorer) == (599, True, "contains")
    assert sum(not item.answerable for item in task.items) == 83
    assert task.items[0].data["also"]
    few = load_task("notes-qa:language=en,kind=figure", config, split="test")
    assert {(i.language, i.kind, i.split) for i in few.items} == {("en", "figure", "test")}
    ten, five = (load_task("notes-qa.ko", config, limit=n).items for n in (10, 5))
    assert ten[:5] == five
    assert {item.language for item in ten} == {"ko"}


def test_questions_about_other_notes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/a.md").write_text("It rained.\n", encoding="utf-8")
    (tmp_path / "config.yaml").write_text("notes: {path: notes}\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"notes\.path"):
        load_task("notes-qa", load_config(tmp_path / "config.yaml"))
