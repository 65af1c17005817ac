"""The command line: a lazy table of verbs, and the one place where an error becomes one line.

Each verb is a module with a click command named `command`, imported only when it is called or
described, so that `thinkscale --help` imports click and nothing else.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import os
import re
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from pipeline import __version__
from pipeline.cli import verbosity
from pipeline.cli.help import HELP, dress, in_language, speak_for_click, undress
from pipeline.cli.interrupt import answered_at_once
from pipeline.cli.translation import choose
from pipeline.errors import ThinkscaleError, system_error
from pipeline.shown import Unheard, one_line, safe_streams, styled

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["main"]

# heading: verb: (module, what it does). The words here are what --help shows, without importing the
# module.
GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "Ask": {
        "ask": ("pipeline.cli.ask", "Ask your notes a question; answer with verified quotations."),
        "chat": ("pipeline.cli.chat", "One question after another, each leaning on the last."),
        "search": ("pipeline.cli.search", "Find passages, without asking the model."),
        "demo": ("pipeline.cli.demo", "Ask the course that comes with it; needs no notes."),
    },
    "Notes": {
        "init": ("pipeline.cli.init", "Write a config.yaml for your notes, with a model for them."),
        "notes": ("pipeline.cli.notes", "See what was read from the notes, and what was not."),
        "index": ("pipeline.cli.index", "Build or refresh the search index."),
    },
    "Measure": {
        "eval": ("evals.cli.group", "Measure what retrieval and thinking longer gain and cost."),
        "strategies": ("pipeline.cli.strategies", "The strategies, and how they are called."),
        "pool": ("pipeline.cli.pool", "The samples already made: count, export, free disk space."),
    },
    "Serve and set up": {
        "serve": ("pipeline.cli.serve", "An OpenAI-compatible server, and a page to ask from."),
        "models": ("pipeline.cli.models", "Models: a catalogue, a file's facts, get one, use one."),
        "tune": ("pipeline.cli.tune", "Measure the fastest engine settings for this machine."),
        "doctor": ("pipeline.cli.doctor", "Check that everything works here; say how to fix it."),
        "completion": ("pipeline.cli.completion", "Make a shell complete verbs and names."),
    },
}
VERBS = {name: verb for verbs in GROUPS.values() for name, verb in verbs.items()}

_LONG = re.compile(r"\S{400,}")
_show_usual = warnings.showwarning
"""A word that long is somebody's data, repeated in what is said of it."""


class _Verbs(click.Group):
    """A group whose commands are imported when first needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = importlib.import_module(VERBS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        command.name = cmd_name
        return dress(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not ctx.resilient_parsing:
            from pipeline.cli.translation import tr

            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = tr(" Did you mean `{near}`?", near=near[0]) if near else ""
            hint = hint or tr(" See thinkscale --help.")
            raise click.UsageError(
                tr("There is no command `{name}`.{hint}", name=args[0], hint=hint)
            )
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=words)
            for name, (_, words) in VERBS.items()
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        wide = max(map(len, VERBS))
        for heading, verbs in GROUPS.items():
            with formatter.section(in_language(heading)):
                formatter.write_dl(
                    [(f"{name:<{wide}}", in_language(words)) for name, (_, words) in verbs.items()]
                )

    def get_help(self, ctx: click.Context) -> str:
        dress(self)
        return super().get_help(ctx)


def _speak(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if not ctx.resilient_parsing:  # a shell that completes hears nothing
        choose(value or "")


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": HELP, "max_content_width": 100},
    epilog="\b\nExamples:\n"
    '  thinkscale ask "How many parameters does GPT-2 have?"\n'
    "  thinkscale demo\n"
    "  thinkscale init\n"
    "  thinkscale --lang ko chat\n"
    "  thinkscale eval run sums --strategies direct,cot,cot@sc8 --limit 20",
)
@click.version_option(__version__, prog_name="thinkscale")
@click.option(
    "--lang",
    type=click.Choice(["en", "ko"]),
    is_eager=True,
    expose_value=False,
    callback=_speak,
    help="Language of messages, instead of the locale's.",
)
def cli() -> None:
    """Ask your own notes with a small local model, and measure what thinking longer gains."""


cli.params += verbosity.options()


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 our fault, 2 the user's to mend, 130 interrupted."""
    code = _run(args)
    if code == 130:  # at once: nothing is left to be done, and threads of libraries may still work
        os._exit(code)
    sys.exit(code)


