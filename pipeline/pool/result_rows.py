"""Writes each kind of result into a row of a pool, and reads it again."""

from __future__ import annotations

import dataclasses
import json
from hashlib import blake2b
from typing import Any, Protocol

from pipeline.types import (
    Confidence,
    Cost,
    Draw,
    Hit,
    Hits,
    Likelihood,
    Request,
    Result,
    Sample,
    Score,
    Search,
    Signal,
)

__all__ = ["KINDS", "ResultKind", "canonical", "text_hash"]

_CONFIDENCE = ("mean_logprob", "mean", "tail", "lowest_group")


def canonical(fields: dict[str, Any]) -> str:
    """JSON of fields, always the same for the same ones."""
    line = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    try:
        line.encode()
    except UnicodeEncodeError:  # half of a character has no bytes, but JSON has a way to write it
        line = json.dumps(fields, separators=(",", ":"), sort_keys=True)
    return line


def text_hash(text: str) -> bytes:
    """The name of a text."""
    return blake2b(text.encode(), digest_size=16).digest()


class ResultKind(Protocol):
    """`name` is what the column `kind` says."""

    name: str

    def write(self, result: Result) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The fields of the row (see `pipeline.pool.disk.add`), and texts that it names besides."""
        ...

    def texts(self, result: dict[str, Any]) -> list[str]:
        """The hashes of the texts that a stored result names, in hexadecimal digits."""
        ...

    def read(self, request: Request, row: dict[str, Any], texts: list[str]) -> Result:
        """The result of a row, `texts` being those that `texts` asks for."""
        ...


class _Samples:
    name = "sample"

    def write(self, result: Result) -> tuple[dict[str, Any], tuple[str, ...]]:
        assert isinstance(result, Sample)
        request = result.request
        came = {name: getattr(result, name) for name in ("text", "thinking", "finish", "tokens")}
        row = {
            "kind": self.name,
            "prompt": dataclasses.asdict(request.prompt),
            "params": dataclasses.asdict(request.params),
            "item": request.item,
            "draw": request.draw,
            "request": {"parent": request.parent},
            "result": {**came, **dataclasses.asdict(result.confidence)},
            "cost": result.cost,
        }
        return row, ()

    def texts(self, result: dict[str, Any]) -> list[str]:
        return []

    def read(self, request: Request, row: dict[str, Any], texts: list[str]) -> Result:
        assert isinstance(request, Draw)
        came = json.loads(row["result"])
        sure = Confidence(*(came[name] for name in _CONFIDENCE))
        return Sample(
            request,
            came["text"],
            came["finish"],
            came["tokens"],
            came["thinking"],
            sure,
            _cost(row),
            row["key"].hex(),
        )


class _Likelihoods:
    name = "likelihood"

    def write(self, result: Result) -> tuple[dict[str, Any], tuple[str, ...]]:
        assert isinstance(result, Likelihood)
        request = result.request
        row = {
            "kind": self.name,
            "prompt": dataclasses.asdict(request.prompt),
            "request": {"parent": request.parent, "text": request.text},
            "result": {"logprob": result.logprob, "tokens": result.tokens},
            "cost": result.cost,
        }
        return row, ()

    def texts(self, result: dict[str, Any]) -> list[str]:
        return []

    def read(self, request: Request, row: dict[str, Any], texts: list[str]) -> Result:
        assert isinstance(request, Score)
        came = json.loads(row["result"])
        return Likelihood(request, came["logprob"], came["tokens"], _cost(row), row["key"].hex())


class _Searches:
    name = "search"

    def write(self, result: Result) -> tuple[dict[str, Any], tuple[str, ...]]:
        from pipeline.retrieval.passage_store import passage_to_row

        assert isinstance(result, Hits)
        texts = tuple(canonical(passage_to_row(hit.passage)) for hit in result.hits)
        hits = [
            [text_hash(text).hex(), hit.score, hit.ranks, [*map(dataclasses.astuple, hit.signals)]]
            for text, hit in zip(texts, result.hits, strict=True)
        ]
        row = {
            "kind": self.name,
            "request": dataclasses.asdict(result.request),
            "result": {"hits": hits, "kind": result.kind, "spelled": result.spelled},
            "cost": result.cost,
        }
        return row, texts

    def texts(self, result: dict[str, Any]) -> list[str]:
        return [hit[0] for hit in result["hits"]]

    def read(self, request: Request, row: dict[str, Any], texts: list[str]) -> Result:
        from pipeline.retrieval.passage_store import passage_from_row

        assert isinstance(request, Search)
        came = json.loads(row["result"])
        hits = tuple(
            Hit(passage_from_row(json.loads(text)), score, ranks, tuple(map(_signal, seen)))
            for text, (_, score, ranks, seen) in zip(texts, came["hits"], strict=True)
        )
        told = came.get("kind", ""), came.get("spelled", "")
        return Hits(request, hits, _cost(row), row["key"].hex(), *told)


def _signal(stored: list[Any]) -> Signal:
    """A signal as it was stored, by whichever release: what is measured no more is left out."""
    return Signal(*stored[: len(dataclasses.fields(Signal))])


def _cost(row: dict[str, Any]) -> Cost:
    names = ("prompt_tokens", "generated_tokens", "seconds", "flops")
    return Cost(*(row[name] for name in names))


KINDS: dict[type[Request], ResultKind] = {
    Draw: _Samples(),
    Score: _Likelihoods(),
    Search: _Searches(),
}
