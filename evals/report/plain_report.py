"""A report as Markdown, with its charts as files beside it; and as lines on a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from evals.report.character_charts import characters, columns_of, padded
from evals.report.report_blocks import Heading, HeadlineBlock, ReportBlock, Table, Text, tone_of
from evals.report.svg import standalone
from pipeline.shown import clean, styled

__all__ = ["markdown", "terminal"]


def markdown(
    title: str, facts: Sequence[str], blocks: Sequence[ReportBlock], plots: str = ""
) -> tuple[str, dict[str, str]]:
    """The Markdown and its charts: file name -> SVG, to be written into the folder `plots` (as the
    text names it). Without a folder, charts are made of characters and there are no files."""
    files: dict[str, str] = {}
    parts = [f"# {_escaped(title)}\n", *(f"- {_escaped(fact)}" for fact in facts), ""]
    anchor = ""
    for block in blocks:
        if isinstance(block, Heading):
            anchor = block.anchor
            parts.append(f"{'#' * block.level} {_escaped(block.text)}\n")
        elif isinstance(block, Text):
            parts.append(f"{_escaped(block.text)}\n")
        elif isinstance(block, HeadlineBlock):
            first, colon, rest = block.text.partition(":")
            parts.append(f"**{_escaped(first)}**{colon}{' ' if rest else ''}{_escaped(rest)}\n")
        elif isinstance(block, Table):
            parts.append(_table(block))
        elif plots:
            name = _file_name(anchor, block.title, files)
            files[name] = standalone(block)
            parts.append(f"![{_escaped(block.title)}]({plots}/{name})\n")
            parts += [f"*{_escaped(block.caption)}*\n"] if block.caption else []
        else:
            parts.append(f"```text\n{characters(block)}\n```\n")
            parts += [f"{_escaped(block.caption)}\n"] if block.caption else []
    return "\n".join(parts).rstrip("\n") + "\n", files


def terminal(
    title: str,
    facts: Sequence[str],
    blocks: Sequence[ReportBlock],
    width: int = 100,
    *,
    colour: bool,
) -> str:
    """The report as lines of at most about `width` columns; tables of many columns may be wider.
    Parts of the questions are left out: a page shows those better."""
    parts = [_styled(title, "bold", colour), *(f"  {_flat(fact)}" for fact in facts), ""]
    tones = {"gain": "green", "loss": "red", "none": "yellow"}
    for block in blocks:
        if isinstance(block, Heading):
            parts += ["", _styled(block.text, "bold", colour), ""]
        elif isinstance(block, Text):
            parts += [*textwrap.wrap(_flat(block.text), width), ""]
        elif isinstance(block, HeadlineBlock):
            first, colon, rest = "\n".join(textwrap.wrap(_flat(block.text), width)).partition(":")
            parts += [_styled(first, tones[tone_of(block.verdict)], colour) + colon + rest, ""]
        elif isinstance(block, Table):
            if not block.folded:
                parts += ["", _plain_table(block, colour), ""]
        else:
            parts += ["", characters(block, min(width, 100)), ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip("\n") + "\n"


def _table(table: Table) -> str:
    line = "| " + " | ".join(_escaped(name) for name in table.columns) + " |"
    sides = ["---:" if i in table.numeric else "---" for i in range(len(table.columns))]
    rows = []
    for at, row in enumerate(table.rows):
        cells = [_escaped(cell) for cell in row]
        if at in table.strong:
            cells = [f"**{cell}**" if cell else "" for cell in cells]
        rows.append("| " + " | ".join(cells) + " |")
    title = f"**{_escaped(table.title)}**\n\n" if table.title else ""
    caption = f"\n\n{_escaped(table.caption)}" if table.caption else ""
    return title + "\n".join([line, f"|{'|'.join(sides)}|", *rows]) + caption + "\n"


def _plain_table(table: Table, colour: bool) -> str:
    rows = [tuple(_flat(cell) for cell in row) for row in (table.columns, *table.rows)]
    widths = [min(44, max(columns_of(row[i]) for row in rows)) for i in range(len(table.columns))]

    def line(row: Sequence[str]) -> str:
        cells = []
        for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
            shown = cell if columns_of(cell) <= width else cell[: width - 1] + "…"
            cells.append(padded(shown, width, right=at in table.numeric))
        return "  ".join(cells).rstrip()

    said = [_styled(table.title, "bold", colour)] if table.title else []
    return "\n".join([*said, line(rows[0]), *(line(row) for row in rows[1:])])


def _flat(text: str) -> str:
    """On one line."""
    return clean(text).replace("\n", " ").replace("\t", " ")


def _escaped(text: str) -> str:
    """Text in which nothing is Markdown or HTML."""
    return re.sub(r"([\\`*|<>\[\]])", r"\\\1", " ".join(clean(text).split()))


def _file_name(anchor: str, title: str, taken: dict[str, str]) -> str:
    words = re.sub(r"[^0-9a-z]+", "-", title.casefold()).strip("-") or "plot"
    name, more = f"{anchor}-{words}"[:60].strip("-"), 1
    while f"{name}.svg" in taken:
        more += 1
        name = f"{name}-{more}"
    return f"{name}.svg"


def _styled(text: str, style: str, colour: bool) -> str:
    shown = _flat(text)
    return styled(shown, style) if colour else shown
