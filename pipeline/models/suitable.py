"""Judges by its header whether a GGUF file can answer questions, before anything is built for it.

Embedding models, rerankers, adapters, projectors, vocabularies and parts of split models are GGUF
files too. llama.cpp loads some of them, and what then comes of a question is noise or an abort.
"""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.errors import ModelError, filled
from pipeline.models.gguf import Gguf

__all__ = ["require_context", "require_generator", "why_not"]

_KINDS = {  # general.type
    "adapter": "an adapter (LoRA), which changes another model",
    "mmproj": "a projector for pictures or sound, which belongs to another model",
    "imatrix": "an importance matrix, which is used to quantize a model",
    "vocab": "a vocabulary",
}
_ENCODERS = (
    "bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "neo-bert",
    "modern-bert", "eurobert", "gemma-embedding", "t5encoder",
)  # fmt: skip
_OTHERS = {
    "clip": _KINDS["mmproj"],
    "t5": "a model with an encoder and a decoder, which this program cannot run",
    "whisper": "a model that hears speech",
    "wavtokenizer-dec": "a model that makes sound",
}
_RANKS = 4  # LLAMA_POOLING_TYPE_RANK
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")


def why_not(gguf: Gguf) -> str:
    """What the file is instead of a model that writes; empty for one that does."""
    kind = str(gguf.get("general.type", "model"))
    if kind in _KINDS:
        return _KINDS[kind]
    if gguf.architecture in _OTHERS:
        return _OTHERS[gguf.architecture]
    pooling = gguf.get("{arch}.pooling_type", 0)
    if pooling == _RANKS or any(name.startswith("cls.") for name in gguf.tensors):
        return "a reranker: it grades texts and writes none"
    causal = gguf.get("{arch}.attention.causal", True)
    if gguf.architecture in _ENCODERS or causal is False or pooling:
        return "an embedding model: it reads texts and writes none"
    if gguf.get("tokenizer.ggml.model", "") in ("", "no_vocab", "none"):
        return "a model without a vocabulary"
    return ""


def require_generator(gguf: Gguf) -> None:
    """Raises ModelError for a file that cannot answer a question, or is one part of several."""
    if what := why_not(gguf):
        remedy = "Name a model that answers: thinkscale models list"
        if "embedding" in what or "reranker" in what:
            remedy = (
                "It may serve as embedder.model or retrieval.rerank in another format; name a "
                "model that answers: thinkscale models list"
            )
        raise ModelError(filled("{path} is {what}.", path=gguf.path, what=filled(what)), remedy)
    _require_whole(gguf)


def require_context(gguf: Gguf, context: int) -> None:
    """Raises ModelError where more context is asked for than the model was trained to read."""
    if gguf.context and context > gguf.context:
        raise ModelError(
            filled(
                "{name} was trained to read {trained} tokens, and model.context asks for {asked}.",
                name=gguf.path.name,
                trained=f"{gguf.context:,}",
                asked=f"{context:,}",
            ),
            filled("Set model.context to {tokens} in config.yaml, or less.", tokens=gguf.context),
        )


def _require_whole(gguf: Gguf) -> None:
    """A model in several files is opened by its first, with the others beside it."""
    count, number = gguf.get("split.count", 1), gguf.get("split.no", 0)
    if not (isinstance(count, int) and isinstance(number, int)) or count <= 1:
        return
    parts = [_part(gguf.path, i + 1, count) for i in range(count)]
    if number:
        raise ModelError(
            filled(
                "{path} is part {number} of {count}.",
                path=gguf.path,
                number=number + 1,
                count=count,
            ),
            filled("Name the first: {name}", name=parts[0].name),
        )
    missing = [part.name for part in parts[1:] if not part.is_file()]
    if missing:
        raise ModelError(
            filled(
                "{path} is the first of {count} parts, and {missing} is not beside it.",
                path=gguf.path,
                count=count,
                missing=missing[0],
            ),
            "Download all parts into one folder, under their own names.",
        )


def _part(path: Path, number: int, count: int) -> Path:
    name = f"-{number:05d}-of-{count:05d}.gguf"
    if _SPLIT.search(path.name):
        return path.with_name(_SPLIT.sub(name, path.name))
    return path.with_name(path.stem + name)
