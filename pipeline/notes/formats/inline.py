"""The inline marks of Markdown and HTML, taken off with every character's place kept.

markdown-it gives no positions inside a line, so this pass works on the source text itself. It is
lenient where CommonMark is strict (a closing `**` right before a Korean particle closes) and keeps
code, formulas and anything it does not know as they stand.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from pipeline.notes.mapped import Piece

__all__ = ["inline_pieces", "line_pieces"]

# Quantifiers are bounded, so that a line of a million brackets takes linear time.
_MARK = re.compile(
    r"""
    (?P<code>(?P<ticks>`{1,8})(?!`)(?P<inner>[^`]{1,2000}|.{1,300}?)(?<!`)(?P=ticks)(?!`))
  | (?P<math>\$\$.{1,2000}?\$\$|\$(?=[^\s$])[^$\n]{0,300}(?<=[^\s$\\])\$(?!\d)
      |\\\(.{1,500}?\\\)|\\\[.{1,2000}?\\\])
  | (?P<escape>\\[!-/:-@\[-`{-~])
  | (?P<comment><!--.{0,5000}?-->)
  | (?P<auto><(?P<url>(?:https?|ftp|mailto):[^\s<>]{1,2000})>)
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


def _joins(lines: list[str]) -> list[str]:
    """What stands between consecutive lines: a break, or a space where an editor wrapped the line,
    which it does when the next word would have passed the margin."""
    widths = [_width(line) for line in lines]
    margin = max(widths)
    joins = []
    for line, width, after in zip(lines, widths, lines[1:], strict=False):
        word = _width(after.split(" ", 1)[0])
        wrapped = 50 <= margin <= 120 and width + 1 + word > margin
        ended = line.rstrip()[-1:] in ".!?。:：;" or line.endswith("  ")
        joins.append(" " if wrapped and not ended and after[:1] not in "-*|#" else "\n")
    return joins


def _width(text: str) -> int:
    """Columns on a terminal: Hangul and its like take two."""
    return len(text) if text.isascii() else sum(2 if c >= "ᄀ" else 1 for c in text)


def _edits(content: str) -> list[tuple[int, int, str]]:
    """What to replace (start, end, by what) to leave the readable text. No two overlap."""
    edits: list[tuple[int, int, str]] = []
    open_marks: dict[str, int] = {}
    pending_links: list[tuple[int, int]] = []
    at = 0
    budget = 4 * len(content) + 1000
    while at < len(content):
        while pending_links and at >= pending_links[-1][0]:
            at = max(at, pending_links.pop()[1])
        match = _MARK.search(content, at)
        limit = pending_links[-1][0] if pending_links else len(content)
        if match is None or match.start() >= limit:
            if not pending_links:
                break
            at = limit
            continue
        kind = match.lastgroup or ""
        kind = next(k for k in _KINDS if match.group(k) is not None)
        start, end = match.span()
        at = end
        budget -= 1
        if (
            budget < 0
        ):  # cannot happen with input of this length; a bound for hostile text all the same
            break
        if kind == "code":
            edits += [(start, match.start("inner"), ""), (match.end("inner"), end, "")]
        elif kind == "escape":
            edits.append((start, start + 1, ""))
        elif kind in ("comment", "tag", "dangling"):
            edits.append((start, end, ""))
        elif kind == "auto":
            edits += [(start, start + 1, ""), (end - 1, end, "")]
        elif kind == "break":
            edits.append((start, end, "\n"))
        elif kind == "link" and end <= limit:
            label_start, label_end = match.span("label")
            edits += [(start, label_start, ""), (label_end, end, "")]
            pending_links.append((label_end, end))
            at = label_start
        elif kind == "link":
            at = start + 1
        elif kind in ("strong", "em"):
            mark = match.group(kind)
            close = _closing(content, mark, end, limit)
            if (
                close < 0
                or open_marks.get(mark, -1) >= start
                or _between_words(content, start, mark)
            ):
                at = end
                continue
            open_marks[mark] = close
            edits += [(start, end, ""), (close, close + len(mark), "")]
        elif kind == "entity":
            plain = html.unescape(match.group())
            if plain != match.group():
                edits.append((start, end, plain))
    return _disjoint(edits)


_KINDS = (
    "code",
    "math",
    "escape",
    "comment",
    "auto",
    "break",
    "tag",
    "dangling",
    "link",
    "strong",
    "em",
    "entity",
)


def _closing(content: str, mark: str, start: int, limit: int) -> int:
    """Where the mark that closes one opened before `start` stands, or -1."""
    reach = min(limit, start + 600)
    at = content.find(mark, start + 1, reach)
    while at >= 0:
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
