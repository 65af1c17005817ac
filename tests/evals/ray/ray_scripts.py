"""Scripted engines for the nodes of a cluster: what a node's process can import."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator

from pipeline.engine import Engine, OnToken, ScriptedEngine
from pipeline.engine.base import ModelInfo
from pipeline.errors import ModelError
from pipeline.types import Draw, Sample

__all__ = ["colours", "refusing", "slow_sums", "sums", "unequal"]

WORDS = "red orange yellow green blue purple 파랑 노랑".split()


class Slow(ScriptedEngine):
    """A pause before every draw."""

    def sample(self, requests: Iterable[Draw], on_token: OnToken | None = None) -> Iterator[Sample]:
        for sample in super().sample(requests, on_token):
            time.sleep(0.02)
            yield sample


def colour(_: str, draw: int) -> str:
    dice = random.Random(draw)
    return " ".join(dice.choice(WORDS) for _ in range(6))


def total(prompt: str, draw: int) -> str:
    return f"Well.\nAnswer: {(len(prompt) + draw * draw) % 7}"


def colours(_: int, __: str) -> Engine:
    return ScriptedEngine(colour, context=512)


def sums(_: int, __: str) -> Engine:
    return ScriptedEngine(total)


def slow_sums(_: int, __: str) -> Engine:
    return Slow(total)


def refusing(_: int, __: str) -> Engine:
    raise ModelError("weights.gguf: there is no such file.", "Fetch it.")


class _Renamed(ScriptedEngine):
    @property
    def info(self) -> ModelInfo:
        from dataclasses import replace

        return replace(super().info, version=str(time.time_ns()))


def unequal(_: int, __: str) -> Engine:
    return _Renamed(total)
