"""A note as a tree of what it says and how: headings, lists, tables, formulas, code.

The page builds the tree element by element, from a closed list of names, so that nothing of a note
is ever read as HTML. A node is a text, or `[name, attributes, child, ...]`; attributes of blocks
hold the `lines` (first and last, from 1) of the raw text that they stand on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pipeline.notes.formats import parse
from pipeline.notes.formats.front_matter import front_matter
from pipeline.notes.formats.markdown_rules import MAX_DEPTH, block_parser, unread
from pipeline.notes.mapped import Block, MappedLines, Parsed

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

__all__ = ["Node", "plain_quote", "rendered"]

Node = str | list[Any]

_LONGEST = 400_000
"""Characters of a note; a longer one is shown raw."""
_CUE = "WEBVTT\n\n00:00:00.000 --> 00:00:00.001\n"
_LONGEST_FORMULA = 2000
_WEB = re.compile(r"(?:https?://|mailto:)[^\s\"'<>]+\Z", re.I)
_ALIGN = re.compile(r"text-align:(left|right|center)")
_FORMULA_MARKS = {"$$": "$$", "\\[": "\\]", "\\(": "\\)", "$": "$"}
_TAGS = {
    "paragraph": "p", "blockquote": "blockquote", "bullet_list": "ul", "ordered_list": "ol",
    "list_item": "li", "table": "table", "thead": "thead", "tbody": "tbody", "tr": "tr",
    "th": "th", "td": "td", "em": "em", "strong": "strong", "s": "del",
}  # fmt: skip


def rendered(kind: str, raw: str, parsed: Parsed | None) -> list[Node] | None:
    """The tree of a note; None where it is too long to be laid out. `parsed` is what the parser
    made of a format that is not text itself."""
    if len(raw) > _LONGEST:
        return None
    if kind == "markdown":
        return _markdown(raw, 0)
    parsed = parsed or parse(kind, raw)
    if parsed.unit == "cell":
        return _cells(parsed, raw)
    return _blocks(parsed, MappedLines(raw))


def plain_quote(kind: str, quote: str) -> str:
    """A quotation of a raw text as it reads in the tree: without marks, tags and times."""
    if kind in ("markdown", "notebook"):
        return " ".join(_text(node) for node in _markdown(quote, 0))
    if kind == "html":
        return " ".join(block.text for block in parse(kind, quote).blocks)
    if kind == "transcript" and "-->" in quote:
        said = parse(kind, _CUE + quote.lstrip("\ufeff")).blocks
        return " ".join(block.text for block in said)
    return quote


def _text(node: Node) -> str:
    if isinstance(node, str):
        return node
    apart = " " if node[0] in ("p", "li", "td", "th", "br") else ""
    return "".join(map(_text, node[2:])) + apart


# -- Markdown --------------------------------------------------------------------------------------


def _markdown(text: str, offset: int) -> list[Node]:
    """The blocks of a Markdown text whose first line is line `offset` + 1 of the note."""
    body = text
    front = front_matter(text, Parsed([])) if not offset else None
    hidden = [(0, front.end)] if front else []
    hidden += [(start, end) for start, end, _ in unread(body)]
    for start, end in hidden:
        body = body[:start] + re.sub(r"[^\n]", " ", body[start:end]) + body[end:]
    env: dict[str, Any] = {}
    try:
        tokens = block_parser().parse(body, env)
        if any(token.level >= MAX_DEPTH - 2 for token in tokens):
            raise RecursionError
        properties = _properties(text[: front.end]) if front and front.facts else []
        return [*properties, *_tree(tokens, offset, env)]
    except RecursionError:
        return [["pre", {"lines": [offset + 1, offset + 1 + text.count("\n")]}, text]]


def _properties(front: str) -> list[Node]:
    """The front matter as it is, without the lines that fence it."""
    lines = front.rstrip("\n").split("\n")
    return [["pre", {"lines": [1, len(lines)]}, "\n".join(lines[1:-1])]]


def _tree(tokens: Sequence[Token], offset: int, env: dict[str, Any]) -> list[Node]:
    open_: list[list[Any]] = [["", {}]]
    for token in tokens:
        if token.nesting < 0:
            if len(open_) > 1 and not token.hidden:
                done = open_.pop()
                open_[-1].append(done)
            continue
        if token.nesting > 0:
            if not token.hidden:
                open_.append([_tag(token), _attributes(token, offset)])
            continue
        open_[-1] += _leaf(token, offset, env)
    return open_[0][2:]


def _tag(token: Token) -> str:
    kind = token.type.removesuffix("_open")
    return token.tag if kind == "heading" else "a" if kind == "link" else _TAGS.get(kind, "span")


def _attributes(token: Token, offset: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if token.map:
        found["lines"] = [token.map[0] + offset + 1, max(token.map[1], token.map[0] + 1) + offset]
    if aligned := _ALIGN.search(str(token.attrGet("style") or "")):
        found["align"] = aligned[1]
    if (start := token.attrGet("start")) is not None:
        found["start"] = start
    href = str(token.attrGet("href") or "")
    if _WEB.match(href):
        found["href"] = href
    return found


def _leaf(token: Token, offset: int, env: dict[str, Any]) -> list[Node]:
    lines = _attributes(token, offset)
    match token.type:
        case "inline":
            children: list[Token] = []
            _inline().inline.parse(token.content, _inline(), env, children)
            return _tree(children, offset, env)
        case "text" | "text_special":
            return [token.content]
        case "softbreak":
            return [" "]
        case "hardbreak":
            return [["br", {}]]
        case "code_inline":
            return [["code", {}, token.content]]
        case "math":
            return [["math", {"display": bool(token.meta.get("display"))}, token.content]]
        case "formula":
            return [["math", {**lines, "display": True}, _formula(token.content)]]
        case "fence" if token.info.strip() == "math":
            return [["math", {**lines, "display": True}, token.content.strip()]]
        case "fence" | "code_block":
            return [["pre", lines, token.content.rstrip("\n")]]
        case "hr":
            return [["hr", lines]]
        case "image":
            return [["span", {"picture": True}, token.content]] if token.content else []
        case "html_block":
            said = [block.text.strip() for block in parse("html", token.content).blocks]
            return [["p", lines, one] for one in said if one]
        case "html_inline":
            return [["br", {}]] if token.content.lower().startswith("<br") else []
    return [token.content] if token.content else []


def _formula(content: str) -> str:
    """The formula without what opens and closes it; an environment keeps its own."""
    content = content.strip()
    for left, right in (("$$", "$$"), ("\\[", "\\]")):
        if content.startswith(left) and content.endswith(right) and len(content) >= 4:
            return content[2:-2].strip()
    return content


@cache
def _inline() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": MAX_DEPTH})
    parser.enable("strikethrough")
    parser.inline.ruler.before("escape", "math", _math)
    parser.inline.ruler.before("link", "wiki", _wiki)
    return parser


def _math(state: StateInline, silent: bool) -> bool:
    """`$x$`, `$$x$$`, `\\(x\\)` and `\\[x\\]`; a `$` before a figure or after a space is money."""
    text, at = state.src, state.pos
    left = next((mark for mark in _FORMULA_MARKS if text.startswith(mark, at)), "")
    if not left:
        return False
    right = _FORMULA_MARKS[left]
    start = at + len(left)
    end = text.find(right, start, min(state.posMax, start + _LONGEST_FORMULA))
    if end <= start:
        return False
    inside, after = text[start:end], text[end + len(right) : end + len(right) + 1]
    if left == "$" and (inside[0].isspace() or inside[-1].isspace() or after.isdigit()):
        return False
    if not silent:
        token = state.push("math", "", 0)
        token.content, token.meta = inside.strip(), {"display": left in ("$$", "\\[")}
    state.pos = end + len(right)
    return True


def _wiki(state: StateInline, silent: bool) -> bool:
    """`[[note|as it is called]]` of Obsidian: the name it is called by."""
    if not state.src.startswith("[[", state.pos):
        return False
    end = state.src.find("]]", state.pos + 2, min(state.posMax, state.pos + 300))
    inside = state.src[state.pos + 2 : end] if end > 0 else ""
    if not inside or "[" in inside or "\n" in inside:
        return False
    if not silent:
        state.push("text", "", 0).content = inside.rpartition("|")[2]
    state.pos = end + 2
    return True


# -- what other formats are read as ----------------------------------------------------------------


def _cells(parsed: Parsed, raw: str) -> list[Node]:
    """A notebook: code as it is, the text of the other cells as Markdown."""
    lines, found = MappedLines(raw), list[Node]()
    for number, group in groupby(parsed.blocks, key=lambda block: block.number):
        blocks = list(group)
        first, last = min(b.start for b in blocks), max(b.end for b in blocks)
        low, high = lines.of(first), lines.of(max(last - 1, first))
        found.append(["part", {"unit": "cell", "number": number, "lines": [low, high]}])
        if blocks[0].kind == "code":
            found.append(["pre", {"lines": [low, high]}, raw[first:last]])
        else:
            source = "\n".join(raw.split("\n")[low - 1 : high])
            found += _markdown(source, low - 1) if low > 1 else _markdown(source, 0)
    return found


def _blocks(parsed: Parsed, lines: MappedLines) -> list[Node]:
    found: list[Node] = []
    part = 0
    for block in parsed.blocks:
        if not block.text.strip():
            continue
        if block.number and block.number != part:
            part = block.number
            found.append(["part", {"unit": parsed.unit, "number": part}])
        stands = {"lines": [lines.of(block.start), lines.of(max(block.end - 1, block.start))]}
        if parsed.unit == "time":
            found += _cues(block, lines)
        elif block.kind == "heading":
            found.append([f"h{min(max(round(block.level), 1), 6)}", stands, block.text])
        elif block.kind == "table":
            found.append(["table", stands, *_rows(block.text)])
        else:
            tag = {"code": "pre", "item": "li"}.get(block.kind, "p")
            found.append([tag, stands, block.text])
    return [node for group in _listed(found) for node in group]


def _listed(nodes: list[Node]) -> Iterator[list[Node]]:
    """Items one after the other as one list."""
    for is_item, group in groupby(nodes, key=lambda node: node[0] == "li"):
        nodes_of_kind = list(group)
        yield [["ul", {}, *nodes_of_kind]] if is_item else nodes_of_kind


def _rows(text: str) -> Iterator[Node]:
    for line in text.split("\n"):
        cells = line.strip().strip("|").split("|")
        yield ["tr", {}, *(["td", {}, cell.strip()] for cell in cells)]


def _cues(block: Block, lines: MappedLines) -> Iterator[Node]:
    """What was said, by the time it was said at."""
    timed = [piece for piece in block.pieces if piece.start >= 0]
    for first, group in groupby(timed, key=lambda piece: piece.first):
        pieces = list(group)
        low, high = pieces[0].start, pieces[-1].end
        stands = {"lines": [lines.of(low), lines.of(max(high - 1, low))], "time": first}
        yield ["p", stands, " ".join(piece.text.strip() for piece in pieces)]
