"""From a run to a report in the form asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evals.report.report_language import in_language
from evals.report.run_document import ReportDocument, document
from evals.run.records import Run
from pipeline.files import write_whole

__all__ = ["html_report", "markdown_report", "terminal_report", "write_markdown"]


def _document(run: Run, language: str) -> ReportDocument:
    made = document(run)
    return replace(
        made,
        title=in_language(made.title, language),
        facts=in_language(made.facts, language),
        blocks=in_language(made.blocks, language),
    )


def html_report(run: Run, language: str = "en") -> str:
    """One HTML file that needs nothing else; the same run always gives the same bytes."""
    from evals.report.html import page
    from evals.report.packed import pack

    made = _document(run, language)
    return page(made.title, made.facts, made.blocks, pack(run, made.causes), language)


def markdown_report(run: Run, plots: str = "", language: str = "en") -> tuple[str, dict[str, str]]:
    """Markdown, and its charts by file name where there is a folder for them."""
    from evals.report.plain_report import markdown

    made = _document(run, language)
    return markdown(made.title, made.facts, made.blocks, plots)


def write_markdown(run: Run, path: Path, language: str = "en") -> int:
    """Write `path` and its charts into the folder `STEM-plots` beside it; how many charts."""
    folder = path.with_name(f"{path.stem}-plots")
    text, files = markdown_report(run, folder.name, language)
    if files:
        folder.mkdir(parents=True, exist_ok=True)
    for name, svg in files.items():
        write_whole(folder / name, svg)
    write_whole(path, text)
    return len(files)


def terminal_report(
    run: Run, width: int = 100, *, colour: bool = False, language: str = "en"
) -> str:
    """Lines for a terminal, with charts out of characters."""
    from evals.report.plain_report import terminal

    made = _document(run, language)
    return terminal(made.title, made.facts, made.blocks, width, colour=colour)
