"""Links of Markdown: the labels of definitions, and where address and title stand."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from urllib.parse import unquote

from pipeline.notes.formats.tags import Places, first_from

__all__ = ["LABEL_LENGTH", "LinkTargets", "is_file_name", "label_key", "skip_space"]

LABEL_LENGTH = 1000
"""Characters a label that is looked up has at most, as CommonMark says."""

_SIZE = re.compile(r"\d+(?:x\d+)?")
_FILE_NAME = re.compile(
    r"[^\s/]+\.(?:apng|avif|bmp|gif|heic|ico|jpe?g|m4a|mov|mp[34]|ogg|pdf|png|svg|tiff?|wav|web[mp])",
    re.IGNORECASE,
)
_LONGEST = 3000
_SPACES = re.compile(r"\s*+")
_SPACE = re.compile(r"\s")
_CLOSING = re.compile(r"\)")
_FILE = re.compile(
    r"[^()\n]+\.(?:md|html?|txt|pdf|docx?|pptx?|ipynb|png|jpe?g|gif|svg|webp)(?:#[^()\n]*)?",
    re.IGNORECASE,
)
"""The path of a file, in a folder of notes."""
_TITLE_END = re.compile(r"""["')](?=\s*+\))""")
_PAREN = re.compile(r"\\.|[()]", re.DOTALL)
_QUOTES = {'"': '"', "'": "'", "(": ")"}


class LinkTargets:
    """The `(address "title")` of the links of one text, each found in constant time."""

    def __init__(self, content: str, places: Places) -> None:
        self.content = content
        self.places = places

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

    @cached_property
    def _spaces(self) -> list[int]:
        return [m.start() for m in _SPACE.finditer(self.content)]

    @cached_property
    def _closing(self) -> list[int]:
        return [-1, *(m.start() for m in _CLOSING.finditer(self.content))]

    def at(self, start: int) -> tuple[tuple[int, int] | None, int] | None:
        """Of `(address "title")` at `start`: where the title stands, and the end. None where it
        is no such thing."""
        content, following = self.content, self.places.next
        at = skip_space(content, start + 1)
        close = self._partners.get(start, -1)
        if content.startswith("<", at):
            space = following(">", at) + 1
        else:
            space = min((p for mark in " \t\n" if (p := following(mark, at)) >= 0), default=0)
            if close >= 0 and not 0 < space < close:
                return None, close + 1
        after = skip_space(content, space) if space else 0
        if after and content.startswith(")", after):
            return None, after + 1
        quote = content[after : after + 1]
        if after > space and quote in _QUOTES:
            quote = _QUOTES[quote]
            ends = following(quote, after + 1)
            while ends >= 0 and content[ends - 1] == "\\":
                ends = following(quote, ends + 1)
            if ends >= 0 and first_from(self._title_ends, ends) == ends:
                return (after + 1, ends), following(")", ends + 1) + 1
            if close > after and (last := _title_end(content, close)) > after:
                return (after + 1, last), close + 1  # with quotation marks inside
        if close >= 0 and content[at : at + 5].lower().startswith(("data:", "#")):
            return None, close + 1  # such an address may hold spaces
        if close < 0:  # a bracket in the address is never closed: it ends with its last one
            stop = first_from(self._spaces, at)
            close = self._closing[
                bisect_left(self._closing, len(content) if stop < 0 else stop) - 1
            ]
            return (None, close + 1) if 0 <= following("/", at) < close else None
        if _FILE.fullmatch(content, at, close):
            return None, close + 1  # the name of a file may hold spaces
        return None


def is_file_name(label: str, address: str) -> bool:
    """Whether a picture's text is nothing but the name of its file, or its size.

    >>> is_file_name("image-2024", "assets/image-2024.png)"), is_file_name("A tree", "tree.png)")
    (True, False)
    """
    if _FILE_NAME.fullmatch(label) or _SIZE.fullmatch(label):
        return True
    name = unquote(address[-_LONGEST:].rpartition("/")[2]).strip("()<> ")
    return bool(label) and name.startswith(f"{label}.")


def label_key(label: str) -> str:
    """A link's label as definitions are told apart."""
    return " ".join(label.split()).casefold()


def skip_space(content: str, at: int) -> int:
    """The first place from `at` on that holds no white space."""
    match = _SPACES.match(content, at)
    return match.end() if match else at


def _title_end(content: str, close: int) -> int:
    """The quotation mark right before the bracket at `close`; -1 where there is none."""
    close -= 1
    while close > 0 and content[close].isspace():
        close -= 1
    return close if content[close] in "\"'" else -1
