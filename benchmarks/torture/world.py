"""A home with one of everything the program writes, and what it answers while all is sound."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.torture.process import Done, call, forked

__all__ = [
    "ASKED",
    "LOOKS",
    "NOTES",
    "RUN",
    "World",
    "answers",
    "ask_all",
    "build_world",
    "files_of",
    "surroundings",
    "warm",
]

NOTES = {
    "harbour.md": """# The harbour

## The lighthouse

The lighthouse of Torvik has 214 steps and a red door. It is open on Sundays.
The lighthouse of Torvik was built in 1931 by Anna Holm. Its lamp burned oil until 1952.

## The ferry

The ferry Skua has 46 seats below and a small café on deck. The crossing takes 40 minutes.
""",
    "kiln.md": """# The kiln

A kiln reaches 1,280 degrees for stoneware. Raku is taken out at 900 degrees, still glowing.
Copper gives a green glaze where the kiln has air, and a red one where it has none.
""",
    "bees.txt": "Karl von Frisch described the language of bees in 1923.\n\n"
    "A hive in June has about 50000 bees. A queen lays 1500 eggs on a good day.\n",
    "항구.md": """# 항구

## 등대

토르빅 등대의 계단은 214개이고 문은 빨간색이다. 등대는 1931년에 세워졌다.

## 배

스쿠아호에는 좌석이 46개 있고 건너는 데 40분이 걸린다.
""",
    "소금.md": """# 소금

바닷물 1리터에는 소금이 약 35그램 들어 있다. 갓 거둔 소금은 석 달 동안 쓴맛을 뺀다.
""",
    "tides.md": """# Tides

| day | high water |
|---|---|
| Monday | 06:12 |
| Friday | 09:40 |
""",
}
ASKED = ("How many steps has the lighthouse of Torvik?", "등대의 계단은 몇 개인가요?")
_SET = [
    ("steps", ASKED[0], "214", "harbour.md",
     "The lighthouse of Torvik has 214 steps and a red door."),
    ("heat", "How hot does a kiln get for stoneware?", "1,280", "kiln.md",
     "A kiln reaches 1,280 degrees for stoneware."),
    ("calm", "소금은 바닷물 1리터에 몇 그램 들어 있나요?", "35", "소금.md",
     "바닷물 1리터에는 소금이 약 35그램 들어 있다."),
]  # fmt: skip
RUN = ("eval", "run", "set.jsonl", "--strategies", "direct,direct@sc3", "--json", "--name")


@dataclass(frozen=True)
class World:
    """`home` is the sound original, copied for every case; `right` what it answers."""

    home: Path
    address: str
    right: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def copy(self, place: Path) -> Iterator[Path]:
        """A home of one's own, gone afterwards."""
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.home, place, symlinks=True)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def surroundings(home: Path, address: str) -> dict[str, str]:
    """The environment of a command in a home."""
    return {
        "THINKSCALE_CACHE": str(home / "cache"), "THINKSCALE_TUNE": "0", "HOME": str(home),
        "HF_HOME": str(home / "hub"), "HF_ENDPOINT": f"{address}/hub", "LC_ALL": "C.UTF-8",
        "PYTHONWARNINGS": "ignore",
    }  # fmt: skip


def files_of(home: Path) -> dict[str, list[Path]]:
    """Every file that the program wrote, by what it is for; paths are relative to the home."""
    folders = {
        "index": "index", "pool": ".thinkscale/pool.sqlite", "run": ".thinkscale/runs",
        "measured": ".thinkscale/measured.json", "cache": "cache", "drafts": "draft*.jsonl",
        "configuration": "config.yaml", "sealed": "kept.sealed", "documents": "documents",
    }  # fmt: skip
    found = {}
    for name, place in folders.items():
        roots = sorted(home.glob(place))
        files = [f for root in roots for f in ([root] if root.is_file() else root.rglob("*"))]
        found[name] = sorted(
            f.relative_to(home) for f in files
            if f.is_file() and f.suffix != ".lease" and f.name != "lock" and f.stat().st_size
        )  # fmt: skip
    return found


def build_world(home: Path, address: str) -> World:
    """Write the notes and let the program do everything once."""
    (home / "notes").mkdir(parents=True)
    for name, text in NOTES.items():
        (home / "notes" / name).write_text(text, encoding="utf-8")
    rows = [
        {"id": name, "question": asked, "answers": [gold],
         "spans": [{"source": source, "quote": quote}]}
        for name, asked, gold, source, quote in _SET
    ]  # fmt: skip
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (home / "set.jsonl").write_text(lines, encoding="utf-8")
    (home / "config.yaml").write_text(
        "# mine\nnotes: {path: notes}\nindex: {path: index}\n"
        "retrieval: {arms: [words, grams, headings]}\n"
        f"model:\n  path: {address}/honest/v1#scripted   # here\n  languages: [en, ko]\n"
        "ask: {weigh: false, sure: 0.1}\n",
        encoding="utf-8",
    )
    world = World(home, address)
    _done(ask_all(world, home))
    _done(
        call(home, *RUN, "kept", "--sealed", "kept.sealed", environment=surroundings(home, address))
    )
    _done(call(home, "eval", "draft", "notes", "-o", "draft.jsonl", "--no-model", "--json", "--n",
               "6", environment=surroundings(home, address)))  # fmt: skip
    _done(forked(lambda: _others(home), home, tag="others",
                 environment=surroundings(home, address)))  # fmt: skip
    world.right.update(look(world, home))
    return world


