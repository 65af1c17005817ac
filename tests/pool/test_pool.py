"""The pool on disk: what was drawn is kept, once, whatever happens to the process."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.cli import main
from pipeline.engine import ScriptedEngine
from pipeline.engine.base import ModelInfo
from pipeline.errors import PoolError
from pipeline.pool import DiskPool, MemoryPool, Pool, is_whole
from pipeline.types import (
    Confidence,
    Cost,
    Draw,
    Message,
    Prompt,
    Sample,
    SampleParams,
)

INFO = ModelInfo("a", "scripted", "1", sha256="ab" * 32)
PROMPT = Prompt(
    (Message("user", "무엇?"), Message("assistant", "그것은")), None, "cot", ("p1", "p2")
)


def sample(draw: int = 0, text: str = "답: 3", **fields: object) -> Sample:
    made = Sample(
        Draw(PROMPT, SampleParams(stop=("\n",), logit_bias=((3, -1.5),)), draw, "q", "ff"),
        text, "stop", 4, "생각", Confidence(-0.1, 1.5, 1.25, 1.0), Cost(7, 4, 0.5, 1e9),
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


@pytest.fixture(params=["memory", "disk"])
def pool(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pool]:
    if request.param == "memory":
        yield MemoryPool(INFO)
        return
    with DiskPool(tmp_path / "new" / "pool.sqlite", INFO) as made:
        yield made


def test_what_was_put_is_got(pool: Pool) -> None:
    assert pool.get(sample().request) is None
    pool.put(sample())
    got = pool.get(sample().request)
    assert isinstance(got, Sample)
    assert replace(got, key="") == sample()


@pytest.mark.parametrize(
    "other",
    [
        replace(sample().request, draw=1),
        replace(sample().request, item="r"),
        replace(sample().request, parent=None),
        replace(sample().request, prompt=Prompt(text="무엇?")),
        replace(sample().request, params=SampleParams(temperature=0.1)),
    ],
)
def test_another_request_is_another_draw(pool: Pool, other: Draw) -> None:
    pool.put(sample())
    assert pool.get(other) is None


def test_a_draw_is_never_replaced_or_doubled(pool: Pool) -> None:
    pool.put(sample())
    pool.put(sample(text="later"))
    got = pool.get(sample().request)
    assert isinstance(got, Sample)
    assert got.text == sample().text
    assert len(pool) == 1  # type: ignore[arg-type]


def test_what_was_cut_short_from_outside_is_not_kept(pool: Pool) -> None:
    for finish in ("cancelled", "error"):
        pool.put(sample(finish=finish))
    assert pool.get(sample().request) is None
    by_itself = replace(sample().request, params=SampleParams(stop_below=2.0))
    pool.put(sample(finish="cancelled", request=by_itself))
    assert pool.get(by_itself) is not None
    assert is_whole(sample(finish="length"))


def test_another_model_has_other_draws(tmp_path: Path) -> None:
    with DiskPool(tmp_path / "p", INFO) as one:
        one.put(sample())
    with DiskPool(tmp_path / "p", replace(INFO, sha256="cd" * 32)) as other:
        assert other.get(sample().request) is None
        other.put(sample())
        assert len(other) == 2


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(), item=st.text(max_size=20), draw=st.integers(0, 10_000))
def test_any_text_comes_back_as_it_was(pool: Pool, text: str, item: str, draw: int) -> None:
    try:
        text.encode()
        item.encode()
    except UnicodeEncodeError:
        return  # an engine decodes UTF-8, so lone surrogates do not come from one
    request = replace(sample().request, item=item, draw=draw, parent=text)
    pool.put(sample(text=text, request=request))
    got = pool.get(request)
    assert isinstance(got, Sample)
    assert got.text == text


def test_a_file_that_is_no_pool_is_named(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello, I am not a database at all, not even nearly" * 50)
    foreign = sqlite3.connect(tmp_path / "foreign")
    foreign.execute("CREATE TABLE other (a)")
    foreign.close()
    newer = sqlite3.connect(tmp_path / "newer")
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    for name, word in (("text", "pool"), ("foreign", "not a pool"), ("newer", "newer version")):
        with pytest.raises(PoolError, match=word) as error:
            DiskPool(tmp_path / name, INFO)
        assert name in str(error.value)
    with pytest.raises(PoolError, match="no such pool"):
        DiskPool(tmp_path / "missing")
    with pytest.raises(PoolError):
        DiskPool(tmp_path, INFO)


def _fill(pool: DiskPool) -> None:
    for draw in range(1, 1000):
        pool.put(sample(draw, "x" * 5000))


def test_a_full_disk_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    with DiskPool(tmp_path / "p", INFO) as pool:
        pool.put(sample(0))
        pool._db.execute("PRAGMA max_page_count = 12")
        with pytest.raises(PoolError, match="disk is full"):
            _fill(pool)
        pool._db.execute("PRAGMA max_page_count = 100000")
        kept = len(pool)
        assert kept >= 1
        new_prompt = replace(sample(2000).request, prompt=Prompt(text="another"))
        pool.put(sample(request=new_prompt))
        assert pool.get(new_prompt) is not None
        assert len(list(pool.rows())) == kept + 1


_WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
from pipeline.pool import DiskPool
from tests.pool.test_pool import INFO, sample
with DiskPool(Path(sys.argv[1]), INFO) as pool:
    for draw in range(100_000):
        if pool.get(sample(draw).request) is None:
            pool.put(sample(draw, f"text {draw}"))
            print(draw, flush=True)
"""


