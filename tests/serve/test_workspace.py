"""The page as a place to work in: notes, conversation and evidence, kept, added to, attacked.

THINKSCALE_PICTURES names a folder that pictures of the page are left in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config, ServeSettings
from pipeline.retrieval import ensure
from pipeline.serve.opening import add_notes
from pipeline.serve.run_list import RunList
from tests.conftest import ROOT, write_notes
from tests.evals.report.chromium import Chromium, installed
from tests.notes.pdfs import Text, pdf_of
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
from tests.serve.running import MODEL, Paced, Running, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(installed() is None, reason="there is no chromium here"),
]

GPT2 = "How many parameters does GPT-2 have?"
CALVIN = "Which enzyme fixes carbon dioxide in the Calvin cycle?"
MITOSIS = "Into how many daughter cells does a cell divide in mitosis?"
SQUARE = "What does the variance of a sample measure?"
ATTENTION = """# Attention

## Scaled dot-product

The softmax of attention divides by $\\sqrt{d_k}$, so that long vectors do not saturate it.

$$
\\mathrm{softmax}\\left(\\frac{Q K^\\top}{\\sqrt{d_k}}\\right) V
$$

| head | width |
|:-----|------:|
| small | 64 |
| large | 128 |
"""
CAPTIONS = """WEBVTT

00:00:01.000 --> 00:00:04.000
Today we speak about growth.

