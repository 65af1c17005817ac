"""Markdown and terminal: everything decided is there, nothing breaks out of its place."""

from __future__ import annotations

import itertools
from pathlib import Path

from evals.report.make import markdown_report, terminal_report, write_markdown
from pipeline.shown import SafeStream
from tests.evals.report.test_html import HOSTILE, hostile
from tests.evals.synthetic import made_run
from tests.test_shown import Terminal


def test_markdown_with_plots_beside_it(tmp_path: Path) -> None:
    run = made_run(60, 8, right={"direct": 0.1, "cot": 0.7})
    count = write_markdown(run, tmp_path / "results.md")
    text = (tmp_path / "results.md").read_text(encoding="utf-8")
    plots = sorted(p.name for p in (tmp_path / "results-plots").iterdir())
    assert len(plots) == count
    assert count > 4
    assert all(f"(results-plots/{name})" in text for name in plots)
    assert "**Use cot@sc8**: +" in text
    once = {p: p.read_bytes() for p in tmp_path.rglob("*.*") if p.is_file()}
    write_markdown(run, tmp_path / "results.md")
    assert once == {p: p.read_bytes() for p in tmp_path.rglob("*.*") if p.is_file()}


def test_markdown_without_a_folder_draws_with_characters() -> None:
    text, files = markdown_report(made_run(20, 4))
    assert files == {}
    assert "```text\nAccuracy" in text
    assert "![" not in text


def test_tables_of_markdown_keep_their_columns() -> None:
    text, _ = markdown_report(hostile("|`a` <b>\n| x"), "plots")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert rows
    for above, below in itertools.pairwise(rows):
        at = text.index(above) + len(above)
        if text[at : at + 1 + len(below)] == "\n" + below:
            bars = [line.replace("\\|", "").count("|") for line in (above, below)]
            assert bars[0] == bars[1]
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_the_terminal_report_fits_and_has_no_colour_unless_asked() -> None:
    run = made_run(60, 8, right={"direct": 0.1, "cot": 0.7})
    plain = terminal_report(run, 80)
    assert "\x1b" not in plain
    screen = Terminal()
    SafeStream(screen, "screen").write(terminal_report(run, 80, colour=True))
    assert "\x1b[1m" in screen.getvalue()
    assert plain.index("Use cot@sc8: +") < plain.index("Accuracy (percent")
    assert "Strategies" in plain


def test_no_control_of_a_model_reaches_the_terminal() -> None:
    said = terminal_report(hostile(HOSTILE), 80)
    assert not [c for c in said if c < " " and c != "\n"]
    said.encode("utf-8")