def test_killed_at_any_moment_every_draw_that_was_put_is_there(tmp_path: Path) -> None:
    path, said = tmp_path / "p", []
    for wait in (0.0, 0.02, 0.05, 0.11):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        said.append(int(writer.stdout.readline()))
        time.sleep(wait)
        os.kill(writer.pid, signal.SIGKILL)
        said += [int(line) for line in writer.stdout.read().splitlines() if line]
        writer.wait()
        writer.stdout.close()
    assert sorted(set(said)) == said, "no draw was made twice"
    with DiskPool(path, INFO) as pool:
        assert len(pool) >= len(said)
        for draw in said:
            got = pool.get(sample(draw).request)
            assert isinstance(got, Sample)
            assert got.text == f"text {draw}"


def test_many_read_while_one_writes(tmp_path: Path) -> None:
    with DiskPool(tmp_path / "p", INFO) as writer, DiskPool(tmp_path / "p") as reader:
        for draw in range(20):
            writer.put(sample(draw))
            assert len(reader) == draw + 1


def test_a_prompt_is_stored_once(tmp_path: Path) -> None:
    long = Prompt(text="word " * 20_000)
    with DiskPool(tmp_path / "p", INFO) as pool:
        for draw in range(50):
            pool.put(sample(draw, request=replace(sample(draw).request, prompt=long)))
        assert pool.stats()["prompts"] == 1
        assert pool.stats()["bytes"] < 300_000


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p"
    with DiskPool(file, INFO) as pool:
        for draw in range(3):
            pool.put(sample(draw))
    other = replace(INFO, name="other", sha256="cd" * 32)
    with DiskPool(file, other) as pool:
        pool.put(sample(0))

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            main(["pool", *words, "--pool", str(file)])
        return int(end.value.code or 0), capsys.readouterr().out

    code, out = run("stats", "--json")
    found = json.loads(out)
    assert (code, found["samples"], found["generated_tokens"]) == (0, 4, 16)
    assert [model["samples"] for model in found["models"]] == [3, 1]
    assert "4 samples of 1 prompts" in run("stats")[1]
    code, out = run("export")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["draw"] for row in rows] == [0, 0, 1, 2]
    assert rows[0]["prompt"]["messages"][0]["content"] == "무엇?"
    run("export", "-o", str(tmp_path / "out.jsonl"))
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == out
    assert re.match(r"1 samples and 0 ", run("gc", "cd")[1])
    assert json.loads(run("stats", "--json")[1])["samples"] == 3
    assert re.match(r"0 samples and 0 ", run("gc")[1])


def test_a_scripted_engine_and_a_pool_agree_on_keys(tmp_path: Path) -> None:
    engine = ScriptedEngine({"무엇": "답"})
    request = Draw(Prompt((Message("user", "무엇?"),)))
    (made,) = engine.sample([request])
    with DiskPool(tmp_path / "p", engine.info) as pool:
        pool.put(made)
        assert pool.get(request) == made
