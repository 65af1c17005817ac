"""The inline marks of Markdown and HTML, taken off with every character's place kept.

markdown-it gives no positions inside a line, so this pass works on the source text itself. It is
lenient where CommonMark is strict (a closing `**` right before a Korean particle closes) and keeps
code, formulas and anything it does not know as they stand.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Sequence

from pipeline.notes.mapped import Piece

__all__ = ["inline_pieces", "joined_lines", "line_pieces"]

# Every quantifier is bounded and what may stand far apart is looked up, not searched for, so that
# a line of a million brackets takes linear time.
_MARK = re.compile(
    r"""
    (?P<code>`+)
  | (?P<math>\$\$|\\\(|\\\[)
  | (?P<formula>\$(?=[^\s$])[^$\n]{0,300}(?<=[^\s$\\])\$(?!\d))
  | (?P<escape>\\[!-/:-@\[-`{-~])
  | (?P<comment><!--)
  | (?P<auto><(?:https?|ftp|mailto):[^\s<>]{1,2000}>)
  | (?P<break><br\s{0,3}/?>)
  | (?P<tag></?[A-Za-z][A-Za-z0-9-]{0,30}(?:\s[^<>]{0,1000})?/?>)
  | (?P<dangling>\s?\[(?:ref_?id|ref_\d{1,3}|citation[ ]needed)(?::\s?[\d,\s]{1,40})?\](?!\())
  | (?P<link>!?\[(?P<label>(?:[^\[\]\\\n]|\\.|\[[^\[\]\n]{0,100}\]){0,500})\]
      (?:\((?P<target>(?:[^()\s]|\([^()\s]{0,200}\)){0,2000}(?:\s+["'][^"'\n]{0,300}["'])?)\)
        |\[[^\[\]\n]{0,100}\]))
  | (?P<strong>\*\*\*|\*\*|__|~~)(?=\S)
  | (?P<em>\*(?=\S)|(?<![^\W_])_(?=[^\s_]))
  | (?P<entity>&(?:[A-Za-z][A-Za-z0-9]{1,30}|\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6});)
    """,
    re.VERBOSE | re.DOTALL,
)
_ANY = re.compile(r"[\\`$<\[*_~&]")
_TICKS = re.compile(r"`+")
_CLOSERS = {"<!--": "-->", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_FAR = 5000
"""Characters a comment or a formula may span."""


def line_pieces(text: str, start: int, end: int) -> list[Piece]:
    """The inline content of `text[start:end]` as pieces."""
    return inline_pieces(text, [(start, end)])


def inline_pieces(text: str, segments: Sequence[tuple[int, int]]) -> list[Piece]:
    """The inline content of the lines `text[start:end]` of one block, as one list of pieces. Where
    a line ends a joining piece stands: the break itself, or a space where the text was wrapped."""
    lines = [(start, end) for start, end in segments if start < end]
    if not lines:
        return []
    content = "\n".join(text[start:end] for start, end in lines)
    joins = _joins([text[start:end] for start, end in lines])
    # Content offsets back to source offsets: the start of each line in both.
    starts, at = [], 0
    for start, end in lines:
        starts.append((at, start))
        at += end - start + 1
    edits = _edits(content) if _ANY.search(content) else []
    edits += [(at - 1, at, joins[i - 1]) for i, (at, _) in enumerate(starts) if i]
    edits.sort()
    return _assemble(content, edits, starts)


def joined_lines(text: str, segments: Sequence[tuple[int, int]]) -> list[Piece]:
    """The lines `text[start:end]` of one paragraph as they are, wrapped ones joined."""
    joins = _joins([text[start:end] for start, end in segments])
    pieces: list[Piece] = []
    for index, (start, end) in enumerate(segments):
        if index:
            pieces.append(Piece(joins[index - 1]))
        pieces.append(Piece(text[start:end], start, end))
    return pieces


def _joins(lines: list[str]) -> list[str]:
    """What stands between consecutive lines: a break, or a space where an editor wrapped the line,
    which it does when the next word would have passed the margin."""
    widths = [_width(line) for line in lines]
    margin = max(widths)
    # Korean notes are often one statement a line; only lines of like width were wrapped.
    even = all(width >= 0.75 * margin for width in widths[:-1])
    wraps = 50 <= margin <= 110 and ((len(lines) > 2 and even) or "".join(lines).isascii())
    joins = []
    for line, width, after in zip(lines, widths, lines[1:], strict=False):
        wrapped = wraps and width + 1 + _width(after.split(" ", 1)[0]) > margin
        ended = line.rstrip()[-1:] in ".!?。:：;" or line.endswith("  ")
        joins.append(" " if wrapped and not ended and after[:1] not in "-*|#" else "\n")
    return joins


def _width(text: str) -> int:
    """Columns on a terminal: Hangul and its like take two."""
    return len(text) if text.isascii() else sum(2 if c >= "ᄀ" else 1 for c in text)


class _Closers:
    """Where the next closing mark stands, each found once."""

    def __init__(self, content: str) -> None:
        self._content = content
        self._next: dict[str, int] = {}
        self._ticks: dict[int, list[int]] = {}
        for match in _TICKS.finditer(content):
            self._ticks.setdefault(len(match.group()), []).append(match.start())

    def of(self, mark: str, at: int) -> int:
        """The start of the mark that closes `mark`, from `at` on; -1 where there is none near."""
        closer = _CLOSERS[mark]
        known = self._next.get(closer, 0)
        if 0 <= known < at or closer not in self._next:
            known = self._next[closer] = self._content.find(closer, at)
        return known if known - at <= _FAR else -1

    def ticks(self, length: int, at: int) -> int:
        """The next run of exactly `length` backticks."""
        places = self._ticks.get(length, [])
        index = bisect_left(places, at)
        return places[index] if index < len(places) else -1


def _edits(content: str) -> list[tuple[int, int, str]]:
    """What to replace (start, end, by what) to leave the readable text. No two overlap."""
    edits: list[tuple[int, int, str]] = []
    closers = _Closers(content)
    taken: dict[int, int] = {}  # closing marks already paired
    links: list[tuple[int, int]] = []  # label end and link end of the links being read
    at = 0
    while at < len(content):
        while links and at >= links[-1][0]:
            at = max(at, links.pop()[1])
        limit = links[-1][0] if links else len(content)
        match = _MARK.search(content, at)
        if match is None or match.start() >= limit:
            if not links:
                break
            at = limit
            continue
        start, at = match.span()
        kind = match.lastgroup if match.lastgroup not in ("label", "target") else "link"
        if kind == "code":
            close = closers.ticks(at - start, at)
            if close >= 0:
                edits += [(start, at, ""), (close, close + at - start, "")]
                at = close + at - start
        elif kind in ("math", "comment"):
            close = closers.of(match.group(), at)
            if close >= 0:
                at = close + len(_CLOSERS[match.group()])
                if kind == "comment":
                    edits.append((start, at, ""))
        elif kind == "escape":
            edits.append((start, start + 1, ""))
        elif kind in ("tag", "dangling"):
            edits.append((start, at, ""))
        elif kind == "auto":
            edits += [(start, start + 1, ""), (at - 1, at, "")]
        elif kind == "break":
            edits.append((start, at, "\n"))
        elif kind == "link":
            label_start, label_end = match.span("label")
            if at > limit:
                at = start + 1
                continue
            edits += [(start, label_start, ""), (label_end, at, "")]
            links.append((label_end, at))
            at = label_start
        elif kind in ("strong", "em"):
            mark = match.group(kind)
            closing = taken.get(start, 0) == len(mark)
            close = -1 if closing else _closing(content, mark, at, limit)
            if close >= 0 and not _between_words(content, start, mark):
                edits += [(start, at, ""), (close, close + len(mark), "")]
                taken[close] = len(mark)
        elif kind == "entity":
            plain = html.unescape(match.group())
            if plain != match.group():
                edits.append((start, at, plain))
    return _disjoint(edits)


def _closing(content: str, mark: str, start: int, limit: int) -> int:
    """Where the mark that closes one opened before `start` stands, or -1."""
    reach = min(limit, start + 600)
    at = content.find(mark, start + 1, reach)
    for _ in range(8):
        if at < 0:
            break
        lone = mark != "*" or (content[at - 1 : at] != "*" and content[at + 1 : at + 2] != "*")
        inside_word = mark[0] == "_" and content[at + len(mark) : at + len(mark) + 1].isalnum()
        if content[at - 1] != "\\" and not content[at - 1].isspace() and lone and not inside_word:
            return at
        at = content.find(mark, at + 1, reach)
    return -1


def _between_words(content: str, start: int, mark: str) -> bool:
    """`2*3*4` is a product, not emphasis."""
    before = content[start - 1 : start]
    return mark == "*" and before.isascii() and before.isalnum()


def _disjoint(edits: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Drop the edits that fall into another (a mark inside a formula or a link target)."""
    kept: list[tuple[int, int, str]] = []
    for edit in sorted(set(edits)):
        if not kept or edit[0] >= kept[-1][1]:
            kept.append(edit)
    return kept


def _assemble(
    content: str, edits: list[tuple[int, int, str]], starts: list[tuple[int, int]]
) -> list[Piece]:
    pieces: list[Piece] = []
    line = 0

    def source(offset: int) -> int:
        nonlocal line
        while line + 1 < len(starts) and starts[line + 1][0] <= offset:
            line += 1
        at, start = starts[line]
        return start + offset - at

    def verbatim(low: int, high: int) -> None:
        if low < high:
            start = source(low)
            pieces.append(Piece(content[low:high], start, start + high - low))

    done = 0
    for start, end, text in edits:
        if start < done:
            continue
        verbatim(done, start)
        done = end
        if text in ("\n", " "):
            pieces.append(Piece(text))
        elif text:
            low = source(start)
            pieces.append(Piece(text, low, low + end - start, False))
    verbatim(done, len(content))
    return pieces
