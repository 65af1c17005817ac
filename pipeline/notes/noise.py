"""Lines of a saved web page that are no part of its article: calendars, menus, tag clouds, lists of
other pages.

Only a text that shows it is such a page is touched at all, and only lines outside the article:
above its first and below its last sentence, or recognisable by themselves. What is dropped is
blanked, not cut, so that every other line and character keeps its place.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pipeline.text.endings import CLOSES
from pipeline.text.numbers.dates import WEEKDAYS

__all__ = ["Noise", "blank", "noise"]

_NUMBERS = {form for day in range(1, 32) for form in (f"{day}", f"{day:02d}")}
_CELLS = re.compile(r"[|\s]+")
_RULE = re.compile(r"^[\s|:=-]+$")
_BULLET = re.compile(r"^\s*(?:[-*+•·◦‣▪▸›»○]|\d{1,3}[.)])\s+")
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}\)")
_SENTENCE = re.compile(rf"(?:[.!?。…]|{CLOSES})[\"'”’)\]]*\s*$")
_WORD = re.compile(r"\w+")
_DATE = r"(?:19|20)\d\d\s?[.\-/]\s?\d{1,2}\s?[.\-/]\s?\d{1,2}\.?"
_LISTED = re.compile(rf"{_DATE}[|\s]*$")
_FURNITURE, _ELSEWHERE = (
    "|".join(line for line in part.splitlines() if line and not line.startswith("#"))
    for part in (Path(__file__).parents[1] / "text/page_words.txt")
    .read_text(encoding="utf-8")
    .split("\n\n")
)
_CHROME = re.compile(rf"^(?:{_FURNITURE})\s*+(?:[:：]\s*+)?\d*$", re.IGNORECASE)
_OTHERS = re.compile(rf"(?:{_ELSEWHERE})", re.IGNORECASE)
_RUN = 8
"""Short list lines in a row that make a tag cloud or a menu, outside the article."""
_SHORT = 34


@dataclass(frozen=True, slots=True)
class Noise:
    """One line (from 1) and why it is no part of the notes."""

    line: int
    reason: str


@dataclass(slots=True)
class _Line:
    text: str
    bare: str
    words: int
    linked: float
    sentence: bool
    bullet: bool
    heading: bool

    @property
    def blank(self) -> bool:
        return not self.bare

    @property
    def short(self) -> bool:
        return 0 < len(self.bare) <= _SHORT and not self.sentence and not self.heading


def noise(text: str) -> list[Noise]:
    """The lines of a Markdown or plain text that are page furniture; none in an ordinary note."""
    lines = [_line(raw) for raw in text.split("\n")]
    found: dict[int, str] = {}
    for start, end in _calendars(lines):
        found.update(dict.fromkeys(range(start, end), "calendar"))
    led = _led_to(lines)
    chrome = {
        i
        for i, line in enumerate(lines)
        if not line.blank and i not in led and _CHROME.match(line.bare)
    }
    listed = _other_pages(lines)
    kinds = {lines[i].bare.casefold() for i in chrome}
    if not found and len(kinds) < 3 and not (listed and kinds):
        return []  # an ordinary note
    first, last = _article(lines, listed)
    found.update(listed)
    for start, end in _runs(lines, found):
        if (end <= first or start > last) and start not in led:
            links = sum(lines[i].linked for i in range(start, end)) >= 0.5 * (end - start)
            reason = "menu" if links else "tag cloud or menu"
            found.update({i: reason for i in range(start, end) if not lines[i].blank})
    for i in chrome:
        if i < first or i > last or lines[i].linked:
            found.setdefault(i, "page furniture")
    repeated = Counter(line.bare for line in lines if line.short and not line.bullet)
    for i, line in enumerate(lines):
        if (i < first or i > last) and line.short and repeated[line.bare] >= 3:
            found.setdefault(i, "repeated on the page")
    return [Noise(i + 1, reason) for i, reason in sorted(found.items()) if not lines[i].blank]


def blank(text: str, found: list[Noise]) -> str:
    """The text with those lines blanked; every other character stays where it is."""
    if not found:
        return text
    lines = text.split("\n")
    for item in found:
        lines[item.line - 1] = " " * len(lines[item.line - 1])
    return "\n".join(lines)


def _line(raw: str) -> _Line:
    stripped = raw.strip()
    bullet = bool(_BULLET.match(raw))
    unlinked = _LINK.sub(lambda match: match.group(1), stripped)
    inside = sum(len(match.group(1)) for match in _LINK.finditer(stripped))
    bare = _BULLET.sub("", unlinked).strip(" |\t")
    return _Line(
        raw,
        bare,
        len(_WORD.findall(bare)),
        inside / max(len(bare), 1),
        bool(_SENTENCE.search(bare[-40:])) and len(bare) >= (15 if bare[-1:].isalpha() else 10),
        bullet,
        stripped.startswith("#") or stripped[:1] in "ㅁ■□◆",
    )


def _calendars(lines: list[_Line]) -> list[tuple[int, int]]:
    """Rows of week days and days of the month."""
    found = []
    at = 0
    while at < len(lines):
        cells = [cell for cell in _CELLS.split(lines[at].text.strip().lower()) if cell]
        if len(cells) == 7 and all(cell in WEEKDAYS for cell in cells):
            end, days = at + 1, 0
            while end < len(lines):
                numbers = [cell for cell in _CELLS.split(lines[end].text.strip()) if cell]
                if numbers and all(cell in _NUMBERS for cell in numbers):
                    days += len(numbers)
                elif lines[end].text.strip() and not _RULE.match(lines[end].text):
                    break
                end += 1
            if days >= 20:
                found.append((at, end))
                at = end
                continue
        at += 1
    return found


def _other_pages(lines: list[_Line]) -> dict[int, str]:
    """Headings like "related posts" with the titles below them, and titles listed with dates."""
    found: dict[int, str] = {}
    for i, line in enumerate(lines):
        if i in found or line.blank or len(line.bare) > 60 or line.sentence:
            continue  # a title below such a heading is none itself
        if not _OTHERS.search(line.bare):
            continue
        below = []
        for j in range(i + 1, len(lines)):
            after = lines[j]
            if after.blank or _RULE.match(after.text):
                continue
            titled = (
                _dated(after)
                or after.linked > 0.6
                or (
                    len(after.bare) <= 70 and not _prose(after) and (after.bullet or _marked(after))
                )
            )
            if not titled:
                break
            below.append(j)
        if below:
            found[i] = "links to other pages"
            found.update(dict.fromkeys(below, "links to other pages"))
            rules = [k for k in range(i, below[-1] + 1) if _RULE.match(lines[k].text)]
            found.update({k: "links to other pages" for k in rules if not lines[k].blank})
    dated = [i for i, line in enumerate(lines) if _dated(line) and len(line.bare) <= 120]
    for i in dated:
        if bisect_right(dated, i + 3) - bisect_left(dated, i - 3) >= 3:
            found.setdefault(i, "links to other pages")
    return found


def _dated(line: _Line) -> bool:
    """Does a line end in a date? Only its end is looked at: lines can be endless."""
    return bool(_LISTED.search(line.text[-60:]))


def _marked(line: _Line) -> bool:
    return line.text.lstrip()[:1] in "ㅇㄴ○▶▷"


def _prose(line: _Line) -> bool:
    """A statement; a question is as good a title as any."""
    return line.sentence and not line.bare.rstrip("\"'”’)] ").endswith("?")


def _article(lines: list[_Line], listed: dict[int, str]) -> tuple[int, int]:
    """The first and the last line of the article: of its sentences, and the headings above them."""
    body = [
        i
        for i, line in enumerate(lines)
        if line.sentence and line.words >= 3 and line.linked < 0.5 and i not in listed
        and not _CHROME.match(line.bare)
    ]  # fmt: skip
    if not body:
        return len(lines), -1
    first = body[0]
    for i in range(first - 1, max(first - 12, -1), -1):
        if lines[i].heading:
            first = i
        elif lines[i].bullet:
            break
    # A list the last sentence leads to ("as follows:") is still the article.
    last = body[-1]
    while last + 1 < len(lines) and lines[body[-1]].bare.endswith((":", "：")):
        if lines[last + 1].blank or lines[last + 1].bullet:
            last += 1
        else:
            break
    return first, last


def _led_to(lines: list[_Line]) -> set[int]:
    """The items of lists that a line ending in a colon introduces: content, whatever they say."""
    found: set[int] = set()
    leads = False
    for i, line in enumerate(lines):
        if leads and (line.bullet or line.blank):
            found.add(i)
        elif not line.blank:
            leads = line.bare.endswith((":", "：")) and line.words >= 2
    return found


def _runs(lines: list[_Line], found: dict[int, str]) -> list[tuple[int, int]]:
    """Stretches of short lines that are no sentences, list items or links for the most part."""
    runs = []
    start = None
    for i in range(len(lines) + 1):
        inside = (
            i < len(lines)
            and i not in found
            and (lines[i].blank or (lines[i].short and (lines[i].bullet or lines[i].linked > 0.6)))
        )
        if inside and start is None and not lines[i].blank:
            start = i
        if not inside and start is not None:
            if sum(not lines[j].blank for j in range(start, i)) >= _RUN:
                runs.append((start, i))
            start = None
    return runs
