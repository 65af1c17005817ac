"""The tags of HTML in a text, found in linear time whatever the text.

A tag has no length at which it stops being one (a picture can be written into it whole), and a
quote, bracket or comment that never closes is looked for once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import NamedTuple

__all__ = ["RAW", "VOID", "Places", "Tag", "TagScanner", "attributes_of", "first_from"]

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
"""Elements that hold nothing and are never closed."""

_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]*)")
_BETWEEN = re.compile(r"[\s/]*")
_ATTRIBUTE = re.compile(r"""[^\s"'<>/=]+""")
_EQUALS = re.compile(r"\s*+=\s*+")
_UNQUOTED = re.compile(r"""[^\s"'=<>`]+""")
_QUOTED = re.compile(r"""<([A-Za-z][\w-]*+)\s++[\w-]++\s*+=\s*+["']""")
_QUOTED_END = re.compile(r"""["']\s*+/?>|["']\s++[\w-]++>""")
_NAMED = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?""")


RAW = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style")}
"""Elements whose content is no HTML, and what closes them."""


class Places:
    """Where a mark stands next, for many questions about one text: `text[start:end]` is searched
    once for each mark."""

    def __init__(self, text: str, start: int = 0, end: int | None = None) -> None:
        self.text = text
        self.start = start
        self.end = len(text) if end is None else end
        self._of: dict[str, list[int]] = {}

    def next(self, mark: str, at: int) -> int:
        """The first place of `mark` from `at` on; -1 where there is none."""
        places = self._of.get(mark)
        if places is None:
            pattern = re.compile(re.escape(mark))
            places = [m.start() for m in pattern.finditer(self.text, self.start, self.end)]
            self._of[mark] = places
        return first_from(places, at)


def first_from(places: list[int], at: int) -> int:
    """The first of the sorted places from `at` on; -1 where there is none."""
    index = bisect_left(places, at)
    return places[index] if index < len(places) else -1


class Tag(NamedTuple):
    """`text[start:end]` is a tag, its `name` in lower case, what follows the name from `inside`
    on. A comment is a tag named `!--`, any other declaration one named `!`."""

    name: str
    start: int
    end: int
    inside: int
    closing: bool = False


class TagScanner:
    """The tags of `text[start:end]`.

    As browsers read a page, a tag takes whatever stands before its `>`. Where `strict`, as Markdown
    reads one, a `<` that does not begin a well-formed tag is text. A comment that never closes goes
    on to the end.
    """

    def __init__(self, text: str, start: int = 0, end: int | None = None, strict: bool = False):
        self._text = text
        self._end = len(text) if end is None else end
        self._places = Places(text, start, self._end)
        self._strict = strict
        self._dead: set[int] = set()  # between two attributes, and no tag ends from there

    def next(self, at: int) -> Tag | None:
        """The first tag, comment or declaration from `at` on."""
        while (at := self._text.find("<", at, self._end)) >= 0:
            if tag := self.at(at):
                return tag
            at += 1
        return None

    def raw_end(self, name: str, at: int) -> int:
        """Where the element `name`, whose content is no HTML, is closed; else the end."""
        match = RAW[name].search(self._text, at, self._end)
        return match.start() if match else self._end

    def at(self, start: int) -> Tag | None:
        """The tag that begins at `start`, where one does."""
        text = self._text
        if text.startswith("<!--", start):
            return self._until("-->", "!--", start, 3)
        if text.startswith(("<!", "<?"), start):
            return self._until(">", "!", start, 1)
        match = _NAME.match(text, start, self._end)
        if match is None:
            return None
        end = self._strict_end(match.end()) if self._strict else self._lenient_end(match.end())
        if end < 0:
            return None
        return Tag(match.group(2).lower(), start, end, match.end(), bool(match.group(1)))

    def misquoted(self, start: int) -> Tag | None:
        """The tag that begins at `start` and is none because a quoted value holds quotes itself
        (`alt="the "first" one"`): it ends on its line with the first `>` after a quote."""
        match = _QUOTED.match(self._text, start, self._end)
        if match is None:
            return None
        end = first_from(self._quoted_ends, match.end())
        line = self._places.next("\n", start)
        if end < 0 or 0 <= line < end:
            return None
        return Tag(match.group(1).lower(), start, end, match.end(1))

    @cached_property
    def _quoted_ends(self) -> list[int]:
        return [m.end() for m in _QUOTED_END.finditer(self._text, 0, self._end)]

    def _until(self, mark: str, name: str, start: int, length: int) -> Tag | None:
        close = self._places.next(mark, start + 2)
        if close >= 0:
            return Tag(name, start, close + length, start)
        return None if self._strict and name == "!" else Tag(name, start, self._end, start)

    def _strict_end(self, at: int) -> int:
        """Where the tag ends whose name ends at `at`; -1 where it is none."""
        tried: list[int] = []
        while True:
            between = at
            match = _BETWEEN.match(self._text, at, self._end)
            at = match.end() if match else at
            if at >= self._end or at in self._dead:
                break
            if self._text[at] == ">":
                return at + 1
            if between == at:  # no space before an attribute
                break
            tried.append(at)
            name = _ATTRIBUTE.match(self._text, at, self._end)
            if name is None:
                break
            at = name.end()
            equals = _EQUALS.match(self._text, at, self._end)
            if equals is None:
                continue
            at = equals.end()
            quote = self._text[at : at + 1]
            if quote and quote in "\"'" and at < self._end:
                close = self._places.next(quote, at + 1)
                if close < 0:
                    break
                at = close + 1
            else:
                value = _UNQUOTED.match(self._text, at, self._end)
                if value is None:
                    break
                at = value.end()
        self._dead.update(tried)
        return -1

    def _lenient_end(self, at: int) -> int:
        while at < self._end:
            close = self._places.next(">", at)
            if close < 0:
                return self._end
            # Only a value is quoted: the quote after an equals sign.
            equals = self._places.next("=", at)
            if not 0 <= equals < close:
                return close + 1
            match = _EQUALS.match(self._text, equals, self._end)
            at = match.end() if match else equals + 1
            quote = self._text[at : at + 1]
            if quote and quote in "\"'" and at < self._end:
                # A quote that never closes ends with the tag.
                closing = self._places.next(quote, at + 1)
                at = closing + 1 if closing >= 0 else at
                if closing < 0:
                    close = self._places.next(">", at)
                    return close + 1 if close >= 0 else self._end
        return self._end


def attributes_of(text: str, tag: Tag) -> dict[str, str]:
    """The attributes of a tag, names in lower case."""
    found: dict[str, str] = {}
    for match in _NAMED.finditer(text, tag.inside, max(tag.end - 1, tag.inside)):
        value = match[2] or match[3] or match[4] or ""
        found.setdefault(match[1].lower(), value)
    return found
