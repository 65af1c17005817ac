"""`thinkscale demo`: the course that ships, for whoever has no notes at hand yet."""

from __future__ import annotations

import click

from pipeline.cli.ask import answer_question
from pipeline.cli.options import examples, json_option
from pipeline.cli.translation import language, tr
from pipeline.cli.verbosity import notice

_ASKED = {
    "en": "How many parameters does GPT-2 have?",
    "ko": "GPT-3의 파라미터는 몇 개인가요?",
}


@click.command(epilog=examples("thinkscale demo", 'thinkscale demo "Who made Gopher?"'))
@click.argument("question", default="")
@json_option
def command(question: str, as_json: bool) -> None:
    """Ask the course that comes with the program QUESTION; without one, a question of its own.

    The course is about language models, in Korean and English. Your own notes are not touched.
    """
    from pipeline.config import load_config, shipped_config_path

    if not question:
        question = _ASKED[language()]
        notice(f"> {question}")
    answer_question(load_config(shipped_config_path()), question, as_json=as_json)
    if not as_json:
        notice(tr("This was the course that ships. For your own notes: thinkscale init"))
