"""What to take out of a paragraph of Markdown so that the readable text is left.

One pass from left to right, as CommonMark describes it, with the marks of Obsidian, kramdown and
LaTeX among them. Every mark that opens something has its end looked up and never searched for, so
the pass takes linear time and nothing has a length at which it is no longer recognised. It is
lenient where CommonMark is strict: a closing `**` right before a Korean particle closes.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from pipeline.notes.characters import settled
from pipeline.notes.formats.tags import VOID, Places, Tag, TagScanner

__all__ = ["FIELD", "Edit", "edits", "humps", "label_key"]

Edit = tuple[int, int, str]
"""Start and end of what is replaced, and by what."""

_MARK = re.compile(r"!?\[|[\\`$<\]*_~=&{]|%%|\^|::")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_TICKS = re.compile(r"`+")
_ENVIRONMENT = re.compile(r"\\begin\{([A-Za-z]+\*?)\}")
_FORMULA_END = re.compile(r"(?<=[^\s$\\])\$(?!\d)")
_FORMULA_SIGN = re.compile(r"[\\^_*{}$]")
_AUTO = re.compile(r"<((?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*+|[\w.+-]++@[\w.-]++))>")
_HIDDEN = frozenset(("script", "style", "template"))
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_DANGLING = re.compile(r"\[(?:ref_?id|ref_\d{1,3}|citation needed)(?::\s?[\d,\s]{1,40})?\](?!\()")
_SPACES = re.compile(r"\s*+")
_TITLE_END = re.compile(r"""["')](?=\s*+\))""")
_PAREN = re.compile(r"\\.|[()]", re.DOTALL)
# kramdown's `{: .class #id key="value"}`; `{#id .class}` right after what it belongs to.
_KRAMDOWN = re.compile(r"""\{:{1,2}/?(?:[^{}"'\n]|"[^"\n]*"|'[^'\n]*')*+\}""")
_ATTRIBUTES = re.compile(
    r"""\{[ \t]*+(?:(?:[#.][^\s{}#."'=]++|[\w-]++=(?:"[^"\n]*"|'[^'\n]*'|[^\s{}"']++))"""
    r"""[ \t]*+)++\}"""
)
_BLOCK_ID = re.compile(r"\^(?=[0-9-]*+[A-Za-z])[A-Za-z0-9-]{2,}+[ \t]*+(?=\n|\Z)")
# `key:: value`, at the start of a line or of a bracket.
_KEY = re.compile(r"(?:^|[\[(])[ \t]*+[*_~=]{0,3}([^\W\d][\w /-]*+)[*_~=]{0,3}$")
_KEY_LENGTH = 80
FIELD = re.compile(r"[ \t]*[*_~=]{0,3}[^\W\d][\w /-]{0,60}[*_~=]{0,3}::[ \t]")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_SIZE = re.compile(r"\d+(?:x\d+)?")
# A picture's text that is nothing but the name of its file.
_FILE_NAME = re.compile(
    r"[^\s/]+\.(?:apng|avif|bmp|gif|heic|ico|jpe?g|m4a|mov|mp[34]|ogg|pdf|png|svg|tiff?|wav|web[mp])",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "'": "'", "(": ")"}
_ENDED = frozenset(".!?。…")
_BEFORE_MARK = frozenset(["", *"([{\"'*_~|>"])
_LABEL = 1000
"""Characters a label that is looked up has at most, as CommonMark says."""


def edits(content: str, defined: Collection[str] = (), heading: bool = False) -> list[Edit]:
    """What to replace to leave the readable text, in order; no two overlap.

    content: the lines of one block. defined: the keys (`label_key`) of the note's link definitions.
    heading: whether `{#id}` at the end is an attribute.
    """
    return _Scanner(content, defined, heading).edits() if _MARK.search(content) else []


def label_key(label: str) -> str:
    """A link's label as definitions are told apart."""
    return " ".join(label.split()).casefold()


class _Bracket(NamedTuple):
    """`start` is of the `[`, or of the `!` or `^` before it; `label` is where its text begins."""

    start: int
    label: int


