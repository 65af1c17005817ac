"""Damage to every file the program writes: flipped bits, zeroed blocks, lost ends, foreign bytes,
an older copy, nothing at all. Either all is as before, or it is said."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.torture.process import Done, call, forked
from benchmarks.torture.rules import Broken, aftermath, said, same_answers, spoken
from benchmarks.torture.world import RUN, World, ask_all, files_of, surroundings
from tests.damage import DAMAGES, damaged

__all__ = ["damage_case", "documents_of", "know", "spoil"]

_OTHERS = ("gone", "a folder", "noise", "page of noise", "twice", "other file", "half zero")


def spoil(path: Path, rng: random.Random) -> str:
    """Damage a file in one way or another; which."""
    how = rng.choice((*DAMAGES, "flip", "flip", *_OTHERS))
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "a folder":
        path.unlink()
        path.mkdir()
    elif how == "noise":
        path.write_bytes(rng.randbytes(min(len(data), 4096)))
    elif how == "page of noise":
        at = rng.randrange(len(data))
        path.write_bytes(data[:at] + rng.randbytes(min(512, len(data) - at)) + data[at + 512 :])
    elif how == "twice":
        path.write_bytes(data + data)
    elif how == "other file":
        others = [p for p in path.parent.iterdir() if p.is_file() and p != path]
        path.write_bytes(rng.choice(others).read_bytes() if others else b"other\n")
    elif how == "half zero":
        path.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    else:
        path.write_bytes(damaged(data, how, rng.randrange(1 << 30)))
    return how


def damage_case(world: World, place: Path, rng: random.Random) -> str:
    """Damage one file, look, then look again as a person would who did what was said."""
    with world.copy(place) as home:
        found = files_of(home)
        area = rng.choices(list(_LOOKS), [_LOOKS[name][0] for name in _LOOKS])[0]
        file = rng.choice(found[area])
        how = spoil(home / file, rng)
        try:
            ended = _LOOKS[area][1](world, home, home / file)
        except Broken as broken:
            broken.args = (f"{broken.args[0]} [{file}: {how}]",)
            raise
    return f"{area}: {ended}"


def _run(world: World, home: Path, *arguments: str) -> Done:
    done = call(home, *arguments, environment=surroundings(home, world.address))
    if not (done.code == 1 and "WRONG" in done.out):  # what `eval verify` finds is what it prints
        spoken(done)
    return done


def _index(world: World, home: Path, file: Path) -> str:
    done = ask_all(world, home)
    spoken(done)
    if done.code == 0:
        same_answers(world, done)
    if file.is_dir():  # nobody removes a folder that is not ours
        shutil.rmtree(file)
    aftermath(world, home)
    return "said" if said(done) else "same"


def _pool(world: World, home: Path, file: Path) -> str:
    shown = _run(world, home, "pool", "export")
    if shown.code == 0 and shown.out != world.right["pool"]:
        raise Broken("SILENT", "pool export prints something else")
    again = _run(world, home, *RUN, "again")
    if again.code == 0:
        _same_run(world, home, "again")
    elif "emove it" in again.err or file.is_dir():
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    elif "`thinkscale pool gc`" in again.err:
        _run(world, home, "pool", "gc")
    last = _run(world, home, *RUN, "again")
    if last.code:
        raise Broken("RECOVERY", f"after what was said ({again.err}): {last.err}")
    _same_run(world, home, "again")
    aftermath(world, home, pool=False)
    return "said" if said(shown) or again.code else "same"


def _same_run(world: World, home: Path, name: str) -> None:
    from evals.run.records import load_run

    run = load_run(home / ".thinkscale" / "runs" / name)
    found = [(o.item, o.strategy, o.answer, o.score) for o in run.outcomes]
    if found != world.right["outcomes"]:
        raise Broken("SILENT", f"a run over a damaged pool found {found}")


def _record(world: World, home: Path, file: Path) -> str:
    listed = _run(world, home, "eval", "runs")
    done = _run(world, home, "eval", "report", "kept", "--format", "md")
    if done.code == 0 and done.out != world.right["run"]:
        raise Broken("SILENT", "the report says something else")
    if done.code == 0:
        return "same"
    if file.is_dir():
        shutil.rmtree(file)
    mended = _run(world, home, *RUN, "kept")
    if mended.code:
        raise Broken("RECOVERY", f"after {done.err}: {mended.err}")
    aftermath(world, home)
    return "said" if listed.code == 0 else "said twice"


def _in_child(
    world: World, home: Path, work: Callable[[], object], right: str, what: str
) -> tuple[Done, bool]:
    """Print what `work` returns, in a child, errors as the command line says them; whether it was
    the same."""

    def told() -> int:
        from pipeline.errors import ThinkscaleError

        try:
            print(json.dumps(work(), sort_keys=True))
        except ThinkscaleError as error:
            import sys

            print(f"thinkscale: {error}", file=sys.stderr)
            return error.exit_code
        return 0

    done = forked(told, home, tag=what, environment=surroundings(home, world.address))
    spoken(done)
    return done, done.out == world.right[right]


def know(world: World) -> None:
    """What the looks in a child give while all is sound."""
    for name, work in (("measured", strategy_of), ("cache", cache_of), ("documents", documents_of)):
        world.right[name] = ""
        done, _ = _in_child(world, world.home, partial(work, world.home), name, name)
        world.right[name] = done.out


def strategy_of(home: Path) -> list[object]:
    """What `ask` would do with what was measured."""
    from pipeline.answering.measured import strategy_options
    from pipeline.answering.session import chosen_strategy
    from pipeline.config import load_config

    config = load_config(home / "config.yaml")
    name, why = chosen_strategy(config)
    return [str(name), why, sorted(strategy_options(config))]


def cache_of(home: Path) -> list[object]:
    """What is remembered of a model, and its hash, which is never wrong."""
    from pipeline.engine.tuning.settings import recall
    from pipeline.models.gguf import file_sha256
    from pipeline.models.sheet import load_sheet

    sha = file_sha256(home / "model.gguf")
    profile = recall(sha, "this machine")
    return [sha, str(load_sheet(sha)), profile and str(profile)]


def documents_of(home: Path) -> list[object]:
    """The documents of a store, and what is found among them."""
    from benchmarks.torture.world import ASKED
    from pipeline.config import Settings
    from pipeline.langchain.store import DocumentStore

    settings = Settings.model_validate({"retrieval": {"arms": ["words", "grams", "headings"]}})
    store = DocumentStore(home / "documents", settings)
    hits = [[d.id, d.page_content, round(s, 4)] for asked in ASKED
            for d, s in store.similarity_search_with_score(asked, 3)]  # fmt: skip
    store.close()
    return [len(store), hits]


def _measured(world: World, home: Path, file: Path) -> str:
    done, same = _in_child(world, home, lambda: strategy_of(home), "measured", "what was measured")
    if same:
        return "same"
    if "cannot be read" not in done.out + done.err and file.exists():
        raise Broken("SILENT", f"what was measured: {done.out}")
    return "said"


def _cache(world: World, home: Path, file: Path) -> str:
    done, same = _in_child(world, home, lambda: cache_of(home), "cache", "the cache")
    if same or done.code or not file.exists():
        return "same" if same else "said"
    right, found = json.loads(world.right["cache"]), json.loads(done.out)
    if found[:2] != right[:2] or found[2] not in (None, right[2]):
        raise Broken("SILENT", f"the cache says {found}")
    return "settings as by default"


def _documents(world: World, home: Path, file: Path) -> str:
    done, same = _in_child(world, home, lambda: documents_of(home), "documents", "the documents")
    if not done.code and not same and file.exists():
        raise Broken("SILENT", f"documents: {done.out}")
    return "same" if same else "said"


def _drafts(world: World, home: Path, file: Path) -> str:
    """The set is the user's own text: what is still a question in it must never be lost."""
    before = file.read_bytes() if file.is_file() else None
    rows = [row for row in map(_row, (before or b"").split(b"\n")) if row]
    done = _run(world, home, "eval", "draft", "notes", "-o", "draft.jsonl", "--no-model", "--json",
                "--n", "8")  # fmt: skip
    if done.code:
        if before is not None and file.read_bytes() != before:
            raise Broken("LOSS", f"a damaged set was written over: {done.err}")
        return "said"
    if file.name == "draft.jsonl":
        after = [row for row in map(_row, file.read_bytes().split(b"\n")) if row]
        lost = [row for row in rows if row not in after]
        if lost:
            raise Broken("LOSS", f"a question of the set is gone: {lost[:1]}")
    return "read on"


