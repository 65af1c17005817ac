"""`thinkscale eval`: measures what retrieval or thinking longer gained, and its price."""

from __future__ import annotations

import click

from evals.cli.contamination import contamination
from evals.cli.draft import draft
from evals.cli.report import compare, export, gate, report, runs, seal, verify
from evals.cli.retrieval import retrieval
from evals.cli.run import run
from evals.cli.tasks import tasks, validate


@click.group()
def command() -> None:
    """Measure: what did retrieval or thinking gain, and at what price?"""


command.add_command(run)
command.add_command(retrieval)
command.add_command(tasks)
command.add_command(validate)
command.add_command(draft)
command.add_command(contamination)
for verb in (report, compare, gate, export, seal, verify, runs):
    command.add_command(verb)