@dataclass(slots=True)
class _Run:
    """A run of one mark of emphasis, shorter by what was paired."""

    mark: str
    left: int
    right: int
    opens: bool
    closes: bool


class _Scanner:
    def __init__(self, content: str, defined: Collection[str], heading: bool) -> None:
        self.content = content
        self.defined = defined
        self.heading = heading
        self.places = Places(content)
        self.tags = TagScanner(content, strict=True)
        self.found: list[Edit] = []
        self.brackets: list[_Bracket] = []
        self.runs: list[_Run] = []

    def edits(self) -> list[Edit]:
        at = 0
        while match := _MARK.search(self.content, at):
            at = _HANDLERS[match.group()[0]](self, match.start(), match.end())
        self._pair_runs()
        return _disjoint(self.found, self.content)

    def _drop(self, start: int, end: int) -> None:
        if end > start:
            self.found.append((start, end, ""))

    def _before(self, at: int) -> str:
        return self.content[at - 1] if at else ""

    def _spaced(self, start: int) -> int:
        """`start`, or where the spaces before it begin."""
        while self._before(start) in (" ", "\t"):
            start -= 1
        return start

    # --- what is kept as it stands ---------------------------------------------------------------

    @cached_property
    def _ticks(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for match in _TICKS.finditer(self.content):
            found.setdefault(len(match.group()), []).append(match.start())
        return found

    def _code(self, start: int, end: int) -> int:
        while self.content.startswith("`", end):
            end += 1
        close = _first(self._ticks.get(end - start, []), end)
        if close < 0:
            return end
        self._drop(start, end)
        self._drop(close, close + end - start)
        return close + end - start

    def _backslash(self, start: int, end: int) -> int:
        content = self.content
        after = content[end : end + 1]
        if after in ("(", "["):
            close = self.places.next("\\)" if after == "(" else "\\]", end + 1)
            # Without anything that a formula is made of, the brackets are only escaped.
            if 0 <= _first(self._formula_signs, end + 1) < close:
                return close + 2
        elif after == "b" and (match := _ENVIRONMENT.match(content, start)):
            mark = f"\\end{{{match.group(1)}}}"
            close = self.places.next(mark, match.end())
            return close + len(mark) if close >= 0 else match.end()
        if after in _PUNCTUATION:
            self._drop(start, end)
            return end + 1
        if after == "\n":
            self._drop(start, end)
        return end

    @cached_property
    def _formula_signs(self) -> list[int]:
        return [m.start() for m in _FORMULA_SIGN.finditer(self.content)]

    @cached_property
    def _formula_ends(self) -> list[int]:
        return [m.start() for m in _FORMULA_END.finditer(self.content)]

    def _dollar(self, start: int, end: int) -> int:
        content = self.content
        if content.startswith("$", end):
            close = self.places.next("$$", end + 1)
            return close + 2 if close >= 0 else end + 1
        close = _first(self._formula_ends, end + 1)
        if close < 0 or content[end].isspace():
            return end
        # With another dollar sign in between both are prices.
        between = self.places.next("$", end)
        while 0 <= between < close and content[between - 1] == "\\":
            between = self.places.next("$", between + 1)
        return close + 1 if between == close else end

    # --- tags and entities -----------------------------------------------------------------------

    def _less(self, start: int, end: int) -> int:
        if match := _AUTO.match(self.content, start):
            self._drop(start, end)
            self._drop(match.end() - 1, match.end())
            return match.end()
        tag = self.tags.at(start)
        if tag is None or tag.name == "!" or self._is_type(tag):
            return end
        if tag.name == "!--" and not self.content.endswith("-->", start, tag.end):
            return end  # never closed
        if tag.name == "br":
            self.found.append((start, tag.end, "\n"))
            return tag.end
        stop = tag.end
        if tag.name in _HIDDEN and not tag.closing:
            close = self.places.next(f"</{tag.name}", stop)
            last = self.tags.at(close) if close >= 0 else None
            stop = last.end if last else stop
        self._drop(start, stop)
        return stop

    def _is_type(self, tag: Tag) -> bool:
        """`List<String>`: no element, for it stands right after a word and is never closed."""
        before = self._before(tag.start)
        return (
            before.isascii()
            and before.isalnum()
            and not tag.closing
            and tag.end == tag.inside + 1
            and tag.name not in VOID
            and self.places.next(f"</{tag.name}", tag.end) < 0
        )

    def _entity(self, start: int, end: int) -> int:
        match = _ENTITY.match(self.content, start)
        if match is None:
            return end
        plain = settled(html.unescape(match.group()))
        if plain != match.group():
            self.found.append((start, match.end(), plain))
        return match.end()

    # --- links and pictures ----------------------------------------------------------------------

    def _open(self, start: int, end: int) -> int:
        if self.content.startswith("[", end):
            close = self.places.next("]]", end + 1)
            inner = self.places.next("[", end + 1)
            line = self.places.next("\n", end)
            if (
                close > end + 1
                and not 0 <= inner < close
                and not 0 <= line < close
                and not self.content.startswith("(", close + 2)
            ):
                self._wiki(start, end + 1, close)
                return close + 2
        if match := _DANGLING.match(self.content, end - 1):
            self._drop(start - 1 if self._before(start).isspace() else start, match.end())
            return match.end()
        self.brackets.append(_Bracket(start, end))
        return end

    def _wiki(self, start: int, inside: int, close: int) -> None:
        """`[[Page#Heading|shown]]`; an embedded page or picture (`![[...]]`) stands elsewhere."""
        bar = self.places.next("|", inside)
        embedded = self.content[start] == "!"
        stop = close
        if 0 <= bar < close:
            if embedded and _SIZE.fullmatch(self.content[bar + 1 : close].strip()):
                inside = close
            else:
                inside = bar + 1
        elif embedded:
            inside = close
        else:
            part = self.places.next("#", inside)
            if 0 <= part < close and self.content.startswith("^", part + 1):
                stop = part
            elif part == inside:
                inside += 1
            elif 0 <= part < close:
                self.found.append((part, part + 1, " > "))
        self._drop(start, inside)
        self._drop(stop, close + 2)

    def _close(self, start: int, end: int) -> int:
        if not self.brackets:
            return end
        bracket = self.brackets.pop()
        content = self.content
        kind = content[bracket.start]
        if kind == "^":  # a note within the text
            self.found += [(bracket.start, bracket.label, " ("), (start, end, ")")]
            return end
        if kind == "[" and content.startswith("^", bracket.label):
            return self._footnote(bracket, end)
        if content.startswith("(", end) and (target := self._target(end)):
            title, after = target
            return self._link(bracket, start, after, title)
        if content.startswith("[", end):
            close = self.places.next("]", end + 1)
            inner = self.places.next("[", end + 1)
            if close >= 0 and not 0 <= inner < close:
                first = self._before(bracket.start)
                # `x[i][j]` is no link. Elsewhere the definition may have been lost.
                if not first.isalnum() or self._is_defined(
                    *((end + 1, close) if close > end + 1 else (bracket.label, start))
                ):
                    return self._link(bracket, start, close + 1)
        if self._is_defined(bracket.label, start):
            return self._link(bracket, start, end)
        return end

    def _is_defined(self, start: int, end: int) -> bool:
        return (
            bool(self.defined)
            and end - start < _LABEL
            and label_key(self.content[start:end]) in self.defined
        )

    def _link(
        self, bracket: _Bracket, close: int, after: int, title: tuple[int, int] | None = None
    ) -> int:
        """Leave the text of a link, and the text and title of a picture; where to go on."""
        content = self.content
        if content[bracket.start] != "!":
            self._drop(bracket.start, bracket.label)
            self._drop(close, after)
            return after
        label = content[bracket.label : close] if close - bracket.label < _LABEL else ""
        shown, bar, size = label.rpartition("|")
        stop = close
        if bar and _SIZE.fullmatch(size.strip()):
            stop -= len(size) + 1
            label = shown
        if _FILE_NAME.fullmatch(label) or _SIZE.fullmatch(label):
            stop = bracket.label
        self._drop(bracket.start, bracket.label)
        if title is None or content[slice(*title)].strip() in ("", label.strip()):
            self._drop(stop, after)
            return after
        self.found.append((stop, title[0], "\n" if stop > bracket.label else ""))
        self._drop(title[1], after)
        return title[0]

    def _footnote(self, bracket: _Bracket, end: int) -> int:
        """`[^1]` in a text says nothing; before a footnote it is its number."""
        if self.content.startswith(":", end) and self._before(bracket.start) in ("", "\n"):
            end = _skip_space(self.content, end + 1)
        self._drop(bracket.start, end)
        return end

    @cached_property
    def _partners(self) -> dict[int, int]:
        """The bracket that closes each `(`."""
        found: dict[int, int] = {}
        opened: list[int] = []
        for match in _PAREN.finditer(self.content):
            if match.group() == "(":
                opened.append(match.start())
            elif match.group() == ")" and opened:
                found[opened.pop()] = match.start()
        return found

    @cached_property
    def _title_ends(self) -> list[int]:
        return [m.start() for m in _TITLE_END.finditer(self.content)]

    def _target(self, start: int) -> tuple[tuple[int, int] | None, int] | None:
        """Of `(address "title")` at `start`: where the title stands, and the end. None where it
        is no such thing."""
        content, following = self.content, self.places.next
        at = _skip_space(content, start + 1)
        close = self._partners.get(start, -1)
        if content.startswith("<", at):
            space = following(">", at) + 1
        else:
            space = min((p for mark in " \t\n" if (p := following(mark, at)) >= 0), default=0)
            if close >= 0 and not 0 < space < close:
                return None, close + 1
        after = _skip_space(content, space) if space else 0
        if after and content.startswith(")", after):
            return None, after + 1
        quote = content[after : after + 1]
        if after > space and quote in _QUOTES:
            quote = _QUOTES[quote]
            ends = following(quote, after + 1)
            while ends >= 0 and content[ends - 1] == "\\":
                ends = following(quote, ends + 1)
            if ends >= 0 and _first(self._title_ends, ends) == ends:
                return (after + 1, ends), following(")", ends + 1) + 1
            if close > after and (last := _title_end(content, close)) > after:
                return (after + 1, last), close + 1  # with quotation marks inside
        if close >= 0 and content[at : at + 5].lower().startswith(("data:", "#")):
            return None, close + 1  # such an address may hold spaces
        return None

    # --- emphasis --------------------------------------------------------------------------------

    def _emphasis(self, start: int, end: int) -> int:
        mark = self.content[start]
        while self.content.startswith(mark, end):
            end += 1
        if mark in "~=" and end - start != 2:
            return end
        before, after = self._before(start), self.content[end : end + 1]
        opens = bool(after) and not after.isspace()
        closes = bool(before) and not before.isspace()
        word_before = before.isascii() and before.isalnum()
        word_after = after.isascii() and after.isalnum()
        if mark == "_":
            opens, closes = opens and not before.isalnum(), closes and not word_after
        elif mark == "=":
            # `x==5` compares.
            opens = opens and (not before.isascii() or before.isspace() or before in _BEFORE_MARK)
            closes = closes and not word_after
        elif mark == "*" and word_before and word_after:  # `2*3*4` is a product
            opens, closes = False, closes and not (before.isdigit() and after.isdigit())
        if opens or closes:
            self.runs.append(_Run(mark, start, end, opens, closes))
        return end

    def _pair_runs(self) -> None:
        """Every closing run with the openings before it, the nearest first."""
        opened: dict[str, list[_Run]] = {}
        for run in self.runs:
            before = opened.setdefault(run.mark, [])
            while run.closes and before and run.left < run.right:
                opener = before[-1]
                size = min(2, opener.right - opener.left, run.right - run.left)
                self._drop(opener.right - size, opener.right)
                self._drop(run.left, run.left + size)
                opener.right -= size
                run.left += size
                if opener.left == opener.right:
                    before.pop()
            if run.opens and run.left < run.right:
                before.append(run)

    # --- the marks of Obsidian, Dataview and kramdown --------------------------------------------

    def _percent(self, start: int, end: int) -> int:
        close = self.places.next("%%", end)
        if close < 0 or self._before(start).isdigit():
            return end
        self._drop(start, close + 2)
        return close + 2

    def _caret(self, start: int, end: int) -> int:
        if self.content.startswith("[", end):
            self.brackets.append(_Bracket(start, end + 1))
            return end + 1
        before = self._before(start)
        if (before.isspace() or before in _ENDED) and (
            match := _BLOCK_ID.match(self.content, start)
        ):
            self._drop(self._spaced(start), match.end())
            return match.end()
        return end

    def _brace(self, start: int, end: int) -> int:
        content = self.content
        match = _KRAMDOWN.match(content, start)
        if match is None and content[end : end + 1] in (".", "#"):
            match = _ATTRIBUTES.match(content, start)
            after_link = self._before(start) in (")", "]", "`")
            if match and not after_link and not (self.heading and match.end() == len(content)):
                match = None
        if match is None:
            return end
        self._drop(start, match.end())
        return match.end()

    def _field(self, start: int, end: int) -> int:
        """`key:: value` is a fact and reads `key: value`; a key like `batchSize` is two words."""
        content = self.content
        value = _skip_space(content, end)
        if not end < value < len(content) or self._before(start).isspace():
            return end
        low = max(start - _KEY_LENGTH, 0)
        low = max(low, content.rfind("\n", low, start) + 1)
        match = _KEY.search(content[low:start])
        if match is None or (match.group()[0] not in "[(" and self._before(low) not in ("", "\n")):
            return end
        self._drop(start, start + 1)
        key = low + match.start(1)
        self.found += [(key + at, key + at, " ") for at in humps(match.group(1))]
        return end


_HANDLERS: dict[str, Callable[[_Scanner, int, int], int]] = {
    "`": _Scanner._code,
    "\\": _Scanner._backslash,
    "$": _Scanner._dollar,
    "<": _Scanner._less,
    "&": _Scanner._entity,
    "!": _Scanner._open,
    "[": _Scanner._open,
    "]": _Scanner._close,
    "*": _Scanner._emphasis,
    "_": _Scanner._emphasis,
    "~": _Scanner._emphasis,
    "=": _Scanner._emphasis,
    "%": _Scanner._percent,
    "^": _Scanner._caret,
    "{": _Scanner._brace,
    ":": _Scanner._field,
}


def humps(key: str) -> list[int]:
    """Where the words of a key like `batchSize` begin, but for the first."""
    return [match.start() for match in _HUMP.finditer(key)]


def _first(places: list[int], at: int) -> int:
    """The first of the sorted places from `at` on; -1 where there is none."""
    index = bisect_left(places, at)
    return places[index] if index < len(places) else -1


def _skip_space(content: str, at: int) -> int:
    match = _SPACES.match(content, at)
    return match.end() if match else at


def _title_end(content: str, close: int) -> int:
    """The quotation mark right before the bracket at `close`; -1 where there is none."""
    close -= 1
    while close > 0 and content[close].isspace():
        close -= 1
    return close if content[close] in "\"'" else -1


def _disjoint(found: list[Edit], content: str) -> list[Edit]:
    """Without the edits that fall into another (a mark inside a comment or an address). What is
    taken out between two spaces takes one with it."""
    kept: list[Edit] = []
    for edit in sorted(set(found)):
        if kept and edit[0] < kept[-1][1]:
            continue
        if kept and edit[0] == kept[-1][1] and not edit[2] and not kept[-1][2]:
            kept[-1] = (kept[-1][0], edit[1], "")
        else:
            kept.append(edit)
    return [
        (start, end + 1, by)
        if not by and content.startswith(" ", end) and content[start - 1 : start].isspace()
        else (start, end, by)
        for start, end, by in kept
    ]
