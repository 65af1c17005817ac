"""Tries the embedder: loads it in a child process that may not go online, and gives it a text.

python -m pipeline.retrieval.embedder_probe CONFIG.yaml
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ModelError, ThinkscaleError, filled, from_data, to_data
from pipeline.retrieval.identity import locate_embedder

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = ["probe_embedder"]

_MARK = "probe:"
_TEXTS = ("A short note about the sea.", "바다에 대한 짧은 노트.")


def probe_embedder(config: Config, timeout: float = 180.0) -> str:
    """What it is, in one line. Raises ModelError where it cannot be loaded, crashes, takes too
    long, or makes vectors that are no use."""
    command = [sys.executable, "-m", "pipeline.retrieval.embedder_probe", str(config.file)]
    name = config.settings.embedder.model
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelError(
            filled(
                "embedder.model: {name} was not ready within {seconds} s.",
                name=name,
                seconds=f"{timeout:.0f}",
            ),
            "Choose a smaller one.",
        ) from None
    lines = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if not lines:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise ModelError(
            filled(
                "embedder.model: {name} could not be loaded ({why}).", name=name, why=last[0][:200]
            ),
            "Reinstall sentence-transformers and torch, or name another model.",
        )
    told = json.loads(lines[-1].removeprefix(_MARK))
    if "found" in told:
        return str(told["found"])
    place = Path(locate_embedder(config))
    if config.resolve(name).is_file():
        raise ModelError(
            filled("embedder.model: {name} is a file, not the folder of a model.", name=name),
            "Name the folder of a sentence-transformers model.",
        )
    if not place.is_dir():
        raise ModelError(
            filled(
                "embedder.model: {name} is no folder, and no model of that name is on this "
                "machine.",
                name=name,
            ),
            "If the hub has it, `thinkscale index` downloads it; else check the name.",
        )
    raise ModelError(from_data(told["what"]), from_data(told["remedy"]))


def _child(file: Path) -> int:
    try:
        found = {"found": _look(file)}
    except ThinkscaleError as error:
        found = {"what": to_data(error.what), "remedy": to_data(error.remedy)}
    print(_MARK + json.dumps(found))
    return 0 if "found" in found else 1


def _look(file: Path) -> str:
    import numpy as np

    from pipeline.config import load_config
    from pipeline.retrieval.embedder import open_embedder

    embedder = open_embedder(load_config(file))
    vectors = embedder.passages(_TEXTS)
    if not np.isfinite(vectors).all() or np.allclose(vectors[0], vectors[1]):
        raise ModelError(
            filled(
                "embedder.model: {name} gives two texts no vectors that differ.",
                name=embedder.place,
            ),
            "Get the model again, or name another one.",
        )
    return f"{embedder.place}: {embedder.dimension} numbers a text, {embedder.max_tokens} tokens"


if __name__ == "__main__":
    raise SystemExit(_child(Path(sys.argv[1])))
