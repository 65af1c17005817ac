"""`thinkscale init`: a whole config.yaml, and nothing overwritten unasked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli import _run
from pipeline.config import load_config, shipped_config_path
from pipeline.setup import choices, likely_notes, note_languages, written
from tests.engine.ggufs import small_gguf

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two notes, and stores of models that are empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/a.md").write_text("# 역전파\n\n역전파는 기울기를 구한다.\n", "utf-8")
    (tmp_path / "notes/b.md").write_text("# Dropout\n\nDropout drops units.\n", "utf-8")
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*args: str) -> tuple[int, str, str]:
        code = _run(["init", *args])
        out, err = capsys.readouterr()
        return code, out, err

    return go


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Answers of a person; where they end, Ctrl-D."""

    def type_(*answers: str) -> None:
        waiting = iter(answers)

        def read(_: str = "") -> str:
            answer = next(waiting, None)
            if answer is None:
                raise EOFError
            return answer

        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("click.termui.visible_prompt_func", read)

    return type_


def test_without_questions_everything_is_found_out(home: Path, run: Run) -> None:
    code, out, err = run("--yes", "--json")
    assert code == 0
    row = json.loads(out)
    assert row["notes"] == "notes"
    assert sorted(row["languages"]) == ["en", "ko"]
    assert row["model"] == "embedded"
    assert row["next"] == []
    assert "2 notes" in err
    config = load_config(home / "config.yaml")
    assert config.notes_path == home / "notes"
    assert config.settings.model.languages == ["en"]
    # whole: every key of the shipped file with its comment, in its order
    shipped = shipped_config_path().read_text("utf-8").splitlines()
    mine = (home / "config.yaml").read_text("utf-8").splitlines()
    assert len(mine) == len(shipped)
    changed = [line for line, other in zip(mine, shipped, strict=True) if line != other]
    assert [line.split(":")[0].strip() for line in changed] == ["path"]


def test_three_questions(home: Path, run: Run, typed: Callable[..., None]) -> None:
    typed("notes", "ko", "qwen3-0.6b")
    code, out, err = run()
    assert code == 0
    assert "thinkscale models get qwen3-0.6b" in out
    assert "thinkscale models use qwen3-0.6b" in out
    assert "does not speak ko" in err
    assert load_config(home / "config.yaml").settings.model.path == "embedded"


def test_who_has_little_memory_is_offered_a_small_model_and_told_what_it_can_do(
    home: Path, run: Run, typed: Callable[..., None]
) -> None:
    typed("notes", "ko", "gemma3-270m")
    code, out, err = run()
    assert code == 0
    assert "qwen3-4b" in err
    assert "gemma3-270m" in err
    assert "a base model, asked by worked examples" in err
    assert "thinkscale models get gemma3-270m" in out


def test_a_number_chooses_and_a_new_folder_is_made(
    home: Path, run: Run, typed: Callable[..., None]
) -> None:
    typed("my own notes", "y", "en", "1")
    code, out, err = run("--memory", "300MB")
    assert code == 0
    assert "1  smollm2-135m" in err
    assert "2  " not in err
    assert "models get" not in out
    assert load_config(home / "config.yaml").notes_path == home / "my own notes"


def test_nothing_is_overwritten_unasked(home: Path, run: Run, typed: Callable[..., None]) -> None:
    file = home / "config.yaml"
    file.write_text("# mine\n", "utf-8")
    code, _, err = run("--yes")
    assert code == 2
    assert "--force" in err
    typed("n")
    assert run()[0] == 130
    typed("y", "notes")  # and then Ctrl-D
    assert run()[0] == 130
    assert file.read_text("utf-8") == "# mine\n"
    typed("y", "notes", "en", "embedded")
    assert run()[0] == 0
    assert load_config(file).settings.notes.path == "notes"
    file.write_text("# mine\n", "utf-8")
    assert run("--yes", "--force")[0] == 0
    assert load_config(file).settings.notes.path == "notes"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "--yes"),
        (["--yes", "--notes", "nowhere"], "nowhere"),
        (["--yes", "--notes", "notes/a.md"], "a.md"),
        (["--yes", "--model", "qwen9"], "qwen9"),
        (["--yes", "--model", "notes/a.md"], "a.md"),
        (["--yes", "--memory", "much"], "2GB"),
        (["--yes", "--language", "fr"], "fr"),
        (["--yes", "--config", "notes/a.md/config.yaml"], "config.yaml"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(
    home: Path, run: Run, args: list[str], words: str
) -> None:
    code, out, err = run(*args)
    assert code == 2
    assert out == ""
    assert words in err
    assert "Traceback" not in err
    assert not (home / "config.yaml").exists()


def test_a_model_file_and_notes_elsewhere(home: Path, run: Run, tmp_path: Path) -> None:
    (home / "my.gguf").write_bytes(small_gguf())
    (home / "deep").mkdir()
    file = home / "deep/config.yaml"
    code, *_ = run("--yes", "--model", "my.gguf", "--config", str(file), "--language", "ko")
    assert code == 0
    config = load_config(file)
    assert config.notes_path == home / "notes"
    assert config.resolve(config.settings.model.path) == home / "my.gguf"


def test_no_notes_at_all(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (home / "empty").mkdir()
    monkeypatch.chdir(home / "empty")
    code, _, err = run("--yes")
    assert code == 2
    assert "--notes" in err


def test_what_is_guessed(home: Path) -> None:
    assert likely_notes(home) == home / "notes"
    assert likely_notes(home / "notes") == home / "notes" / "."
    assert set(note_languages(home / "notes")) == {"en", "ko"}
    for n in range(9):
        (home / f"notes/k{n}.md").write_text("한국어로 쓴 노트입니다.\n", "utf-8")
    assert note_languages(home / "notes") == ("ko",)


def test_models_are_offered_by_language_then_what_is_here_then_size(home: Path) -> None:
    korean = choices(["ko"], 4_000_000_000, 4096)
    speaks = ["ko" in one.languages for one in korean]
    assert speaks == sorted(speaks, reverse=True)
    assert all(one.memory <= 4_000_000_000 for one in korean)
    assert choices(["en"], 4_000_000_000, 4096)[0].setting == "embedded"
    assert choices(["en"], 1, 4096) == []


def test_odd_places_are_written_so_that_they_are_read_back(home: Path) -> None:
    for name in ("노트 #1", "a: b", "it's", 'quo"te', "- x"):
        (home / name).mkdir()
        text = written(home / "config.yaml", Path(name), "embedded", ["en"])
        (home / "config.yaml").write_text(text, "utf-8")
        assert load_config(home / "config.yaml").notes_path == home / name
