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


def test_every_module_says_what_it_does() -> None:
    """A question says what a module is about, and leaves what it does to be guessed."""
    said = {path: ast.get_docstring(ast.parse(path.read_text("utf-8"))) for path in MODULES}
    firsts = {
        path.relative_to(ROOT).as_posix(): re.split(r"(?<=[.?!])\s", text, maxsplit=1)[0]
        for path, text in said.items()
        if text
    }
    assert len(firsts) > 300
    assert [name for name, first in firsts.items() if first.endswith("?")] == []


LISTS_OUTSIDE = {
    "evals/tasks/generators/cast.py": "the names, colours and things that puzzles are made of",
    "pipeline/answers/choice_phrases.py": "how replies name the option they choose",
    "pipeline/answers/choices.py": "what stands around the label of an option; LaTeX commands",
    "pipeline/answers/option_labels.py": "what stands around a label in a sentence of a reply",
    "pipeline/answers/parse.py": "how replies name their final answer",
    "pipeline/engine/http.py": "how servers say that a prompt is too long",
    "pipeline/engine/local/json_grammar.py": "the types of JSON Schema",
    "pipeline/notes/formats/html.py": "tags, roles and classes of HTML",
    "pipeline/notes/formats/html_blocks.py": "tags of HTML",
    "pipeline/notes/formats/link_targets.py": "suffixes of files",
    "pipeline/notes/formats/tags.py": "tags of HTML",
}
"""Files outside `pipeline/text` that list five words or more, and why."""

FEWEST = 5
"""Words that make a list."""

WORD = r"[a-z]{2,}(?: [a-z]+)*|[가-힣]+(?: [가-힣]+)*"


def names_in_code() -> frozenset[str]:
    """What the code calls its modules, functions, arguments, variables and fields: in a literal
    these words are names. All other words in lower case are taken for words of a language."""
    found: set[str] = set()
    for path in MODULES:
        found |= set(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for field in ("id", "attr", "arg", "name"):
                if isinstance(name := getattr(node, field, None), str):
                    found.add(name)
    return frozenset(found)


def alternatives(pattern: str) -> list[str]:
    """The words that stand beside a bar in a regular expression (not in a row of a table).

    >>> alternatives(r"(?:has|ha[dv]e?|contains?)\\s(?P<noun>x)")
    ['has', 'contains']
    """
    if pattern.startswith("| "):
        return []
    spaced = re.sub(r"\\[a-zA-Z]", " ", pattern)
    parts = re.split(r"([|()])", re.sub(r"\((?:\?(?:[:=!]|<[=!]|P<\w+>))", "(", spaced))
    beside = (part for at, part in enumerate(parts) if "|" in parts[max(at - 1, 0) : at + 2])
    words = (re.sub(r"[?*+]", "", part).strip() for part in beside)
    return [word for word in words if re.fullmatch(WORD, word)]


def word_lists(text: str, names: frozenset[str]) -> list[str]:
    """The literals of a module that list words of a language: a string that is split at once or
    holds that many Korean words, alternatives of a regular expression, a tuple, list or set."""
    tree = ast.parse(text)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        words: list[str] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "split" and isinstance(node.func.value, ast.Constant):
                words = str(node.func.value.value).split()
        elif isinstance(node, ast.Tuple | ast.List | ast.Set):
            values = [e.value for e in node.elts if isinstance(e, ast.Constant)]
            words = [v for v in values if isinstance(v, str) and v not in names]
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
        ):
            korean = re.findall("[가-힣]+", re.sub("[가-힣]-[가-힣]", "", node.value))
            sentence = re.search(r"[.다요?)]$", node.value.strip()) is not None
            listed = len(korean) > FEWEST and not sentence
            words = korean if listed else alternatives(node.value)
        words = [word for word in words if re.fullmatch(WORD, word)]
        if len(words) >= FEWEST:
            found.append(" ".join(words)[:60])
    return found


def test_words_of_a_language_are_listed_in_one_package() -> None:
    """A list of words decides nothing about meaning; closed classes stand in `pipeline/text`."""
    names = names_in_code()
    outside = {
        path.relative_to(ROOT).as_posix(): found
        for path in MODULES
        if "pipeline/text/" not in path.as_posix()
        and (found := word_lists(path.read_text("utf-8"), names))
    }
    assert {file: found for file, found in outside.items() if file not in LISTS_OUTSIDE} == {}
    assert LISTS_OUTSIDE.keys() <= outside.keys(), "a file named above has no list any more"


@pytest.mark.parametrize(
    "text",
    [
        '"apple basket candle drum eagle".split()',
        '{"apple", "basket", "candle", "drum", "eagle"}',
        'frozenset(("사과", "바구니", "양초", "북", "독수리"))',
        'r"\\b(?:apple|baskets?|candle\\s|drum|eagles?)\\b"',
        'rf"{x}(?:사과|바구니|양초|북|독수리)"',
        '"사과 바구니 양초 북 독수리 나무"',
    ],
)
def test_a_list_of_words_is_found_however_it_is_written(text: str) -> None:
    assert word_lists(f"x = {text}", frozenset({"passage"})) != []


@pytest.mark.parametrize(
    "text",
    [
        '["alpha", "beta", "gamma", "passage", "delta"]',
        '"apple basket candle drum".split()',
        '"| apple | basket | candle | drum | eagle |"',
        '["NNG", "text/apple.py", "--basket", "candle_drum", "eagle.md"]',
        '"사과와 바구니와 양초와 북과 독수리와 나무가 있다."',
    ],
)
def test_names_and_sentences_are_no_list_of_words(text: str) -> None:
    assert word_lists(f"x = {text}", frozenset({"passage"})) == []
