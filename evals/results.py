"""The results that ship: `make results` makes docs/results.md and what it links to anew.

    python -m evals.results [--only NAME] [--xquad FILE] [--svamp FILE]

Every figure comes from a run that this command makes with the configured model (draws that are in
the pool are not made again). The two public question sets are read from where you have them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evals.run.records import Run, load_run
from pipeline.config import Config, load_config
from pipeline.files import write_whole

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class ShippedRun:
    """One run of the page; `file` names the option with the path of its task."""

    name: str
    title: str
    words: str
    arguments: tuple[str, ...]
    file: str = ""
    against: tuple[str, str] = ("", "")
    """A further comparison: the second strategy over the first of these."""


NOTES = (
    "closed+direct,rag1+direct,rag+direct,oracle+direct,"
    "ask+direct,ask+direct@verified8,ask+direct@select8"
)
PARTS = (
    ShippedRun(
        "sums",
        "Adding three one-digit numbers",
        "Four worked examples, nothing looked up: what thinking in steps and voting buy by "
        "themselves.",
        ("sums", "--limit", "300", "--strategies", "direct,cot,cot@sc8,cot@sc32,cot@adaptive32"),
        against=("cot@sc32", "cot@adaptive32"),
    ),
    ShippedRun(
        "notes",
        "Questions about the shipped notes (English, test split)",
        "Closed book, five passages, the right passages, and what `thinkscale ask` does: only what "
        "the notes support counts, else a sentence of theirs is quoted, or the answer refused. "
        "Right is a reply that contains the answer, or a refusal where there is none.",
        ("notes-qa:language=en,split=test", "--strategies", NOTES),
    ),
    ShippedRun(
        "xquad",
        "XQuAD, English: passages searched among all 240 paragraphs",
        "Right is a reply that contains the answer. Every question has one, so nothing is refused "
        "(`--sure 0`).",
        ("--limit", "640", "--scorer", "contains", "--sure", "0",
         "--strategies", "rag1+direct,ask+direct,ask+direct@verified8,ask+direct@select8"),
        file="xquad",
    ),
    ShippedRun(
        "svamp",
        "SVAMP: word problems",
        "Beyond this model; the harness says so.",
        ("--limit", "100", "--strategies", "direct,cot,cot@sc8"),
        file="svamp",
    ),
)  # fmt: skip


def make(part: ShippedRun, config: Config, file: str) -> Run:
    """Run a part, or replay it, and load its records."""
    from evals.cli.run import run

    task, *rest = (file, *part.arguments) if part.file else part.arguments
    name = f"results-{part.name}"
    run.main([task, *rest, "--name", name, "--config", str(config.file)], standalone_mode=False)
    return load_run(config.resolve(".thinkscale/runs") / name)


def page(parts: Sequence[tuple[ShippedRun, Run]]) -> str:
    """docs/results.md: of every part its table and its decisions."""
    from evals.report.topics.decisions import decisions

    lines = [
        "# Results",
        "",
        "What each strategy gained, with the embedded model. Intervals are 95 %, errors "
        "clustered by what a question came from, differences paired by question, p-values "
        "adjusted for all strategies of a table. `make results` makes this page anew.",
    ]
    for part, run in parts:
        lines += ["", f"## {part.title}", "", part.words]
        for cell in decisions(run):
            lines += [
                "",
                f"{cell['n']} questions, {cell['model']}. [Everything](results/{part.name}.md)",
                "",
                "| strategy | right | 95 % | refused | tokens | points | 95 % | adjusted p |",
                "|---|---:|---|---:|---:|---:|---|---:|",
            ]
            for row in cell["strategies"]:
                gain = ("", "", "")
                if row["delta"] is not None:
                    gain = (
                        f"{100 * row['delta']:+.1f}",
                        _range(row["delta_ci"]),
                        "< .001" if row["p_adjusted"] < 0.001 else f"{row['p_adjusted']:.3f}"[1:],
                    )
                lines.append(
                    f"| `{row['strategy']}` | {100 * row['accuracy']:.1f} % | {_range(row['ci'])} "
                    f"| {100 * row['abstained']:.0f} % | {row['tokens_per_question']:.0f} "
                    f"| {gain[0]} | {gain[1]} | {gain[2]} |"
                )
            lines += ["", *([f"**{cell['headline']}**", ""] if cell["headline"] else [])]
            lines += [f"- {sentence}" for sentence in cell["sentences"]]
        if all(part.against):
            for cell in decisions(replace(run, strategies=part.against)):
                lines += [f"- {sentence}" for sentence in cell["sentences"]]
        lines += _own_words(run)
    return "\n".join(lines) + "\n"


def _own_words(run: Run) -> list[str]:
    """How many answers of `ask` are the model's own words, and not a quotation."""
    lines = []
    for strategy in run.strategies:
        rows = [o for o in run.outcomes if o.strategy == strategy and o.answer is not None]
        if any(o.quoted for o in rows):
            own = sum(not o.quoted for o in rows)
            lines.append(
                f"- `{strategy}`: {own} of {len(rows)} answers are the model's own words "
                f"({100 * own / len(rows):.0f} %), the others quotations."
            )
    return ["", *lines] if lines else []


def _range(bounds: Sequence[float]) -> str:
    return f"[{100 * bounds[0]:.1f}, {100 * bounds[1]:.1f}]"


def main() -> int:
    """Make the page from the parts that can be run; a part made before stays as its run says."""
    from evals.report.make import write_markdown

    parser = argparse.ArgumentParser(description="Make docs/results.md anew.")
    parser.add_argument("--only", choices=[part.name for part in PARTS])
    parser.add_argument("--xquad", default="", metavar="FILE")
    parser.add_argument("--svamp", default="", metavar="FILE")
    given = parser.parse_args()
    config = load_config(None)
    files = {"xquad": given.xquad, "svamp": given.svamp}
    made = []
    for part in PARTS:
        before = config.resolve(".thinkscale/runs") / f"results-{part.name}"
        if given.only in (None, part.name) and not (part.file and not files[part.file]):
            made.append((part, make(part, config, files.get(part.file, ""))))
        elif before.is_dir():
            made.append((part, load_run(before)))
        else:
            missing = f"give --{part.file} FILE" if part.file else "run it without --only"
            print(f"{part.name}: left out, {missing}.", file=sys.stderr)
    for part, run in made:
        target = ROOT / "docs" / "results" / f"{part.name}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_markdown(run, target)
    write_whole(ROOT / "docs" / "results.md", page(made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
