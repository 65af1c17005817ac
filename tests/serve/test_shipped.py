"""The server as `thinkscale serve` opens it with the shipped configuration, nothing changed.

THINKSCALE_PICTURES names a folder that pictures of the page are left in.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.config import Config
from pipeline.serve.opening import open_server
from tests.evals.report.chromium import Chromium, installed
from tests.serve.browsing import ANSWERED, ask, open_page, pictures, until, words
from tests.serve.running import Running, listening
from tests.serve.test_page_api import told

pytestmark = pytest.mark.model
QUESTION = "How many parameters does GPT-2 have?"


@pytest.fixture(scope="module")
def running(shipped: Config) -> Iterator[Running]:
    settings = shipped.settings.serve.model_copy(update={"port": 0})
    complaints: list[str] = []
    with (
        open_server(shipped, settings, complain=complaints.append) as server,
        listening(server, settings) as url,
    ):
        yield Running(url, server, complaints)
    assert complaints == []


def test_every_name_that_is_listed_answers(running: Running) -> None:
    names = [row["id"] for row in running.get("/v1/models").json()["data"]]
    assert len(names) > 5
    assert not [name for name in names if "auto" in name]
    for name in names:
        if name == running.server.names.embedder:
            reply = running.post("/v1/embeddings", {"model": name, "input": "sorting"})
        else:
            reply = running.chat("What is 2 + 3?", model=name, max_tokens=24, seed=1)
        assert reply.status_code == 200, (name, reply.text)


def test_every_strategy_of_the_menu_answers(running: Running) -> None:
    names = running.get("/api/about").json()["strategies"]
    assert names[0] == "ask+direct@verified8"
    for name in names:
        assert told(running, question=QUESTION, strategy=name, tokens=400)[-1][0] == "answer", name


@pytest.mark.browser
@pytest.mark.skipif(installed() is None, reason="there is no chromium here")
@pytest.mark.parametrize(
    ("language", "question", "place", "answer"),
    [
        ("en", QUESTION, "parameters/model-sizes", "1.5 billion"),
        ("ko", "GPT-3의 파라미터는 몇 개인가요?", "parameters/model-sizes", "1,750억"),
    ],
)
def test_asked_on_the_page(
    running: Running, language: str, question: str, place: str, answer: str
) -> None:
    with Chromium(width=1100, height=900) as browser:
        open_page(browser, running.url, korean=language == "ko")
        ask(browser, question, seconds=120)
        pictures(browser, f"shipped-{language}")
        assert answer in words(browser, "article .answer")
        assert place in words(browser, "article .proofs .proof b")
        assert browser.complaints() == []
        browser.evaluate("document.querySelector('article .cite').click()")
        until(browser, "document.querySelector('#evidence .here') !== null")
        pictures(browser, f"shipped-{language}-evidence")


@pytest.mark.browser
@pytest.mark.skipif(installed() is None, reason="there is no chromium here")
def test_the_empty_page_offers_questions_that_these_notes_answer_and_thinks_longer(
    running: Running,
) -> None:
    with Chromium(width=1300, height=900) as browser:
        open_page(browser, running.url)
        until(browser, "document.querySelectorAll('#examples button').length >= 2", seconds=60)
        pictures(browser, "shipped-empty")
        browser.evaluate("document.querySelector('#examples button').click()")
        until(browser, f"document.querySelector('article .badge') !== null && {ANSWERED}", 120)
        pictures(browser, "shipped-example")
        assert browser.evaluate("document.querySelectorAll('article .proof').length") > 0
        ask(browser, QUESTION, seconds=120)
        browser.evaluate("document.querySelector('article:last-child .longer').click()")
        until(browser, f"{ANSWERED} && document.querySelectorAll("
                       "'article:last-child .drawn .said').length === 16", 120)  # fmt: skip
        pictures(browser, "shipped-longer")
        assert browser.complaints() == []
