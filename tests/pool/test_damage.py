"""A pool whose file is damaged: every draw is the one that was put, or is not there, or the file is
named."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import _run
from pipeline.errors import PoolError
from pipeline.pool import DiskPool
from pipeline.types import Cost, Prompt, Sample
from tests.damage import DAMAGES, damaged
from tests.pool.test_pool import INFO, sample

DRAWS = 30


def drawn(n: int) -> Sample:
    prompt = Prompt(text=f"무엇? {n % 3}")
    cost = Cost(0, 4, 0.5, 1e9)  # the prompt was paid for
    request = replace(sample(n).request, prompt=prompt)
    return sample(n, f"답: {n}", request=request, cost=cost)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pool") / "p"
    with DiskPool(path, INFO) as pool:
        for n in range(DRAWS):
            pool.put(drawn(n))
    return path


def looked_at(path: Path) -> tuple[Any, Any]:
    with DiskPool(path) as pool:
        stats = pool.stats()
        return {k: v for k, v in stats.items() if k != "bytes"}, list(pool.rows())


def check(path: Path, right: tuple[Any, Any]) -> bool:
    """Nothing is silently different; True where something was noticed."""
    refused: list[PoolError] = []
    missing = 0
    try:
        assert looked_at(path) == right
    except PoolError as error:
        refused.append(error)
    try:
        with DiskPool(path, INFO) as pool:
            for n in range(DRAWS):
                got = pool.get(drawn(n).request)
                if got is None:
                    missing += 1
                    pool.put(drawn(n))
                else:
                    assert replace(got, key="") == drawn(n)
    except PoolError as error:
        refused.append(error)
    for one in refused:
        assert str(path) in one.what
        assert one.remedy
    return bool(refused or missing)


def copy(sound: Path, to: Path) -> Path:
    shutil.copy(sound, to)
    return to


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("seed", range(6))
def test_damage_is_never_silent(sound: Path, tmp_path: Path, how: str, seed: int) -> None:
    path = copy(sound, tmp_path / "p")
    path.write_bytes(damaged(path.read_bytes(), how, seed))
    check(path, looked_at(sound))


def test_flipped_bits_everywhere(sound: Path, tmp_path: Path) -> None:
    right, data = looked_at(sound), sound.read_bytes()
    rng, noticed = random.Random(1), 0
    for at in [*range(100), *rng.sample(range(len(data)), 300)]:
        path = tmp_path / "p"
        for leftover in tmp_path.iterdir():
            leftover.unlink()
        out = bytearray(data)
        out[at] ^= 1 << rng.randrange(8)
        path.write_bytes(bytes(out))
        noticed += check(path, right)
    assert noticed > 50


@pytest.mark.parametrize("column", ["text", "finish", "tokens", "lowest_group", "seconds", "flops",
                                    "item", "draw", "prompt_tokens", "parent"])  # fmt: skip
def test_each_field_of_a_row_is_covered(sound: Path, tmp_path: Path, column: str) -> None:
    path = copy(sound, tmp_path / "p")
    db = sqlite3.connect(path)
    inside = {"parent": "request"} | dict.fromkeys(
        ("text", "finish", "tokens", "lowest_group"), "result"
    )
    if column in inside:
        name = inside[column]
        changed = f"{name} = json_set({name}, '$.{column}', 'x')"
    else:
        value = "'x'" if column == "item" else "77"
        changed = f"{column} = {value}"
    db.execute(f"UPDATE results SET {changed}")
    db.commit()
    db.close()
    with DiskPool(path) as pool:
        assert pool.stats()["damaged"] == DRAWS
        with pytest.raises(PoolError, match="`thinkscale pool gc`"):
            list(pool.rows())
    with DiskPool(path, INFO) as pool:
        assert pool.get(drawn(3).request) is None
        pool.put(drawn(3))
        got = pool.get(drawn(3).request)
        assert isinstance(got, Sample)
        assert got.text == drawn(3).text
        assert pool.damaged == 1


def test_a_prompt_that_is_damaged_or_gone(
    sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The remedy that is named helps: what is damaged goes, the rest stays, all can be drawn."""
    for change in (
        "UPDATE texts SET text = replace(text, '? 1', '? 2') WHERE text LIKE '%? 1%'",
        "DELETE FROM texts WHERE text LIKE '%? 1%'",
    ):
        path = copy(sound, tmp_path / "p")
        db = sqlite3.connect(path)
        assert db.execute(change).rowcount == 1
        db.commit()
        db.close()
        arguments = ["--pool", str(path)]
        assert _run(["pool", "export", *arguments]) == 2
        assert "`thinkscale pool gc`" in capsys.readouterr().err
        assert _run(["pool", "stats", *arguments]) == 0
        assert "10 more are damaged" in capsys.readouterr().out
        assert _run(["pool", "gc", *arguments]) == 0
        assert "10 that were damaged" in capsys.readouterr().out
        assert _run(["pool", "stats", "--json", *arguments]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["samples"], found["damaged"]) == (DRAWS - 10, 0)
        with DiskPool(path, INFO) as pool:
            pool.put(drawn(1))
        assert len(looked_at(path)[1]) == DRAWS - 9
        path.unlink()