def warm(world: World, place: Path) -> None:
    """Do in this process what cases do in their children, so that all modules are loaded."""
    import importlib
    import io
    import os
    import pkgutil
    from contextlib import chdir, redirect_stderr, redirect_stdout

    import evals
    import pipeline
    from pipeline.cli import _run
    from pipeline.retrieval import morphemes

    _one_thread(morphemes)
    for package in (pipeline, evals):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "ray" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    before = dict(os.environ)
    with world.copy(place) as home, chdir(home), io.StringIO() as out:
        os.environ.update(surroundings(home, world.address))
        with redirect_stdout(out), redirect_stderr(out):
            for arguments in (("index", "--rebuild"), ("ask", ASKED[0], "--json"), *LOOKS.values()):
                _run(list(arguments))
    os.environ.clear()
    os.environ.update(before)


def _one_thread(morphemes: Any) -> None:
    """Threads do not survive a fork, and what waits for them afterwards waits for ever; kiwi has
    some for lists of texts."""
    import functools

    import kiwipiepy

    class OneByOne:
        """kiwi, given each text by itself."""

        def __init__(self) -> None:
            self.kiwi = kiwipiepy.Kiwi(num_workers=1, load_multi_dict=False)

        def tokenize(self, texts: list[str], **options: Any) -> list[Any]:
            return [self.kiwi.tokenize(text, **options) for text in texts]

    kiwi = OneByOne()
    morphemes._kiwi = functools.cache(lambda: kiwi)


def _others(home: Path) -> int:
    """What no short command writes: sheets, tuning, hashes, documents, what was rejected."""
    from evals.draft.draft_store import DraftStore
    from pipeline.config import Settings
    from pipeline.engine.local.native import EngineSettings
    from pipeline.engine.tuning.settings import Profile, Trial, remember
    from pipeline.langchain.store import DocumentStore
    from pipeline.models.gguf import file_sha256
    from pipeline.models.sheet import ModelSheet, save_sheet
    from tests.engine.ggufs import small_gguf

    (home / "model.gguf").write_bytes(small_gguf())
    sha = file_sha256(home / "model.gguf")
    save_sheet(ModelSheet("model", sha, 32, "chat", 20, {"en": {"one": 0.5, "five": 0.4}}))
    trial = Trial(EngineSettings(), 100.0, 20.0, 1.5)
    remember(sha, Profile({"shared": trial, "separate": trial}, "this machine", 3.0, 4))
    settings = Settings.model_validate({"retrieval": {"arms": ["words", "grams", "headings"]}})
    documents = DocumentStore(home / "documents", settings)
    documents.add_texts(list(NOTES.values()), ids=list(NOTES))
    documents.similarity_search(ASKED[0])
    documents.close()
    drafts = DraftStore.open(home / "draft.jsonl")
    drafts.reject(drafts.items[0])
    return 0


def ask_all(world: World, home: Path) -> Done:
    """Search for both questions, ask one, in one child; all as JSON."""
    from pipeline.cli import _run

    def work() -> int:
        for asked in ASKED:
            code = _run(["search", asked, "--json", "-k", "3"])
            if code:
                return code
        return _run(["ask", ASKED[0], "--json", "--strategy", "direct@sc2"])

    return forked(work, home, tag="search and ask", environment=surroundings(home, world.address))


def answers(out: str) -> list[Any]:
    """What `ask_all` printed, without what differs from run to run."""
    found, decoder, at = [], json.JSONDecoder(), 0
    while at < len(out.rstrip()):
        value, at = decoder.raw_decode(out, at)
        at += len(out[at:]) - len(out[at:].lstrip())
        if isinstance(value, dict):
            value.get("usage", {}).pop("seconds", None)
        found.append(value)
    return found


def look(world: World, home: Path) -> dict[str, Any]:
    """Everything there is, read: {what: value or the error that was said}."""
    from evals.run.records import load_run

    run = load_run(home / ".thinkscale" / "runs" / "kept")
    found: dict[str, Any] = {
        "answers": answers(_done(ask_all(world, home)).out),
        "outcomes": [(o.item, o.strategy, o.answer, o.score) for o in run.outcomes],
    }
    for name, arguments in LOOKS.items():
        done = _done(call(home, *arguments, environment=surroundings(home, world.address)))
        found[name] = done.out
    return found


LOOKS: dict[str, tuple[str, ...]] = {
    "pool": ("pool", "export"),
    "runs": ("eval", "runs"),
    "run": ("eval", "report", "kept", "--format", "md"),
    "sealed": ("eval", "verify", "kept.sealed"),
    "strategy": ("strategies",),
}


def _done(done: Done) -> Done:
    if done.code:
        raise SystemExit(f"{done.tag}: {done.code} {done.err} {done.out[:300]}")
    return done
