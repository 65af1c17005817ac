"""The report in Korean: all of it, with the same numbers, and no word of a note changed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import evals.report.report_language as language_module
from evals.report.make import html_report, markdown_report, terminal_report
from evals.report.report_language import catalogue, in_language, speaker
from evals.report.run_document import document
from evals.report.topics.words import joined
from evals.run.records import Run
from pipeline.errors import Filled, filled
from pipeline.text.messages import korean_of
from tests.evals.report.test_html import HOSTILE, Seen, hostile
from tests.evals.report.topics.test_repeats import again
from tests.evals.synthetic import made_run

FIELD = re.compile(r"\{(\w+)\}")
FOLDER = Path(language_module.__file__).parent
WORDS = re.compile(r"[A-Za-z]{2,} \(?[a-z]{2,}")
"""Two words on end: more than a name."""


def runs() -> list[Run]:
    grid = ("closed+direct", "rag+direct", "closed+cot@sc8", "rag+cot@sc8", "closed+cot", "rag+cot")
    sizes = ("direct", "cot", "plan@sc16", "cot@sc16")
    one = made_run(150, 16, strategies=("direct", "cot", "cot@sc8", "cot@sc16"), cluster_size=3)
    refusing = tuple(
        replace(i, answerable=bool(n % 5), answers=i.answers if n % 5 else ())
        for n, i in enumerate(one.items)
    )
    return [
        one,
        replace(one, items=refusing),
        made_run(50, 8, models=("a", "b"), strategies=grid),
        again(made_run(60, 16, strategies=sizes), {0: 0.5, 1: 0.2, 2: 0.8}),
        made_run(4, 2, strategies=("direct",)),
        made_run(5, 2, strategies=("direct", "cot"), about={"others": 1.2, "replayed": 3}),
    ]


def strings(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, tuple):
        for one in found:
            yield from strings(one)
    elif is_dataclass(found):
        for f in fields(found):
            if f.name not in ("anchor", "verdict", "tone"):
                yield from strings(getattr(found, f.name))


def sentences(text: str) -> Iterator[str]:
    """What of a text is looked up, and the values that are put into it as they are."""
    yield text.template if isinstance(text, Filled) else text
    for value in text.fields.values() if isinstance(text, Filled) else ():
        yield from sentences(value)


@pytest.mark.parametrize(
    "run", runs(), ids=("notes", "refusing", "models", "repeated", "one", "few")
)
def test_every_sentence_has_its_korean(run: Run) -> None:
    made = document(run)
    english = list(strings((made.title, made.facts, made.blocks)))
    korean = list(strings(in_language((made.title, made.facts, made.blocks), "ko")))
    assert len(english) == len(korean)
    said = {part for text in english for part in sentences(text)}
    assert {part for part in said if WORDS.search(part)} <= {*catalogue()}
    assert [text for text in korean if WORDS.search(text) and not re.search("[가-힣]", text)] == []


def test_numbers_are_the_same() -> None:
    made = document(runs()[0])
    for before, after in zip(
        strings(made.blocks), strings(in_language(made.blocks, "ko")), strict=True
    ):
        assert sorted(re.findall(r"\d[\d,.]*\d|\d", before)) == sorted(
            re.findall(r"\d[\d,.]*\d|\d", after)
        ), before


def test_the_headline() -> None:
    say = speaker("ko")
    best = "Use {name}: as accurate as {best} to within {margin} points, for {saved} fewer tokens."
    values = {"name": "cot@adaptive32", "best": "cot@sc32", "margin": "5"}
    few = filled("less than {n} %", n=1)
    said = "cot@adaptive32 사용: cot@sc32와 5점 안에서 같은 정확도, 토큰은"
    assert say(filled(best, saved="22 %", **values)) == f"{said} 22 % 적게."
    assert say(filled(best, saved=few, **values)) == f"{said} 1 % 미만 적게."
    assert speaker("en")("gain") == "gain"
    named = filled("{model}, {n} M parameters", model="gain", n=100)
    assert say(named) == "gain, 파라미터 100백만"  # a model of that name
    assert say(joined("Bands are 95 %, clustered.", few)) == "띠는 95 %, 출처별로 묶음. 1 % 미만"
    assert say("a note of one's own") == "a note of one's own"


def literals(files: Iterable[Path]) -> Iterator[ast.AST]:
    for path in files:
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_what_writes_blocks_puts_no_values_into_a_sentence_by_itself() -> None:
    """An f-string cannot be looked up: `filled` takes the template and its values."""
    topics = ("headline", "equal_flops", "fair")
    files = [
        *(FOLDER / f"{name}.py" for name in ("run_document", "sections", "deeper", "compute")),
        *(FOLDER / "topics" / f"{name}.py" for name in topics),
        FOLDER.parent / "stats/interval.py",
    ]
    found = {
        words
        for node in literals(files)
        if isinstance(node, ast.JoinedStr)
        if re.search("[A-Za-z]{2,} | [A-Za-z]{2,}", words := "{}".join(texts(node.values)))
    }
    assert found == set()


def test_every_template_has_its_korean() -> None:
    found = {
        template
        for node in literals([*FOLDER.rglob("*.py"), *(FOLDER.parent / "stats").glob("*.py")])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "filled"
        for template in texts(node.args)
        if re.search("[A-Za-z]{2}", FIELD.sub("", template))
        if korean_of(template) == template  # an error's stands with the other messages
    }
    assert found <= {*catalogue()}


def test_the_catalogue_is_whole() -> None:
    found = catalogue()
    for english, korean in found.items():
        assert sorted(FIELD.findall(english)) == sorted(FIELD.findall(korean)), english
        assert re.search("[가-힣]", FIELD.sub("", korean)), english
    text = (FOLDER / "korean.yaml").read_text(encoding="utf-8")
    keys = [line for line in text.splitlines() if line.startswith('"')]
    assert len(keys) == len(found) == len(yaml.safe_load(text)), "a sentence stands there twice"


def test_every_sentence_of_the_catalogue_is_one_that_a_report_says() -> None:
    """Each stands in the code of reports or of their script."""
    files = [*FOLDER.rglob("*.py"), *(FOLDER.parent / "stats").glob("*.py")]
    script = (FOLDER / "page.js").read_text(encoding="utf-8")
    said = {*texts(literals(files))}
    assert [s for s in catalogue() if s not in said and f'"{s}"' not in script] == []


def test_a_korean_page_is_korean_and_as_safe() -> None:
    page = html_report(hostile(HOSTILE), "ko")
    seen = Seen(page)
    assert '<html lang="ko">' in page
    assert seen.scripts.count(None) == 1
    assert set(seen.scripts) == {"application/octet-stream", "application/json", None}
    assert "문항으로 건너뛰기" in page
    assert not [name for name in seen.names if name.startswith("on")]
    assert html_report(hostile(HOSTILE), "ko") == page
    run = made_run(20, 4)
    assert "기준: direct." in markdown_report(run, language="ko")[0]
    assert "전략, 정확한 것부터" in terminal_report(run, language="ko")
