"""The page in a real browser, opened from disk: it works, it is quiet, it is fast."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evals.report.make import html_report
from evals.run.records import Run
from tests.evals.report.chromium import Chromium, installed
from tests.evals.report.test_html import HOSTILE, hostile
from tests.evals.synthetic import made_run

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(installed() is None, reason="there is no chromium here"),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    run = made_run(60, 4, strategies=("direct", "cot", "cot@sc4"), models=("small", "big"))
    path.write_text(html_report(run), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(page: Path) -> Iterator[Chromium]:
    with Chromium() as chromium:
        yield chromium


def choose(browser: Chromium, filter_: str, value: str) -> str:
    """Set a filter as a person does; what the page then says it shows."""
    event = "input" if filter_ == "text" else "change"
    said = browser.evaluate(
        f"(async () => {{ const f = document.getElementById('f-{filter_}'); f.value = {value!r};"
        f" f.dispatchEvent(new Event('{event}')); await new Promise(d => setTimeout(d, 250));"
        " return document.getElementById('count').textContent; })()"
    )
    return str(said)


def test_it_opens_in_silence_and_asks_for_nothing(browser: Chromium, page: Path) -> None:
    browser.events.clear()
    browser.open(page)
    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]
    assert browser.evaluate("document.querySelectorAll('.q').length") == 25
    assert browser.evaluate("document.getElementById('count').textContent") == "60 questions"


def test_every_plot_is_seen(browser: Chromium, page: Path) -> None:
    browser.open(page)
    boxes = browser.evaluate(
        "[...document.querySelectorAll('svg.plot')].map(s => {"
        " const b = s.getBoundingClientRect(); return [b.width, b.height]; })"
    )
    assert len(boxes) >= 12
    assert all(width > 300 and height > 60 for width, height in boxes)
    cut = browser.evaluate(
        "[...document.querySelectorAll('svg.plot text')].filter(t => { const b = t.getBBox(),"
        " v = t.ownerSVGElement.viewBox.baseVal; return b.x < -1 || b.y < -1 ||"
        " b.x + b.width > v.width + 1 || b.y + b.height > v.height + 1; }).map(t => t.textContent)"
    )
    assert cut == []


def test_filters_find_what_they_say(browser: Chromium, page: Path) -> None:
    browser.open(page)
    assert choose(browser, "language", "ko") == "15 of 60 questions"
    assert choose(browser, "language", "") == "60 questions"
    assert choose(browser, "text", "모델 3의") == "1 of 60 questions"
    assert choose(browser, "text", "") == "60 questions"
    assert choose(browser, "model", "big") == "60 questions"
    assert choose(browser, "strategy", "direct") == "60 questions"
    right = int(choose(browser, "verdict", "right").split()[0])
    wrong = int(choose(browser, "verdict", "wrong").split()[0])
    silent = int(choose(browser, "verdict", "no answer").split()[0])
    assert right + wrong + silent == 60
    dots = "[...document.querySelectorAll('.sign')].every(d => d.textContent === '–')"
    assert browser.evaluate(dots)


def test_a_question_opens_with_all_behind_it(browser: Chromium, page: Path) -> None:
    browser.open(page)
    said = browser.evaluate(
        "(async () => { const wait = () => new Promise(d => setTimeout(d, 200));"
        " const q = document.querySelectorAll('.q')[3]; q.open = true; await wait();"
        " q.querySelectorAll('.outcome details').forEach(d => d.open = true); await wait();"
        " return q.innerText; })()"
    )
    assert "모델 3의 파라미터는 몇 개인가?" in said
    assert "note3.md:6" in said
    assert said.count("4 replies") == 2
    assert "cot, sample 3" in said
    assert "103개이다." in said


def test_pages_turn_by_keyboard(browser: Chromium, page: Path) -> None:
    browser.open(page)
    browser.evaluate("document.getElementById('next').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.call(
            "Input.dispatchKeyEvent",
            {"type": kind, "key": "Enter", "code": "Enter", "text": "\r",
             "windowsVirtualKeyCode": 13},
        )  # fmt: skip
    assert browser.evaluate("document.getElementById('where').textContent") == "page 2 of 3"
    assert browser.complaints() == []


def test_hostile_words_are_only_words(tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(html_report(hostile(HOSTILE)), encoding="utf-8")
    with Chromium() as chromium:
        chromium.open(path)
        said = chromium.evaluate(
            "(async () => { for (let i = 0; i < 3; i++) {"
            " document.querySelectorAll('details').forEach(d => d.open = true);"
            " await new Promise(d => setTimeout(d, 150)); } return document.body.innerText; })()"
        )
        assert "<img src=x onerror=alert(2)>" in said
        assert (
            chromium.evaluate("document.querySelectorAll('img, iframe, main script').length") == 0
        )
        assert chromium.complaints() == []
        assert chromium.requests() == [path.as_uri()]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_shows_it_without_scrolling_sideways(page: Path, dark: bool) -> None:
    with Chromium(390, 844, dark) as chromium:
        chromium.open(page)
        chromium.evaluate(
            "(async () => { document.querySelector('.q').open = true;"
            " await new Promise(d => setTimeout(d, 200)); })()"
        )
        assert chromium.evaluate("document.documentElement.scrollWidth") == 390
        ink, paper = chromium.evaluate(
            "(() => { const s = getComputedStyle(document.body);"
            " return [s.color, s.backgroundColor].map(c => c.match(/\\d+/g).map(Number)); })()"
        )
        assert (sum(paper) < sum(ink)) is dark


def wordy(run: Run) -> Run:
    """The same run, with replies of 60 words that differ, as real ones do."""
    rng = np.random.default_rng(3)
    words = np.array(["".join(chr(97 + c) for c in rng.integers(0, 26, 6)) for _ in range(5_000)])
    samples = tuple(
        replace(d, text=" ".join(words[rng.integers(0, 5_000, 60)])) for d in run.samples
    )
    return replace(run, samples=samples)


@pytest.mark.long
def test_a_thousand_questions_of_32_draws_open_in_two_seconds(tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    run = made_run(1_000, 32, strategies=("direct", "cot", "cot@sc8", "cot@sc32"))
    path.write_text(html_report(wordy(run)), encoding="utf-8")
    with Chromium() as chromium:
        chromium.open(path)
        ready = float(chromium.evaluate("document.documentElement.dataset.ready"))
        print(f"{path.stat().st_size / 1e6:.1f} MB, ready after {ready:.0f} ms")
        assert ready < 2_000
        assert choose(chromium, "text", "q999") == "1 of 1,000 questions"
        assert chromium.complaints() == []


def test_a_korean_page_speaks_korean(tmp_path: Path) -> None:
    path = tmp_path / "korean.html"
    path.write_text(html_report(made_run(60, 4), "ko"), encoding="utf-8")
    with Chromium() as browser:
        browser.open(path)
        assert browser.complaints() == []
        assert browser.evaluate("document.getElementById('count').textContent") == "문항 60개"
        assert choose(browser, "verdict", "right").startswith("문항 60개 중 ")
        shown = browser.evaluate("document.querySelector('.q').click(), document.body.innerText")
        assert "모든 판정" in shown