def _run(args: list[str] | None) -> int:
    mute = sys.stdout is None
    _hold_places()
    with safe_streams():
        if mute:  # nothing that is found could be told
            from pipeline.cli.translation import tr

            said = "Standard output is closed. Leave it open, or send it to a file."
            return _say(tr(said), 2)
        code = _called(args)
        try:
            sys.stdout.flush()
        except Unheard as unheard:
            code = _unheard(unheard.error, code)
    return code


def _called(args: list[str] | None) -> int:
    """Run a command: the one place where an error becomes one line."""
    try:
        Path.cwd()
    except OSError:
        from pipeline.cli.translation import tr

        gone = "The working folder is gone. Go to a folder that is there, and ask again."
        return _say(tr(gone), 2)
    choose("")
    verbosity.choose(0)
    speak_for_click()
    warnings.showwarning = _show_warning
    try:
        with answered_at_once(_interrupted):
            result: Any = cli.main(args=args, prog_name="thinkscale", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except ThinkscaleError as error:
        return _say(_in_words(error), error.exit_code)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as bare:
        click.echo(bare.format_message())
        return 0
    except click.ClickException as error:
        from pipeline.cli.translation import translated
        from pipeline.errors import Filled

        known = isinstance(error.message, Filled)
        return _say(translated(error.message if known else error.format_message()), 2)
    except (KeyboardInterrupt, click.Abort):
        return _interrupted()
    except Unheard as unheard:
        return _unheard(unheard.error, 0)
    except OSError as error:
        mended = system_error(error)
        return _say(_in_words(mended), mended.exit_code)
    except Exception as error:  # noqa: BLE001 - the last resort
        if os.environ.get("THINKSCALE_DEBUG"):
            import traceback

            traceback.print_exc()
        from pipeline.cli.translation import tr

        words = f"{type(error).__name__}: {error}"
        said = tr("internal error: {words} Set THINKSCALE_DEBUG=1 for details.", words=words)
        return _say(said, 1)
    finally:
        undress()


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning for the user, that an old name was read, is one line in the reader's language."""
    from pipeline.cli.translation import translated
    from pipeline.renamed import RenamedWarning

    if isinstance(message, RenamedWarning):
        _say(translated(message.args[0]), 0)
    else:
        _show_usual(message, category, filename, lineno, file, line)


def _interrupted() -> int:
    from pipeline.cli.translation import tr

    return _say(tr("interrupted"), 130)


def _hold_places() -> None:
    """A standard stream that is closed is opened on nothing: else the next file that is opened
    takes its number, and is written to by whoever prints."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            with contextlib.suppress(OSError):  # usually it is the lowest free number
                os.fstat(number)
                number = handle
            if number != handle:
                os.dup2(handle, number)
                os.close(handle)
            setattr(sys, name, os.fdopen(number, "r+" if number else "r", encoding="utf-8"))


def _unheard(error: OSError, code: int) -> int:
    """Nobody reads what is printed. A reader that went away (head, less) has enough: `code`; a full
    disk is said. What is still to be written goes nowhere: Python would try again as it ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Unheard:
            with contextlib.suppress(OSError, ValueError):  # not every stream is a file
                os.dup2(null, stream.fileno())
    os.close(null)
    if isinstance(error, BrokenPipeError):
        return code
    said = system_error(error)
    return _say(_in_words(said), said.exit_code)


def _in_words(error: ThinkscaleError) -> str:
    """What was wrong and the remedy, in the reader's language."""
    from pipeline.cli.translation import translated

    return f"{translated(error.what)} {translated(error.remedy)}".strip()


def _say(message: str, code: int) -> int:
    """One line on standard error."""
    from pipeline.cli.style import is_coloured

    prefix = "thinkscale:"
    if is_coloured(sys.stderr):
        prefix = styled(prefix, "bold", *(["red"] if code else []))
    with contextlib.suppress(Unheard):  # there is nobody to tell
        click.echo(f"{prefix} {_LONG.sub(_shortened, one_line(message))}", err=True)
    return code


def _shortened(word: re.Match[str]) -> str:
    return f"{word[0][:100]}…{word[0][-100:]}"
