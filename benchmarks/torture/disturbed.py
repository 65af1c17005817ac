"""Commands that are disturbed while they work: killed, refused by the disk or by permissions, with
a clock that jumps. Afterwards everything is there, and the program answers as ever."""

from __future__ import annotations

import os
import random
import stat
from collections.abc import Callable
from pathlib import Path

from benchmarks.torture import faults
from benchmarks.torture.process import Done, call, forked
from benchmarks.torture.rules import Broken, aftermath, difference, said, spoken
from benchmarks.torture.world import ASKED, RUN, World, answers, surroundings

__all__ = ["can_drop_rights", "clock_case", "fault_case", "kill_case", "permission_case"]

_COMMANDS: dict[str, tuple[str, ...]] = {
    "ask": (),
    "index": ("index",),
    "rebuild": ("index", "--rebuild"),
    "run": (*RUN, "again"),
    "run over": (*RUN, "kept"),
    "run anew": (*RUN, "new", "--seed", "7", "--pool", "new.sqlite"),
    "sealed": (*RUN, "again", "--sealed", "again.sealed"),
    "gc": ("pool", "gc"),
    "export": ("pool", "export", "-o", "samples.jsonl"),
    "report": ("eval", "report", "kept", "-o", "report.html"),
    "draft": ("eval", "draft", "notes", "-o", "draft.jsonl", "--no-model", "--json", "--n", "8"),
    "use": ("models", "use", "model.gguf", "--language", "en"),
    "documents": (),
}
_SHARES = {"ask": 6, "index": 2, "rebuild": 5, "run": 4, "run over": 3, "run anew": 3, "sealed": 2,
           "gc": 3, "export": 2, "report": 2, "draft": 2, "use": 4, "documents": 3}  # fmt: skip


def _run(
    world: World,
    home: Path,
    name: str,
    before: Callable[[], object] = lambda: None,
    kill_after: float | None = None,
) -> Done:
    """One of the commands, or what stands for one, in a child that is disturbed by `before`."""
    around = surroundings(home, world.address)
    if name == "ask":
        from pipeline.cli import _run as run

        def asking() -> int:
            before()
            return run(["ask", ASKED[0], "--json", "--strategy", "direct@sc2"])

        return forked(asking, home, tag="ask", kill_after=kill_after, environment=around)
    if name == "documents":
        return forked(
            lambda: _add_documents(home, before), home, tag="documents", kill_after=kill_after,
            environment=around,
        )  # fmt: skip
    return call(home, *_COMMANDS[name], before=before, kill_after=kill_after, environment=around)


def _add_documents(home: Path, before: Callable[[], object]) -> int:
    """Put a document into a store, errors told as the command line tells them."""
    import sys

    from pipeline.config import Settings
    from pipeline.errors import ThinkscaleError, system_error
    from pipeline.langchain.store import DocumentStore

    settings = Settings.model_validate({"retrieval": {"arms": ["words", "grams", "headings"]}})
    before()
    try:
        store = DocumentStore(home / "documents", settings)
        store.add_texts(["A heron stands in the shallow water."], ids=["heron"])
        store.similarity_search("heron")
        store.close()
    except (ThinkscaleError, OSError) as error:
        found = system_error(error) if isinstance(error, OSError) else error
        print(f"thinkscale: {found}", file=sys.stderr)
        return found.exit_code
    return 0


def _after(world: World, home: Path, name: str, disturbed: Done) -> str:
    """The next questions, then the same command again, undisturbed."""
    text = (home / "config.yaml").read_text(encoding="utf-8")
    if name == "use":
        if "# mine" not in text or "model" not in text:
            raise Broken("LOSS", f"the configuration is {text[:80]!r}")
        (home / "config.yaml").write_bytes((world.home / "config.yaml").read_bytes())
    aftermath(world, home)
    again = _run(world, home, name)
    spoken(again)
    if again.code:
        raise Broken("RECOVERY", f"{name} again: {again.err}")
    if name == "use":
        (home / "config.yaml").write_bytes((world.home / "config.yaml").read_bytes())
    aftermath(world, home, configured=False)
    _documents_there(world, home)
    if disturbed.signal:
        return "killed"
    return "said" if said(disturbed) else "unharmed"


def _documents_there(world: World, home: Path) -> None:
    from benchmarks.torture.world import NOTES

    lines = (home / "documents" / "documents.jsonl").read_bytes().split(b"\n")
    if len([line for line in lines if line]) < 1 + len(NOTES):
        raise Broken("LOSS", f"documents are gone: {len(lines)} lines")


