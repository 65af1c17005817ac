"""From a run to a report in the form asked for."""

from __future__ import annotations

from pathlib import Path

from evals.report.document import document
from evals.run.records import Run
from pipeline.files import write_whole

__all__ = ["html_report", "markdown_report", "terminal_report", "write_markdown"]


def html_report(run: Run) -> str:
    """One HTML file that needs nothing else; the same run always gives the same bytes."""
    from evals.report.html import page
    from evals.report.packed import pack

    made = document(run)
    return page(made.title, made.facts, made.blocks, pack(run, made.causes))


def markdown_report(run: Run, plots: str = "") -> tuple[str, dict[str, str]]:
    """Markdown, and its charts by file name where there is a folder for them."""
    from evals.report.text import markdown

    made = document(run)
    return markdown(made.title, made.facts, made.blocks, plots)


def write_markdown(run: Run, path: Path) -> int:
    """Write `path` and its charts into the folder `STEM-plots` beside it; how many charts."""
    folder = path.with_name(f"{path.stem}-plots")
    text, files = markdown_report(run, folder.name)
    if files:
        folder.mkdir(parents=True, exist_ok=True)
    for name, svg in files.items():
        write_whole(folder / name, svg)
    write_whole(path, text)
    return len(files)


def terminal_report(run: Run, width: int = 100, *, colour: bool = False) -> str:
    """Lines for a terminal, with charts out of characters."""
    from evals.report.text import terminal

    made = document(run)
    return terminal(made.title, made.facts, made.blocks, width, colour=colour)
