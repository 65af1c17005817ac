"""Checks whether the model runs on this machine at all, in a child process, so that a crash is
an answer and not the end.

    python -m pipeline.engine.tuning.preflight MODEL.gguf [FORM]
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError, ThinkscaleError, filled, from_data, to_data
from pipeline.models.gguf import read_gguf
from pipeline.models.suitable import require_generator
from pipeline.types import FormWanted, Message, Prompt

__all__ = ["ProbeResult", "probe"]

_PACKAGE = "llama-cpp-python==0.3.36"
_REINSTALL = "pip install --force-reinstall --no-cache-dir --no-binary llama-cpp-python"
_SAFE_FLAGS = "CMAKE_ARGS=\"-DCMAKE_CXX_FLAGS='-fno-tree-dse -fno-dse'\""
_MARK = "probe:"
_QUESTION = "What is 2 + 3?"
_SENTENCES = ("message", "remedy", "notice")


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """`message` says what was found in one line, `remedy` what to do about it. `prompt` is what the
    model reads when it is asked a short question, in the form `form`; `notice` says what is wrong
    with its chat template."""

    ok: bool
    message: str
    remedy: str = ""
    seconds: float = 0.0
    prompt: str = ""
    form: str = ""
    notice: str = ""


def probe(model_path: Path, timeout: float = 120.0, form: FormWanted = "auto") -> ProbeResult:
    """Load the model and decode one token in a child process; `form` is how it is to be asked.
    Never raises for a bad model, a bad build or a crash: those are the result."""
    start = time.perf_counter()
    try:
        require_generator(read_gguf(model_path))
    except ModelError as error:
        return ProbeResult(False, error.what, error.remedy)
    command = [
        sys.executable,
        "-m",
        "pipeline.engine.tuning.preflight",
        str(model_path.absolute()),
        form,
    ]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            cwd=Path(__file__).parents[3],
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ProbeResult(
            False,
            filled(
                "{model} did not write one token within {seconds} s.",
                model=model_path.name,
                seconds=f"{timeout:.0f}",
            ),
            "The model is too large for this machine: choose a smaller one.",
            time.perf_counter() - start,
        )
    seconds = time.perf_counter() - start
    lines = [x for x in done.stdout.splitlines() if x.startswith(_MARK)]
    if lines:
        found = json.loads(lines[-1].removeprefix(_MARK))
        said = {name: from_data(found[name]) for name in _SENTENCES if name in found}
        return ProbeResult(**{**found, **said}, seconds=seconds)
    message, remedy = explain_exit(done.returncode, done.stderr)
    return ProbeResult(False, message, remedy, seconds)


def explain_exit(code: int, stderr: str = "") -> tuple[str, str]:
    """What an exit without a word means, and the remedy."""
    number = -code if code < 0 else code - 128 if 128 < code < 160 else 0
    if sys.platform == "win32" and code & 0xFFFFFFFF in (0xC0000005, 0xC000001D):
        number = signal.SIGSEGV if code & 0xFF == 5 else signal.SIGILL
    if number == signal.SIGILL:
        return (
            "llama.cpp was built for another processor (illegal instruction).",
            filled(
                "Build it on this machine: {command} {package}",
                command=_REINSTALL,
                package=_PACKAGE,
            ),
        )
    if number in (signal.SIGSEGV, getattr(signal, "SIGBUS", -1)):
        return (
            "llama.cpp crashes on this machine (segmentation fault), as builds by gcc on "
            "processors with AMX do.",
            filled(
                "Build it with the flags that cure this: {flags} {command} {package}",
                flags=_SAFE_FLAGS,
                command=_REINSTALL,
                package=_PACKAGE,
            ),
        )
    if number == getattr(signal, "SIGKILL", -1):
        return (
            "The model was killed while it loaded, as happens when memory runs out.",
            "Choose a smaller model, or lower model.context.",
        )
    if number == signal.SIGABRT:
        return (
            "llama.cpp gave up on this model (abort).",
            filled(
                "Get another GGUF of it, or reinstall: {command} {package}",
                command=_REINSTALL,
                package=_PACKAGE,
            ),
        )
    last = stderr.strip().splitlines()[-1][:200] if stderr.strip() else f"exit code {code}"
    return filled("llama.cpp does not run here ({why}).", why=last), filled(
        "Reinstall it: {command} {package}", command=_REINSTALL, package=_PACKAGE
    )


def _child(path: Path, form: FormWanted) -> int:
    """Load, decode one token with each kind of attention, and say so on standard output."""
    try:
        from pipeline.engine.local.native import Context, EngineSettings, NativeModel
        from pipeline.models.template import template_of
        from pipeline.prompts.completion_prompts import completion_prompt

        model = NativeModel(path)
        for flash in (True, False):
            context = Context(model, EngineSettings(flash=flash), cells=256, sequences=1, batch=32)
            context.wanted[31] = 1
            context.pos[:] = range(32)
            code = context.decode(32)  # a batch, because matrix products crash where vectors do not
            if code or not context.logits(1).any():
                raise ModelError(
                    filled(
                        "{path}: llama.cpp cannot decode with this model ({code}).",
                        path=path,
                        code=code,
                    )
                )
            context.close()
        template = template_of(model, read_gguf(path).chat_template, form)
        asked = Prompt((Message("user", _QUESTION),))
        if template.form == "completion":
            asked = completion_prompt("direct", "en", _QUESTION)
        prompt = "".join(text for text, _ in template.render(asked))
        model.close()
    except ThinkscaleError as error:
        _say(ok=False, message=error.what, remedy=error.remedy)
        return 1
    message = filled("{model} runs on this machine.", model=path.name)
    _say(ok=True, message=message, prompt=prompt, form=template.form, notice=template.notice)
    return 0


def _say(**found: Any) -> None:
    print(_MARK + json.dumps(found | {x: to_data(found[x]) for x in _SENTENCES if x in found}))


if __name__ == "__main__":
    wanted: FormWanted = sys.argv[2] if len(sys.argv) > 2 else "auto"  # type: ignore[assignment]
    raise SystemExit(_child(Path(sys.argv[1]), wanted))
