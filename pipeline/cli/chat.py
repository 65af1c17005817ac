"""`thinkscale chat`: one question after another, each able to lean on the one before."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.live_draft import LiveDraft
from pipeline.cli.options import (
    config_option,
    examples,
    print_notices,
    read_budget,
    samples_option,
    strategy_option,
)
from pipeline.cli.own_notes import own_config, say_notes, show_left_out
from pipeline.cli.style import dim
from pipeline.cli.translation import tr, translated
from pipeline.errors import ThinkscaleError, filled
from pipeline.shown import json_in, json_text

if TYPE_CHECKING:
    from pipeline.answering.conversation import Conversation
    from pipeline.config import Config
    from pipeline.types import Draw, Sample

_COMMANDS = ("/new", "/notes", "/quit")
_HELP = "/new forgets what was said, /notes says which notes are asked, /quit leaves"


@click.command(
    epilog=examples(
        "thinkscale chat",
        "thinkscale chat --strategy cot --budget 20s",
        'printf "How big is GPT-2?\\nAnd GPT-3?\\n" | thinkscale chat --json',
    )
)
@strategy_option
@samples_option
@click.option("--budget", metavar="LIMIT", help="What an answer may cost: 10s, or 500 (tokens).")
@click.option("--k", type=click.IntRange(1, 100), help="Passages put in front of the model.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@config_option
def command(
    strategy: str | None,
    samples: int | None,
    budget: str | None,
    k: int | None,
    as_json: bool,
    config_file: Path | None,
) -> int:
    """Ask one question after another; a question may lean on the one before ("And GPT-3?").

    Such a question is made whole by rules before the notes are searched, and what is asked is shown
    (→). /new begins anew, /notes says which notes are asked, /quit leaves. Ctrl-C stops an answer.
    From a pipe, every line is a question.
    """
    from pipeline.answering.conversation import Conversation
    from pipeline.answering.session import open_session

    config, limit, show = own_config(config_file), read_budget(budget), LiveDraft()
    if not as_json:
        say_notes(config)
    with open_session(
        config, strategy=strategy, samples=samples, k=k, budget=limit, progress=show
    ) as asker:
        show_left_out(asker.left_out)
        return _Chat(Conversation(asker), config, asker.why, asker.notices, as_json).run()


class _Stopped(Exception):
    """Ctrl-C while an answer is made."""


class _Chat:
    """Reads lines, answers them, and goes on after a mistake."""

    def __init__(
        self, talk: Conversation, config: Config, why: str, notices: Sequence[str], as_json: bool
    ) -> None:
        self._talk, self._config, self._why, self._json = talk, config, why, as_json
        self._notices, self._said = notices, print_notices(notices)
        self._typed = sys.stdin.isatty()
        self._code = 0
        self._told = ""
        self._stop = threading.Event()

    def run(self) -> int:
        """The exit code: of the last mistake where the lines came from a pipe."""
        if self._typed and not self._json:
            click.echo(tr(_HELP), err=True)
        for line in self._lines():
            if not (text := line.strip()):
                continue
            if text == "/quit":
                break
            try:
                if text.startswith("/"):
                    self._do(text)
                else:
                    self._answer(text)
            except ThinkscaleError as error:
                self._complain(error)
            except _Stopped:
                click.echo(tr("stopped"), err=True)
        return 0 if self._typed else self._code

    def _lines(self) -> Iterator[str]:
        if not self._typed:
            if hasattr(sys.stdin, "reconfigure"):  # bytes that are no text are one bad question
                sys.stdin.reconfigure(errors="surrogateescape")
            yield from sys.stdin
            return
        import contextlib

        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - arrow keys and the lines before
        twice = False
        while True:
            try:
                line = input("\n> ")
            except EOFError:
                click.echo()
                return
            except KeyboardInterrupt:
                click.echo("\n" + tr("(/quit, or Ctrl-C again, leaves)"), err=True)
                if twice:
                    return
                twice = True
                continue
            twice = False
            yield line

    # -- a question --------------------------------------------------------------------------------

    def _answer(self, question: str) -> None:
        from pipeline.cli.ask import print_answer, to_json

        begun, show, notes = time.perf_counter(), LiveDraft(), self._config.notes_path
        with self._listening():
            standing = self._talk.standing(question)
            if standing.changed and not self._json:
                click.echo(dim(f"→ {standing.text}"))

            def token(request: Draw, piece: str) -> None:
                self._go_on()
                show.token(request, piece)

            def sample(made: Sample) -> None:
                self._go_on()
                show.sample(made)

            try:
                reply = self._talk.ask(standing, token, sample, show.votes)
            finally:
                show.clear()
                self._said = print_notices(self._notices, self._said)
        seconds = time.perf_counter() - begun
        if not self._json:
            print_answer(
                reply.answer, seconds, notes, self._why, explain=reply.answer.notice != self._told
            )
            self._told = reply.answer.notice or self._told
            return
        row = to_json(reply.answer, seconds, notes, self._why)
        _line({**row, "question": question, "standing": standing.text, "changed": standing.changed})

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise _Stopped

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """The first Ctrl-C stops the answer at the next word; a second one the program. From a
        pipe nobody types the next question, so there the first one does."""
        self._stop.clear()
        if not self._typed or threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def pressed(*_: object) -> None:
            self._stop.set()
            signal.signal(signal.SIGINT, before)

        signal.signal(signal.SIGINT, pressed)
        try:
            yield
            self._go_on()
        finally:
            signal.signal(signal.SIGINT, before)

    # -- the rest ----------------------------------------------------------------------------------

    def _do(self, text: str) -> None:
        from pipeline.errors import PromptError

        if text == "/new":
            self._talk.forget()
            if not self._json:
                click.echo(tr("A new conversation."), err=True)
        elif text == "/notes":
            self._notes()
        else:
            raise PromptError(
                filled("There is no command `{name}`.", name=text.split()[0]),
                filled("There are: {names}.", names=", ".join(_COMMANDS)),
            )

    def _notes(self) -> None:
        from pipeline.cli.paths import from_here

        folder, sources = self._config.notes_path, self._talk.sources
        files = {from_here(folder, source): count for source, count in sources.items()}
        if self._json:
            _line({"notes": str(folder), "files": files})
            return
        for file, count in files.items():
            click.echo(f"{count:>5}  {file}")
        words = "{passages} passages of {notes} notes in {folder}"
        click.echo(tr(words, passages=sum(files.values()), notes=len(files), folder=folder))

    def _complain(self, error: ThinkscaleError) -> None:
        self._code = error.exit_code
        if self._json:
            _line({"error": error.what, "remedy": error.remedy})
        else:
            said = f"{translated(error.what)} {translated(error.remedy)}"
            click.echo(f"thinkscale: {said.strip()}", err=True)


def _line(row: dict[str, Any]) -> None:
    click.echo(json_in(json_text(row), sys.stdout.encoding))
    sys.stdout.flush()
