"""The command line: one line for every mistake, the right exit code, nothing heavy for --help."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli import VERBS
from pipeline.models.local_files import embedded_model
from tests.cli.conftest import Run
from tests.conftest import write_notes


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom pipeline.cli import _run\n_run(['--help'])\n"
        "heavy = {'torch', 'numpy', 'faiss', 'llama_cpp', 'kiwipiepy', 'bm25s', 'pydantic', 'yaml',"
        " 'rich', 'langchain_core', 'sentence_transformers'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for verb in VERBS:
        assert f"  {verb} " in done.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(run: Run, verb: str) -> None:
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert out.startswith(f"Usage: thinkscale {verb}")


def ask(folder: Path, text: str) -> list[str]:
    """The arguments of a question under a configuration of its own."""
    file = folder / "own.yaml"
    file.write_text(text, encoding="utf-8")
    return ["ask", QUESTION, "--config", str(file)]


def text_gguf(folder: Path) -> Path:
    path = folder / "text.gguf"
    path.write_text("this is not a model\n" * 100)
    return path


def truncated_gguf(folder: Path) -> Path:
    path = folder / "half.gguf"
    with embedded_model().open("rb") as whole:
        path.write_bytes(whole.read(5_000_000))
    return path


QUESTION = "How many parameters does GPT-2 have?"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda f: ask(f, "notes: {path: none}"), "none"),
        (lambda f: ask(f, "notes: {path: empty}"), "empty"),
        (lambda f: ask(f, f"notes: {{path: notes}}\nmodel: {{path: {text_gguf(f)}}}"), "text.gguf"),
        (lambda f: ask(f, f"model: {{path: {truncated_gguf(f)}}}"), "half.gguf"),
        (lambda f: ask(f, "model: {path: no.gguf}"), "no.gguf"),
        (lambda f: ask(f, "notes:\n  pth: notes"), "own.yaml:2"),
        (lambda f: ask(f, "ask:\n  k: two"), "own.yaml:2"),
        (lambda f: ["ask", QUESTION, "--config", str(f / "missing.yaml")], "missing.yaml"),
        (lambda f: ["ask", QUESTION, "--strategy", "plam"], "`plan`"),
        (lambda f: ["ask", QUESTION, "--samples", "0"], "samples"),
        (lambda f: ["ask", ""], "empty"),
        (lambda f: ["ask", "x" * 100_000], "100,000"),
        (lambda f: ["search", "  "], "empty"),
        (lambda f: ["ask"], "QUESTION"),
        (lambda f: ["ask", QUESTION, "--wrong"], "--wrong"),
        (lambda f: ["serach"], "`search`"),
    ],
    ids=["no notes folder", "empty notes folder", "text gguf", "truncated gguf", "no gguf",
         "unknown key", "wrong type", "no config", "unknown strategy", "no samples",
         "empty question", "huge question", "empty search", "no question", "unknown option",
         "unknown verb"],
)  # fmt: skip
def test_a_mistake_is_one_line_with_exit_code_2(
    run: Run, tmp_path: Path, make: Callable[[Path], list[str]], words: str
) -> None:
    write_notes(tmp_path)
    (tmp_path / "empty").mkdir()
    code, out, err = run(*make(tmp_path))
    assert code == 2
    assert out == ""
    assert words in err
    assert err.startswith("thinkscale: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_an_index_of_another_embedder_is_named(run: Run, tmp_path: Path) -> None:
    config = write_notes(tmp_path)
    assert run("index", "--config", str(config.file))[0] == 0
    config.file.write_text(
        config.file.read_text("utf-8") + 'embedder: {query_prompt: "query: "}\n', "utf-8"
    )
    for verb in ("ask", "search"):
        code, out, err = run(verb, QUESTION, "--config", str(config.file))
        assert code == 2
        assert out == ""
        assert "query_prompt" in err
        assert "thinkscale index" in err
        assert err.count("\n") == 1


def test_an_error_of_ours_is_one_line_with_exit_code_1(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("pipeline.config.load_config", broken)
    code, out, err = run("ask", QUESTION)
    assert code == 1
    assert out == ""
    assert err.count("\n") == 1
    assert "RuntimeError: two lines" in err


@pytest.mark.model
def test_ask_prints_json_whose_quotes_stand_in_their_files(run: Run, tmp_path: Path) -> None:
    config = write_notes(tmp_path)
    code, out, _ = run("ask", QUESTION, "--samples", "2", "--json", "--config", str(config.file))
    assert code == 0
    row = json.loads(out)
    assert {"question", "answer", "abstained", "language", "strategy", "citations", "samples",
            "votes", "usage", "model"} <= set(row)  # fmt: skip
    assert "1.5 billion" in row["answer"]
    assert row["usage"]["generated_tokens"] == sum(s["tokens"] for s in row["samples"]) > 0
    assert row["usage"]["prompt_tokens"] > 0
    assert row["usage"]["seconds"] > 0
    for cited in row["citations"]:
        lines = Path(cited["source"]).read_text("utf-8").split("\n")
        assert cited["quote"] in "\n".join(lines[cited["start_line"] - 1 : cited["end_line"]])
    assert row["citations"]