def _choose(rng: random.Random) -> str:
    return rng.choices(list(_SHARES), list(_SHARES.values()))[0]


def fault_case(world: World, place: Path, rng: random.Random) -> str:
    """One call of the system fails, or all of them from some moment on."""
    name = _choose(rng)
    with world.copy(place) as home:
        if name == "index" or rng.random() < 0.3:  # something to do
            (home / "notes" / "more.md").write_text("# More\n\nA heron eats frogs.\n")
        where = rng.choice((home, home, home / "index", home / ".thinkscale", home / "cache",
                            home / "notes", home / "documents", home / "config.yaml"))  # fmt: skip
        fault = faults.random_fault(rng, where)
        done = _run(world, home, name, lambda: faults.arm(fault))
        try:
            spoken(done)
            _quiet(world, done, name)
            (home / "notes" / "more.md").unlink(missing_ok=True)
            return _after(world, home, name, done)
        except Broken as broken:
            broken.args = (f"{broken.args[0]} [{name}: {fault} in {where.relative_to(place)}]",)
            raise


def _quiet(world: World, done: Done, name: str) -> None:
    """An answer that was given without a word is the right one."""
    if name == "ask" and done.code == 0 and not done.err.strip():
        found, right = answers(done.out)[0], world.right["answers"][2]
        if found != right:
            raise Broken("SILENT", difference(right, found))


def kill_case(world: World, place: Path, rng: random.Random) -> str:
    """Killed at any moment of its work, sometimes several times in a row."""
    name = _choose(rng)
    with world.copy(place) as home:
        usual = _USUAL.get(name, 1.0)
        done = None
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            done = _run(world, home, name, kill_after=rng.uniform(0.0, 1.1 * usual))
            if not done.signal:
                _USUAL[name] = 0.8 * usual + 0.2 * done.seconds
            spoken(done, killed=True)
        assert done is not None
        try:
            return _after(world, home, name, done)
        except Broken as broken:
            broken.args = (f"{broken.args[0]} [{name}, killed after {done.seconds:.3f} s]",)
            raise


_USUAL: dict[str, float] = {}
"""Seconds a command takes when nobody kills it."""


def clock_case(world: World, place: Path, rng: random.Random) -> str:
    """The clock of the day is wrong, by seconds or decades, or jumps at every look."""
    name = _choose(rng)
    shift = rng.choice((-1, 1)) * 10 ** rng.uniform(0, 9)
    jumps = rng.choice((0.0, 0.0, 5.0, 1e6))

    def before() -> None:
        faults.set_clock(shift, jumps)

    with world.copy(place) as home:
        if rng.random() < 0.5:  # a note from the future, or from before the epoch
            when = rng.choice((4e9, 1.0, -1e6, 2**31 + 5))
            os.utime(home / "notes" / "kiln.md", (when, when))
        done = _run(world, home, name, before)
        spoken(done)
        try:
            if done.code:
                raise Broken("RECOVERY", f"the clock is no reason to stop: {done.err}")
            _quiet(world, done, name)
            _after(world, home, name, done)
        except Broken as broken:
            broken.args = (f"{broken.args[0]} [{name}: clock {shift:+.0f}, jumps {jumps:g}]",)
            raise
    return "unharmed"


_NOBODY = 65534


def permission_case(world: World, place: Path, rng: random.Random) -> str:
    """Some of the files and folders may not be read or written any more."""
    name = _choose(rng)
    with world.copy(place) as home:
        everything = [home, *home.rglob("*")]
        for path in everything:
            os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
        spoiled = []
        folders = [p for p in everything if p.is_dir()]
        files = [p for p in everything if p.is_file()]
        for _ in range(rng.choice((1, 1, 2, 5))):
            path = rng.choice(rng.choice((folders, files)))
            mode = rng.choice((0, 0o400, 0o500, 0o555, 0o444, 0o200))
            spoiled.append((path, stat.S_IMODE(path.stat().st_mode), mode))
        for path, _, mode in spoiled:
            path.chmod(mode)

        def before() -> None:
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
            os.umask(0o022)

        done = _run(world, home, name, before)
        for path, mode, _ in reversed(spoiled):
            if path.exists():
                path.chmod(mode)
        try:
            spoken(done)
            _quiet(world, done, name)
            return _after(world, home, name, done)
        except Broken as broken:
            told = ", ".join(f"{p.relative_to(home)} {m:o}" for p, _, m in spoiled)
            broken.args = (f"{broken.args[0]} [{name}: {told}]",)
            raise


def can_drop_rights() -> bool:
    """Only root may become somebody else, and root may do everything."""
    return os.geteuid() == 0
