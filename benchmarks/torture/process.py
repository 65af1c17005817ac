"""The command line in a forked child: what it says, how it ends, killed or with faults on request.

A child that is forked has everything imported already, so that a case takes a few hundredths of a
second and not the seconds of a new process; it is a process of its own all the same, with its own
exit code, streams and death.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Done", "call", "forked"]

LIMIT = 60.0
"""Seconds after which a command counts as hung."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a child ended: its exit code, or the signal it died of; `hung` where it had to be
    killed. `tag` says what it was."""

    tag: str
    code: int
    signal: int
    hung: bool
    out: str
    err: str
    seconds: float


def forked(
    work: Callable[[], int],
    folder: Path,
    *,
    tag: str,
    kill_after: float | None = None,
    environment: Mapping[str, str] | None = None,
    limit: float = LIMIT,
) -> Done:
    """Do some work in a child whose working folder is `folder`; `kill_after` so many seconds it is
    killed, as the power is cut."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout.flush()
        sys.stderr.flush()
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            _child(work, folder, out.fileno(), err.fileno(), environment or {})
        status, hung = _wait(child, begun, kill_after, limit)
        seconds = time.monotonic() - begun
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read().decode("utf-8", "backslashreplace"))
    died = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -died
    return Done(tag, code, died, hung, said[0], said[1], seconds)


def call(
    folder: Path,
    *arguments: str,
    before: Callable[[], object] | None = None,
    kill_after: float | None = None,
    environment: Mapping[str, str] | None = None,
    limit: float = LIMIT,
) -> Done:
    """`thinkscale ARGUMENTS` in a folder; `before` is called in the child first."""

    def work() -> int:
        from pipeline.cli import _run

        if before is not None:
            before()
        return _run(list(arguments))

    return forked(
        work, folder, tag=" ".join(arguments), kill_after=kill_after, environment=environment,
        limit=limit,
    )  # fmt: skip


def _child(
    work: Callable[[], int], folder: Path, out: int, err: int, environment: Mapping[str, str]
) -> None:
    code = 99
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for mine, wanted in ((nothing, 0), (out, 1), (err, 2)):
            os.dup2(mine, wanted)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(folder)
        os.environ.update(environment)
        if os.environ.get("TORTURE_DEBUG"):
            import faulthandler

            faulthandler.dump_traceback_later(10, exit=True)
        code = work()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - a child never returns into its parent's code
        with contextlib.suppress(Exception):
            traceback.print_exc()
            sys.stderr.flush()
    finally:
        os._exit(code)


def _wait(child: int, begun: float, kill_after: float | None, limit: float) -> tuple[int, bool]:
    pause, killed, hung = 0.0005, False, False
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status, hung
        spent = time.monotonic() - begun
        if not killed and (spent > limit or (kill_after is not None and spent >= kill_after)):
            hung = kill_after is None or spent > limit
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            killed = True
        left = limit if kill_after is None else max(kill_after - spent, 0.0)
        time.sleep(min(pause, max(left, 0.0002)))
        pause = min(pause * 1.3, 0.02)


def shown(parts: Sequence[str]) -> str:
    """Words as one line."""
    return " ".join(" ".join(part.split()) for part in parts)
