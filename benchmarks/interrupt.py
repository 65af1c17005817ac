"""Measures how soon Ctrl-C is answered while the program reads, embeds, loads or answers.

    python -m benchmarks.interrupt [--check]

`thinkscale ask` runs on a terminal of its own over made notes, each time from an index that is not
there yet, and is sent SIGINT a little later than the last time; then once more over the finished
index. Counted is the time to the end of the process. Asked for: the slowest within 0.3 s.
"""

from __future__ import annotations

import argparse
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from time import perf_counter, sleep

_MOST = 0.3
_ROOT = Path(__file__).parents[1]
_MOMENTS = [0.3, 0.6, 1.0, 1.5, 2.0, 3.0, 4.0, 5.5, 7.0, 9.0]


def stopped_after(home: Path, moment: float) -> float | None:
    """Seconds from SIGINT to the end of the process; None where it had ended before."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "ask", "How wide is room 3-4?"],
        cwd=home, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT), "THINKSCALE_CACHE": str(home / "cache")},
    )  # fmt: skip
    os.close(theirs)
    threading.Thread(target=_drain, args=(ours,), daemon=True).start()
    sleep(moment)
    if child.poll() is not None:
        return None
    begun = perf_counter()
    child.send_signal(signal.SIGINT)
    child.wait()
    return perf_counter() - begun


def _drain(terminal: int) -> None:
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:  # its other end is closed
        os.close(terminal)


def main() -> int:
    """Print the figures; with --check, 1 where the one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "notes").mkdir()
        for n in range(60):
            text = " ".join(f"Room {n}-{i} is {n + i} metres wide." for i in range(60))
            (home / f"notes/n{n}.md").write_text(f"# Rooms {n}\n\n{text}\n", encoding="utf-8")
        (home / "config.yaml").write_text("notes: {path: notes}\n", encoding="utf-8")
        for kept in (False, True):
            if kept:
                subprocess.run([sys.executable, "-m", "pipeline", "index"], cwd=home, check=True,
                               stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                               env={**os.environ, "PYTHONPATH": str(_ROOT)})  # fmt: skip
            for moment in _MOMENTS:
                if not kept:
                    shutil.rmtree(home / ".thinkscale", ignore_errors=True)
                took = stopped_after(home, moment)
                if took is not None:
                    slowest = max(slowest, took)
                    words = "answering" if kept else "from no index"
                    print(f"{words}, after {moment:4.1f} s: ended in {took:.3f} s", flush=True)
    good = slowest <= _MOST
    print(f"slowest {slowest:.3f} s   asked <= {_MOST} s   {'ok' if good else 'NOT REACHED'}")
    return 0 if good or not given.check else 1


if __name__ == "__main__":
    sys.exit(main())
