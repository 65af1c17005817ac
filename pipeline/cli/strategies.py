"""`thinkscale strategies`: which strategies there are, and how they are called."""

from __future__ import annotations

import re
from typing import Any

import click

from pipeline.cli.options import examples, json_option, print_json
from pipeline.cli.style import dim, strong
from pipeline.cli.translation import tr

EXAMPLES = {
    "direct": "one greedy reply",
    "cot@sc16": "16 replies step by step, and a vote",
    "rag3+cot@adaptive32": "with 3 passages searched; at most 32 replies, fewer where they agree",
    "closed+program@sc8": "without passages; 8 programs, a vote over what they come to",
    "oracle+cot@beam42": "with the right passages (in evaluations); a search over steps",
}


@click.command(
    epilog=examples(
        "thinkscale strategies", 'thinkscale ask --strategy cot@sc16 "How many layers has GPT-3?"'
    )
)
@json_option
def command(as_json: bool) -> None:
    """List the strategies: how the model is asked, and the aggregations that choose
    among its replies.

    A name is [PASSAGES+]METHOD[@AGGREGATION[SAMPLES]]. SAMPLES is the most requests that are made
    for one question. Parameters are set in config.yaml, under `strategies`, by aggregation.
    """
    ways, rules = _ways(), _rules()
    if as_json:
        print_json({"ways": ways, "rules": rules, "examples": EXAMPLES})
        return
    click.echo(f"{strong(tr('Names'))}: [closed+|ragK+|oracle+|askK+]METHOD[@AGGREGATION[SAMPLES]]")
    for name, words in EXAMPLES.items():
        click.echo(f"  {name:<22}  {tr(words)}")
    click.echo(f"\n{strong(tr('Methods'))}")
    for way in ways:
        click.echo(f"  {way['name']:<22}  {tr(way['about'])}{_paper(way)}")
    click.echo(f"\n{strong(tr('Aggregations'))} ({tr('samples')})")
    for rule in rules:
        name = f"@{rule['name']} ({rule['draws']})" if rule["name"] else "none (1)"
        click.echo(f"  {name:<22}  {tr(rule['about'])}{_paper(rule)}")
        if rule["parameters"]:
            given = ", ".join(f"{key}: {_written(v)}" for key, v in rule["parameters"].items())
            click.echo(f"  {'':<22}  {dim(given)}")


def _ways() -> list[dict[str, Any]]:
    from pipeline.strategies import PROMPT_METHODS

    ways = []
    for name, about in PROMPT_METHODS.items():
        found = re.fullmatch(r"(.*?)(?: \((\d{4}\.\d{5})\))?", about)
        assert found is not None
        ways.append({"name": name, "about": found[1], "paper": found[2] or ""})
    return ways


def _rules() -> list[dict[str, Any]]:
    from pipeline.strategies import AGGREGATIONS

    return [
        {
            "name": name,
            "draws": rule.draws,
            "about": rule.about,
            "paper": rule.paper,
            "parameters": rule.parameters,
        }
        for name, rule in AGGREGATIONS.items()
    ]


def _paper(row: dict[str, Any]) -> str:
    return dim(f"  arXiv {row['paper']}") if row["paper"] else ""


def _written(value: object) -> str:
    """As it would stand in config.yaml."""
    return f'"{value}"' if isinstance(value, str) and " " in value else str(value)
