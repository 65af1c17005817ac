"""The samples already drawn. In memory, for one question."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.engine.base import ModelInfo, request_key
from pipeline.types import Sample, SampleRequest

__all__ = ["MemoryPool"]


class MemoryPool:
    """Samples by the key of their request, for as long as the process lives."""

    def __init__(self, model: ModelInfo) -> None:
        self._model = model
        self._samples: dict[str, Sample] = {}

    def get(self, request: SampleRequest) -> Sample | None:
        """The stored sample of a request, if it was drawn before."""
        return self._samples.get(request_key(self._model, request))

    def put(self, sample: Sample) -> None:
        """Store a finished sample under its request."""
        self._samples[request_key(self._model, sample.request)] = sample

    def __len__(self) -> int:
        return len(self._samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._samples.values())
