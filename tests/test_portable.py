"""What runs on Linux alone is guarded: the package is for Windows and macOS too.

`mypy --platform win32` finds more, and takes minutes (`.github/workflows/check.yml` runs it).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(path for name in ("pipeline", "evals") for path in (ROOT / name).rglob("*.py"))
_MODULES = {"fcntl", "resource", "termios", "tty", "pty", "pwd", "grp"}
_NAMES = {
    "os": {"fork", "forkpty", "setsid", "killpg", "getuid", "geteuid", "getgid", "setuid", "chown",
           "mkfifo", "sysconf", "sched_getaffinity", "getloadavg", "nice", "wait3", "wait4",
           "statvfs", "uname", "fchmod", "posix_fadvise", "openpty"},
    "signal": {"SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGBUS", "SIGPIPE",
               "SIGWINCH", "alarm", "setitimer", "pthread_sigmask"},
    "socket": {"AF_UNIX"},
    "time": {"tzset"},
}  # fmt: skip
_CALLER = {"evals/draft/keys.py": ["termios", "tty"]}
"""Guarded by who calls."""
_GUARD = re.compile(r"os\.name|sys\.platform|hasattr|platform\.system|/proc/|isatty")


def risky(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in _MODULES:
                    yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module in _MODULES:
            yield node, node.module
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.attr in _NAMES.get(node.value.id, ())
        ):
            yield node, f"{node.value.id}.{node.attr}"


def guarded(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Under a question about the system, inside a `try` that minds its absence, or in a function
    that reads what only Linux has."""
    at: ast.AST | None = node
    while at is not None:
        if isinstance(at, ast.If | ast.IfExp) and _GUARD.search(ast.unparse(at.test)):
            return True
        if isinstance(at, ast.Try) and any(
            handler.type is None or re.search("AttributeError|ImportError|Exception",
                                              ast.unparse(handler.type))
            for handler in at.handlers
        ):  # fmt: skip
            return True
        if isinstance(at, ast.With) and re.search("AttributeError|ImportError",
                                                  ast.unparse(at.items[0])):  # fmt: skip
            return True
        if isinstance(at, ast.FunctionDef) and _GUARD.search(ast.unparse(at)):
            return True
        at = parents.get(at)
    return False


def unguarded(code: str) -> list[str]:
    tree = ast.parse(code)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return [name for node, name in risky(tree) if not guarded(node, parents)]


def test_what_one_system_alone_has_is_guarded() -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for path in FILES
        if (names := unguarded(path.read_text(encoding="utf-8")))
    }
    assert found == _CALLER


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import fcntl", ["fcntl"]),
        ("import os\nif os.name == 'nt':\n    x = 1\nelse:\n    import fcntl", []),
        ("try:\n    import resource\nexcept ImportError:\n    pass", []),
        ("import os\ndef f(): return os.getuid()", ["os.getuid"]),
        ("import os\ntry:\n    os.sysconf('x')\nexcept ValueError:\n    pass", ["os.sysconf"]),
    ],
)
def test_the_check_itself(code: str, found: list[str]) -> None:
    assert unguarded(code) == found


def unnamed(code: str) -> list[str]:
    """Texts that are read or written in whatever encoding the system happens to have."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        named = {keyword.arg for keyword in node.keywords}
        least = {"read_text": 1, "write_text": 2}.get(name)
        if least is not None and "encoding" not in named and len(node.args) < least:
            found.append(ast.unparse(node))
        if name == "open" and "encoding" not in named:
            words = [a.value for a in node.args if isinstance(a, ast.Constant)]
            mode = next((w for w in words if re.fullmatch(r"[rwxab+t]+", str(w))), "r")
            device = "os.open" in ast.unparse(node.func) or "zipfile" in ast.unparse(node.func)
            if "b" not in str(mode) and not device and isinstance(node.func, ast.Name):
                found.append(ast.unparse(node))
    return found


def test_every_text_file_has_its_encoding_named() -> None:
    found = {
        str(path.relative_to(ROOT)): calls
        for path in FILES
        if (calls := unnamed(path.read_text(encoding="utf-8")))
    }
    assert found == {}
    assert unnamed("p.read_text()\nopen('x')\nopen('x', 'rb')\np.write_text('a')") != []
