"""The page in a browser, as a person uses it: opened, typed into, waited for, read."""

from __future__ import annotations

import os
from pathlib import Path

from tests.evals.report.chromium import Chromium

__all__ = [
    "ANSWERED",
    "CONTRAST",
    "ask",
    "open_page",
    "pictures",
    "press",
    "type_in",
    "until",
    "words",
]

ANSWERED = "document.documentElement.dataset.asking === 'no'"
"""Nothing is being thought about: every question has its answer."""


def pictures(browser: Chromium, name: str) -> None:
    if folder := os.environ.get("THINKSCALE_PICTURES"):
        browser.picture(Path(folder) / f"{name}.png")


def open_page(browser: Chromium, url: str, *, korean: bool = False, ready: bool = True) -> None:
    browser.call("Page.navigate", {"url": url})
    until(browser, "document.readyState === 'complete' && !!document.getElementById('ask')")
    if ready:
        until(browser, "document.documentElement.dataset.ready === 'yes'")
    if korean:
        browser.evaluate("document.getElementById('language').click()")
        until(browser, "document.documentElement.dataset.ready === 'yes'")


def until(browser: Chromium, condition: str, seconds: float = 60) -> None:
    """Wait for an expression to hold in the page."""
    browser.evaluate(
        f"new Promise((done, fail) => {{ const end = Date.now() + {1000 * seconds}; "
        "const look = () => {"
        f" let so = false; try {{ so = {condition}; }} catch {{}}"
        " if (so) done(true); else if (Date.now() > end) fail(new Error('it never came')); "
        "else setTimeout(look, 15); }; look(); })"
    )


def press(browser: Chromium, key: str, code: int, text: str = "") -> None:
    for kind in ("keyDown", "keyUp"):
        order = {"type": kind, "key": key, "windowsVirtualKeyCode": code}
        browser.call("Input.dispatchKeyEvent", {**order, **({"text": text} if text else {})})


def type_in(browser: Chromium, text: str) -> None:
    browser.call("Input.insertText", {"text": text})


def words(browser: Chromium, selector: str) -> str:
    return str(browser.evaluate(f"document.querySelector({selector!r}).innerText"))


def ask(browser: Chromium, question: str, seconds: float = 60) -> None:
    """Ask by keyboard, and wait for the answer."""
    before = browser.evaluate("document.querySelectorAll('article').length")
    browser.evaluate("document.getElementById('question').focus()")
    type_in(browser, question)
    press(browser, "Enter", 13, "\r")
    until(
        browser,
        f"document.querySelectorAll('article').length === {before + 1} && {ANSWERED}",
        seconds,
    )


CONTRAST = """(() => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(x => x / 255)
      .map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const under = at => {
    for (; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)|transparent/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const weak = [];
  for (const at of document.querySelectorAll('body *')) {
    const says = [...at.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!at.offsetParent || !says) continue;
    const pair = [light(getComputedStyle(at).color), light(under(at))].sort((x, y) => y - x);
    if ((pair[0] + .05) / (pair[1] + .05) < 4.5) weak.push(at.textContent.slice(0, 30));
  }
  return weak; })()"""
"""What stands out from its ground by less than 4.5 to 1."""
