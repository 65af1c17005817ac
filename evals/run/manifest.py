"""What a run was made with, so that it can be made again: settings, prompts, code, machine.

It is the field `about` of a run. Nothing in it is needed to read the run.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.run.model_run import ModelRun
    from pipeline.config import Config

__all__ = ["commit_of", "machine", "manifest"]

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


def manifest(config: Config, sittings: Sequence[ModelRun]) -> dict[str, Any]:
    """Shots, limits of tokens, retrieval, embedder and prompts by hash; code, notes and machine."""
    order = sittings[0].order
    settings = config.settings
    return {
        "shots": {
            task.name: {
                language: len(found if order.shots is None else found[: order.shots])
                for language, found in sorted(task.exemplars.items())
            }
            for task in order.tasks
        },
        "reply_tokens": {task.name: sittings[0].limits(task) for task in order.tasks},
        "ask": settings.ask.model_dump(mode="json"),
        "retrieval": settings.retrieval.model_dump(mode="json"),
        "embedder": settings.embedder.model_dump(mode="json"),
        "model": settings.model.model_dump(mode="json"),
        "prompts": _prompts({name for sitting in sittings for name in sitting.templates()}),
        "commit": commit_of(Path(__file__)),
        "config": {"file": str(config.file), "sha256": _sha256(config.file)},
        "notes": {
            "path": settings.notes.path,
            "commit": commit_of(config.notes_path) if config.notes_path.is_dir() else "",
        },
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        "machine": machine(),
        "engines": {sitting.engine.info.name: _engine(sitting) for sitting in sittings},
    }


def machine() -> dict[str, Any]:
    """The system, its processor, and how many cores this process may use."""
    from pipeline.engine.local.native import cores
    from pipeline.engine.tuning.settings import processor

    return {
        "system": platform.platform(),
        "machine": platform.machine(),
        "processor": processor(),
        "cores": cores(),
    }


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


def _prompts(templates: set[str]) -> dict[str, str]:
    """The SHA-256 of the text of every template used, and of the turns that strategies add."""
    import pipeline.prompts

    folder = Path(pipeline.prompts.__file__).parent
    files = [folder / "templates" / f"{name}.yaml" for name in sorted(templates)]
    files += [folder / "exemplars.yaml", folder / "turns.yaml"]
    return {file.stem: _sha256(file) for file in files if file.is_file()}


def _engine(sitting: ModelRun) -> dict[str, Any]:
    """How the engine ran: settings of its contexts (threads, streams), where it has any."""
    info = sitting.engine.info
    settings: Mapping[str, object] = getattr(sitting.engine, "settings", {})
    return {
        "engine": info.engine,
        "version": info.version,
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
