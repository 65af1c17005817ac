"""The house: what the papers say is so."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {
    "torch",
    "sentence_transformers",
    "faiss",
    "llama_cpp",
    "kiwipiepy",
    "bm25s",
    "transformers",
}
MODULES = sorted([*(ROOT / "pipeline").rglob("*.py"), *(ROOT / "evals").rglob("*.py")])


def test_every_path_in_the_architecture_exists() -> None:
    text = (ROOT / "docs/ARCHITECTURE.md").read_text(encoding="utf-8")
    paths = [
        p for p in re.findall(r"`([\w./-]+)`", text) if "/" in p or p.endswith((".py", ".yaml"))
    ]
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []


def imported(path: Path, *, top_level: bool) -> set[str]:
    """Modules a file imports; `top_level`: only those imported when it is loaded."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if typing_only or (top_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            skipped |= set(ast.walk(node))
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_packages_are_imported_inside_the_function_that_needs_them(path: Path) -> None:
    tops = {name.split(".")[0] for name in imported(path, top_level=True)}
    assert not tops & HEAVY


def _figure() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_figure", ROOT / "docs/make_figure.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_arrows_point_one_way() -> None:
    """Imports by name included: a string that names a module is one."""
    figure = _figure()
    found = figure.imports()
    assert {("cli", "evals"), ("answering", "strategies")} <= set(found)
    assert [source for source, target in found if target == "evals"] == ["cli"]
    assert figure.wrong(found) == {}


def test_an_arrow_that_points_up_is_found() -> None:
    figure = _figure()
    up = {("notes", "retrieval"): ["pipeline.notes.note_files -> pipeline.retrieval.index"]}
    assert figure.wrong(up) == up


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("from pipeline import retrieval", "pipeline.retrieval"),
        ("from pipeline import open_session", "pipeline.answering.session"),
        ("from evals import stats", "evals.stats"),
        ('import_module(f"evals.cli.{verb}")', "evals.cli"),
        ('import_module("evals.cli." + verb)', "evals.cli"),
        ('import_module(f"evals.{verb}")', "evals"),
    ],
)
def test_an_import_is_seen_however_it_is_written(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "any.py"
    file.write_text(text, encoding="utf-8")
    assert _figure().imported(file) == [named]


def calls(path: Path, *names: str) -> list[tuple[str, str]]:
    """The calls of functions and methods of these names: (what it is called on, name)."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            on = node.func.value if isinstance(node.func, ast.Attribute) else None
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in names:
                found.append((ast.unparse(on) if on else "", name))
    return found


def test_every_question_is_made_by_one_builder() -> None:
    made = {p.relative_to(ROOT).as_posix() for p in MODULES if calls(p, "Question")}
    assert made == {"pipeline/answering/for_model.py"}


ENGINE_CALLS = {
    "pipeline/answering/requests.py": "the loop: pooled, replayed, priced",
    "pipeline/cli/doctor.py": "does the model say anything at all?",
    "pipeline/langchain/chat.py": "plain completions for an API",
    "pipeline/serve/worker.py": "plain completions for an API",
    "evals/ray/worker.py": "what the loop asked of the engine of a cluster",
}
"""Where an engine is asked outside `pipeline/engine`, and why."""

NO_ENGINES = {"dice", "show", "self", ""}
"""What else has a `sample` or `score`: random numbers, a view, vectors, functions."""


def test_an_engine_is_asked_by_the_loop() -> None:
    asked: dict[str, set[str]] = {}
    for path in MODULES:
        name = path.relative_to(ROOT).as_posix()
        found = {method for on, method in calls(path, "sample", "score") if on not in NO_ENGINES}
        if found and not name.startswith("pipeline/engine/"):
            asked[name] = found
    assert asked.keys() == ENGINE_CALLS.keys()
    scored = {name for name, methods in asked.items() if "score" in methods}
    assert scored == {"pipeline/answering/requests.py", "evals/ray/worker.py"}


def test_the_figure_shows_the_imports() -> None:
    figure = _figure()
    assert (ROOT / "docs/architecture.svg").read_text("utf-8") == figure.svg(), (
        "run: python docs/make_figure.py"
    )


def test_no_pickle_no_exec_no_trust() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert "import pickle" not in text
        assert "trust_remote_code=True" not in text
        assert not re.search(r"(?<![\w.])(exec|eval)\(", text), path


LISTS_OUTSIDE = {
    "evals/draft": "frames of sentences that questions can be made of, without a model",
    "evals/scorers/contains.py": "particles after an answer",
    "evals/tasks": "question sets that are made: their words are their data",
    "pipeline/answers": "how replies name their final answer",
    "pipeline/evidence/owners.py": "conjunctions, which part what a figure belongs to",
    "pipeline/notes": "parts of web pages that are no notes",
    "pipeline/retrieval": "Korean function words; words by which an embedder shows its languages",
}
"""Where words of a language may be listed besides `pipeline/text`, and why."""


def word_lists(path: Path) -> list[str]:
    """Literals that list words: a string of many Korean words or of many alternatives."""
    tree = ast.parse(path.read_text("utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            text = node.value
            korean = re.findall("[가-힣]+", text)
            sentence = re.search(r"[.다요?)]$", text.strip()) is not None
            words = re.findall("[a-z]{3,}", text)
            listed = len(korean) >= 6 and not sentence
            if listed or (text.count("|") >= 8 and len(words) >= 8):
                found.append(text[:60])
    return found


def test_words_of_a_language_are_listed_in_one_package() -> None:
    """A list of words decides nothing about meaning; closed classes stand in `pipeline/text`."""
    outside = {
        path.relative_to(ROOT).as_posix(): found
        for path in MODULES
        if "pipeline/text/" not in path.as_posix() and (found := word_lists(path))
    }
    unknown = {
        name: found
        for name, found in outside.items()
        if not any(name.startswith(known) for known in LISTS_OUTSIDE)
    }
    assert unknown == {}
    for known in LISTS_OUTSIDE:
        assert any(name.startswith(known) for name in outside), f"{known} has none any more"
