"""Every verb's --help: examples that the command line takes as they stand, one a line."""

from __future__ import annotations

import os
import re
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import click
import pytest

from pipeline.cli import _run, cli

Path = tuple[str, ...]


def leaves(command: click.Command, path: Path = ()) -> Iterator[tuple[Path, click.Command]]:
    """Every command that does something, by the words that call it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name in command.list_commands(click.Context(command)):
        inner = command.get_command(click.Context(command), name)
        assert inner is not None
        yield from leaves(inner, (*path, name))


COMMANDS = dict(leaves(cli))


def examples(command: click.Command) -> list[str]:
    found = re.fullmatch(r"\x08\nExamples:\n((?:  \S.*\n?)+)", command.epilog or "")
    assert found, "no Examples block"
    return [line.strip() for line in found[1].splitlines()]


def ours(line: str) -> Iterator[list[str]]:
    """The words of each call of thinkscale in a line of shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;")
    lexer.whitespace_split = True
    call: list[str] = []
    for word in [*lexer, ";"]:
        if not set(word) <= set("|&;"):
            call.append(word)
            continue
        while call and re.fullmatch(r"[A-Z_]+=.*", call[0]):
            call.pop(0)
        if call and call[0] == "thinkscale":
            yield call[1:]
        call = []


def taken(words: list[str]) -> Path:
    """The command that takes these words. Raises where click would not."""
    command: click.Command = cli
    path: Path = ()
    parent: click.Context | None = None
    while True:
        with command.make_context(path[-1] if path else "thinkscale", words, parent) as ctx:
            if not isinstance(command, click.Group):
                return path
            name, inner, words = command.resolve_command(ctx, [*ctx._protected_args, *ctx.args])
        assert name
        assert inner
        command, path, parent = inner, (*path, name), ctx


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_example_is_taken_as_it_stands(path: Path) -> None:
    lines = examples(COMMANDS[path])
    calls = [taken(words) for line in lines for words in ours(line)]
    assert len(calls) >= len(lines)
    assert path in calls
    assert all(len(line) <= 90 for line in lines)


def test_the_examples_of_the_whole_are_taken() -> None:
    lines = examples(cli)
    assert [call[0] for line in lines for call in map(taken, ours(line))] == [
        "ask", "demo", "init", "chat", "eval",
    ]  # fmt: skip


def test_what_would_not_be_taken_is_noticed() -> None:
    for line in (
        "thinkscale search",
        "thinkscale ask x --wrong",
        "thinkscale index y",
        "thinkscale z",
    ):
        with pytest.raises(click.UsageError):
            list(map(taken, ours(line)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_says_what_it_does_and_shows_its_examples_whole(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run([*path, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: thinkscale {' '.join(path)} ")
    for line in examples(COMMANDS[path]):
        assert f"    {line}\n" in out
    options = [p for p in COMMANDS[path].params if isinstance(p, click.Option)]
    assert [option.name for option in options if not option.help] == []


HEAVY = (
    "torch numpy faiss llama_cpp kiwipiepy bm25s pydantic yaml rich langchain_core jinja2 httpx "
    "sentence_transformers asyncio sqlite3 starlette uvicorn huggingface_hub"
).split()


@pytest.mark.parametrize("path", [(), *COMMANDS], ids=lambda path: " ".join(path) or "thinkscale")
def test_help_imports_nothing_heavy(path: Path) -> None:
    if path[:1] == ("eval",):
        pytest.skip("its verbs name their scorers and tasks in their help")
    words = [*path, "--help"]
    program = (
        f"import sys\nfrom pipeline.cli import _run\n_run({words!r})\n"
        f"found = sorted({set(HEAVY)!r} & set(sys.modules))\n"
        "sys.exit(f'imported: {found}' if found else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.long
def test_cold_help_is_instant() -> None:
    """150 ms on a machine whose interpreter starts in 20; by that ratio on a slower or busy one."""

    def seconds(*words: str) -> float:
        took = []
        for _ in range(9):
            begun = time.perf_counter()
            subprocess.run([sys.executable, *words], capture_output=True, check=True,
                           env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})  # fmt: skip
            took.append(time.perf_counter() - begun)
        return statistics.median(took)

    bare = seconds("-c", "pass")
    assert seconds("-m", "pipeline", "--help") <= max(0.150, 6 * bare)
