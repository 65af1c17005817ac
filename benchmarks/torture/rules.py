"""Checks what must hold after every case, whatever was done to the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.torture.process import Done, call
from benchmarks.torture.world import NOTES, World, answers, ask_all, surroundings

__all__ = ["Broken", "aftermath", "cited", "difference", "export", "said", "same_answers", "spoken"]


class Broken(Exception):
    """A rule that did not hold: `rule` is one of LOSS, SILENT, MESSAGE, HANG, CRASH, RECOVERY."""

    def __init__(self, rule: str, what: str) -> None:
        self.rule = rule
        super().__init__(f"{rule}: {' '.join(what.split())[:1500]}")


def spoken(done: Done, *, killed: bool = False) -> None:
    """It ended by itself with 0, 1 or 2; other than 0 it said why, in one line; no traceback."""
    if done.hung:
        raise Broken("HANG", f"{done.tag}: {done.seconds:.0f} s, {done.err[-300:]}")
    if killed and done.signal == 9:
        return
    where = f"`{done.tag}` ended with {done.code}: {done.err[-900:]!r} {done.out[-120:]!r}"
    if done.signal or done.code not in (0, 1, 2):
        raise Broken("CRASH", where)
    if any(word in done.err for word in ("Traceback", "internal error", "Warning:")):
        raise Broken("MESSAGE", where)
    lines = [line for line in done.err.splitlines() if line.startswith("thinkscale: ")]
    if done.code and (len(lines) != 1 or done.err.splitlines()[-1] != lines[0]):
        raise Broken("MESSAGE", where)
    if done.code and ". " not in lines[0].removeprefix("thinkscale: "):
        raise Broken("MESSAGE", f"no remedy: {where}")


def said(done: Done) -> bool:
    """It told of something: an error, or a notice."""
    return bool(done.code or done.err.strip())


def same_answers(world: World, done: Done, *, excused: bool = False) -> None:
    """What `ask_all` printed is what it prints when all is sound; `excused` where something else is
    allowed if a notice says so."""
    found = answers(done.out)
    if found == world.right["answers"]:
        return
    if excused and said(done):
        return
    raise Broken("SILENT", f"{done.tag}: {difference(world.right['answers'], found)}; {done.err}")


def difference(right: Any, found: Any, at: str = "") -> str:
    """The first place in which two JSON values differ."""
    if isinstance(right, dict) and isinstance(found, dict):
        for key in right.keys() | found.keys():
            if right.get(key) != found.get(key):
                return difference(right.get(key), found.get(key), f"{at}.{key}")
    if isinstance(right, list) and isinstance(found, list) and len(right) == len(found):
        for i, (one, other) in enumerate(zip(right, found, strict=True)):
            if one != other:
                return difference(one, other, f"{at}[{i}]")
    return f"{at}: {json.dumps(right)[:200]} became {json.dumps(found)[:200]}"


def export(world: World, home: Path) -> Done:
    """Every sample of the pool."""
    return call(home, "pool", "export", environment=surroundings(home, world.address))


def aftermath(world: World, home: Path, *, pool: bool = True, configured: bool = True) -> None:
    """Nothing is disturbed any more: what was stored is there, and the program answers as ever.

    `pool` False: the pool was what was damaged; `configured` False: the configuration was.
    """
    for name, text in NOTES.items():
        if (home / "notes" / name).read_text(encoding="utf-8") != text:
            raise Broken("LOSS", f"the note {name} was changed")
    if configured:
        done = ask_all(world, home)
        spoken(done)
        if done.code:
            raise Broken("RECOVERY", f"the next question: {done.err}")
        same_answers(world, done)
    if pool:
        done = export(world, home)
        spoken(done)
        before, now = set(world.right["pool"].splitlines()), set(done.out.splitlines())
        if done.code or before - now:
            lost = sorted(before - now)
            raise Broken("LOSS", f"{len(lost)} samples of the pool are gone: {done.err} {lost[:1]}")
    verified(world, home)


def verified(world: World, home: Path) -> None:
    """The finished run is there and unaltered."""
    from evals.run.records import load_run
    from pipeline.errors import ThinkscaleError

    try:
        run = load_run(home / ".thinkscale" / "runs" / "kept")
    except ThinkscaleError as error:
        raise Broken("LOSS", f"the finished run: {error}") from None
    outcomes = [(o.item, o.strategy, o.answer, o.score) for o in run.outcomes]
    if outcomes != world.right["outcomes"]:
        raise Broken("LOSS", "the finished run says something else")


def cited(home: Path, done: Done) -> None:
    """Every citation that was printed stands in its note, at its line."""
    for value in answers(done.out):
        rows = value.get("citations", []) if isinstance(value, dict) else []
        for row in rows:
            lines = (home / row["source"]).read_text(encoding="utf-8").split("\n")
            place = "\n".join(lines[row["start_line"] - 1 : row["end_line"]])
            if row["quote"] not in place:
                raise Broken("SILENT", f"a citation that is not in its note: {row}")
