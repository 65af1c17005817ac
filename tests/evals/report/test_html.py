"""The page: the same bytes every time, nothing of a model is markup, nothing is missing."""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.report.make import html_report
from evals.run.records import Run, load_run, save_run
from tests.evals.synthetic import made_run

HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`&lt;"
    "<!--<svg onload=alert(3)>]]>\u2028\x00\x1b[31m\ud800 javascript:alert(4)"
)


def unpack(text: str) -> Any:
    """What was packed into a page."""
    return json.loads(zlib.decompress(base64.b64decode(text)))


class Seen(HTMLParser):
    """Every tag and attribute of a page, as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.scripts: list[str | None] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self.addresses += [v or "" for n, v in attrs if n in ("href", "src", "action", "srcset")]
        if tag == "script":
            self.scripts.append(dict(attrs).get("type"))


def pieces(page: str) -> dict[str, str]:
    return dict(
        re.findall(r'<script type="application/octet-stream" id="([\w-]+)">([^<]*)</script>', page)
    )


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    run = made_run(30, 8, models=("a", "b"))
    once = html_report(run)
    assert html_report(run) == once
    save_run(run, tmp_path / "run")
    assert html_report(load_run(tmp_path / "run")) == once


def test_decisions_stand_before_everything_else() -> None:
    page = html_report(made_run(100, 8, right={"direct": 0.1, "cot": 0.7}))
    first = page.index('class="headline gain"')
    assert first < page.index("<svg")
    assert first < page.index("<table")
    assert "<b>Use cot@sc8</b>: +" in page
    assert page.count('class="headline') == 1
    ranked = page[page.index("<table") : page.index("</table>")]
    names = re.findall(r"<tr[^>]*><td>([^<]+)</td>", ranked)
    assert names == ["cot@sc8", "cot", "direct"]  # the most accurate first
    assert ranked.index('class="strong"') < ranked.index("<td>cot</td>")


def test_every_question_with_all_behind_it_is_in_the_page() -> None:
    run = made_run(45, 4, strategies=("direct", "cot@sc4"))
    page = html_report(run)
    found = pieces(page)
    index = unpack(found["index"])
    assert [item[1] for item in index["items"]] == [f"q{i}" for i in range(45)]
    assert len(found) == 1 + 3  # 20 questions a piece
    outcome = next(o for o in index["items"][21][10] if o[0] == 1)
    piece = unpack(found["piece-1"])
    texts = [piece["d"][key][8] for key in outcome[9]]
    used = next(o for o in run.outcomes if (o.item, o.strategy) == ("q21", "cot@sc4"))
    drawn = {d.key: d for d in run.samples}
    assert texts == [drawn[key].text for key in used.samples]
    place, _, words = piece["p"][outcome[10][0]]
    assert (place, words) == ("note21.md:24", run.passages[21].text)


def hostile(text: str) -> Run:
    """A run in which every word that comes from outside is this."""
    run = made_run(3, 2, text=text, strategies=("direct", "cot@sc2"))
    task = "sums" + text
    return replace(
        run,
        name="made" + text,
        tasks=({**run.tasks[0], "name": task, "limited": text},),
        models=(replace(run.models[0], name="small" + text),),
        strategies=("direct" + text, "cot@sc2"),
        about={"created": text},
        items=tuple(
            replace(i, kind=text, difficulty=text + i.id, cluster=text, answers=(text,), task=task)
            for i in run.items
        ),
        samples=tuple(
            replace(d, model="small" + text, answer=text, group=text, task=task)
            for d in run.samples
        ),
        outcomes=tuple(
            replace(
                o,
                model="small" + text,
                strategy=o.strategy + (text if o.strategy == "direct" else ""),
                answer=text,
                why=text,
                votes=((text, 2, 2.0),),
                citations=({"source": text, "start_line": 3, "quote": text},),
                task=task,
            )
            for o in run.outcomes
        ),
    )


def test_words_of_a_model_are_never_markup() -> None:
    page = html_report(hostile(HOSTILE))
    seen = Seen(page)
    assert set(seen.tags) & {"img", "iframe", "object", "embed", "link", "form", "base"} == set()
    assert not [name for name in seen.names if name.startswith("on")]
    assert seen.scripts == ["application/octet-stream"] * 2 + [None]
    assert all(address.startswith("#") for address in seen.addresses)
    assert "alert(1)</script>" not in page
    page.encode("utf-8")
    assert not [c for c in page if c < " " and c not in "\n\t"]


@settings(max_examples=25)
@given(st.text(max_size=30))
def test_no_text_makes_a_tag(text: str) -> None:
    plain, odd = Seen(html_report(hostile("x"))), Seen(html_report(hostile(text)))
    assert set(odd.tags) <= set(plain.tags) | {"p", "h4", "noscript", "details", "summary"}
    assert odd.scripts == plain.scripts


def test_the_policy_lets_nothing_in_or_out() -> None:
    page = html_report(made_run(3, 2))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/=]+'", rules["script-src"])
    assert re.fullmatch(r"'sha256-[\w+/=]+'", rules["style-src"])
    assert " style=" not in page
    assert "http" not in page.replace("http-equiv", "")


def odd_name() -> Run:
    run = made_run(20, 4, strategies=("direct", "cot@sc4"))
    named = tuple(
        replace(o, strategy="Was ist das?") if o.strategy == "direct" else o for o in run.outcomes
    )
    return replace(run, strategies=("Was ist das?", "cot@sc4"), outcomes=named)


@pytest.mark.parametrize(
    "run",
    [
        made_run(1, 2),
        made_run(1, 1, strategies=("direct",)),
        made_run(12, 2, strategies=("direct",)),
        made_run(5, 3, models=("a", "b"), tasks=("t1", "t2")),
        replace(made_run(2, 2), outcomes=(), samples=()),
        replace(made_run(2, 2), outcomes=(), samples=(), items=(), passages=(), tasks=()),
        odd_name(),
    ],
    ids=["one item", "one draw", "one strategy", "two models", "no outcome", "nothing", "odd name"],
)
def test_small_and_empty_runs_have_a_page(run: Run) -> None:
    page = html_report(run)
    assert page.endswith("</html>\n")
    shown = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert not re.search(r"\b(nan|inf|infinity|None)\b", shown)


def test_nobody_answers() -> None:
    run = made_run(12, 4)
    silent = replace(
        run,
        samples=tuple(replace(d, answer=None, group="", score=0.0) for d in run.samples),
        outcomes=tuple(
            replace(o, answer=None, abstained=True, correct=False, score=0.0, votes=(), share=0.0,
                    confidence=0.0)
            for o in run.outcomes
        ),
    )  # fmt: skip
    page = html_report(silent)
    assert "<b>Stay with direct</b>: none is shown to be better, and 12 questions " in page
    assert "<td>cannot tell</td>" in page
    assert "refused" in page
