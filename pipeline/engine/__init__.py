"""Engines: requests become samples and likelihoods, locally, at an endpoint, or scripted."""

from __future__ import annotations

from pipeline.engine.base import Engine, ModelInfo, OnToken, draw_seed, request_key
from pipeline.engine.opening import open_engine
from pipeline.engine.scripted import ScriptedEngine

__all__ = [
    "Engine",
    "ModelInfo",
    "OnToken",
    "ScriptedEngine",
    "draw_seed",
    "open_engine",
    "request_key",
]
