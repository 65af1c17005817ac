"""The report in Korean: all of it, with the same numbers, and no word of a note changed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import evals.report.language as language_module
from evals.report.document import document
from evals.report.language import catalogue, in_language, speaker
from evals.report.make import html_report, markdown_report, terminal_report
from evals.run.records import Run
from tests.evals.report.test_html import HOSTILE, Seen, hostile
from tests.evals.report.topics.test_repeats import again
from tests.evals.synthetic import made_run

FIELD = re.compile(r"\{(\w+)\}")
FOLDER = Path(language_module.__file__).parent


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
        made_run(5, 2, strategies=("direct", "cot")),
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


@pytest.mark.parametrize(
    "run", runs(), ids=("notes", "refusing", "models", "repeated", "one", "few")
)
def test_every_sentence_has_its_korean(run: Run) -> None:
    made = document(run)
    english = list(strings((made.title, made.facts, made.blocks)))
    korean = list(strings(in_language((made.title, made.facts, made.blocks), "ko")))
    assert len(english) == len(korean)
    words = re.compile(r"[a-z]{3,} [a-z]{2,}")
    left = {
        part
        for before, after in zip(english, korean, strict=True)
        if words.search(before)
        for part in re.split(r"(?<=\.) ", after)
        if words.search(part) and not re.search("[가-힣]", part)
    }
    assert left == set()


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
    assert say(
        "Use cot@adaptive32: as accurate as cot@sc32 to within 5 points, for 22 % fewer tokens."
    ) == ("cot@adaptive32 사용: cot@sc32와 5점 안에서 같은 정확도, 토큰은 22 % 적게.")
    assert say("Use cot: +3.0 points over direct, for 2.1x the tokens.").startswith("cot 사용: ")
    assert speaker("en")("gain") == "gain"
    assert say("gain, 100 M parameters") == "gain, 파라미터 100백만"  # a model of that name
    assert say("a note of one's own") == "a note of one's own"


def test_the_catalogue_is_whole() -> None:
    found = catalogue()
    for english, korean in found.items():
        assert sorted(FIELD.findall(english)) == sorted(FIELD.findall(korean)), english
        assert re.search("[가-힣]", FIELD.sub("", korean)), english
    text = (FOLDER / "korean.yaml").read_text(encoding="utf-8")
    keys = [line for line in text.splitlines() if line.startswith('"')]
    assert len(keys) == len(found) == len(yaml.safe_load(text)), "a sentence stands there twice"


def test_every_sentence_of_the_catalogue_is_one_that_a_report_says() -> None:
    """Every word of it stands in the code of reports or of their script."""
    said = [(FOLDER / "page.js").read_text(encoding="utf-8")]
    for path in [*FOLDER.rglob("*.py"), *(FOLDER.parent / "stats").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.append(node.value)
    known = set(re.findall(r"[a-z]{3,}", " ".join(said).casefold()))
    missing = {
        english: words
        for english in catalogue()
        if (words := set(re.findall(r"[a-z]{3,}", FIELD.sub("", english).casefold())) - known)
    }
    assert missing == {}


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