def _row(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _configuration(world: World, home: Path, file: Path) -> str:
    """The user's own text too: what cannot be understood is said and left as it is."""
    before = file.read_bytes() if file.is_file() else None
    searched = _run(world, home, "search", "lighthouse", "--json")
    done = _run(world, home, "models", "use", "model.gguf", "--language", "en")
    if done.code and before is not None and file.read_bytes() != before:
        raise Broken("LOSS", f"a configuration was changed all the same: {done.err}")
    if (
        not done.code
        and before is not None
        and b"# mine" in before
        and b"# mine" not in file.read_bytes()
    ):
        raise Broken("LOSS", "a comment of the configuration is gone")
    return "said" if searched.code or done.code else "read on"


def _sealed(world: World, home: Path, file: Path) -> str:
    done = _run(world, home, "eval", "verify", "kept.sealed") if file.is_file() else None
    report = _run(world, home, "eval", "report", "kept.sealed", "--format", "md")
    if done is not None and done.code == 0 and done.out != world.right["sealed"]:
        raise Broken("SILENT", f"a sealed run: {done.out}")
    if report.code == 0 and report.out != world.right["run"]:
        raise Broken("SILENT", "the report of a sealed run says something else")
    return "same" if done is not None and done.code == 0 else "said"


_LOOKS: dict[str, tuple[int, Callable[[World, Path, Path], str]]] = {
    # share of the cases, what is looked at
    "index": (30, _index),
    "pool": (14, _pool),
    "run": (10, _record),
    "measured": (8, _measured),
    "cache": (10, _cache),
    "drafts": (6, _drafts),
    "configuration": (8, _configuration),
    "sealed": (6, _sealed),
    "documents": (8, _documents),
}
