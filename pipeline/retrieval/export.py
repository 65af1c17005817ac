"""Making the light query encoder and proving it against the embedder it came from."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.retrieval.embedder import Embedder
from pipeline.retrieval.encoder import LightEncoder, export_encoder, why_not
from pipeline.retrieval.nano import NanoEmbedder
from pipeline.retrieval.store import fsync_file

if TYPE_CHECKING:
    from pipeline.retrieval.embedder import TextEmbedder

__all__ = ["AGREEMENT", "make_encoder"]

AGREEMENT = 0.999
"""Least cosine with sentence-transformers on the notes' own passages."""
_CHECKED = 8


def make_encoder(
    root: Path, model: TextEmbedder, fingerprint: dict[str, Any], texts: Sequence[str]
) -> dict[str, Any]:
    """What the manifest says of the query encoder: `nano`, which is the embedder itself; `light`,
    its name and the worst cosine measured; or `torch` and why. The folder `encoders/<name>` is
    written whole or not at all."""
    if isinstance(model, NanoEmbedder):
        return {"kind": "nano"}
    assert isinstance(model, Embedder)
    facts = json.dumps(fingerprint, sort_keys=True).encode()
    name = hashlib.sha256(facts).hexdigest()[:16]
    folder = root / "encoders" / name
    transformer: Any = next(iter(model.model))
    inner: Any = getattr(transformer, "auto_model", None) or getattr(transformer, "model", None)
    config: dict[str, Any] = inner.config.to_dict() if inner is not None else {}
    reason = why_not(config, model.pooling, model.modules)
    tokenizer = getattr(model.model.tokenizer, "backend_tokenizer", None)
    if not reason and tokenizer is None:
        reason = "its tokenizer has no fast form"
    if reason:
        return {"kind": "torch", "why": reason}
    if not folder.is_dir():
        part = root / "encoders" / f"{name}.{secrets.token_hex(3)}.part"
        part.mkdir(parents=True)
        try:
            _export(part, model, inner, config, tokenizer)
            part.replace(folder)
        except (KeyError, AttributeError, OSError) as error:
            shutil.rmtree(part, ignore_errors=True)
            return {"kind": "torch", "why": f"it could not be exported ({error})"}
    worst = _agreement(folder, model, texts)
    if worst < AGREEMENT:
        shutil.rmtree(folder, ignore_errors=True)
        return {"kind": "torch", "why": f"the light encoder differs from it (cosine {worst:.4f})"}
    return {"kind": "light", "name": name, "cosine": round(worst, 6)}


def _export(
    folder: Path, model: Embedder, inner: Any, config: dict[str, Any], tokenizer: Any
) -> None:
    from tokenizers import Tokenizer

    weights = {
        name.removeprefix("bert.").removeprefix("roberta."): tensor.detach().float().cpu().numpy()
        for name, tensor in inner.state_dict().items()
    }
    export_encoder(
        folder,
        weights,
        config,
        tokenizer=Tokenizer.from_str(tokenizer.to_str()),
        pooling=model.pooling,
        normalise=model.cosine or "Normalize" in model.modules,
        max_tokens=model.max_tokens,
    )
    for path in folder.iterdir():
        fsync_file(path)


def _agreement(folder: Path, model: Embedder, texts: Sequence[str]) -> float:
    """The worst cosine over a few passages spread through the notes, some cut to a question's
    length."""
    import numpy as np

    step = max(1, len(texts) // _CHECKED)
    some = [text for text in texts[::step][:_CHECKED] if text.strip()]
    some = [text if i % 4 == 0 else text[:100] for i, text in enumerate(some)]
    light = LightEncoder(folder)
    theirs = model.questions(some)
    ours = np.stack([light.encode(model.query_prompt + text) for text in some])
    norms = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return float(((ours * theirs).sum(1) / np.maximum(norms, 1e-12)).min())
