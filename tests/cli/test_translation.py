"""Messages in the reader's language: a whole catalogue, true to the code, chosen by the locale."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import GROUPS, VERBS, cli
from pipeline.cli.help import CLICK, help_sentences
from pipeline.cli.strategies import EXAMPLES
from pipeline.cli.translation import choose, language, tr, translated
from pipeline.errors import filled
from pipeline.strategies import AGGREGATIONS, PROMPT_METHODS
from tests.cli.conftest import Run
from tests.conftest import write_notes

ROOT = Path(__file__).parents[2]
KOREAN: dict[str, str] = yaml.safe_load((ROOT / "pipeline/text/korean.yaml").read_text("utf-8"))
_PAPER = r" \(\d{4}\.\d{5}\)$"
FIELD = re.compile(r"\{(\w+)\}")


@pytest.fixture(autouse=True)
def _own_locale(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    choose("")
    yield
    choose("")


@pytest.fixture
def korean(_own_locale: None) -> None:
    choose("ko")


def test_both_languages_have_the_same_fields() -> None:
    assert len(KOREAN) > 100
    for english, korean in KOREAN.items():
        assert sorted(FIELD.findall(english)) == sorted(FIELD.findall(korean)), english
        assert re.search("[가-힣]", FIELD.sub("", korean)), english
        assert not re.search("[가-힣]", english)
    text = (ROOT / "pipeline/text/korean.yaml").read_text("utf-8")
    keys = [line for line in text.splitlines() if line.startswith('"')]
    assert len(keys) == len(KOREAN), "a sentence stands there twice"


def shape(sentence: str) -> str:
    return FIELD.sub("{}", sentence)


def shapes_of(tree: ast.AST) -> Iterator[str]:
    """Every string of a module, and every paragraph of it; what an f-string puts in is `{}`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield shape(node.value)
            yield from (shape(" ".join(part.split())) for part in node.value.split("\n\n"))
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values
            )


