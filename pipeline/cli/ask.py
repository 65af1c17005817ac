"""`thinkscale ask`: the answer, then the evidence."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.live_draft import LiveDraft
from pipeline.cli.notices import show_left_out
from pipeline.cli.options import (
    config_option,
    examples,
    json_option,
    print_json,
    print_notices,
    read_budget,
)
from pipeline.cli.paths import from_here, place_from_here
from pipeline.cli.shell_words import strategy_names
from pipeline.cli.translation import language, tr

if TYPE_CHECKING:
    from pipeline.types import Answer

_QUOTED = {
    "en": "(a quotation from the notes, not the model's words)",
    "ko": "(노트의 문장을 그대로 옮긴 것이며 모델의 말이 아닙니다)",
}


_ALSO = {"en": "see also", "ko": "함께 볼 곳"}


@click.command(
    epilog=examples(
        'thinkscale ask "How many parameters does GPT-2 have?"',
        'thinkscale ask --strategy cot@sc16 "Who made Gopher?"',
        'thinkscale ask --json --budget 10s "GPT-3의 파라미터는 몇 개인가요?"',
    )
)
@click.argument("question")
@click.option(
    "--strategy",
    metavar="NAME",
    help="E.g. cot or cot@sc16; see `strategies`.",
    shell_complete=strategy_names,
)
@click.option("--samples", type=click.IntRange(1, 1024), help="Draws, for a rule that votes.")
@click.option("--budget", metavar="LIMIT", help="What the answer may cost: 10s, or 500 (tokens).")
@click.option("--k", type=click.IntRange(1, 100), help="Passages put in front of the model.")
@json_option
@config_option
def command(
    question: str,
    strategy: str | None,
    samples: int | None,
    k: int | None,
    budget: str | None,
    as_json: bool,
    config_file: Path | None,
) -> None:
    """Ask the notes QUESTION; the answer is backed by quotations that were verified in the files.

    What the notes do not say is not answered. A question in a language that the model does not
    speak is answered with the notes' own sentence.
    """
    from pipeline.answering.question import check_question
    from pipeline.answering.session import open_session
    from pipeline.config import load_config

    begun = time.perf_counter()
    check_question(question)
    config = load_config(config_file)
    show = LiveDraft()
    limit = read_budget(budget)
    with open_session(
        config, strategy=strategy, samples=samples, k=k, budget=limit, progress=show
    ) as asker:
        said = print_notices(asker.notices)
        show_left_out(asker.left_out)
        answer = asker.ask(
            question, on_token=show.token, on_sample=show.sample, on_votes=show.votes
        )
        show.clear()
        print_notices(asker.notices, said)
    seconds = time.perf_counter() - begun
    if as_json:
        print_json(to_json(answer, seconds, config.notes_path, asker.why))
    else:
        print_answer(answer, seconds, config.notes_path, asker.why)


def to_json(answer: Answer, seconds: float, notes: Path, why: str = "") -> dict[str, Any]:
    """The answer as `--json` prints it; sources are paths from the working folder."""
    from pipeline.answering.trust import agreement_json

    return {
        "question": answer.question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "quoted": answer.quoted,
        "language": answer.language,
        "strategy": answer.strategy,
        "chosen_by": why,
        "notice": answer.notice,
        "confidence": round(answer.confidence, 4),
        "citations": [
            {**citation.to_json(), "source": from_here(notes, citation.place.source)}
            for citation in answer.citations
        ],
        "also": [
            {**citation.to_json(), "source": from_here(notes, citation.place.source)}
            for citation in answer.also
        ],
        "samples": [
            {"draw": s.request.draw, "text": s.text, "tokens": s.tokens, "finish": s.finish}
            for s in answer.samples
        ],
        "votes": [{"answer": v.answer, "count": v.count, "weight": v.weight} for v in answer.votes],
        "agreement": agreement_json(answer.agreement),
        "usage": {
            "prompt_tokens": answer.cost.prompt_tokens,
            "generated_tokens": answer.cost.generated_tokens,
            "seconds": round(seconds, 3),
        },
        "model": answer.model,
        "form": answer.form,
    }


def print_answer(answer: Answer, seconds: float, notes: Path, why: str = "") -> None:
    """The answer as a person reads it: the words, then where they stand, then the price."""
    from pipeline.cli.style import dim, strong

    if answer.quoted:
        click.echo(strong(f"“{' '.join(answer.text.split())}”"))
        click.echo(dim(_QUOTED[answer.language]))
    else:
        click.echo(strong(answer.text))
    if answer.notice:
        click.echo(answer.notice)
    if answer.citations:
        click.echo()
    for citation in answer.citations:
        click.echo(f"  {strong(place_from_here(notes, citation.place))}")
        quote = " ".join(citation.quote.split())
        if not (answer.quoted and quote == " ".join(answer.text.split())):
            click.echo(f"    {quote}")
    for citation in answer.also:
        click.echo(f"  {dim(_ALSO[answer.language])} {place_from_here(notes, citation.place)}")
        click.echo(f"    {' '.join(citation.quote.split())}")
    click.echo()
    click.echo(dim(_summary(answer, seconds)))
    if why:
        click.echo(dim(why))


def _summary(answer: Answer, seconds: float) -> str:
    """One line: how it was found, what it rests on, and what it cost."""
    from pipeline.answering.trust import trust

    parts = [answer.strategy]
    parts.append(trust(answer, language()))
    if answer.samples:
        parts.append(tr("{count} tokens", count=answer.cost.generated_tokens))
    model = answer.model
    if answer.form == "completion":
        model = tr("{model}, by worked examples", model=model)
    return " · ".join([*parts, tr("{seconds} s", seconds=f"{seconds:.1f}"), model])
