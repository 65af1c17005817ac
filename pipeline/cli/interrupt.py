"""Ctrl-C ends the program at once, also while a library computes.

Python hears a signal only between two of its own steps, and embedding or reading a long prompt is
one step of a second or more. A thread of ours hears it meanwhile: where the main thread has not
begun to stop a moment later, the process ends. Nothing is lost by that: files are
written whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator

__all__ = ["answered_at_once"]

_PATIENCE = 0.15


@contextlib.contextmanager
def answered_at_once(say: Callable[[], object]) -> Iterator[None]:
    """While this is open, SIGINT raises KeyboardInterrupt, or ends the process after `say` where
    that is not heard. A verb that handles SIGINT itself is left alone."""
    mine = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    if not mine or before is not signal.default_int_handler:
        yield
        return
    heard = threading.Event()

    def stop(number: int, frame: object) -> None:
        heard.set()
        raise KeyboardInterrupt

    ours, theirs = socket.socketpair()
    theirs.setblocking(False)

    def watch() -> None:
        while data := ours.recv(64):
            if signal.SIGINT not in data or signal.getsignal(signal.SIGINT) is not stop:
                continue
            if not heard.wait(_PATIENCE):
                with contextlib.suppress(Exception):
                    say()
                os._exit(130)
            heard.clear()

    signal.signal(signal.SIGINT, stop)
    waker = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, daemon=True, name="interrupt")
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGINT, before)
        theirs.close()  # the watcher reads its end
        watcher.join(2 * _PATIENCE)
        ours.close()
