"""A sealed run opens anywhere, is always the same bytes, and tells what was changed in it."""

from __future__ import annotations

import contextlib
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evals.cli.group import command
from evals.report.runs import open_run
from evals.run.records import Run, load_run, save_run
from evals.run.sealed import (
    SEAL,
    fingerprint_of,
    is_sealed,
    open_sealed,
    seal,
    verify_run,
    verify_seal,
)
from pipeline.errors import DatasetError
from pipeline.pool import MemoryPool
from tests.damage import DAMAGES, damaged
from tests.evals.run.test_model_run import engine, sit


@pytest.fixture(scope="module")
def made() -> Run:
    on = engine()
    return sit(["direct", "cot@sc4"], on, MemoryPool(on.info))


@pytest.fixture
def folder(made: Run, tmp_path: Path) -> Path:
    save_run(made, tmp_path / "run")
    return tmp_path / "run"


def test_it_opens_where_nothing_else_of_it_is(made: Run, folder: Path, tmp_path: Path) -> None:
    mark = seal(folder, tmp_path / "a.zip")
    assert seal(folder, tmp_path / "b.zip") == mark
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    moved = tmp_path / "elsewhere" / "result.zip"
    moved.parent.mkdir()
    (tmp_path / "a.zip").rename(moved)
    assert is_sealed(moved)
    assert fingerprint_of(moved) == mark
    assert load_run(open_sealed(moved)) == made == open_run(str(moved), tmp_path / "none")
    assert verify_seal(moved).problems == ()
    assert [check.problems for check in verify_run(made)] == [()] * 4


def test_every_kind_of_damage_is_told(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    seal(folder, file)
    sound = file.read_bytes()
    whole = load_run(open_sealed(file))
    for how in DAMAGES:
        for n in range(8):
            file.write_bytes(damaged(sound, how, n))
            with contextlib.suppress(DatasetError):
                if is_sealed(file) and not verify_seal(file).problems:
                    assert load_run(open_sealed(file)) == whole


def rewritten(file: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """The ZIP with its parts changed and its own checksums right again."""
    with zipfile.ZipFile(file) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    change(parts)
    with zipfile.ZipFile(file, "w") as packed:
        for name, data in parts.items():
            packed.writestr(name, data)


def test_what_was_put_in_or_taken_out_is_named(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    seal(folder, file)
    rewritten(file, lambda parts: parts.update({"more.jsonl": b"{}", "items.jsonl": b"{}\n"}))
    assert verify_seal(file).problems == (
        "more.jsonl is not named in the seal", "items.jsonl is not what was sealed",
    )  # fmt: skip
    rewritten(file, lambda parts: parts.pop("samples.jsonl"))
    assert any("samples.jsonl cannot be read" in p for p in verify_seal(file).problems)
    rewritten(file, lambda parts: parts.update({SEAL: b"[]"}))
    with pytest.raises(DatasetError, match=re.escape(file.name)):
        verify_seal(file)
    file.write_bytes(b"no zip")
    with pytest.raises(DatasetError, match="cannot be opened"):
        open_sealed(file)


def first(rows: tuple[Any, ...], wanted: Callable[[Any], bool], **fields: Any) -> tuple[Any, ...]:
    at = next(i for i, row in enumerate(rows) if wanted(row))
    return (*rows[:at], replace(rows[at], **fields), *rows[at + 1 :])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("scores", lambda r: replace(r, samples=first(
            r.samples, lambda s: s.answer and not s.correct, correct=True, score=1.0))),
        ("scores", lambda r: replace(r, samples=first(
            r.samples, lambda s: s.correct, answer="1000000"))),
        ("scores", lambda r: replace(r, items=first(
            r.items, lambda i: any(s.correct for s in r.samples if s.item == i.id),
            answers=("1000000",)))),
        ("answers", lambda r: replace(r, outcomes=first(
            r.outcomes, lambda o: o.answer and not o.correct, correct=True))),
        ("answers", lambda r: replace(r, samples=r.samples[1:])),
        ("prices", lambda r: replace(r, outcomes=first(
            r.outcomes, lambda o: o.generated_tokens > 3, generated_tokens=3))),
        ("prompts", lambda r: replace(r, prompts=first(
            r.prompts, lambda p: True, messages=(("user", "another question"),)))),
        ("prompts", lambda r: replace(r, prompts=r.prompts[1:])),
    ],
)  # fmt: skip
def test_a_run_that_was_made_better_is_found_out(
    made: Run, name: str, change: Callable[[Run], Run]
) -> None:
    """Whoever changes a record and writes every checksum anew has still not changed the rest."""
    wrong = [check for check in verify_run(change(made)) if check.problems]
    assert any(check.name.startswith(name) for check in wrong)
    assert all(check.line.startswith("WRONG") for check in wrong)


def test_as_it_is_called(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("notes: {path: .}\n")

    def call(*words: str) -> Any:
        return CliRunner().invoke(command, words)

    said = call("seal", str(folder), "-o", "r.zip")
    assert said.exit_code == 0, said.output
    assert "fingerprint " in said.output
    checked = call("verify", "r.zip", "--json")
    assert checked.exit_code == 0, checked.output
    found = json.loads(checked.stdout)
    assert found["ok"] is True
    assert found["fingerprint"] in said.output
    assert call("report", "r.zip").exit_code == 0
    assert (tmp_path / "r.html").is_file()
    assert call("verify", str(folder)).exit_code == 0
    rewritten(tmp_path / "r.zip", lambda parts: parts.update({"items.jsonl": b"{}\n"}))
    wrong = call("verify", "r.zip")
    assert wrong.exit_code == 1
    assert re.search(r"^WRONG +files: 1 of 6: items\.jsonl ", wrong.output, re.M)
    assert call("seal", "r.zip").exit_code != 0
