"""Is work in proportion to the length of a text? Measured by growth, not by the clock's reading.

A text of four times the length may take four times as long; where it takes far more, again and
again, and not too little to matter, the time grows by a power of the length. Only the time that
this thread had the processor counts, so a busy machine changes nothing.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as grammar  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import pipeline

__all__ = [
    "ALPHABETS",
    "Named",
    "attacks",
    "between_words",
    "grows",
    "named_patterns",
    "repeated",
    "try_pattern",
]

_TOO_LITTLE = 0.02
"""Seconds of processor time below which nothing is said."""
_TIMES = 4
_MOST = 9.0
"""Times as long a text of _TIMES the length may take; the square of the length takes 16 times."""
_ATTEMPTS = 3
_CERTAIN = 1.0
"""Seconds above which a text of twice the length, which may take four times as long by the square,
is not tried."""
_SHORT = 100
"""Characters below which nothing grows by a step, and twice as many may never end: what
doubles the time with every character is tried on so few."""

ALPHABETS: tuple[str, ...] = (
    "a", "0", "af09", "가", "가나다", " ", "\n", "\t", "a ", "가 ", "a\n", "\n\na", ".", "다.",
    "다. ",
    "-", "- ", "- a\n", "  - a\n", "1. ", "1. a\n", ">", "> ", "> a\n", "# a\n", "#", "=\n",
    "a\n=\n", "|", "|a", "| a | b |\n", "|-|-|\n", "*", "**a", "**a** ", "_a", "__", "`", "``a",
    "```\n", "~~a", "$", "$a", "$$", "\\", "\\(", "\\[a_", "\\begin{a}", "$$\n", "\\[\n", "[", "]",
    "[]", "![", "](", "[a](", "[a](b ", '[a](b "', "![a](data:", "[[", "[[a|", "![[", "[a]: b\n",
    "[a]: b 'c\n", "[^a]: b\n", "^[", "^a ", "==a", "==a== ", "%%", "%% a\n", "a:: b\n", "(a:: b",
    "{:", "{: .a", "{#a", '{.a b="', "<", "<a", "<a ", '<a b="', "<a b='\"", "<a>", "</a>", "<div>",
    "<p>a", "<li>", "<td>", "<!--", "-->", "<details><summary>", "</details>\n\n", "<script>",
    "<br>", "<pre>\n", "&", "&#", "&amp;", "---\n", "a: b\n", "data:", "data:a;base64,", "://a",
    "\U0001f600", "\U0001f469\u200d", "a\u0301", "\u0323\u0301", "\u05b0\u05bc", "\u1100\u1161",
    "\u65e5\u672c", "ㅁ a\n", "related posts\n- a\n", "a 2024-01-01\n", "(", "a(", "가(a", "a (가",
    "a, ", "a-", "http://a.", "a@", "...", "?!", "'\"", "“", "00:00:01.000 --> ",
    "1\n00:00:01,000 --> 00:00:02,000\na\n\n", "κ°", "μ„", "ê°€", "\u200b", "\ufeff", "1,000", "1.",
)  # fmt: skip
"""What hostile texts are made of, each again and again."""

_METHODS = ("match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split")


def repeated(unit: str, size: int) -> str:
    """A unit as often as it fits into so many characters, once at least."""
    return unit * max(1, size // len(unit))


def between_words(unit: str) -> Callable[[int], str]:
    """Makes texts of a unit again and again, a word before and behind."""
    return lambda size: f"x {repeated(unit, size)} y"


def grows(run: Callable[[Any], object], make: Callable[[int], Any], size: int) -> str:
    """What shows that `run` takes more than its share for the larger of `make(size)` and
    `make(4 * size)`; empty where nothing does."""
    small, large = make(size), make(_TIMES * size)
    for attempt in range(_ATTEMPTS):
        most = _clock(run, large, attempt + 1)
        if most < _TOO_LITTLE:
            return ""
        least = _clock(run, small, attempt + 2)
        if most <= _MOST * least:
            return ""
    # A step, as where a text no longer fits into one passage, is no power of the length.
    if size > _SHORT and most < _CERTAIN and _clock(run, make(2 * _TIMES * size), 1) <= 3 * most:
        return ""
    return (
        f"{_TIMES} times the length took {most / max(least, 1e-6):.0f} times as long ({most:.2f} s)"
    )


def _clock(run: Callable[[Any], object], text: Any, times: int) -> float:
    """The least seconds of processor time of several runs."""
    best = float("inf")
    for _ in range(times):
        started = time.thread_time()  # the model's threads may still be spinning
        run(text)
        best = min(best, time.thread_time() - started)
    return best


class Named(NamedTuple):
    """A compiled pattern, where it stands, and the methods it is used by."""

    name: str
    pattern: re.Pattern[str]
    methods: tuple[str, ...]


def named_patterns(package: str) -> Iterator[Named]:
    """Every pattern of a package: compiled as a global, in a container of globals, or written
    where it is used."""
    for module in _modules(package):
        for name, value in sorted(vars(module).items()):
            for at, pattern in enumerate(_patterns_in(value)):
                if isinstance(pattern.pattern, str):
                    methods = _methods_of(str(module.__file__), name)
                    yield Named(
                        f"{module.__name__}.{name}{f'[{at}]' if at else ''}", pattern, methods
                    )
        yield from _written_in(module.__name__, str(module.__file__))


@cache
def _modules(package: str) -> tuple[Any, ...]:
    root = importlib.import_module(package)
    names = [package]
    if hasattr(root, "__path__"):
        names += [one.name for one in pkgutil.walk_packages(root.__path__, f"{package}.")]
    scripts = ("__main__", "pdf_worker")  # run when they are imported
    return tuple(importlib.import_module(name) for name in names if not name.endswith(scripts))


def _patterns_in(value: Any, depth: int = 2) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif hasattr(value, "source") and hasattr(value, "wanted"):  # compiled when first used
        yield re.compile(value.source, value.wanted)
    elif depth and isinstance(value, dict):
        for one in value.values():
            yield from _patterns_in(one, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _patterns_in(one, depth - 1)


@cache
def _sources() -> dict[str, ast.Module]:
    root = Path(str(pipeline.__file__)).parent
    return {str(path): ast.parse(path.read_text("utf-8")) for path in sorted(root.rglob("*.py"))}


@cache
def _uses() -> dict[tuple[str, str], set[str]]:
    """The methods that a global is used by, for every file and name."""
    found: dict[tuple[str, str], set[str]] = {}
    for path, tree in _sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in _METHODS:
                owner = node.value.value if isinstance(node.value, ast.Subscript) else node.value
                if isinstance(owner, ast.Name):
                    found.setdefault((path, owner.id), set()).add(node.attr)
    return found


@cache
def _importers() -> dict[str, list[str]]:
    """The files that import a name, whatever from."""
    found: dict[str, list[str]] = {}
    for path, tree in _sources().items():
        for node in ast.walk(tree):
            for one in node.names if isinstance(node, ast.ImportFrom) else ():
                found.setdefault(one.name, []).append(path)
    return found


def _methods_of(path: str, name: str) -> tuple[str, ...]:
    paths = [path, *_importers().get(name, ())]
    return tuple(sorted(set().union(*(_uses().get((one, name), ()) for one in paths)))) or _METHODS


def _written_in(module: str, path: str) -> Iterator[Named]:
    """`re.sub("...", ...)` and its like."""
    for node in ast.walk(_sources()[path]) if path in _sources() else ():
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _METHODS
            and getattr(node.func.value, "id", "") == "re"
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            pattern = re.compile(node.args[0].value)
            yield Named(f"{module}:{node.args[0].value}", pattern, (node.func.attr,))


_SAMPLE = {
    codes.CATEGORY_WORD: "a", codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_NOT_WORD: "-", codes.CATEGORY_NOT_SPACE: "b", codes.CATEGORY_NOT_DIGIT: "c",
}  # fmt: skip


def attacks(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Texts that suit a pattern, as a beginning and what is repeated: its own characters and words,
    one by one and in pairs."""
    letters, words = _alphabet(pattern)
    units = list(dict.fromkeys([*letters[:9], *words[:6], " ", "a", "가"]))
    for one in units:
        yield "", one
    for one in units:
        for other in units:
            if one != other:
                yield "", one + other
                yield one, other


