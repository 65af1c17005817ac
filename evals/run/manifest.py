"""Records what a run was made with, so that it can be made again: settings, prompts, code, machine.

It is the field `about` of a run. Nothing in it is needed to read the run.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.run.model_run import ModelRun
    from pipeline.config import Config
    from pipeline.types import Form

__all__ = ["commit_of", "machine", "manifest"]

_ENVIRONMENT = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TOKENIZERS_PARALLELISM"),
    *("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "GGML_VK_VISIBLE_DEVICES"),
)
_PACKAGES = (
    "llama-cpp-python",
    "sentence-transformers",
    "torch",
    "bm25s",
    "kiwipiepy",
    "numpy",
    "scipy",
    "thinkscale",
)


def manifest(config: Config, model_runs: Sequence[ModelRun]) -> dict[str, Any]:
    """The command; shots, limits of tokens, retrieval, embedder and prompts by hash; code, notes,
    indexes and machine."""
    order = model_runs[0].order
    settings = config.settings
    return {
        "command": shlex.join(["thinkscale", *sys.argv[1:]]),
        "shots": {
            task.name: {
                language: len(found if order.shots is None else found[: order.shots])
                for language, found in sorted(task.exemplars.items())
            }
            for task in order.tasks
        },
        "reply_tokens": {task.name: model_runs[0].limits(task) for task in order.tasks},
        "ask": settings.ask.model_dump(mode="json"),
        "retrieval": settings.retrieval.model_dump(mode="json"),
        "embedder": settings.embedder.model_dump(mode="json"),
        "model": settings.model.model_dump(mode="json"),
        "models": settings.models.model_dump(mode="json", exclude_none=True),
        "prompts": _prompts(
            {name for model_run in model_runs for name in model_run.templates()},
            {form for model_run in model_runs for form in model_run.engine.info.forms.values()},
            wordings=order.repeat > 1,
        ),
        "commit": commit_of(Path(__file__)),
        "config": {"file": config.file.name, "sha256": _sha256(config.file)},
        "notes": {
            "path": settings.notes.path,
            "commit": commit_of(config.notes_path) if config.notes_path.is_dir() else "",
        },
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        "indexes": {
            task.name: searched
            for task in order.tasks
            if (searched := _index(model_runs[0], task.name))
        },
        "machine": machine(),
        "engines": {model_run.engine.info.name: _engine(model_run) for model_run in model_runs},
    }


def machine() -> dict[str, Any]:
    """The system, its processor and memory, how many cores this process may use, and what its
    environment says of threads and accelerators."""
    from pipeline.engine.local.native import cores
    from pipeline.engine.tuning.settings import processor

    return {
        "system": platform.platform(),
        "machine": platform.machine(),
        "processor": processor(),
        "cores": cores(),
        "memory_gib": _memory(),
        "environment": {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    }


def _memory() -> float | None:
    """All that the machine has, the same from run to run; None where it is not told."""
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30), 1)
    except (OSError, ValueError, AttributeError):
        return None


def commit_of(path: Path) -> str:
    """The commit of the git repository that keeps a file or folder, with `+changes` where what is
    there differs from it; "" where none does, or git is not installed."""
    folder = path if path.is_dir() else path.parent
    if not _git(folder, "ls-files", "--", path.name if path.is_file() else "."):
        return ""
    commit = _git(folder, "rev-parse", "HEAD").strip()
    root = _git(folder, "rev-parse", "--show-toplevel").strip() if path.is_file() else str(folder)
    changed = _git(Path(root), "status", "--porcelain", "--untracked-files=no", "--", ".")
    return f"{commit}+changes" if commit and changed.strip() else commit


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _prompts(templates: set[str], forms: set[Form], *, wordings: bool) -> dict[str, str]:
    """The SHA-256 of the text of every template used, in the form it was used in, and of the turns
    that strategies add."""
    import pipeline.prompts

    folder = Path(pipeline.prompts.__file__).parent
    files: dict[str, Path] = {}
    for form in sorted(forms):
        kept = folder / ("completion" if form == "completion" else "templates")
        start = f"{form} " if len(forms) > 1 else ""
        files |= {f"{start}{name}": kept / f"{name}.yaml" for name in sorted(templates)}
    files |= {name: folder / f"{name}.yaml" for name in ("exemplars", "turns")}
    if wordings:
        files["wordings"] = Path(__file__).with_name("wordings.yaml")
    return {name: _sha256(file) for name, file in files.items() if file.is_file()}


def _index(model_run: ModelRun, task: str) -> dict[str, Any]:
    """What was searched, with what: {} where nothing was."""
    searched = model_run.searched(task)
    if searched is None:
        return {}
    manifest = searched.index.manifest
    return {
        "identity": searched.identity,
        "passages": len(searched.passages),
        "embedder": manifest.get("embedder", {}),
    }


def _engine(model_run: ModelRun) -> dict[str, Any]:
    """How the engine ran: settings of its contexts (threads, streams), where it has any."""
    info = model_run.engine.info
    settings: Mapping[str, object] = getattr(model_run.engine, "settings", {})
    return {
        "engine": info.engine,
        "version": info.version,
        "form": info.form,
        "context": info.context,
        "chat_template_sha256": info.template_sha256,
        "weights": info.weights,
        "settings": {name: str(found) for name, found in settings.items()},
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _sha256(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""
