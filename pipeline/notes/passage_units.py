"""Splits a passage into its units: its sentences, list items and table rows, and which can answer.

Only the form of the text is looked at. A question, the options under it, a heading left in the
text and the header of a table say what other lines are about; they are context and never an
answer. A line that leads into a list stands for the whole list, and so does an item that only says
what the items below it are about.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.notes.code_lines import goes_with
from pipeline.notes.table_rows import row_text
from pipeline.text.sentences import sentences
from pipeline.types import Passage

__all__ = [
    "Unit",
    "UnitKind",
    "answering_units",
    "is_property",
    "is_title",
    "leads_on",
    "unit_text",
    "units",
]

UnitKind = Literal["sentence", "item", "row", "lead", "question", "option", "header", "heading"]

_ITEM = re.compile(
    r"[ \t]*(?:[-*+•·–▪◦○●■□▶►※]|\(?\d{1,3}[.)]|\(?[A-Za-z가-하ㄱ-ㅎ][.)]|[①-⑳⑴-⒇ⓐ-ⓩ])[ \t]+"
)
_OPTIONS = re.compile(
    r"[①-⑳⑴-⒇ⓐ-ⓩ]|\((?:[A-Ha-h]|\d|[가나다라마])\)|(?<![\w.])(?:[A-Ha-h]|\d)\)(?=\s)"
)
_CHOICE = re.compile(
    r"[ \t]*(?:[-*+•][ \t]+\[[ xX]\]"
    r"|(?:[-*+•][ \t]*)?(?:\(?[A-Ha-h가나다라마][.)]|[①-⑳⑴-⒇ⓐ-ⓩ]))[ \t]"
)
_KEY = re.compile(r"\s*\(?(?:[^\W\d]{2,12}[ :：(]+)?([A-Ha-h1-9]|[①-⑨])[.)]?\s*$")
"""A line that names one of the items above it: "B", "Answer: 2", "정답: ③"."""
_CODE = re.compile(r"\w\(|[{};=<>]|^\s*[a-z].*:\s*$")
"""Shows that the deeper lines below it are code."""
_KEYS = "ABCDEFGH 123456789①②③④⑤⑥⑦⑧⑨"
_WORD = re.compile(r"\w+")
_LEADS = ("sentence", "heading", "question")
_ASKS = re.compile(r"[?？][\"'”’)\]]*\s*$")
_SAYS = re.compile(r"\w[.。]\s+\S+\s+\S")
"""A sentence of its own, in an item that asks at its end."""
_ASIDE_LINE = re.compile(r"\s*\(.*\)\s*")
_ASIDE = re.compile(r"[(\[][^()\[\]]{0,12}[)\]]")
_CLOSED = re.compile(r"[.!?。！？…][\"'”’)\]」』*_]*$|(?<=[다요죠음함됨임])$")
_COLON = re.compile(r"[:：]\s*$")
_NAMED = re.compile(r"[^:：]{0,80}")
"""What an item names: all of it, or what stands before its colon."""
_PROPERTY = re.compile(r"[\w -]{1,40}: \S")
_FIRST_LINES = range(2, 7)
"""Where front matter begins that is kept: below the line that opens it, and below title, date and
language, which are kept with the note."""
_LONGEST_HEADING = 60
"""Characters; a longer line without a full stop is speech or prose written down without one."""


@dataclass(frozen=True, slots=True)
class Unit:
    """`passage.text[start:end]`. `context` says what it is about where the unit itself may not: the
    line that leads into its list, the items it stands below ("Decided" or "Trip: Decided"), the
    question above it, or the header of its table. `until` is where the list that leads on from it
    ends: the one that a `lead` stands for, or the items below an item (else 0). `line` counts the
    lines of the passage.
    """

    start: int
    end: int
    kind: UnitKind
    line: int
    context: str = ""
    until: int = 0

    @property
    def answers(self) -> bool:
        """Whether it may be shown as an answer."""
        return self.kind in ("sentence", "item", "row", "lead")


@dataclass(slots=True)
class _Line:
    start: int
    text: str
    kind: Literal["prose", "item", "row"]

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def units(passage: Passage) -> tuple[Unit, ...]:
    """The units of a passage, in order."""
    lines = _lines(passage.text)
    code = _listings(lines)
    closed = sum(line.kind == "prose" and _CLOSED.search(line.text) is not None for line in lines)
    prose = sum(line.kind == "prose" for line in lines)
    punctuated = 2 * closed >= prose
    found: list[Unit] = []
    at, label = 0, -1
    while at < len(lines):
        line = lines[at]
        end = code.get(at, at + 1)
        while (
            at not in code
            and end < len(lines)
            and lines[end].kind == line.kind
            and _goes_on(line, lines[end])
        ):
            end += 1
        above = len(found) - 1
        if at in code:
            found.append(Unit(line.start, lines[end - 1].end, "sentence", at))
        elif line.kind == "row":
            found += _rows(passage, lines[at:end], at)
        elif line.kind == "item":
            _list(passage, lines[at:end], at, found, lines[end].text if end < len(lines) else "")
            if 0 <= label < above and found[above].end == found[label].until < found[above].until:
                found[label] = replace(found[label], until=found[above].until)
        elif end > at + 1:
            label = len(found)
            found += _labelled(passage, lines[at:end], at, punctuated)
        else:
            asked = found[-1] if found and found[-1].line == at - 1 else None
            question = asked is not None and asked.kind == "question"
            context = passage.text[asked.start : asked.end] if asked and question else ""
            found += _prose(passage, line, at, punctuated, context)
        at = end
    return tuple(found)


def _listings(lines: Sequence[_Line]) -> dict[int, int]:
    """The lines of prose that are code or a calculation, which is quoted as one: by the number of
    the first the number of the line after the last. A line that is empty ends one."""
    found: dict[int, int] = {}
    joined = goes_with([line.text for line in lines])
    at = 0
    while at < len(lines):
        end = at + 1
        while end < len(lines) and joined[end] and lines[end].kind == lines[at].kind == "prose":
            if lines[end].start > lines[end - 1].end + 1:
                break
            end += 1
        if end > at + 1:
            found[at] = end
        at = end
    return found


def _goes_on(first: _Line, line: _Line) -> bool:
    """Whether a line of the same kind as the first is of the same list, table or labelled lines:
    of prose those that stand deeper than one that only names what they are about."""
    if first.kind != "prose":
        return True
    deeper = _indent(line) > _indent(first)
    return deeper and _only_names(first.text) and not _CODE.search(first.text)


def answering_units(passage: Passage) -> tuple[Unit, ...]:
    """The units that may be shown as an answer, in order. A passage that has none is one unit, so
    that it can be found all the same."""
    found = tuple(unit for unit in units(passage) if unit.answers)
    return found or (Unit(0, len(passage.text), "heading", 0),)


def unit_text(passage: Passage, unit: Unit) -> str:
    """What a unit is compared by: its text under what says what it is about."""
    text = passage.text[unit.start : unit.end]
    if unit.kind == "row":
        text = row_text(text, unit.context)
    elif unit.context:
        text = f"{unit.context} {text}"
    heading = next((one for one in reversed(passage.headings) if not one.startswith("|")), "")
    return f"{heading}: {text}" if heading else text


def is_title(passage: Passage, unit: Unit) -> bool:
    """A heading that stands in the text, if cut as sentences are, or a list of one item that only
    says what the lines below it are about: short, without an end or a colon, and with prose right
    under it. It is found like other units, but answers nothing."""
    text = passage.text[unit.start : unit.end]
    lines = _lines(passage.text)
    said = {text, *(line.text.strip() for line in lines[unit.line : unit.line + 1])}
    if not said.isdisjoint(passage.headings):
        return True
    if unit.kind != "item" or len(text) > _LONGEST_HEADING or _COLON.search(unit.context):
        return False
    if _CLOSED.search(text) or ":" in text or "：" in text:
        return False
    around = [line.kind for line in lines]
    above = around[unit.line - 1] if unit.line else "prose"
    return around[unit.line + 1 : unit.line + 2] == ["prose"] and above == "prose"


def leads_on(line: str, after: str) -> bool:
    """Whether a line says what the one after it is about, by their form: it ends with a colon, or a
    table, a list or deeper lines begin below it. A row of a table leads to what stands in it."""
    one, two = _Line(0, line, "prose"), _Line(0, after, "prose")
    below = _indent(two) > _indent(one) and after.strip() != ""
    begins = _ITEM.match(after) is not None and _ITEM.match(line) is None
    row = "|" in (line.lstrip()[:1], after.lstrip()[:1])
    return bool(_COLON.search(line)) or below or begins or row


def is_property(passage: Passage) -> bool:
    """Whether a passage is the front matter of a note: it begins in the first lines, below the one
    that opens it, and each of its lines is a key with its value. It says something of the note, not
    of its subject."""
    begins = passage.place.start_line in _FIRST_LINES and passage.place.unit == "line"
    return begins and all(_PROPERTY.match(line) for line in passage.text.splitlines())


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    start = mark = 0
    for line in text.split("\n"):
        if line.strip():
            row = line.lstrip().startswith("|")
            kind = "row" if row else "item" if _ITEM.match(line) else "prose"
            one = _Line(start, line, kind)  # type: ignore[arg-type]
            if kind == "item" and (not found or found[-1].kind != "item"):
                mark = _indent(one)
            elif kind == "prose" and found and found[-1].kind == "item" and _indent(one) > mark:
                one.kind = "item"  # an item goes on
            found.append(one)
        start += len(line) + 1
    return found


def _rows(passage: Passage, lines: list[_Line], number: int) -> list[Unit]:
    """The rows of a table under its first; of the later part of one that was cut, under what it is
    headed by."""
    header = passage.headings[-1] if passage.headings and number == 0 else ""
    found: list[Unit] = []
    if not header.startswith("|"):
        header = lines[0].text if len(lines) > 1 else ""
        if header:
            found.append(Unit(lines[0].start, lines[0].end, "header", number))
    for at, line in enumerate(lines[len(found) :], number + len(found)):
        found.append(Unit(line.start, line.end, "row", at, header))
    return found


def _list(passage: Passage, lines: list[_Line], number: int, found: list[Unit], after: str) -> None:
    """Adds the items of a list, with the line `after` it. The unit before it leads into it, also
    where it asks what they answer, or asks which of them is right. Of items half of which ask, and
    hold no answer, every one is a question."""
    before = found[-1] if found and found[-1].line == number - 1 else None
    asks = before is not None and before.kind == "question"
    marked = [line for line in lines if _ITEM.match(line.text)]
    asking = _asking(lines)
    chosen = asks and _are_options(marked, after)
    kind: UnitKind = "option" if chosen else "question" if asking[0] else "item"
    lead = ""
    aside = _ASIDE_LINE.fullmatch(passage.text[: lines[0].start].rstrip("\n").rpartition("\n")[2])
    if before is not None and before.kind in _LEADS and kind == "item" and not aside:
        last = lines[-1]
        lead = passage.text[before.start : before.end]
        if before.kind != "sentence" or _COLON.search(lead) or len(marked) > 1:
            found[-1] = replace(before, kind="lead", until=last.end)
    above: list[tuple[int, str]] = []  # the items that this one stands below: indent, what it names
    for i, line in enumerate(lines):
        mark = _ITEM.match(line.text)
        start = line.start + (mark.end() if mark else 0)
        indent = _indent(line)
        while above and above[-1][0] >= indent:
            above.pop()
        kind = kind if chosen else "question" if asking[i] else "item"
        until = _until(lines, i) if kind == "item" else 0
        said = line.text[start - line.start :]
        context = ": ".join(name for _, name in above) if above else lead
        for low, high in sentences(said, passage.language):
            text = passage.text[start + low : start + high]
            own: UnitKind = "question" if kind == "item" and _asks(text) else kind
            if until and own == "item" and _only_names(said):
                own = "lead"
            found.append(Unit(start + low, start + high, own, number + i, context, until))
        above.append((indent, _NAMED.match(said).group().strip(" *_")))  # type: ignore[union-attr]


def _asking(lines: Sequence[_Line]) -> list[bool]:
    """Of each line of a list whether half of the items beside the one that it is of ask, say
    nothing else and hold no answer."""
    groups: list[int] = []
    above: list[tuple[int, int]] = []  # the items that are open: indent, the line they begin with
    asked: Counter[int] = Counter()
    for at, line in enumerate(lines):
        mark, indent = _ITEM.match(line.text), _indent(line)
        while mark and above and above[-1][0] >= indent:
            above.pop()
        group = above[-1][1] if above else -1
        groups.append(group if mark or not groups else groups[-1])
        if mark:
            only = _asks(line.text) and not _SAYS.search(line.text, mark.end())
            asked[group] += 1 if only and not _answered(lines, at) else -1
            above.append((indent, at))
    return [asked[group] >= 0 for group in groups]


def _are_options(lines: Sequence[_Line], after: str) -> bool:
    """Whether the items under a question are what is to be chosen from: their marks or boxes show
    it, or the line after them says which is right, by its letter, its number or its words."""
    if len(lines) < 2 or all(_CHOICE.match(line.text) for line in lines):
        return len(lines) > 1
    key = _KEY.match(after)
    if key and _KEYS.index(key[1].upper()) % 9 < len(lines):
        return True
    said, right = [_words(_unmarked(line.text)) for line in lines], _words(after)
    return any(f"{right} ".startswith(f"{one} ") for one in said if one)


def _unmarked(line: str) -> str:
    mark = _ITEM.match(line)
    return line[mark.end() :] if mark else line


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text)).casefold()


def _indent(line: _Line) -> int:
    return len(line.text) - len(line.text.lstrip())


def _until(lines: Sequence[_Line], at: int) -> int:
    """Where the items below an item end; 0 where there are none."""
    end = at
    while end + 1 < len(lines) and _indent(lines[end + 1]) > _indent(lines[at]):
        end += 1
    return lines[end].end if end > at else 0


def _answered(lines: Sequence[_Line], at: int) -> bool:
    """Whether an item goes on below the line that it begins with."""
    after = lines[at + 1 : at + 2]
    deeper = any(_indent(line) > _indent(lines[at]) for line in after)
    return deeper or any(_ITEM.match(line.text) is None for line in after)


def _only_names(said: str) -> bool:
    """An item that says nothing but what those below it are about: short, with no end of a sentence
    and nothing after its colon."""
    rest = said[len(_NAMED.match(said).group()) :].strip(" :：*_")  # type: ignore[union-attr]
    return not rest and len(said) <= _LONGEST_HEADING and not _CLOSED.search(said.strip())


def _labelled(passage: Passage, lines: list[_Line], number: int, punctuated: bool) -> list[Unit]:
    """A line that only names what the deeper ones below it are about, and those."""
    first, last = lines[0], lines[-1]
    found = _prose(passage, first, number, punctuated, "")
    if found[-1].kind == "sentence":
        found[-1] = replace(found[-1], kind="lead", until=last.end)
    name = passage.text[found[0].start : found[-1].end]
    for at, line in enumerate(lines[1:], number + 1):
        found += _prose(passage, line, at, False, name)
    return found


def _prose(
    passage: Passage, line: _Line, number: int, punctuated: bool, context: str
) -> list[Unit]:
    parts = sentences(line.text, passage.language)
    if len(parts) > 1 and _ASIDE_LINE.fullmatch(line.text):
        inner = line.text.strip()[1:-1]
        by = line.text.index("(") + 1
        parts = [(low + by, high + by) for low, high in sentences(inner, passage.language)]
    title = (
        punctuated
        and len(parts) == 1
        and len(line.text) <= _LONGEST_HEADING
        and not _CLOSED.search(line.text)
    )
    found: list[Unit] = []
    for low, high in parts:
        text = line.text[low:high]
        kind: UnitKind = "question" if _asks(text) else "heading" if title else "sentence"
        chosen = len(_OPTIONS.findall(text)) >= 2 or _ASIDE.fullmatch(text)
        if kind == "sentence" and chosen and found and found[-1].kind in ("question", "option"):
            kind = "option"
        found.append(Unit(line.start + low, line.start + high, kind, number, context))
    return found


def _asks(text: str) -> bool:
    """It ends with a question mark, or goes on from one with the options to choose from."""
    if _ASKS.search(text):
        return True
    marks = [match.start() for match in _OPTIONS.finditer(text)]
    return len(marks) >= 2 and (_ASKS.search(text[: marks[0]]) is not None)
