"""The facts of a GGUF file: what it says of itself, and what running it takes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.models.catalogue import load_catalogue
from pipeline.models.gguf import Gguf, read_gguf
from pipeline.models.memory_need import memory_bytes, most_memory_bytes
from pipeline.models.suitable import why_not
from pipeline.models.template import ChatTemplate
from pipeline.types import Form

__all__ = ["ModelFacts", "facts_of", "model_languages"]

# llama.cpp's numbers for the way most of the weights are written (general.file_type)
_QUANTIZATIONS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M",
    30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip
_NAMES = {"english": "en", "korean": "ko", "eng": "en", "kor": "ko"}


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Of one file. `flops` are of one token read or written after none, and after `context`."""

    path: Path
    name: str
    architecture: str
    bytes: int
    parameters: int
    quantization: str
    bits: float
    trained_context: int
    context: int
    memory: int
    most_memory: int
    """In a run of many questions."""
    cannot: str
    """What it is instead of a model that answers; "" for one that does."""
    template: str
    form: Form
    """The form of prompt it is asked in, unless `model.form` says otherwise."""
    languages: tuple[str, ...]
    languages_from: str
    """Who says so: "file", "catalogue" or "" (nobody)."""
    licence: str
    flops: float
    flops_at_context: float

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints them."""
        row = {name: getattr(self, name) for name in self.__slots__}
        return {**row, "path": str(self.path), "languages": list(self.languages)}


def facts_of(path: Path, context: int) -> ModelFacts:
    """Read a file's header. `context` is what memory and FLOPs are reckoned for.

    Raises ModelError where the file is missing, not a GGUF, damaged or cut off.
    """
    gguf = read_gguf(path)
    size = path.stat().st_size
    languages, source = model_languages(gguf)
    kind = gguf.get("general.file_type")
    per_token = 2.0 * gguf.matmul_weights
    return ModelFacts(
        path=path,
        name=str(gguf.get("general.name") or gguf.name),
        architecture=gguf.architecture,
        bytes=size,
        parameters=gguf.parameters,
        quantization=_QUANTIZATIONS.get(kind, "") if isinstance(kind, int) else "",
        bits=round(8 * size / gguf.parameters, 2) if gguf.parameters else 0.0,
        trained_context=gguf.context,
        context=context,
        memory=memory_bytes(size, gguf.kv_bytes, context, gguf.vocabulary),
        most_memory=most_memory_bytes(size, gguf.kv_bytes, context, gguf.vocabulary),
        cannot=why_not(gguf),
        template=_template(gguf.chat_template),
        form=ChatTemplate(gguf.chat_template).form,
        languages=languages,
        languages_from=source,
        licence=str(gguf.get("general.license") or ""),
        flops=per_token,
        flops_at_context=per_token + gguf.attention_flops * context,
    )


def model_languages(gguf: Gguf) -> tuple[tuple[str, ...], str]:
    """Of the languages we know, those that a model answers in, and who says so."""
    for entry in load_catalogue():
        if entry.is_model(gguf.path.name):
            return entry.languages, "catalogue"
    listed = gguf.get("general.languages")
    if not isinstance(listed, list):
        return (), ""
    spoken = [_NAMES.get(str(one).lower(), str(one).lower()[:2]) for one in listed]
    return tuple(one for one in ("en", "ko") if one in spoken), "file"


def _template(source: str) -> str:
    """A chat template by the family whose marks it uses, and a hash to tell two apart."""
    if not source:
        return ""
    marks = {
        "<|im_start|>": "ChatML",
        "<start_of_turn>": "Gemma",
        "<|start_header_id|>": "Llama 3",
        "[|assistant|]": "EXAONE",
        "[INST]": "Llama 2",
    }
    family = next((name for mark, name in marks.items() if mark in source), "own")
    return f"{family} ({hashlib.sha256(source.encode()).hexdigest()[:8]})"
