"""A report as one HTML file that needs nothing else and reaches nothing else.

Its policy forbids every request; scripts and styles run only if their hash is the one written by
us, so words of a model could not run even if they were taken for markup, which they cannot be.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from evals.report.packed import PackedRun
from evals.report.report_blocks import (
    Bars,
    Forest,
    Heading,
    HeadlineBlock,
    LineChart,
    ReportBlock,
    Table,
    Text,
    tone_of,
)
from evals.report.report_language import Speaker, catalogue, speaker
from evals.report.svg import escape, svg
from evals.report.topics.words import joined

__all__ = ["page"]

_HERE = Path(__file__).parent
_FOOTER = joined(
    "Made by thinkscale from the run's own files.",
    "Intervals are 95 %, clustered by source; comparisons are paired by question.",
)
_NO_SCRIPT = "The questions need JavaScript; everything above does not."
_FILTERS = (
    ("task", "Task"),
    ("model", "Model"),
    ("strategy", "Strategy"),
    ("verdict", "Verdict"),
    ("kind", "Kind"),
    ("language", "Language"),
)


def page(
    title: str,
    facts: Sequence[str],
    blocks: Sequence[ReportBlock],
    packed: PackedRun,
    language: str = "en",
) -> str:
    """The whole file. `facts` are short lines under the title."""
    say = speaker(language)
    style = _read("plot.css") + _read("page.css")
    script = _read("page.js")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    tops = [b for b in blocks if isinstance(b, Heading) and b.level == 2]
    links = "".join(f'<a href="#{escape(h.anchor)}">{escape(h.text)}</a>' for h in tops)
    said = "".join(f"<li>{escape(fact)}</li>" for fact in facts)
    return "".join([
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        '<meta name="referrer" content="no-referrer">\n',
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n",
        f'<a class="skip" href="#questions">{say("Skip to the questions")}</a>\n',
        f'<header class="top"><h1>{escape(title)}</h1><ul class="facts">{said}</ul>',
        f'<nav class="toc" aria-label="{say("Parts")}">{links}'
        f'<a href="#questions">{say("Questions")}</a></nav>',
        "</header>\n<main>\n",
        _body(blocks),
        _questions(say),
        f"</main>\n<footer>{escape(say(_FOOTER))}</footer>\n",
        _words(language),
        _data(packed),
        f"<script>{script}</script>\n</body>\n</html>\n",
    ])  # fmt: skip


def _body(blocks: Sequence[ReportBlock]) -> str:
    """Blocks of a kind that stand together become one list or one grid."""
    parts = []
    for kind, found in groupby(blocks, key=_family):
        inside = "".join(_one(block) for block in found)
        if kind == "plot":
            inside = f'<div class="plots">{inside}</div>\n'
        parts.append(inside)
    return "".join(parts)


def _family(block: ReportBlock) -> str:
    return "plot" if isinstance(block, LineChart | Forest | Bars) else "other"


def _one(block: ReportBlock) -> str:
    if isinstance(block, Heading):
        return (
            f'<h{block.level} id="{escape(block.anchor)}">{escape(block.text)}</h{block.level}>\n'
        )
    if isinstance(block, Text):
        quiet = ' class="quiet"' if block.quiet else ""
        return f"<p{quiet}>{escape(block.text)}</p>\n"
    if isinstance(block, HeadlineBlock):
        first, colon, rest = block.text.partition(":")
        said = f"<b>{escape(first)}</b>{colon}{escape(rest)}"
        return f'<p class="headline {tone_of(block.verdict)}">{said}</p>\n'
    if isinstance(block, Table):
        return _table(block)
    caption = f"<figcaption>{escape(block.caption)}</figcaption>" if block.caption else ""
    return f"<figure>{svg(block)}{caption}</figure>\n"


def _table(table: Table) -> str:
    def cell(tag: str, at: int, text: str) -> str:
        kind = "num" if at in table.numeric else "wide" if len(text) > 60 else ""
        scope = ' scope="col"' if tag == "th" else ""
        return f"<{tag}{scope}{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>" + (
            f"{escape(text)}</{tag}>"
        )

    head = "".join(cell("th", i, name) for i, name in enumerate(table.columns))
    rows = "".join(
        f"<tr{' class=' + chr(34) + 'strong' + chr(34) if n in table.strong else ''}>"
        + "".join(cell("td", i, text) for i, text in enumerate(row))
        + "</tr>\n"
        for n, row in enumerate(table.rows)
    )
    title = f"<h4>{escape(table.title)}</h4>" if table.title else ""
    label = escape(table.title or "table")
    inside = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    inside += f"<p>{escape(table.caption)}</p>" if table.caption else ""
    if table.folded:
        return f'<details class="table"><summary>{title}</summary>{inside}</details>\n'
    return f'<div class="table">{title}{inside}</div>\n'


def _words(language: str) -> str:
    """What the script says, for a reader of another language; a block of data, which is not run."""
    if language == "en":
        return ""
    said = json.dumps(catalogue(), ensure_ascii=True).replace("<", "\\u003c")
    return f'<script type="application/json" id="words">{said}</script>\n'


def _questions(say: Speaker) -> str:
    selects = "".join(
        f'<label>{say(said)}<select id="f-{name}"></select></label>' for name, said in _FILTERS
    )
    return (
        f'<section><h2 id="questions">{say("Questions")}</h2>\n'
        f"<noscript><p>{say(_NO_SCRIPT)}</p></noscript>\n"
        f'<div class="filters" role="search" aria-label="{say("Filter questions")}">{selects}'
        f'<label>{say("Text")}<input id="f-text" type="search" autocomplete="off" '
        f'placeholder="{say("question, answer, id")}"></label></div>\n'
        f'<div class="pager"><button type="button" id="previous" disabled>{say("Previous")}'
        f'</button><button type="button" id="next" disabled>{say("Next")}</button>'
        '<span id="where"></span><span id="count" role="status"></span></div>\n'
        '<div id="list"></div></section>\n'
    )


def _data(packed: PackedRun) -> str:
    """Blocks of data, which no browser runs; base64 has no character that could end them."""
    named = [("index", packed.index)]
    named += [(f"piece-{n}", piece) for n, piece in enumerate(packed.pieces)]
    return "".join(
        f'<script type="application/octet-stream" id="{name}">{data}</script>\n'
        for name, data in named
    )


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
