"""The page in a real browser: asked, read, cited, by keyboard, on a phone, in the dark, in silence.

THINKSCALE_PICTURES names a folder that pictures of the page are left in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.notes import Skipped
from pipeline.retrieval import Index
from pipeline.serve.run_list import RunList
from tests.evals.report.chromium import Chromium, installed
from tests.serve.browsing import (
    ANSWERED,
    CONTRAST,
    ask,
    open_page,
    pictures,
    press,
    type_in,
    until,
    words,
)
from tests.serve.running import Paced, Running, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(installed() is None, reason="there is no chromium here"),
]

GPT2 = "How many parameters does GPT-2 have?"
KEY = "a-long-enough-key"
REPLIES = (
    "GPT-2 has 1.5 billion parameters.",
    "The largest version of GPT-2 has 1.5 billion parameters.",
    "<img src=x onerror=alert(1)> 9 trillion parameters.",
    "It has 117 million parameters.",
)


@pytest.fixture(scope="module")
def engine() -> Paced:
    def script(prompt: str, draw: int) -> str:
        if "broken" in prompt:
            raise RuntimeError("secret detail")
        return REPLIES[draw % 4] if "GPT" in prompt else "Hi. " * 400

    return Paced(script)


@pytest.fixture(scope="module")
def server(small: Config, notes_index: Index, engine: Paced) -> Iterator[Running]:
    price: dict[str, Any] = {
        "strategy": "cot@sc8", "task": "sums", "model": "TinyLM2-135M-Instruct.Q4_1", "run": "r",
        "n": 100, "accuracy": 0.52, "tokens": 580.3, "seconds": 1.61,
    }  # fmt: skip
    run = {
        "name": "sums-366aca3b", "created": "2026-11-21T11:26:34+0000", "tasks": ["sums"],
        "strategies": ["direct", "cot", "cot@sc8"], "models": ["TinyLM2"], "questions": 100,
    }  # fmt: skip
    shelf = RunList(lambda: [run], lambda _: "<!doctype html><p>report", lambda: [price])
    with serving(small, notes_index, engine, shelf) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with Chromium(width=1200, height=900) as chromium:
        yield chromium


def test_files_that_were_not_read_are_named_on_the_page(
    browser: Chromium, small: Config, notes_index: Index, engine: Paced
) -> None:
    left = [Skipped("plan.hwp", "files of its kind are not read", "export it as PDF, DOCX or HWPX")]
    with serving(small, notes_index, engine, left_out=left) as running:
        open_page(browser, running.url)
        assert "1 file was not read: plan.hwp" in words(browser, "#notices")
        pictures(browser, "not-read")
        browser.evaluate("document.getElementById('language').click()")
        until(browser, "document.getElementById('notices').innerText.includes('읽지 않았습니다')")
        browser.evaluate("document.getElementById('language').click()")
    with serving(small, notes_index, engine) as running:
        open_page(browser, running.url)
        assert browser.evaluate("document.getElementById('notices').hidden")


def test_asked_by_keyboard_answered_cited_and_opened_at_the_line(
    browser: Chromium, server: Running
) -> None:
    browser.events.clear()
    open_page(browser, server.url)
    pictures(browser, "empty")
    type_in(browser, GPT2)  # the question has the focus from the start
    press(browser, "Enter", 13, "\r")
    until(browser, f"document.querySelectorAll('article .proofs .proof').length > 0 && {ANSWERED}")
    assert "1.5 billion" in words(browser, "article .answer")
    assert "supported by the notes" in words(browser, "article .badge.good")
    votes = browser.evaluate(
        "[...document.querySelectorAll('.vote')].map(v => v.lastChild.innerText)"
    )
    assert votes == ["2 / 4"]
    assert browser.evaluate("document.querySelectorAll('.drawn .said').length") == 4
    assert "tokens read" in words(browser, ".cost")
    pictures(browser, "answered")
    browser.evaluate("document.querySelector('article .cite').focus()")
    press(browser, "Enter", 13, "\r")
    until(browser, "document.querySelector('#evidence-note mark.here') !== null")
    marked = browser.evaluate("[...document.querySelectorAll('mark.here')].map(m => m.innerText)")
    assert "".join(marked) == "The largest version of GPT-2 has 1.5 billion parameters."
    assert browser.evaluate("document.querySelector('#evidence-note strong').innerText") == (
        "1.5 billion"
    )
    assert words(browser, "#evidence-name").startswith("models.md:")
    pictures(browser, "evidence")
    link = browser.evaluate("document.getElementById('evidence-link').href")
    press(browser, "Escape", 27)
    until(browser, "document.getElementById('evidence').hidden")
    assert browser.evaluate("document.activeElement.className") == "cite"
    assert browser.complaints() == []
    assert all(address.startswith(server.url) for address in browser.requests())
    browser.call("Page.navigate", {"url": link})
    until(browser, "document.querySelectorAll('.note .here').length === 1")
    pictures(browser, "note")
    assert browser.complaints() == []


def test_past_runs_are_listed_and_their_reports_open(browser: Chromium, server: Running) -> None:
    open_page(browser, server.url)
    until(browser, "document.querySelectorAll('#runs a').length === 1")
    assert "100 questions" in browser.evaluate("document.getElementById('runs').textContent")
    browser.evaluate("document.querySelector('#past details').open = true")
    pictures(browser, "runs")
    browser.evaluate("document.querySelector('#runs a').focus()")
    press(browser, "Enter", 13, "\r")
    until(browser, "location.pathname === '/reports/sums-366aca3b'")
    until(browser, "document.body && document.body.innerText === 'report'")
    assert browser.complaints() == []


def test_what_a_model_writes_is_text(browser: Chromium, server: Running) -> None:
    open_page(browser, server.url)
    ask(browser, GPT2)
    assert browser.evaluate("document.querySelectorAll('.drawn .said:not(.now)').length") == 4
    browser.evaluate("document.querySelector('article details').open = true")
    assert "<img src=x" in words(browser, ".drawn")
    assert browser.evaluate("document.querySelectorAll('img').length") == 0


def test_samples_and_votes_are_seen_as_they_form_and_can_be_stopped(
    browser: Chromium, server: Running, engine: Paced
) -> None:
    engine.pause = 0.05
    try:
        open_page(browser, server.url)
        browser.evaluate("(s => { s.value = 'cot@sc8'; s.dispatchEvent(new Event('change')); })"
                         "(document.getElementById('strategy'))")  # fmt: skip
        browser.evaluate("document.getElementById('options').open = true")
        assert "Strategy" in words(browser, "#options")
        assert "580 tokens" in words(browser, "#price")
        assert "52%" in words(browser, "#price")
        browser.evaluate("document.getElementById('question').focus()")
        type_in(browser, GPT2)
        press(browser, "Enter", 13, "\r")
        until(browser, "document.querySelectorAll('.drawn .said').length >= 3"
                       " && document.querySelectorAll('.vote').length > 0")  # fmt: skip
        assert "of 8 samples" in words(browser, ".status")
        pictures(browser, "forming")
        press(browser, "Escape", 27)
        until(browser, "document.querySelector('article .badge').innerText === 'stopped'")
        server.until(lambda: server.get("/health").json()["busy"] == 0)
        assert browser.evaluate("document.getElementById('ask').hidden") is False
    finally:
        engine.pause = 0.0
    assert browser.complaints() == []


def test_in_korean_at_the_width_of_a_phone(server: Running) -> None:
    with Chromium(width=390, height=844) as phone:
        open_page(phone, server.url, korean=True)
        assert phone.evaluate("document.documentElement.lang") == "ko"
        assert words(phone, "#ask") == "묻기"
        assert "노트에서 확인해서" in phone.evaluate(
            "document.getElementById('strategy').textContent"
        )
        ask(phone, "GPT-3의 파라미터는 몇 개인가요?")
        assert "1,750억" in words(phone, "article .answer")
        assert "노트의 문장" in words(phone, "article .badge")
        pictures(phone, "phone")
        wide = "document.documentElement.scrollWidth"
        assert phone.evaluate(wide) <= 390
        small = phone.evaluate(
            "[...document.querySelectorAll('button:not(.cite), select')]"
            ".filter(b => b.offsetParent).filter(b => b.offsetHeight < 36).map(b => b.id)"
        )
        assert small == []
        phone.evaluate("document.querySelector('article .proof').click()")
        until(phone, "document.querySelector('#evidence .here') !== null")
        assert phone.evaluate("document.querySelector('main').inert")
        pictures(phone, "phone-evidence")
        assert phone.evaluate(wide) <= 390
        press(phone, "Escape", 27)
        assert not phone.evaluate("document.querySelector('main').inert")
        phone.evaluate("document.getElementById('menu').click()")
        assert phone.evaluate("document.querySelectorAll('#notes button').length") == 2
        assert phone.evaluate("document.activeElement.id") == "new"
        pictures(phone, "phone-notes")
        assert phone.evaluate(wide) <= 390
        press(phone, "Escape", 27)
        assert phone.evaluate("document.activeElement.id") == "menu"
        assert phone.complaints() == []


def test_what_goes_wrong_is_said_in_korean_on_a_korean_page(
    browser: Chromium, server: Running
) -> None:
    open_page(browser, server.url, korean=True)
    for strategy, words_ in (
        ("cot@gone", "집계 방법은 없습니다"),
        ("cot", "서버에서 문제가 생겼습니다"),
    ):
        browser.evaluate(
            "(s => { s.add(new Option('x', '" + strategy + "')); s.value = '" + strategy + "'; })"
            "(document.getElementById('strategy'))"
        )
        browser.evaluate("document.getElementById('question').value = ''")
        browser.evaluate("document.getElementById('question').focus()")
        type_in(browser, "broken")
        press(browser, "Enter", 13, "\r")
        until(
            browser,
            "document.querySelector('article:last-child .badge.bad')"
            f"?.innerText.includes('{words_}')",
        )
        pictures(browser, "korean-error")
    browser.evaluate("document.getElementById('language').click()")


def test_in_the_dark(server: Running) -> None:
    with Chromium(width=1000, height=900, dark=True) as night:
        open_page(night, server.url)
        ask(night, GPT2)
        night.evaluate("for (const at of document.querySelectorAll('details')) at.open = true")
        night.evaluate("document.querySelector('article .cite').click()")
        until(night, "document.querySelector('#evidence .here') !== null")
        pictures(night, "dark")
        assert night.evaluate(CONTRAST) == []


def test_everything_can_be_read_in_the_light(browser: Chromium, server: Running) -> None:
    open_page(browser, server.url)
    assert browser.evaluate(CONTRAST) == []


def test_a_locked_server_asks_for_its_key(
    small: Config, notes_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THINKSCALE_SERVE_KEY", KEY)
    with (
        serving(small, notes_index, Paced(lambda *_: "Hi.")) as locked,
        Chromium(width=800, height=600) as browser,
    ):
        open_page(browser, locked.url, ready=False)
        until(browser, "document.getElementById('lock').open")
        type_in(browser, "wrong")
        press(browser, "Enter", 13, "\r")
        until(browser, "document.getElementById('key-problem').textContent !== ''")
        pictures(browser, "locked")
        browser.evaluate("document.getElementById('key').value = ''")
        browser.evaluate("document.getElementById('key').focus()")
        type_in(browser, KEY)
        press(browser, "Enter", 13, "\r")
        until(browser, "document.documentElement.dataset.ready === 'yes'")
        assert not browser.evaluate("document.getElementById('lock').open")
