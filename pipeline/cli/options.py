"""Shared by several verbs: options, the names that a shell completes, how JSON is printed."""

from __future__ import annotations

import re
import reprlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.translation import translated
from pipeline.cli.verbosity import notice
from pipeline.errors import filled
from pipeline.shown import json_in, json_text

if TYPE_CHECKING:
    from pipeline.answering.loop import Budget

__all__ = [
    "config_option",
    "examples",
    "json_option",
    "margin_option",
    "model_names",
    "print_json",
    "print_notices",
    "read_budget",
    "read_size",
    "samples_option",
    "shown_size",
    "strategy_names",
    "strategy_option",
]

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Configuration to use instead of the nearest config.yaml.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
samples_option = click.option(
    "--samples", type=click.IntRange(1, 1024), help="Samples, where the answers are put to a vote."
)
margin_option = click.option(
    "--margin",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    metavar="X",
    help="The smallest gain worth having: 0.05 is five points.",
)


def strategy_names(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """`rag+co` -> `rag+cot`; `cot@s` -> `cot@sc`. Of what stands before, nothing is checked."""
    from pipeline.strategies import AGGREGATIONS, PROMPT_METHODS

    access, plus, rest = begun.rpartition("+")
    way, at, rule = rest.partition("@")
    if at:
        return [
            f"{access}{plus}{way}@{name}" for name in sorted(AGGREGATIONS) if name.startswith(rule)
        ]
    return [f"{access}{plus}{name}" for name in sorted(PROMPT_METHODS) if name.startswith(way)]


def model_names(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Those of the catalogue, `embedded`, and what ollama and Hugging Face keep here."""
    from pipeline.models.catalogue import load_catalogue
    from pipeline.models.other_stores import local_models

    names = ["embedded", *(e.name for e in load_catalogue()), *(m.name for m in local_models())]
    return [name for name in names if name.startswith(begun)]


strategy_option = click.option(
    "--strategy",
    metavar="NAME",
    help="E.g. cot or cot@sc16; see `strategies`.",
    shell_complete=strategy_names,
)


def examples(*lines: str) -> str:
    """Commands as the end of a verb's --help shows them, one a line."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def print_json(value: Any) -> None:
    """One JSON document on standard output, Korean as Korean where the stream can say it."""
    click.echo(json_in(json_text(value, indent=2), sys.stdout.encoding))


def print_notices(notices: Sequence[str], said: int = 0) -> int:
    """Lines a person should see, on standard error, but for the first `said` of them; how many
    there are."""
    for words in notices[said:]:
        notice(translated(words))
    return len(notices)


def read_budget(text: str | None) -> Budget:
    """`10s` is seconds, `500` or `500t` is tokens. Raises a usage error for anything else."""
    from pipeline.answering.loop import Budget

    if text is None:
        return Budget()
    found = re.fullmatch(r"(\d{1,15}(?:\.\d+)?)\s*(s|t|)", text.strip())
    if not found or not float(found[1]) or (found[2] != "s" and "." in found[1]):
        raise click.BadParameter(
            filled("{text} is neither seconds (10s) nor tokens (500).", text=reprlib.repr(text))
        )
    if found[2] == "s":
        return Budget(seconds=float(found[1]))
    return Budget(tokens=int(found[1]))


def read_size(text: str | None) -> int | None:
    """`2GB`, `800 MB` or `1.5G` in bytes. Raises a usage error for anything else."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,15}(?:\.\d+)?)\s*([kmgt])(i?)b?", text.strip().lower())
    if not found:
        raise click.BadParameter(
            filled("{text} is not a size; write 2GB or 800MB.", text=reprlib.repr(text))
        )
    base = 1024 if found[3] else 1000
    return int(float(found[1]) * base ** ("kmgt".index(found[2]) + 1))


def shown_size(size: int) -> str:
    """Bytes in GB or MB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
