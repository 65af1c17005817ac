"""`thinkscale ask`: the answer, then the evidence."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.live_draft import LiveDraft
from pipeline.cli.options import (
    config_option,
    examples,
    json_option,
    print_json,
    print_notices,
    read_budget,
    samples_option,
    strategy_option,
)
from pipeline.cli.own_notes import own_config, say_notes, show_left_out
from pipeline.cli.paths import from_here, place_from_here
from pipeline.cli.piped import as_notes, piped
from pipeline.cli.translation import language, tr
from pipeline.cli.verbosity import detail, is_quiet, is_verbose, notice

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.engine import Engine
    from pipeline.types import Answer

_QUOTED = {
    "en": "(a quotation from the notes, not the model's words)",
    "ko": "(노트의 문장을 그대로 옮긴 것이며 모델의 말이 아닙니다)",
}


_TIMES = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{3} --> ")
"""The line of a caption that says when it is shown."""
_ALSO = {"en": "see also", "ko": "함께 볼 곳"}


@click.command(
    epilog=examples(
        'thinkscale ask "How many parameters does GPT-2 have?"',
        'thinkscale ask --strategy cot@sc16 "Who made Gopher?"',
        'thinkscale ask --json --budget 10s "GPT-3의 파라미터는 몇 개인가요?"',
    )
)
@click.argument("question", required=False)
@strategy_option
@samples_option
@click.option(
    "--budget",
    metavar="LIMIT",
    help="What the answer may cost: 10s, or 500 (tokens). Seconds are spent on better and better "
    "answers.",
)
@click.option("--k", type=click.IntRange(1, 100), help="Passages put in front of the model.")
@json_option
@config_option
@click.pass_context
def command(
    context: click.Context,
    question: str | None,
    strategy: str | None,
    samples: int | None,
    k: int | None,
    budget: str | None,
    as_json: bool,
    config_file: Path | None,
) -> None:
    """Ask the notes QUESTION; the answer is backed by quotations that were verified in the files.

    What is not found in the notes is not answered. A question in a language that the model does not
    speak is answered with the notes' own sentence.

    Through a pipe comes the question, or, beside a QUESTION, a text that is asked in place of the
    notes. In a shell loop that reads its own input, add </dev/null.
    """
    from pipeline.answering.loop import Budget
    from pipeline.answering.question import check_question
    from pipeline.config import load_config

    if question not in (None, "-"):
        check_question(question)  # before anything is read
        data = piped()
    else:
        data = piped()
        if question is None and not data:
            raise click.MissingParameter(ctx=context, param_hint="QUESTION", param_type="argument")
        question, data = data.decode("utf-8", "surrogateescape"), b""
    wanted: dict[str, Any] = {
        "strategy": strategy, "samples": samples, "k": k, "budget": read_budget(budget)
    }  # fmt: skip
    if data.strip():
        with as_notes(load_config(config_file), data) as config:
            answer_question(config, question, as_json=as_json, attached=True, **wanted)
        return
    check_question(question)
    config = own_config(config_file)
    if budget is None and config.settings.ask.seconds:
        wanted["budget"] = Budget(seconds=config.settings.ask.seconds)
    if not as_json:
        say_notes(config)
    answer_question(config, question, as_json=as_json, **wanted)


def answer_question(
    config: Config,
    question: str,
    *,
    as_json: bool = False,
    attached: bool = False,
    **wanted: Any,
) -> None:
    """Answer and print. `attached`: the only note is what came through a pipe. `wanted` goes to
    `open_session`."""
    from pipeline.answering.question import check_question
    from pipeline.answering.session import open_session

    begun = time.perf_counter()
    check_question(question)
    show = LiveDraft()
    with open_session(config, progress=show, **wanted) as asker:
        said = print_notices(asker.notices)
        show_left_out(asker.left_out)
        show.thinking()
        try:
            answer = asker.ask(
                question,
                on_token=show.token,
                on_sample=show.sample,
                on_votes=show.votes,
                on_answer=show.best,
            )
        finally:
            show.clear()
        print_notices(asker.notices, said)
        if is_verbose() and answer.samples:
            _say_engine(asker.engine())
    seconds = time.perf_counter() - begun
    notes = None if attached else config.notes_path
    if as_json:
        print_json(to_json(answer, seconds, notes, asker.why))
    else:
        print_answer(answer, seconds, notes, asker.why)


def _say_engine(engine: Engine) -> None:
    """How the model ran: with -v."""
    settings = getattr(engine, "settings", None)
    if settings is None:  # an endpoint's own matter
        return
    detail(f"weights: {engine.info.weights or 'as in the file'}; {settings['shared']}")
    if not getattr(engine, "is_tuned", True):
        detail(tr("Which settings are fastest here was not measured yet: thinkscale tune"))


def to_json(answer: Answer, seconds: float, notes: Path | None, why: str = "") -> dict[str, Any]:
    """The answer as `--json` prints it; sources are paths from the working folder, or `standard
    input` without `notes`."""
    from pipeline.answering.trust import agreement_json

    return {
        "question": answer.question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "quoted": answer.quoted,
        "marked": answer.marked,
        "kind": answer.kind,
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
        "closest": [
            {**citation.to_json(), "source": from_here(notes, citation.place.source)}
            for citation in answer.closest
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
        "models": [
            {
                "role": use.role,
                "model": use.model,
                "requests": use.requests,
                "prompt_tokens": use.cost.prompt_tokens,
                "generated_tokens": use.cost.generated_tokens,
                "flops": use.cost.flops,
            }
            for use in answer.models
        ],
        "form": answer.form,
    }


def print_answer(
    answer: Answer, seconds: float, notes: Path | None, why: str = "", *, explain: bool = True
) -> None:
    """The answer as a person reads it: the words, then where they stand, then the price.
    `explain`: with the notice about the model's languages, which is said once."""
    from pipeline.cli.style import dim, strong
    from pipeline.text.messages import say

    if answer.kind:
        click.echo(_composed(answer))
    elif answer.quoted:
        click.echo(_quotation(answer))
    else:
        click.echo(strong(answer.text))
    if answer.quoted:
        click.echo(dim(_QUOTED[answer.language]))
    if answer.notice and explain:
        notice(answer.notice)
    if answer.closest:
        click.echo(say("Closest passages:", answer.language))
    if answer.citations or answer.closest:
        click.echo()
    for number, citation in enumerate((*answer.citations, *answer.closest), 1):
        mark = f"[{number}] " if answer.kind else ""
        click.echo(f"  {mark}{strong(place_from_here(notes, citation.place))}")
        quote = _readable(citation.quote)
        if answer.kind:
            continue  # it stands in the answer
        if not (answer.quoted and quote == " ".join(answer.text.split())):
            click.echo(f"    {quote}")
    for citation in answer.also:
        click.echo(f"  {dim(_ALSO[answer.language])} {place_from_here(notes, citation.place)}")
        click.echo(f"    {_readable(citation.quote)}")
    if is_quiet():
        return
    click.echo()
    click.echo(dim(_summary(answer, seconds)))
    if why:
        click.echo(dim(why))