def _alphabet(pattern: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """A character of every set in a pattern, and its words."""
    letters: dict[str, None] = {}
    words: dict[str, None] = {}

    def walk(items: Any) -> None:
        word = ""
        for code, value in items:
            if code is codes.LITERAL:
                word += chr(value)
                continue
            if word:
                (words if len(word) > 1 else letters)[word] = None
                word = ""
            if code in (codes.NOT_LITERAL, codes.ANY):
                letters["x"] = None
            elif code is codes.IN:
                for letter in _of_set(value):
                    letters[letter] = None
            elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
                walk(value[2])
            elif code is codes.SUBPATTERN:
                walk(value[3])
            elif code is codes.ATOMIC_GROUP:
                walk(value)
            elif code is codes.BRANCH:
                for branch in value[1][:8]:
                    walk(branch)
            elif code in (codes.ASSERT, codes.ASSERT_NOT):
                walk(value[1])
        if word:
            (words if len(word) > 1 else letters)[word] = None

    walk(grammar.parse(pattern.pattern, pattern.flags))
    return list(letters), list(words)


def _of_set(members: Any) -> Iterator[str]:
    if members[0][0] is codes.NEGATE:
        yield "q"
        return
    for code, value in members[:3]:
        if code is codes.LITERAL:
            yield chr(value)
        elif code is codes.RANGE:
            yield chr(value[0])
        elif code is codes.CATEGORY:
            yield _SAMPLE[value]


def try_pattern(named: Named) -> str:
    """The first text for which a pattern takes more than its share, as it is used; else empty."""

    def run(text: str) -> None:
        for method in named.methods:
            if method in ("sub", "subn"):
                getattr(named.pattern, method)("", text)
            elif method in ("finditer", "split", "findall"):
                for _ in named.pattern.finditer(text):
                    pass
            else:
                getattr(named.pattern, method)(text)

    for beginning, unit in attacks(named.pattern):

        def make(size: int, beginning: str = beginning, unit: str = unit) -> str:
            return beginning + repeated(unit, size) + "\x01"

        # From short texts on: one that doubles the time with every character never ends.
        for size in (6, 250, 2000):
            if said := grows(run, make, size):
                return f"{named.name} on {beginning!r} and {unit!r} again and again: {said}"
    return ""
