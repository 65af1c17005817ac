"""Regular expressions that are compiled when they are first used.

Reading answers takes some sixty regular expressions, and compiling them all takes longer than the
rest of an import; a command that reads no answer should not pay for it.
"""

from __future__ import annotations

import re
from typing import Any, cast

__all__ = ["pattern"]


class _Lazy:
    """Stands for `re.compile(source, flags)`; the first use of any method compiles it."""

    def __init__(self, source: str, flags: int) -> None:
        self.source = source
        self.wanted = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self.source, self.wanted)
        for method in ("match", "fullmatch", "search", "finditer", "findall", "sub", "split"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile`, later."""
    return cast("re.Pattern[str]", _Lazy(source, flags))
