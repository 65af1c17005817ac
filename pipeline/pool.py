"""The samples already drawn. In memory, for one question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict

from pipeline.types import Sample, SampleRequest

__all__ = ["MemoryPool", "request_key"]


def request_key(request: SampleRequest, model: str) -> str:
    """SHA-256 over the model's identity, the prompt, every sampling field and the draw number.

    The item is part of a draw's seed, so it is part of the key.
    """
    fields = asdict(request)
    fields["prompt"].pop("passages")  # shown in the text already
    fields["prompt"].pop("template")
    text = json.dumps({"model": model, **fields}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class MemoryPool:
    """Samples by request, for as long as the process lives."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._samples: dict[str, Sample] = {}

    def get(self, request: SampleRequest) -> Sample | None:
        """The stored sample of a request, if it was drawn before."""
        return self._samples.get(request_key(request, self._model))

    def put(self, sample: Sample) -> None:
        """Store a finished sample under its request."""
        self._samples[request_key(sample.request, self._model)] = sample

    def __len__(self) -> int:
        return len(self._samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._samples.values())
