"""Faults of the system in a child: `faults.c`, compiled once and loaded before everything else."""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CALLS", "Fault", "arm", "disarm", "failures", "random_fault", "set_clock", "with_layer"]

CALLS = ("create", "open", "write", "sync", "rename", "read", "truncate", "mkdir", "unlink", "map",
         "link", "close")  # fmt: skip
"""In the order of `faults.c`."""
_LIKELY = {
    "create": 4, "open": 2, "write": 8, "sync": 4, "rename": 4, "read": 6, "truncate": 1,
    "mkdir": 2, "unlink": 2, "map": 2, "link": 1, "close": 2,
}  # fmt: skip
_ERRORS = {
    "create": (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EDQUOT),
    "open": (errno.EIO, errno.EACCES, errno.ENFILE),
    "write": (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG),
    "sync": (errno.EIO, errno.ENOSPC, errno.EDQUOT),
    "rename": (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS),
    "read": (errno.EIO,),
    "truncate": (errno.EIO, errno.ENOSPC),
    "mkdir": (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO),
    "unlink": (errno.EIO, errno.EACCES, errno.EROFS),
    "map": (errno.ENOMEM, errno.EIO),
    "link": (errno.EPERM, errno.ENOSPC),
    "close": (errno.EIO, errno.ENOSPC),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """The `nth` call of a kind under `folder` fails with `number`; with `again` all later ones do
    too, and with `half` a part of what is written arrives first, as on a disk that fills up."""

    folder: Path
    call: str
    nth: int
    number: int
    again: bool
    half: bool

    def __str__(self) -> str:
        name = errno.errorcode.get(self.number, str(self.number))
        return f"{self.call} {self.nth}{'+' if self.again else ''} {name}{' half' * self.half}"


def random_fault(rng: random.Random, folder: Path) -> Fault:
    """Any fault; early calls are likelier than late ones."""
    kind = rng.choices(list(_LIKELY), list(_LIKELY.values()))[0]
    nth = 1 + int(rng.expovariate(1 / rng.choice((2, 12, 60))))
    return Fault(folder, kind, nth, rng.choice(_ERRORS[kind]), rng.random() < 0.6,
                 kind == "write" and rng.random() < 0.5)  # fmt: skip


def arm(fault: Fault) -> None:
    """From now on, in this process."""
    _layer().faults_arm(
        os.fsencode(fault.folder), CALLS.index(fault.call), fault.nth, fault.number,
        int(fault.again), int(fault.half),
    )  # fmt: skip


def disarm() -> None:
    """No more faults in this process."""
    _layer().faults_arm(b"", -1, 0, 0, 0, 0)


def failures() -> int:
    """How many calls were made to fail in this process."""
    return int(_layer().faults_failed())


def set_clock(seconds: float, jumps: float = 0.0) -> None:
    """Put the clock of the day off in this process; with `jumps` it is off by up to so much more,
    differently each time it is read."""
    _layer().faults_clock(ctypes.c_double(seconds), ctypes.c_double(jumps))


@functools.cache
def _layer() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def with_layer(arguments: list[str]) -> str:
    """Begin this program again with the layer loaded, where it is not; why it cannot be, or ""."""
    mark = "THINKSCALE_TORTURE_LAYER"
    if os.environ.get(mark):
        return "" if hasattr(_layer(), "faults_arm") else "the fault layer was not loaded"
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or compiler is None:
        return "the fault layer needs Linux and a C compiler"
    library = Path(tempfile.mkdtemp(prefix="thinkscale-faults-")) / "faults.so"
    source = Path(__file__).with_name("faults.c")
    made = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        return f"the fault layer does not compile: {made.stderr.strip().splitlines()[-1]}"
    library.parent.chmod(0o755)
    environment = {**os.environ, "LD_PRELOAD": str(library), mark: str(library)}
    again = [sys.executable, "-m", "benchmarks.torture", *arguments]
    return os.execve(sys.executable, again, environment)
