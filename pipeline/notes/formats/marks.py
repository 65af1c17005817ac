"""Finds what to take out of a paragraph of Markdown so that the readable text is left.

One pass from left to right, as CommonMark describes it, with the marks of Obsidian, kramdown and
LaTeX among them. Every mark that opens something has its end looked up and never searched for, so
the pass takes linear time and nothing has a length at which it is no longer recognised. It is
lenient where CommonMark is strict: a closing `**` right before a Korean particle closes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection
from functools import cached_property
from typing import NamedTuple

from pipeline.notes.characters import settled
from pipeline.notes.formats.emphasis import EmphasisRuns
from pipeline.notes.formats.fields import field_key, humps
from pipeline.notes.formats.link_targets import (
    LABEL_LENGTH,
    LinkTargets,
    is_file_name,
    label_key,
    skip_space,
)
from pipeline.notes.formats.tags import VOID, Places, Tag, TagScanner, first_from

__all__ = ["Edit", "edits"]

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
# kramdown's `{: .class #id key="value"}`; `{#id .class}` right after what it belongs to.
_KRAMDOWN = re.compile(r"""\{:{1,2}/?(?:[^{}"'\n]|"[^"\n]*"|'[^'\n]*')*+\}""")
_ATTRIBUTES = re.compile(
    r"""\{[ \t]*+(?:(?:[#.][^\s{}#."'=]++|[\w-]++=(?:"[^"\n]*"|'[^'\n]*'|[^\s{}"']++))"""
    r"""[ \t]*+)++\}"""
)
_BLOCK_ID = re.compile(r"\^(?=[0-9-]*+[A-Za-z])[A-Za-z0-9-]{2,}+[ \t]*+(?=\n|\Z)")
_SIZE = re.compile(r"\d+(?:x\d+)?")
_ENDED = frozenset(".!?。…")


def edits(content: str, defined: Collection[str] = (), heading: bool = False) -> list[Edit]:
    """What to replace to leave the readable text, in order; no two overlap.

    content: the lines of one block. defined: the keys (`label_key`) of the note's link definitions.
    heading: whether `{#id}` at the end is an attribute.
    """
    return _Scanner(content, defined, heading).edits() if _MARK.search(content) else []


class _Bracket(NamedTuple):
    """`start` is of the `[`, or of the `!` or `^` before it; `label` is where its text begins."""

    start: int
    label: int


class _Scanner:
    def __init__(self, content: str, defined: Collection[str], heading: bool) -> None:
        self.content = content
        self.defined = defined
        self.heading = heading
        self.places = Places(content)
        self.tags = TagScanner(content, strict=True)
        self.found: list[Edit] = []
        self.brackets: list[_Bracket] = []
        self.targets = LinkTargets(content, self.places)
        self.runs = EmphasisRuns(content)

    def edits(self) -> list[Edit]:
        at = 0
        while match := _MARK.search(self.content, at):
            at = _HANDLERS[match.group()[0]](self, match.start(), match.end())
        for start, end in self.runs.paired():
            self._drop(start, end)
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
        close = first_from(self._ticks.get(end - start, []), end)
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
            if 0 <= first_from(self._formula_signs, end + 1) < close:
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
        close = first_from(self._formula_ends, end + 1)
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
        tag = self.tags.at(start) or self.tags.misquoted(start)
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
        if content.startswith("(", end) and (target := self.targets.at(end)):
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
            and end - start < LABEL_LENGTH
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
        label = content[bracket.label : close] if close - bracket.label < LABEL_LENGTH else ""
        shown, bar, size = label.rpartition("|")
        stop = close
        if bar and _SIZE.fullmatch(size.strip()):
            stop -= len(size) + 1
            label = shown
        if is_file_name(label, content[close + 1 : after]):
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
            end = skip_space(self.content, end + 1)
        self._drop(bracket.start, end)
        return end

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
        value = skip_space(content, end)
        if not end < value < len(content) or self._before(start).isspace():
            return end
        key = field_key(content, start)
        if key is None:
            return end
        self._drop(start, start + 1)
        self.found += [(key.start + at, key.start + at, " ") for at in humps(key.text)]
        return end


_HANDLERS: dict[str, Callable[[_Scanner, int, int], int]] = {
    "`": _Scanner._code,
    "\\": _Scanner._backslash,
    "$": _Scanner._dollar,
    "<": _Scanner._less,
    "&": _Scanner._entity,
    "]": _Scanner._close,
    "%": _Scanner._percent,
    "^": _Scanner._caret,
    "{": _Scanner._brace,
    ":": _Scanner._field,
    **dict.fromkeys("![", _Scanner._open),
    **dict.fromkeys("*_~=", lambda scanner, start, _: scanner.runs.add(start)),
}


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