def _composed(answer: Answer) -> str:
    """Several quotations; what was asked for stands out, where it is known, else all of it."""
    from pipeline.cli.style import strong

    if answer.marked is None:
        return strong(answer.text)
    start, end = answer.marked
    return f"{answer.text[:start]}{strong(answer.text[start:end])}{answer.text[end:]}"


def _quotation(answer: Answer) -> str:
    """The sentence in one line; what was asked for stands out in it."""
    from pipeline.cli.style import strong

    if answer.marked is None:
        return strong(f"“{' '.join(answer.text.split())}”")
    start, end = answer.marked
    before, asked, after = answer.text[:start], answer.text[start:end], answer.text[end:]
    lead = " ".join(before.split()) + (" " if before[-1:].isspace() else "")
    rest = (" " if after[:1].isspace() else "") + " ".join(after.split())
    return f"“{lead}{strong(' '.join(asked.split()))}{rest}”"


def _readable(quote: str) -> str:
    """A quotation in one line; a table row without its bars, what was said without the times of its
    captions and their numbers.

    >>> _readable("The tide turns.\\n\\n12\\n00:05:11.000 --> 00:05:14.000\\nThank you.")
    'The tide turns. Thank you.'
    """
    from pipeline.notes.table_rows import row_text

    lines = quote.split("\n")
    times = [at for at, line in enumerate(lines) if _TIMES.match(line)]
    numbers = {at - 1 for at in times if at and lines[at - 1].strip().isdigit()}
    said = " ".join(line for at, line in enumerate(lines) if at not in {*times, *numbers})
    return row_text(quote) if quote.lstrip().startswith("|") else " ".join(said.split())


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
    if len(answer.models) > 1:
        model = tr("{model} · checked by {other}", model=model, other=answer.models[1].model)
    return " · ".join([*parts, tr("{seconds} s", seconds=f"{seconds:.1f}"), model])