def said_by(tree: ast.AST) -> Iterator[str]:
    """The sentences given to `tr`: as they stand, or by a name that is given a sentence."""
    named: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                named.setdefault(ast.unparse(target), []).append(str(node.value.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "tr":
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield str(first.value)
            elif isinstance(first, ast.Name):
                yield from named.get(first.id, ())


def test_a_sentence_of_the_catalogue_keeps_its_template() -> None:
    """An f-string forgets it, and could not be said in Korean any more."""
    shapes = {shape(english) for english in KOREAN if "{" in english}
    lost = [
        ast.unparse(node)
        for tree in TREES
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        and "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
        in shapes
    ]
    assert lost == []


TREES = [
    ast.parse(file.read_text("utf-8"))
    for package in ("pipeline", "evals")
    for file in (ROOT / package).rglob("*.py")
]


def test_every_sentence_of_the_catalogue_is_one_that_the_code_says() -> None:
    said = {one for tree in TREES for one in shapes_of(tree)}
    said |= {re.sub(_PAPER, "", one) for one in said}
    assert [english for english in KOREAN if shape(english) not in said] == []


def test_every_sentence_that_asks_for_korean_has_it() -> None:
    said = {one for tree in TREES for one in said_by(tree)}
    assert len(said) > 30
    assert sorted(said - set(KOREAN)) == []


def test_the_help_of_every_verb_is_in_the_catalogue() -> None:
    said = {*help_sentences(cli), *GROUPS, *CLICK, *(words for _, words in VERBS.values())}
    for name in VERBS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        said |= set(help_sentences(command))
    assert len(said) > 150
    assert sorted(said - set(KOREAN)) == []


def test_what_is_said_of_every_strategy_is_in_the_catalogue() -> None:
    said = {re.sub(_PAPER, "", about) for about in PROMPT_METHODS.values()}
    said |= {rule.about for rule in AGGREGATIONS.values()} | set(EXAMPLES.values())
    assert sorted(said - set(KOREAN)) == []


@pytest.mark.parametrize("words", [(), ("ask",), ("eval", "run"), ("models", "get")], ids=" ".join)
def test_help_is_whole_in_korean(run: Run, words: tuple[str, ...]) -> None:
    code, out, _ = run("--lang", "ko", *words, "--help")
    assert code == 0
    text = out.partition("예:")[0]  # examples are commands
    left = re.sub(
        r"thinkscale [a-z ]+|--?[\w-]+|[A-Z/_]{2,}|`[^`]*`|\[[^\]]*\]|[\w.]+[/.:@]\S*|\w+@\w+",
        "",
        text,
    )
    english = re.findall(r"\b[a-z]{3,} [a-z]{2,} [a-z]{2,}", left)
    assert english == []
    assert re.search("[가-힣]", text)
    assert "Usage" in run(*words, "--help")[1]  # the next command is in English again


@given(st.sampled_from(sorted(KOREAN)), st.data())
def test_a_finished_sentence_is_said_in_korean_by_its_template(
    english: str, data: st.DataObject
) -> None:
    values = {name: data.draw(st.sampled_from(["a", "노트폴더", "x/y.md:3", "{z}", "12"]))
              for name in FIELD.findall(english)}  # fmt: skip
    choose("ko")
    assert translated(filled(english, **values)) == tr(english, **values)
    choose("en")
    assert tr(english, **values) == filled(english, **values)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko"}, "ko"),
        ({"LANG": "kok_IN"}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ko_KR"}, "ko"),
        ({"LANG": "ko_KR", "LC_ALL": ""}, "ko"),
    ],
)
def test_the_locale_decides(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language() == expected
    choose("ko")
    assert language() == "ko"


@pytest.mark.parametrize(
    ("english", "said"),
    [
        (
            filled("{path}: there is no such model file.", path="a.gguf"),
            "a.gguf: 그런 모델 파일이 없습니다.",
        ),
        (filled("{path} is empty.", path="노트"), "노트가 비어 있습니다."),
        (filled("{path} is empty.", path="book"), "book이 비어 있습니다."),
        (filled("There is no aggregation `@{name}`.", name="sc2"), "`@sc2` 집계 방법은 없습니다."),
        (
            filled("`{name}` is not the name of a strategy.", name="모델"),
            "`모델`은 전략의 이름이 아닙니다.",
        ),
        (
            filled("{file} It has been made anew.", file=filled("{path} is empty.", path="색인")),
            "색인이 비어 있습니다. 새로 만들었습니다.",
        ),
        ("book is empty.", "book is empty."),
        ("what nobody translated", "what nobody translated"),
    ],
)
@pytest.mark.usefixtures("korean")
def test_particles_fit_and_the_rest_stays_english(english: str, said: str) -> None:
    assert translated(english) == said


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["ask", ""], "thinkscale: 질문이 비어 있습니다. 따옴표 안에"),
        (["serach"], "thinkscale: `serach` 명령은 없습니다. 혹시 `search`인가요?"),
        (["ask", "왜?", "--strategy", "plam"], "`plam`이라는 질문 방식은 없습니다. 혹시 `plan`"),
        (["ask", "왜?", "--config", "none.yaml"], "none.yaml: 그런 설정 파일이 없습니다."),
        (["models", "info", "smolm2-360m"], "`smolm2-360m` 모델이 없습니다. 혹시 `smollm2-360m`"),
        (["models", "list", "--memory", "x"], "크기가 아닙니다"),
        (["init"], "대답할 사람이 없습니다. --yes를"),
    ],
)
def test_mistakes_are_said_in_korean(
    run: Run, args: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_notes(tmp_path).file
    monkeypatch.chdir(file.parent)
    code, out, err = run("--lang", "ko", *args)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert "질문" not in run("ask", "")[2]  # the next command is not spoken to in Korean


def test_the_locale_is_enough_and_json_stays_as_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run("models", "list", "--json")
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    assert run("models", "list", "--json") == plain
    assert "질문이 비어 있습니다" in run("ask", "")[2]
    assert "비어" not in run("--lang", "en", "ask", "")[2]
