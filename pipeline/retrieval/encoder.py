"""The light query encoder: a BERT-family embedder in numpy, made once when the index is made.

Questions are short, so a forward pass is a few milliseconds of matrix products; what is slow about
the usual libraries is importing them. Weights lie in one flat file and are mapped, so the rows of
a large vocabulary that a question does not use are never read. What is read is compared with its
checksums before (`pipeline.checksums`): the layers when the encoder is opened, a word's row when a
question has that word.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.retrieval import store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

__all__ = ["FAMILIES", "LightEncoder", "export_encoder", "why_not"]

FAMILIES = ("bert", "roberta", "xlm-roberta", "camembert")
_ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu")
_POOLINGS = ("mean", "cls", "max")
_WEIGHTS = "encoder.bin"
_WORDS = "word_embeddings"


def why_not(config: Mapping[str, Any], pooling: str, modules: Sequence[str]) -> str:
    """Why an embedder cannot be written as a light encoder; empty when it can.

    `config` is the model's own configuration, `modules` the names of its sentence-transformers
    modules in order.
    """
    if config.get("model_type") not in FAMILIES:
        return f"models of the family {config.get('model_type')!r} are not supported"
    if config.get("position_embedding_type", "absolute") != "absolute":
        return "its positions are not absolute"
    if config.get("hidden_act") not in _ACTIVATIONS:
        return f"its activation {config.get('hidden_act')!r} is not supported"
    if config.get("is_decoder"):
        return "it is a decoder"
    if pooling not in _POOLINGS:
        return f"its pooling {pooling!r} is not supported"
    if list(modules) not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return f"it has the modules {', '.join(modules)}"
    return ""


def export_encoder(
    folder: Path,
    weights: Mapping[str, Any],
    config: Mapping[str, Any],
    *,
    tokenizer: Any,
    pooling: str,
    normalise: bool,
    max_tokens: int,
) -> None:
    """Write `encoder.json`, `encoder.bin` and `tokenizer.json` into `folder`.

    `weights` are the transformer's arrays by their usual names, `tokenizer` a
    `tokenizers.Tokenizer`.
    """
    import numpy as np

    tensors: dict[str, tuple[int, list[int]]] = {}
    with (folder / _WEIGHTS).open("wb") as file:

        def put(name: str, array: Any) -> None:
            data = np.ascontiguousarray(np.asarray(array, np.float32))
            file.write(b"\0" * (-file.tell() % 64))
            tensors[name] = (file.tell(), list(data.shape))
            file.write(data.tobytes())

        for name in (_WORDS, "position_embeddings"):
            put(name, weights[f"embeddings.{name}.weight"])
        put("type", weights["embeddings.token_type_embeddings.weight"][0])
        put("norm.w", weights["embeddings.LayerNorm.weight"])
        put("norm.b", weights["embeddings.LayerNorm.bias"])
        for i in range(int(config["num_hidden_layers"])):
            old = f"encoder.layer.{i}."
            parts = [f"{old}attention.self.{part}" for part in ("query", "key", "value")]
            put(f"{i}.qkv.w", np.concatenate([weights[f"{p}.weight"].T for p in parts], axis=1))
            put(f"{i}.qkv.b", np.concatenate([weights[f"{p}.bias"] for p in parts]))
            for new, part in (("out", "attention.output.dense"), ("up", "intermediate.dense")):
                put(f"{i}.{new}.w", weights[f"{old}{part}.weight"].T)
                put(f"{i}.{new}.b", weights[f"{old}{part}.bias"])
            put(f"{i}.down.w", weights[f"{old}output.dense.weight"].T)
            put(f"{i}.down.b", weights[f"{old}output.dense.bias"])
            for new, part in (("norm1", "attention.output"), ("norm2", "output")):
                put(f"{i}.{new}.w", weights[f"{old}{part}.LayerNorm.weight"])
                put(f"{i}.{new}.b", weights[f"{old}{part}.LayerNorm.bias"])
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    padding = config.get("pad_token_id") or 0
    facts = {
        "layers": int(config["num_hidden_layers"]),
        "heads": int(config["num_attention_heads"]),
        "epsilon": float(config["layer_norm_eps"]),
        "activation": config["hidden_act"],
        # RoBERTa counts positions from the number after its padding token.
        "first_position": 0 if config["model_type"] == "bert" else int(padding) + 1,
        "pooling": pooling,
        "normalise": normalise,
        "tensors": tensors,
    }
    (folder / "encoder.json").write_text(json.dumps(facts), encoding="utf-8", newline="\n")


class LightEncoder:
    """Embeds one text at a time. Raises `store.DamagedEncoder` where its files are damaged, when it
    is opened or at the first question that needs the damaged part."""

    def __init__(self, folder: Path) -> None:
        import numpy as np
        from threadpoolctl import ThreadpoolController
        from tokenizers import Tokenizer

        self._blas = ThreadpoolController()
        self._files = files = store.checked(folder, store.read_manifest(folder))
        facts = json.loads(files.read("encoder.json"))
        self._tokenizer = Tokenizer.from_str(files.read("tokenizer.json").decode())
        flat = np.memmap(folder / _WEIGHTS, np.float32, mode="r")
        self._w: dict[str, Array] = {}
        for name, (offset, shape) in facts["tensors"].items():
            start, size = offset // 4, math.prod(shape)
            if name == _WORDS:
                self._words_at, self._word_bytes = offset, 4 * shape[1]
            else:
                files.check(_WEIGHTS, offset, offset + 4 * size)
            self._w[name] = np.asarray(flat[start : start + size]).reshape(shape)
        self._layers: int = facts["layers"]
        self._heads: int = facts["heads"]
        self._epsilon: float = facts["epsilon"]
        self._activation: str = facts["activation"]
        self._first: int = facts["first_position"]
        self._pooling: str = facts["pooling"]
        self._normalise: bool = facts["normalise"]

    def encode(self, text: str) -> Array:
        """The vector of a text, shape (dimension,)."""
        # Products this small gain nothing from a second thread, and where the processor has other
        # work (a model that answers) threads that wait for each other make them 40 times slower.
        with self._blas.limit(limits=1, user_api="blas"):
            return self._vector(self._tokenizer.encode(text).ids)

    def windows(self, text: str) -> list[tuple[Array, int]]:
        """The vectors of a text of any length, a window of tokens each, with their tokens."""
        first = self._tokenizer.encode(text)
        with self._blas.limit(limits=1, user_api="blas"):
            return [(self._vector(w.ids), len(w.ids)) for w in (first, *first.overflowing)]

    def _vector(self, ids: list[int]) -> Array:
        import numpy as np

        w = self._w
        for word in set(ids):
            at = self._words_at + word * self._word_bytes
            self._files.check(_WEIGHTS, at, at + self._word_bytes)
        x = w[_WORDS][ids] + w["position_embeddings"][self._first : self._first + len(ids)]
        x = self._norm(x + w["type"], "norm")
        for i in range(self._layers):
            x = self._norm(x + self._attend(x, i), f"{i}.norm1")
            up = self._activate(x @ w[f"{i}.up.w"] + w[f"{i}.up.b"])
            x = self._norm(x + up @ w[f"{i}.down.w"] + w[f"{i}.down.b"], f"{i}.norm2")
        if self._pooling == "cls":
            vector = x[0]
        elif self._pooling == "max":
            vector = x.max(axis=0)
        else:
            vector = x.mean(axis=0)
        if self._normalise:
            vector = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return np.asarray(vector, np.float32)

    def _attend(self, x: Array, i: int) -> Array:
        import numpy as np

        w, heads = self._w, self._heads
        count, width = x.shape
        qkv = (x @ w[f"{i}.qkv.w"] + w[f"{i}.qkv.b"]).reshape(count, 3, heads, width // heads)
        q, k, v = qkv.transpose(1, 2, 0, 3)
        logits = q @ k.transpose(0, 2, 1) / math.sqrt(width // heads)
        logits -= logits.max(axis=-1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=-1, keepdims=True)
        mixed = (logits @ v).transpose(1, 0, 2).reshape(count, width)
        return np.asarray(mixed @ w[f"{i}.out.w"] + w[f"{i}.out.b"], np.float32)

    def _norm(self, x: Array, name: str) -> Array:
        import numpy as np

        x = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + self._epsilon)
        return np.asarray(x / scale * self._w[f"{name}.w"] + self._w[f"{name}.b"], np.float32)

    def _activate(self, x: Array) -> Array:
        import numpy as np

        if self._activation == "relu":
            return np.maximum(x, 0)
        if self._activation == "gelu":
            return np.asarray(0.5 * x * (1 + _erf(x / math.sqrt(2))), np.float32)
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)
        return np.asarray(0.5 * x * (1 + np.tanh(inner)), np.float32)


def _erf(x: Array) -> Array:
    """The error function within 1.5e-7 (Abramowitz and Stegun, 7.1.26)."""
    import numpy as np

    size = np.abs(x)
    t = 1 / (1 + 0.3275911 * size)
    series = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    return np.asarray(np.sign(x) * (1 - series * np.exp(-size * size)), np.float32)
