"""What was embedded is not embedded again after a build was stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import load_config
from pipeline.retrieval import build, embedder, is_stale, open_index
from pipeline.retrieval.checkpoint import NAME, Checkpoint, embed_texts

TEXTS = [f"Hive {i} has {i * 7} bees." for i in range(1300)]


class Lengths:
    """An embedder whose vector of a text is told from it; it may stop after some texts."""

    max_tokens, place = 512, ""

    def __init__(self, stop: int = 10**9, name: str = "lengths", dimension: int = 4) -> None:
        self.given: list[str] = []
        self.stop, self.name, self.dimension = stop, name, dimension

    def fingerprint(self) -> dict[str, Any]:
        return {"weights": self.name, "query_prompt": ""}

    def passages(self, texts: Sequence[str], progress: Any = None) -> Any:
        if len(self.given) >= self.stop:
            raise KeyboardInterrupt
        self.given += texts
        if progress is not None:
            progress(len(texts), len(texts))
        return np.stack([self.vector(text) for text in texts])

    def questions(self, texts: Sequence[str]) -> Any:
        return np.stack([self.vector(text) for text in texts])

    def vector(self, text: str) -> Any:
        seed = sum(text.encode("utf-8")) + len(text)
        row = np.random.default_rng(seed).normal(size=self.dimension)
        return (row / np.linalg.norm(row)).astype(np.float32)


def stopped(folder: Path, stop: int = 1000) -> Any:
    model: Any = Lengths(stop)
    with pytest.raises(KeyboardInterrupt):
        embed_texts(TEXTS, model, folder)
    return model


def test_the_next_goes_on_where_the_last_was_stopped(tmp_path: Path) -> None:
    first = stopped(tmp_path)
    second: Any = Lengths()
    told: list[tuple[int, int]] = []
    found = embed_texts(TEXTS, second, tmp_path, lambda done, total: told.append((done, total)))
    assert len(first.given) == 1024
    assert sorted(first.given + second.given) == sorted(TEXTS)
    assert np.array_equal(found, Lengths().questions(TEXTS))
    assert told == [(1300, 1300)]


@pytest.mark.parametrize("cut", [1, 8, 40, 41, 5000])
def test_a_torn_end_is_dropped(tmp_path: Path, cut: int) -> None:
    stopped(tmp_path)
    whole = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(whole[:-cut])
    again: Any = Lengths()
    assert np.array_equal(embed_texts(TEXTS, again, tmp_path), Lengths().questions(TEXTS))
    assert len(again.given) == 1300 - (1024 - -(-cut // 40))


@pytest.mark.parametrize("at", [0, 31, 32, 50, 20_000])
def test_a_damaged_record_and_all_behind_it_are_embedded_again(tmp_path: Path, at: int) -> None:
    stopped(tmp_path)
    data = bytearray((tmp_path / NAME).read_bytes())
    data[at] ^= 1
    (tmp_path / NAME).write_bytes(data)
    again: Any = Lengths()
    assert np.array_equal(embed_texts(TEXTS, again, tmp_path), Lengths().questions(TEXTS))
    assert len(again.given) == 1300 - max(0, (at - 32) // 40)


@pytest.mark.parametrize("other", [{"name": "another"}, {"dimension": 8}])
def test_vectors_of_another_embedder_are_not_used(tmp_path: Path, other: dict[str, Any]) -> None:
    stopped(tmp_path)
    again: Any = Lengths(**other)
    embed_texts(TEXTS, again, tmp_path)
    assert len(again.given) == 1300


def test_few_texts_leave_no_file(tmp_path: Path) -> None:
    model: Any = Lengths()
    embed_texts(TEXTS[:300], model, tmp_path)
    embed_texts(TEXTS, model, None)
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_written_all_is_embedded(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    model: Any = Lengths()
    assert np.array_equal(embed_texts(TEXTS, model, tmp_path), Lengths().questions(TEXTS))
    full = Checkpoint(tmp_path, model)
    full.add([b"x" * 16], np.ones((1, 4), np.float32))
    assert full.known == {}


def test_a_build_that_is_stopped_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes").mkdir()
    text = "# Hives\n\n" + "\n\n".join(TEXTS)
    (tmp_path / "notes" / "hives.md").write_text(text, encoding="utf-8")
    file = tmp_path / "config.yaml"
    file.write_text("notes: {path: notes}\nindex: {path: index}\nembedder: {model: lengths}\n")
    config = load_config(file)
    first = Lengths(1000)
    monkeypatch.setattr(embedder, "open_embedder", lambda config: first)
    monkeypatch.setattr(
        "pipeline.retrieval.encoder_export.make_encoder", lambda *_: {"kind": "nano"}
    )
    with pytest.raises(KeyboardInterrupt):
        build(config)
    assert (tmp_path / "index" / NAME).stat().st_size > 1000 * 40
    second = Lengths()
    monkeypatch.setattr(embedder, "open_embedder", lambda config: second)
    build(config)
    assert not (tmp_path / "index" / NAME).exists()
    assert not set(first.given) & set(second.given[:200])
    assert is_stale(config) == ""
    with open_index(config) as index:
        assert index.sentences is not None
        held = np.array(index.sentences.vectors)
    third = Lengths()
    monkeypatch.setattr(embedder, "open_embedder", lambda config: third)
    build(config, rebuild=True)
    with open_index(config) as index:
        assert index.sentences is not None
        assert np.array_equal(held, np.array(index.sentences.vectors))


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_a_kill_loses_nothing_that_was_written(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.retrieval.test_checkpoint import TEXTS, Lengths\n"
        "from pipeline.retrieval.checkpoint import embed_texts\n"
        "def tell(done, total):\n"
        "    if done > 1024: os.kill(os.getpid(), signal.SIGKILL)\n"
        "embed_texts(TEXTS, Lengths(), Path(sys.argv[1]), tell)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[2], env=os.environ
    )
    assert run.returncode == -9
    again: Any = Lengths()
    embed_texts(TEXTS, again, tmp_path)
    assert len(again.given) == 276
