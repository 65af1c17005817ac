"""What errors say: by template and fields, so that it can be said in Korean, and there it is."""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pipeline.errors import (
    ConfigError,
    NotesError,
    ThinkscaleError,
    filled,
    from_data,
    system_error,
    to_data,
)
from pipeline.text.messages import translate

ROOT = Path(__file__).parents[2]
KOREAN: dict[str, str] = yaml.safe_load((ROOT / "pipeline/text/korean.yaml").read_text("utf-8"))
FIELD = re.compile(r"\{\w+\}")
PACKAGES = ("pipeline", "evals")
TREES = {
    file.relative_to(ROOT).as_posix(): ast.parse(file.read_text("utf-8"))
    for package in ("pipeline", "evals")
    for file in sorted((ROOT / package).rglob("*.py"))
}
SPOKEN = {name: tree for name, tree in TREES.items() if name.startswith(PACKAGES)}


def called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def error_names() -> set[str]:
    """ThinkscaleError and all that derive from it, and what else is raised with a message."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"ThinkscaleError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found | {"Refused", "_refused"}


ERRORS = error_names()


def messages(tree: ast.AST) -> Iterator[ast.expr]:
    """What the errors of a module are given as `what` and `remedy`; a name as what it is given."""
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                given.setdefault(ast.unparse(target), []).append(node.value)
        elif isinstance(node, ast.NamedExpr | ast.AnnAssign) and node.value is not None:
            given.setdefault(ast.unparse(node.target), []).append(node.value)

    def parts(node: ast.expr) -> Iterator[ast.expr]:
        if isinstance(node, ast.IfExp):
            yield from (*parts(node.body), *parts(node.orelse))
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                yield from parts(value)
        elif isinstance(node, ast.Name):
            for value in given.get(node.id, ()):
                if not isinstance(value, ast.Name):
                    yield from parts(value)
        else:
            yield node

    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in ERRORS:
            most = 1 if called(node) == "_refused" else 2
            named = [word.value for word in node.keywords if word.arg in ("what", "remedy")]
            for argument in (*node.args[:most], *named):
                yield from parts(argument)


def put_together(message: ast.expr) -> bool:
    """An f-string, a sum, a format: a sentence that has forgotten its template."""
    if isinstance(message, ast.Call) and called(message) == "filled":
        return not isinstance(message.args[0], ast.Constant | ast.Name)
    return isinstance(message, ast.JoinedStr | ast.BinOp) or (
        isinstance(message, ast.Call) and called(message) == "format"
    )


def english(message: ast.expr) -> str:
    """The sentence or template that a message is, if it is written out; else nothing."""
    if isinstance(message, ast.Call) and called(message) == "filled":
        message = message.args[0]
    return str(message.value) if isinstance(message, ast.Constant) else ""


@pytest.mark.parametrize("package", PACKAGES)
def test_no_error_forgets_the_template_of_its_message(package: str) -> None:
    spoken = {name: tree for name, tree in SPOKEN.items() if name.startswith(package)}
    assert sum(len(list(messages(tree))) for tree in spoken.values()) > 100
    lost = [
        f"{name}:{message.lineno}: {ast.unparse(message)}"
        for name, tree in spoken.items()
        for message in messages(tree)
        if put_together(message)
    ]
    assert lost == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_message_of_an_error_has_its_korean_line(package: str) -> None:
    said = {
        english(message)
        for name, tree in SPOKEN.items()
        if name.startswith(package)
        for message in messages(tree)
    }
    words = {one for one in said if re.search("[a-z]", FIELD.sub("", one))}
    assert len(words) > 100
    assert sorted(words - set(KOREAN)) == []


@pytest.mark.parametrize(
    ("source", "lost"),
    [
        ('raise NotesError(f"{x} is bad.", "Mend it.")', 1),
        ('raise NotesError("It is bad.", "Mend " + x)', 1),
        ('why = f"{x} is bad."\nraise NotesError(why)', 1),
        ('raise errors.NotesError("bad" if x else "{}".format(x))', 1),
        ('raise NotesError(filled("{x} is bad.", x=f"{x:,}"), REMEDY)', 0),
        ('raise ValueError(f"{x} is bad.")', 0),
    ],
)
def test_a_message_that_forgets_its_template_is_found(source: str, lost: int) -> None:
    assert sum(put_together(one) for one in messages(ast.parse(source))) == lost


def said(error: ThinkscaleError) -> str:
    return f"{translate(error.what, 'ko')} {translate(error.remedy, 'ko')}".strip()


def test_a_message_within_a_message_is_said_in_korean_too() -> None:
    inner = NotesError(filled("the {what} is damaged ({part}).", what=filled("presentation"),
                              part="ppt/a.xml"))  # fmt: skip
    outer = NotesError(
        filled("{path}: {what}", path="강의.pptx", what=inner.what), "Save it again."
    )
    assert str(outer) == "강의.pptx: the presentation is damaged (ppt/a.xml). Save it again."
    assert said(outer) == "강의.pptx: 프레젠테이션이 손상되었습니다(ppt/a.xml). 다시 저장하세요."
    whole = NotesError(filled("{path}: {what}", path="a.pdf", what=NotesError("not a PDF.").what))
    assert said(whole) == "a.pdf: PDF가 아닙니다."
    assert said(ConfigError("{brace} nobody fills")) == "{brace} nobody fills"


def test_a_message_crosses_processes_with_its_fields() -> None:
    what = filled("{path} is {what}.", path="a.gguf", what=filled("a model that makes sound"))
    for other in (
        from_data(json.loads(json.dumps(to_data(what)))),
        copy.deepcopy(what),
    ):
        assert other == what == "a.gguf is a model that makes sound."
        assert translate(other, "ko") == translate(what, "ko") != what
    assert from_data(to_data("plain {text}")) == "plain {text}"
    unfilled = NotesError("plain {text}").what
    assert from_data(to_data(unfilled)) == unfilled


def test_what_the_system_refused_is_said_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        (tmp_path / "gone").read_text()
    error = system_error(caught.value)
    assert str(error) == f"{tmp_path / 'gone'}: no such file or directory. Check the path."
    assert said(error).endswith("경로를 확인하세요.")
    assert system_error(OSError("odd")).what == "odd."
