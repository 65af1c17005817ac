"""Faults from outside: model files that are damaged, endpoints that delay, drop and lie, and
downloads that break off, are cut, wrong or spoiled on the disk."""

from __future__ import annotations

import os
import random
import shutil
import struct
import sys
from pathlib import Path

from benchmarks.torture import faults
from benchmarks.torture.damage import spoil
from benchmarks.torture.process import Done, call, forked
from benchmarks.torture.rules import Broken, aftermath, cited, spoken
from benchmarks.torture.world import ASKED, World, surroundings
from tests.engine.ggufs import small_gguf

__all__ = ["download_case", "endpoint_case", "gguf_case", "model_case"]


# -- model files ---------------------------------------------------------------------------------


def _spoilt_gguf(rng: random.Random) -> bytes:
    data = bytearray(small_gguf(data=rng.choice((128, 4096))))
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(min(len(data), rng.choice((64, 400, 100_000))))
        kind = rng.randrange(5)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and at + 8 <= len(data):
            struct.pack_into("<Q", data, at, rng.choice((0, 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)))
        elif kind == 2:
            del data[at : at + rng.randrange(1, 40)]
        elif kind == 3:
            data[at:at] = rng.randbytes(rng.randrange(1, 40))
        else:
            data[at:] = data[at : at + rng.randrange(1, max(2, len(data) - at))]
        if not data:
            break
    return bytes(data)


def gguf_case(world: World, place: Path, rng: random.Random) -> str:
    """Twenty damaged files judged one after another by `models info`, one used by `ask`."""
    place.mkdir(parents=True, exist_ok=True)
    seeds = [rng.randrange(1 << 40) for _ in range(20)]

    def judge() -> int:
        import resource

        from pipeline.cli import _run
        from pipeline.errors import ModelError
        from pipeline.models import facts_of
        from pipeline.models.gguf import read_gguf

        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
        path = place / "x.gguf"
        for seed in seeds:
            path.write_bytes(_spoilt_gguf(random.Random(seed)))
            try:
                read_gguf(path)
                facts_of(path, 2048).to_json()
            except ModelError:
                continue
            except BaseException:
                print(f"seed {seed}")
                raise
        path.write_bytes(_spoilt_gguf(random.Random(seeds[0])))
        return _run(["models", "info", "x.gguf"])

    try:
        done = forked(judge, place, tag="damaged model files",
                      environment=surroundings(world.home, world.address))  # fmt: skip
        spoken(done)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return "said" if done.code else "read"


def model_case(world: World, place: Path, rng: random.Random) -> str:
    """`ask` with the real model, of which a part is damaged or missing, or killed while it works;
    then with the sound one."""
    from pipeline.models.local_files import embedded_model

    sound = embedded_model()
    with world.copy(place) as home:
        text = (home / "config.yaml").read_text(encoding="utf-8")
        kill = rng.random() < 0.4
        model = home / "own.gguf"
        if not kill:
            shutil.copyfile(sound, model)
            with model.open("r+b") as file:
                size = model.stat().st_size
                for _ in range(rng.choice((1, 20))):
                    file.seek(rng.choice((rng.randrange(2000), rng.randrange(1 << 21),
                                          rng.randrange(size))))  # fmt: skip
                    file.write(rng.randbytes(rng.choice((1, 8, 4096))))
                if rng.random() < 0.3:
                    file.truncate(rng.randrange(size))
        used = "embedded" if kill else "own.gguf"
        at = text.index("  path: http")
        line = text[at : text.index("\n", at)]
        (home / "config.yaml").write_text(text.replace(line, f"  path: {used}"), encoding="utf-8")
        done = call(
            home, "ask", ASKED[0], "--json", "--strategy", "direct@sc2",
            kill_after=rng.uniform(0, 2.5) if kill else None, limit=180,
            environment=surroundings(home, world.address),
        )  # fmt: skip
        if done.signal and not kill:
            raise Broken("CRASH", f"signal {done.signal} with a damaged model")
        spoken(done, killed=kill)
        if done.code == 0:
            cited(home, done)
        (home / "config.yaml").write_text(text, encoding="utf-8")
        aftermath(world, home)
    return "killed" if done.signal else "said" if done.code else "read"


# -- endpoints -----------------------------------------------------------------------------------