00:01:04.000 --> 00:01:09.000
A cell divides into two daughter cells in mitosis.
"""
CELLS: dict[str, Any] = {
    "cells": [
        {"cell_type": "code", "source": "import statistics"},
        {
            "cell_type": "markdown",
            "source": "The **variance** of a sample measures how far its values are spread.",
        },
    ]
}


def write_mixed(folder: Path) -> Config:
    config = write_notes(folder)
    notes = config.notes_path
    (notes / "attention.md").write_text(ATTENTION, encoding="utf-8")
    (notes / "growth.vtt").write_text(CAPTIONS, encoding="utf-8")
    (notes / "spread.ipynb").write_text(json.dumps(CELLS), encoding="utf-8")
    page = [Text(60, 80, "The Calvin cycle fixes carbon dioxide with the enzyme rubisco.", 12)]
    (notes / "leaf.pdf").write_bytes(pdf_of([Text(60, 80, "Leaves and light", 20)], page))
    (notes / "plan.hwp").write_bytes(b"x")
    return config


def reply(prompt: str, draw: int) -> str:
    if "enzyme" in prompt:
        return "The Calvin cycle fixes carbon dioxide with the enzyme rubisco."
    if "daughter" in prompt:
        return "A cell divides into two daughter cells."
    if "variance" in prompt:
        return "It measures how far its values are spread."
    if "does GPT-3" in prompt:
        return "GPT-3 has 175 billion parameters."
    return ["GPT-2 has 1.5 billion parameters.", "It has 117 million parameters."][draw % 4 == 3]


PRICES = [
    {"strategy": name, "task": "my notes", "model": MODEL, "run": "r", "n": 50,
     "accuracy": accuracy, "tokens": 80.0, "seconds": seconds}
    for name, accuracy, seconds in
    (("ask+direct@verified4", 0.60, 3.0), ("ask+direct@verified8", 0.64, 9.0))
]  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Paced:
    return Paced(reply)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, engine: Paced) -> Iterator[Running]:
    config = write_mixed(tmp_path_factory.mktemp("mixed"))
    shelf = RunList(runs=list, report=lambda _: None, prices=lambda: PRICES)
    with (
        ensure(config) as index,
        ExitStack() as opened,
        serving(config, index, engine, shelf, left_out=index.left_out) as running,
    ):
        add_notes(running.server, config, ServeSettings(), opened)
        yield running
        assert running.complaints == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with Chromium(width=1440, height=900) as chromium:
        yield chromium


@pytest.fixture
def page(browser: Chromium, server: Running) -> Iterator[Chromium]:
    """The page afresh, nothing kept from before."""
    browser.events.clear()
    open_page(browser, server.url)
    browser.evaluate("localStorage.clear()")
    open_page(browser, server.url)
    yield browser
    assert browser.complaints() == []
    assert all(address.startswith((server.url, "data:image/png")) for address in browser.requests())


def count(browser: Chromium, selector: str) -> int:
    return int(browser.evaluate(f"document.querySelectorAll({selector!r}).length"))


def click(browser: Chromium, selector: str) -> None:
    browser.evaluate(f"document.querySelector({selector!r}).click()")


def focus(browser: Chromium) -> str:
    return str(browser.evaluate("document.activeElement.innerText.split('\\n')[0]"))


# -- notes ---------------------------------------------------------------------------------------


def test_notes_are_listed_filtered_and_opened_by_the_arrow_keys(page: Chromium) -> None:
    assert count(page, "#notes button") == 6
    assert "plan.hwp" in page.evaluate("document.getElementById('left-out').textContent")
    assert "export it as" in page.evaluate("document.getElementById('left-out').textContent")
    page.evaluate("document.getElementById('find').focus()")
    type_in(page, "  ")
    press(page, "ArrowDown", 40)
    assert focus(page) == "attention.md"
    press(page, "ArrowDown", 40)
    assert focus(page) == "growth.vtt"
    press(page, "End", 35)
    assert focus(page) == "모델.md"
    press(page, "Home", 36)
    press(page, "ArrowUp", 38)
    assert focus(page) == "attention.md"
    press(page, "Enter", 13, "\r")
    until(page, "document.querySelector('#evidence-note .katex') !== null")
    press(page, "Escape", 27)
    assert page.evaluate("document.getElementById('evidence').hidden")
    assert focus(page) == "attention.md", "the focus goes back to what was opened"
    page.evaluate("document.getElementById('find').focus()")
    type_in(page, "모델")
    assert words(page, "#notes").splitlines()[0] == "모델.md"
    assert count(page, "#notes button") == 1


DROP = """(name => {
  const carried = new DataTransfer();
  carried.items.add(new File(['# Tides\\n\\nThe tides of the Bay of Fundy reach 16 m.'], name));
  dispatchEvent(new DragEvent('drop', { dataTransfer: carried, cancelable: true }));
})"""


def test_a_dropped_file_is_added_once_confirmed_and_then_answers(
    page: Chromium, server: Running
) -> None:
    adder = server.server.adder
    assert adder is not None
    before = sorted(path.name for path in adder.folder.iterdir())
    page.evaluate(f"{DROP}('tides.md')")
    until(page, "document.getElementById('confirm').open")
    assert "tides.md" in words(page, "#confirm")
    assert str(adder.folder) in words(page, "#confirm")
    pictures(page, "add")
    click(page, "#confirm-no")
    assert sorted(path.name for path in adder.folder.iterdir()) == before, "nothing unasked"
    page.evaluate(f"{DROP}('tides.md')")
    until(page, "document.getElementById('confirm').open")
    click(page, "#confirm-yes")
    until(page, "document.getElementById('adding').innerText === 'tides.md was added.'", 60)
    until(page, "document.querySelectorAll('#notes button').length === 7")
    pictures(page, "added")
    page.evaluate(f"{DROP}('tides.md')")
    click(page, "#confirm-yes")
    until(page, "document.querySelector('#adding .problem') !== null", 60)
    assert "of this name" in words(page, "#adding")
    page.evaluate(f"{DROP}('tides.exe')")
    click(page, "#confirm-yes")
    until(page, "document.getElementById('adding').innerText.includes('not read')", 60)
    page.events.clear()  # the browser itself reports the refused request
    (adder.folder / "tides.md").unlink()


# -- evidence ------------------------------------------------------------------------------------


def test_a_formula_is_set_and_a_table_is_a_table(page: Chromium) -> None:
    page.evaluate("[...document.querySelectorAll('#notes button')]"
                  ".find(at => at.innerText.includes('attention')).click()")  # fmt: skip
    until(page, "document.querySelectorAll('#evidence-note .katex').length === 2")
    assert count(page, "#evidence-note .katex-display") == 1
    assert count(page, "#evidence-note .katex-error") == 0
    assert count(page, "#evidence-note td") == 4
    until(page, "document.fonts.check('16px KaTeX_Main')")
    pictures(page, "formula")
    click(page, "#raw")
    assert "\\sqrt{d_k}" in words(page, "#evidence-lines")
    assert page.evaluate("document.getElementById('raw').getAttribute('aria-pressed')") == "true"
    click(page, "#raw")
    assert page.evaluate("document.getElementById('evidence-lines').hidden")


def test_a_sentence_of_a_pdf_is_marked_on_the_picture_of_its_page(page: Chromium) -> None:
    ask(page, CALVIN)
    click(page, "article .cite")
    until(page, "document.querySelector('.sheet .here') !== null")
    assert words(page, "#page-at") == "Page 2 of 2"
    assert page.evaluate("document.querySelector('.sheet img').naturalWidth") > 600
    assert "Page 2 of leaf.pdf" in page.evaluate("document.querySelector('.sheet img').alt")
    seen = page.evaluate(
        "(at => at.top >= 0 && at.bottom <= innerHeight && at.width > 100)"
        "(document.querySelector('.sheet .here').getBoundingClientRect())"
    )
    assert seen
    pictures(page, "pdf")
    click(page, "#page-back")
    until(page, "document.getElementById('page-at').innerText === 'Page 1 of 2'")
    assert count(page, ".sheet .here") == 0
    click(page, "#raw")
    assert "rubisco" in words(page, "#evidence-lines .here")
    click(page, "#raw")


def test_captions_have_their_times_and_cells_their_numbers(page: Chromium) -> None:
    ask(page, MITOSIS)
    click(page, "article .cite")
    until(page, "document.querySelector('#evidence-note mark.here') !== null")
    assert words(page, "#evidence-note p:has(mark)").startswith("00:01:04")
    assert "two daughter cells" in words(page, "#evidence-note mark.here")
    pictures(page, "captions")
    ask(page, SQUARE)
    click(page, "article:last-child .cite")
    until(page, "document.querySelector('#evidence-note .place') !== null")
    until(page, "document.querySelector('#evidence-note .here') !== null")
    assert words(page, "#evidence-note .place") == "Cell 1"
    assert words(page, "#evidence-note strong") == "variance"
    pictures(page, "cells")


def test_what_the_answer_says_is_marked_in_the_quotation(page: Chromium) -> None:
    ask(page, GPT2)
    marked = page.evaluate("[...document.querySelectorAll('.proof mark')].map(m => m.innerText)")
    assert "1.5 billion" in " ".join(marked)
    assert "largest" not in " ".join(marked)
    assert "**" not in words(page, ".proof")


# -- the conversation ----------------------------------------------------------------------------


def test_a_conversation_is_kept_in_the_browser_and_cleared(page: Chromium, server: Running) -> None:
    ask(page, GPT2)
    ask(page, CALVIN)
    open_page(page, server.url)
    assert count(page, "article") == 0
    assert count(page, "#talks button") == 1
    click(page, "#talks button")
    assert count(page, "article") == 2
    assert "1.5 billion" in words(page, "article .answer")
    assert page.evaluate("document.getElementById('welcome').hidden")
    click(page, "article .cite")
    until(page, "document.querySelector('#evidence-note mark.here') !== null")
    click(page, "#new")
    assert count(page, "article") == 0
    page.evaluate("window.confirm = () => true")
    click(page, "#clear")
    assert count(page, "#talks button") == 0
    assert page.evaluate("localStorage.getItem('talks')") is None


def test_what_another_version_kept_does_not_stop_the_page(page: Chromium, server: Running) -> None:
    for kept in ("{", "[1]", '[{"turns": [{}]}]', '[{"turns": [{"question": 3, "told": {}}]}]'):
        page.evaluate(f"localStorage.setItem('talks', {json.dumps(kept)})")
        open_page(page, server.url)
        ask(page, GPT2)
        page.evaluate("document.querySelectorAll('#talks button').forEach(at => at.click())")
        assert page.complaints() == []


def test_a_follow_up_says_what_was_asked(page: Chromium) -> None:
    ask(page, GPT2)
    ask(page, "And GPT-3?")
    said = words(page, "article:last-child .standing")
    assert said == "Asked as: How many parameters does GPT-3 have?"
    assert "175 billion" in words(page, "article:last-child .answer")


def test_edited_and_asked_again_what_came_after_is_replaced(page: Chromium) -> None:
    ask(page, GPT2)
    ask(page, CALVIN)
    click(page, "article .edit")
    assert page.evaluate("document.getElementById('question').value") == GPT2
    assert focus(page) == focus(page)
    assert not page.evaluate("document.getElementById('editing').hidden")
    press(page, "Escape", 27)
    assert page.evaluate("document.getElementById('question').value") == ""
    assert page.evaluate("document.getElementById('editing').hidden")
    click(page, "article .edit")
    page.evaluate("document.getElementById('question').value = ''")
    type_in(page, MITOSIS)
    press(page, "Enter", 13, "\r")
    until(page, f"document.querySelectorAll('article').length === 1 && {ANSWERED}")
    assert words(page, "article h2") == MITOSIS
    kept = json.loads(page.evaluate("localStorage.getItem('talks')"))
    assert [turn["question"] for turn in kept[0]["turns"]] == [MITOSIS]


def test_an_answer_is_copied_with_its_evidence(page: Chromium) -> None:
    ask(page, GPT2)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { configurable: true, value:"
                  " { writeText: async text => { window.taken = text; } } })")  # fmt: skip
    assert page.evaluate("document.querySelector('article .copy').offsetHeight") >= 36
    click(page, "article .copy")
    until(page, "window.taken !== undefined")
    taken = page.evaluate("window.taken").splitlines()
    assert taken[0] == "GPT-2 has 1.5 billion parameters."
    assert taken[1].startswith("[1] models.md:12: The largest version of GPT-2")


def test_thinking_longer_adds_samples_and_the_votes_move(page: Chromium, engine: Paced) -> None:
    ask(page, GPT2)
    votes = "[...document.querySelectorAll('.vote')].map(at => at.lastChild.innerText)"
    assert page.evaluate(votes)[0].endswith("/ 4")
    assert words(page, ".further") == (
        "Think longer: 8 samples +6 s, measured +4 points on my notes"
    )
    pictures(page, "longer")
    engine.pause, before = 0.02, engine.written
    try:
        click(page, ".longer")
        until(page, "document.querySelector('.status progress')?.max === 8")
        pictures(page, "longer-thinking")
        assert "1.5 billion" in words(page, "article .answer"), "the answer stays meanwhile"
        until(page, ANSWERED)
    finally:
        engine.pause = 0.0
    assert page.evaluate(votes)[0].endswith("/ 8")
    assert count(page, ".drawn .said") == 8
    assert engine.written > before
    assert "16 samples" in words(page, ".further")
    assert "about +" in words(page, ".further"), "nothing was measured for sixteen"


def test_an_answer_of_several_quotations_has_its_marks_where_it_numbers_them(
    page: Chromium,
) -> None:
    ask(page, "Summarize attention.md")
    text = words(page, "article .answer")
    marks = count(page, "article .answer .cite")
    assert marks == text.count("[") >= 1
    assert not text.endswith("[1][1]")
    label = "document.querySelector('article .cite').getAttribute('aria-label')"
    assert page.evaluate(label).startswith("Evidence 1: attention.md:")
    assert count(page, "article .answer .katex") == 1, "the formula in the quotation is set"
    pictures(page, "summary")
    ask(page, "What can you do?")
    assert count(page, "article:last-child .badge") == 0


def test_a_refusal_is_calm_and_shows_the_closest_passages(page: Chromium) -> None:
    ask(page, "Who painted the ceiling of the Sistine Chapel?")
    assert words(page, "article .badge") == "not in your notes"
    assert count(page, "article .badge.bad") == 0
    assert "The closest passages" in words(page, "article .near")
    assert 1 <= count(page, "article .near .proof") <= 3
    assert count(page, ".longer") == 0
    pictures(page, "refused")
    click(page, "article .near .proof")
    until(page, "!document.getElementById('evidence').hidden")


def test_the_empty_page_offers_questions_and_one_click_asks(page: Chromium) -> None:
    until(page, "document.querySelectorAll('#examples button').length > 0")
    question = words(page, "#examples button")
    click(page, "#examples button")
    until(page, f"document.querySelectorAll('article').length === 1 && {ANSWERED}")
    assert words(page, "article h2") == question
    assert "not in your notes" not in words(page, "article .badge")


def test_what_happens_is_told_to_who_cannot_see_it(page: Chromium) -> None:
    page.evaluate("window.heard = []; new MutationObserver(() => heard.push("
                  "document.getElementById('live').textContent))"
                  ".observe(document.getElementById('live'), { childList: true })")  # fmt: skip
    ask(page, GPT2)
    heard = page.evaluate("window.heard")
    assert heard[0] == "searching the notes…"
    assert heard[-1] == "Answered: GPT-2 has 1.5 billion parameters."
    label = "document.querySelector('article .cite').getAttribute('aria-label')"
    assert page.evaluate(label) == "Evidence 1: models.md:12"


def test_both_languages_have_every_sentence(page: Chromium) -> None:
    source = (ROOT / "pipeline/serve/web/words.js").read_text(encoding="utf-8")
    keys = """(words => {
      const shape = (at, name) => typeof at === 'string'
        ? [name + ' ' + [...at.matchAll(/[{](\\w+)[}]/g)].map(found => found[1]).sort()]
        : Object.entries(at).flatMap(([key, value]) => shape(value, name + '.' + key));
      return [shape(words.en, ''), shape(words.ko, '')];
    })"""
    english, korean = page.evaluate(f"(() => {{ {source}; return {keys}(WORDS); }})()")
    assert len(english) > 80
    assert english == korean


# -- what notes and models may hold ----------------------------------------------------------------

TAGS = (
    "<img src=x {on}>", "<svg {on}>", "<script>{js}</script>", "<iframe srcdoc='<p {on}>'>",
    "<details open {on}>", "<a href=javascript:{js}>x</a>", "[x](javascript:{js})",
    "![x](x){{{on}}}", "<math><mtext {on}>", "<style>@import '//evil.example'</style>",
)  # fmt: skip
WRAPS = (
    "{}", "**{}**", "> {}", "| {} |\n|---|\n| {} |", "# {}", "- {}", "`{}`",
    "$\\href{{{}}}{{x}}$", "{}</p></li>", '"><!-- {} -->',
)  # fmt: skip
HANDLERS = (
    "onload=hit() onerror=hit() ontoggle=hit()",
    "onmouseover=hit() autofocus onfocus=hit()",
)
PAYLOADS = [
    wrap.format(*[tag.format(on=on, js="hit()")] * 2)
    for tag, wrap, on in product(TAGS, WRAPS, HANDLERS)
]


def test_two_hundred_payloads_in_notes_answers_and_questions_stay_text(
    browser: Chromium, tmp_path: Path
) -> None:
    assert len(PAYLOADS) == 200
    config = write_notes(tmp_path)
    notes = config.notes_path
    body = "\n\n".join(f"GPT-9 case {i}: {payload}" for i, payload in enumerate(PAYLOADS))
    (notes / "hostile.md").write_text(f"# GPT-9\n\n{body}\n", encoding="utf-8")
    (notes / "hostile.html").write_text(f"<html><body><p>{body}</body></html>", encoding="utf-8")
    cues = "\n\n".join(
        f"00:{i // 60:02}:{i % 60:02}.000 --> 00:{i // 60:02}:{i % 60:02}.900\n"
        + payload.replace("\n", " ").replace("-->", "")
        for i, payload in enumerate(PAYLOADS)
    )
    (notes / "hostile.vtt").write_text(f"WEBVTT\n\n{cues}\n", encoding="utf-8")
    cells = [{"cell_type": "markdown", "source": payload} for payload in PAYLOADS]
    (notes / "hostile.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    (notes / "<img src=x onerror=hit()>.md").write_text("# Name\n\nA note.\n", encoding="utf-8")
    engine = Paced(lambda prompt, draw: " ".join(PAYLOADS[draw::8]))
    with ensure(config) as index, serving(config, index, engine) as running:
        browser.events.clear()
        open_page(browser, running.url)
        browser.evaluate("window.hit = () => { window.struck = true; }")
        for name in ("hostile.md", "hostile.html", "hostile.vtt", "hostile.ipynb", "<img"):
            browser.evaluate(
                "[...document.querySelectorAll('#notes button')]"
                f".find(at => at.innerText.startsWith({name!r})).click()"
            )
            until(browser, "document.getElementById('evidence-note').childElementCount > 0")
            until(
                browser, f"document.getElementById('evidence-name').innerText.startsWith({name!r})"
            )
            assert foreign_free(browser), name
        browser.evaluate(
            "(s => { s.value = 'rag+cot@sc8'; s.dispatchEvent(new Event('change')); })"
            "(document.getElementById('strategy'))"
        )
        ask(browser, f"What of GPT-9 {PAYLOADS[0]}?")
        browser.evaluate("for (const at of document.querySelectorAll('details')) at.open = true")
        browser.evaluate("document.querySelectorAll('main *').forEach(at =>"
                         " at.dispatchEvent(new Event('mouseover')))")  # fmt: skip
        assert "<img src=x" in words(browser, "article h2")
        assert "<script>" in words(browser, ".drawn")
        assert foreign_free(browser)
        assert browser.evaluate("window.struck") is None
        assert browser.complaints() == []
        assert all(address.startswith(running.url) for address in browser.requests())


def test_a_tree_that_no_server_of_ours_would_send_makes_no_foreign_elements(
    page: Chromium,
) -> None:
    tree = [
        ["script", {}, "hit()"], ["img", {"src": "x", "onerror": "hit()"}], ["iframe", {}],
        ["a", {"href": "javascript:hit()"}, "x"], ["p", {"onclick": "hit()"}, "<b>text</b>"],
        ["constructor", {}, "x"], ["math", {}, "\\href{javascript:hit()}{x}"],
    ]  # fmt: skip
    note = {"path": "x", "lines": ["x"], "first": 1, "total": 1, "start": 0, "end": 0,
            "kind": "markdown", "tree": tree, "mark": "", "page": 0}  # fmt: skip
    page.evaluate(f"window.fetch = async () => new Response({json.dumps(json.dumps(note))})")
    click(page, "#notes button")
    until(page, "document.getElementById('evidence-note').childElementCount === 7")
    assert foreign_free(page)
    assert "<b>text</b>" in words(page, "#evidence-note")


def foreign_free(browser: Chromium) -> bool:
    """No element that a note or a reply could have brought, and none that listens."""
    found = browser.evaluate(
        "[...document.querySelectorAll('main *, #evidence *')].filter(at =>"
        " /^(IMG|SCRIPT|IFRAME|STYLE|OBJECT|EMBED|LINK|FORM)$/.test(at.tagName) && at.id !== 'form'"
        " || [...at.attributes].some(one => /^on/.test(one.name))"
        " || /^\\s*javascript:/i.test(at.getAttribute('href') || '')"
        ").map(at => at.outerHTML.slice(0, 80))"
    )
    assert found == []
    return True


# -- accessibility ---------------------------------------------------------------------------------

_AXE = Path(os.environ.get("THINKSCALE_AXE", ROOT / "node_modules/axe-core/axe.min.js"))
SERIOUS = """(async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations.filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => one.id + ': ' + one.nodes.map(node => node.html.slice(0, 90)).slice(0, 3));
})()"""


@pytest.mark.skipif(not _AXE.is_file(), reason="axe-core is not here: npm install axe-core")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious(server: Running, dark: bool, width: int) -> None:
    with Chromium(width=width, height=860, dark=dark) as seen:
        open_page(seen, server.url, korean=dark)
        seen.evaluate(f"{_AXE.read_text(encoding='utf-8')}; true")
        assert seen.evaluate(SERIOUS) == []
        ask(seen, GPT2)
        seen.evaluate("for (const at of document.querySelectorAll('details')) at.open = true")
        assert seen.evaluate(SERIOUS) == []
        assert seen.evaluate(CONTRAST) == []
        click(seen, "article .cite")
        until(seen, "document.querySelector('#evidence .here') !== null")
        assert seen.evaluate(SERIOUS) == []
        press(seen, "Escape", 27)
        ask(seen, "Who painted the ceiling of the Sistine Chapel?")
        ask(seen, CALVIN)
        click(seen, "article:last-child .cite")
        until(seen, "document.querySelector('.sheet .here') !== null")
        assert seen.evaluate(SERIOUS) == []
        press(seen, "Escape", 27)
        if width == 390:
            click(seen, "#menu")
            assert seen.evaluate(SERIOUS) == []
