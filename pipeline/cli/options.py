"""What several verbs share: the --config option, and how JSON is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pipeline.think import Budget

__all__ = ["config_option", "json_option", "print_json", "read_budget"]

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Configuration to use instead of the nearest config.yaml.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def print_json(value: Any) -> None:
    """One JSON document on standard output, Korean as Korean."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def read_budget(text: str | None) -> Budget:
    """`10s` is seconds, `500` or `500t` is tokens. Raises a usage error for anything else."""
    from pipeline.think import Budget

    if text is None:
        return Budget()
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|t|)", text.strip())
    if not found or not float(found[1]) or (found[2] != "s" and "." in found[1]):
        raise click.BadParameter(f"{text!r} is neither seconds (10s) nor tokens (500).")
    if found[2] == "s":
        return Budget(seconds=float(found[1]))
    return Budget(tokens=int(found[1]))
