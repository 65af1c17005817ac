"""What several verbs share: the --config option, and how JSON is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

__all__ = ["config_option", "json_option", "print_json"]

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
