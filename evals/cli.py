"""`thinkscale eval`: what did retrieval, or thinking longer, gain, and at what price?"""

from __future__ import annotations

import click

from evals.cli_tasks import tasks, validate
from evals.draft_cli import draft
from evals.report_cli import compare, export, gate, report, runs
from evals.retrieval_cli import retrieval
from evals.run_cli import run


@click.group()
def command() -> None:
    """Measure: what did retrieval or thinking gain, and at what price?"""


command.add_command(run)
command.add_command(retrieval)
command.add_command(tasks)
command.add_command(validate)
command.add_command(draft)
for verb in (report, compare, gate, export, runs):
    command.add_command(verb)
