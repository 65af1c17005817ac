"""Run as a program: a PDF on standard input, the text of its pages on standard output as JSON.

PDF is read by a native library; a hostile file that kills it, fills the memory or never ends must
not take the reader with it, so it runs in a process of its own with limits.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys

__all__ = ["main"]

_MEMORY = 2 * 1024**3
_CPU_SECONDS = 60
_MAX_PAGES = 3000
_MAX_CHARACTERS = 8_000_000


def _limit() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """0 with `{"pages": [...], "more": bool}`, or 3 with `{"error": ...}`."""
    data = sys.stdin.buffer.read()
    _limit()
    pypdfium2 = importlib.import_module("pypdfium2")

    try:
        document = pypdfium2.PdfDocument(data)
        pages: list[str] = []
        size = 0
        for number in range(min(len(document), _MAX_PAGES)):
            page = document[number]
            text = page.get_textpage().get_text_bounded()
            page.close()
            size += len(text)
            pages.append(text)
            if size > _MAX_CHARACTERS:
                break
        answer = {"pages": pages, "more": len(pages) < len(document)}
    except (pypdfium2.PdfiumError, MemoryError, ValueError, OSError) as error:
        print(json.dumps({"error": str(error)[:200] or type(error).__name__}))
        return 3
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
