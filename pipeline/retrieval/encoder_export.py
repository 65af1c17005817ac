"""Making the light query encoder, proving it against the embedder it came from, mending it."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import IndexError_, filled
from pipeline.retrieval import store
from pipeline.retrieval.embedder import Embedder
from pipeline.retrieval.encoder import LightEncoder, export_encoder, why_not
from pipeline.retrieval.nano import NanoEmbedder

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.retrieval.embedder import TextEmbedder

__all__ = ["AGREEMENT", "encoder_damage", "make_encoder", "remake_encoder"]

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
    folder = store.encoder_folder(root, name)
    inner = _transformer(model)
    config: dict[str, Any] = inner.config.to_dict() if inner is not None else {}
    reason = why_not(config, model.pooling, model.modules)
    if not reason and getattr(model.model.tokenizer, "backend_tokenizer", None) is None:
        reason = "its tokenizer has no fast form"
    if reason:
        return {"kind": "torch", "why": reason}
    if encoder_damage(folder):
        try:
            _export(folder, model)
        except (KeyError, AttributeError, OSError) as error:
            return {"kind": "torch", "why": f"it could not be exported ({error})"}
    worst = _agreement(folder, model, texts)
    if not worst >= AGREEMENT:  # it may be no number at all
        shutil.rmtree(folder, ignore_errors=True)
        return {"kind": "torch", "why": f"the light encoder differs from it (cosine {worst:.4f})"}
    return {"kind": "light", "name": name, "cosine": round(worst, 6)}


def encoder_damage(folder: Path) -> str:
    """What is wrong with a query encoder on disk, every byte compared; empty where nothing is."""
    try:
        store.checked(folder, store.read_manifest(folder)).check_all()
    except IndexError_ as error:
        return error.what
    return ""


def remake_encoder(config: Config, manifest: dict[str, Any]) -> None:
    """Write the query encoder of an index anew from its embedder, where it is damaged.

    Raises IndexError_ where the embedder is not the one that made the index any more or the folder
    cannot be written, ModelError where the embedder cannot be loaded.
    """
    from pipeline.retrieval.embedder import Embedder

    folder = store.encoder_folder(config.index_path, manifest["encoder"]["name"])
    with store.locked(config.index_path), store.writing(config.index_path):
        if not encoder_damage(folder):
            return  # another process was first
        model = Embedder(config)
        if model.fingerprint() != manifest["embedder"]["fingerprint"]:
            raise IndexError_(
                filled(
                    "{folder}: the query encoder is damaged, and the embedder that it was made "
                    "from is another one now.",
                    folder=folder,
                ),
                store.REBUILD,
            )
        _export(folder, model)


def _transformer(model: Embedder) -> Any:
    """The Hugging Face model inside, or None."""
    first: Any = next(iter(model.model))
    return getattr(first, "auto_model", None) or getattr(first, "model", None)


def _export(folder: Path, model: Embedder) -> None:
    """Write the folder whole or not at all."""
    from tokenizers import Tokenizer

    inner = _transformer(model)
    weights = {
        name.removeprefix("bert.").removeprefix("roberta."): tensor.detach().float().cpu().numpy()
        for name, tensor in inner.state_dict().items()
    }
    part = folder.with_name(f"{folder.name}.{secrets.token_hex(3)}.part")
    part.mkdir(parents=True)
    try:
        export_encoder(
            part,
            weights,
            inner.config.to_dict(),
            tokenizer=Tokenizer.from_str(model.model.tokenizer.backend_tokenizer.to_str()),
            pooling=model.pooling,
            normalise=model.cosine or "Normalize" in model.modules,
            max_tokens=model.max_tokens,
        )
        store.seal(part, {"encoder": folder.name})
        store.swap(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


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