def _hurry() -> None:
    """Try again at once, and wait a second where a person would wait two minutes."""
    from pipeline.engine import http
    from pipeline.engine.remote import RemoteEngine

    http._sleep = lambda seconds, stop: bool(stop is not None and stop.is_set())
    assert RemoteEngine.__init__.__kwdefaults__ is not None
    RemoteEngine.__init__.__kwdefaults__["timeout"] = 1.0


def endpoint_case(world: World, place: Path, rng: random.Random) -> str:
    """`ask` of an endpoint that misbehaves; then of one that does not."""
    with world.copy(place) as home:
        file = home / "config.yaml"
        text = file.read_text(encoding="utf-8")
        name = rng.choice(("#scripted", "#scripted", ""))
        bad = text.replace("/honest/v1#scripted", f"/bad{rng.randrange(10**9)}/v1{name}")
        file.write_text(bad, encoding="utf-8")
        asked, strategy = rng.choice(ASKED), rng.choice(("direct@sc2", "cot", "direct@verified4"))
        done = call(
            home, "ask", asked, "--json", "--strategy", strategy, before=_hurry,
            environment=surroundings(home, world.address),
        )  # fmt: skip
        try:
            spoken(done)
            if done.code == 0:
                cited(home, done)
            file.write_text(text, encoding="utf-8")
            aftermath(world, home)
        except Broken as broken:
            broken.args = (f"{broken.args[0]} [{bad[bad.index('/bad') :][:20]}]",)
            raise
    return "said" if done.code else "answered"


# -- downloads -----------------------------------------------------------------------------------


def download_case(world: World, place: Path, rng: random.Random) -> str:
    """`models get` from a hub that cuts, lies or refuses, on a disk that fails, or killed; what is
    there in the end has the right bytes."""
    import hashlib

    body = small_gguf(data=4096 * rng.choice((1, 40)))
    wanted = hashlib.sha256(body).hexdigest()
    seed = rng.randrange(1 << 40)
    with world.copy(place) as home:
        kill = rng.uniform(0, 0.4) if rng.random() < 0.3 else None
        done = _get(world, home, body, random.Random(seed), kill)
        spoken(done, killed=kill is not None)
        found = [p for p in (home / "hub").rglob("*.gguf") if p.exists()]
        if done.code == 0 and not found:
            raise Broken("LOSS", "nothing was downloaded, and nothing said")
        for path in found:
            if hashlib.sha256(path.read_bytes()).hexdigest() != wanted:
                raise Broken("SILENT", "a model with other bytes is there under its name")
        left = [p for p in (home / "hub").rglob("*") if p.is_file() and not p.is_symlink()
                and p.stat().st_size]  # fmt: skip
        how = spoil(rng.choice(left), rng) if left and rng.random() < 0.5 else ""
        if how == "a folder":
            return "said"
        again = _get(world, home, body, None, None)
        spoken(again)
        found = [p for p in (home / "hub").rglob("*.gguf") if p.is_file()]
        right = [p for p in found if hashlib.sha256(p.read_bytes()).hexdigest() == wanted]
        if again.code or not right:
            raise Broken("RECOVERY", f"a sound hub, after {how or done.err}: {again.err}")
        aftermath(world, home)
    return "killed" if done.signal else "said" if done.code else "downloaded"


def _get(
    world: World, home: Path, body: bytes, bad: random.Random | None, kill: float | None
) -> Done:
    """`models get` of a hub in the same child; `bad` has it or the disk misbehave."""

    def work() -> int:
        from pipeline.cli import _run
        from tests.models.hub import Hub, serving

        hub = Hub({"org/repo": {"m-q4_k_m.gguf": body}})
        fault = None
        if bad is not None:
            hub.cut_after = [bad.randrange(len(body)) for _ in range(bad.choice((0, 1, 9)))]
            hub.wrong, hub.no_etag = bad.random() < 0.2, bad.random() < 0.1
            hub.ranges, hub.gated = bad.random() < 0.7, bad.random() < 0.1
            fault = faults.random_fault(bad, home / "hub") if bad.random() < 0.5 else None
        with serving(hub):
            os.environ["HF_ENDPOINT"] = hub.url
            from huggingface_hub import constants

            constants.ENDPOINT = hub.url
            if fault is not None:
                faults.arm(fault)
            code = _run(["models", "get", "org/repo", "--yes", "--json"])
            faults.disarm()
            sys.stdout.flush()
            os._exit(code)

    return forked(work, home, tag="models get", kill_after=kill,
                  environment=surroundings(home, world.address))  # fmt: skip
