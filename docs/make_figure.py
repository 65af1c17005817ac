"""docs/architecture.svg from the imports: python docs/make_figure.py [--check]

Boxes are packages, an arrow is an import between two of them, rows are the layers of `LAYERS`: a
package imports from rows below its own, never from its own row or above (`tests/test_house.py`).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_MODULE = re.compile(r"(?:pipeline|evals)(?:\.[a-z_]+)+\.?|(?:pipeline|evals)\.")
"""Imported by name: `import_module("a.b")`, a table of modules, `python -m a.b`, and what stands
before the field of an f-string, f"a.b.{name}"."""

ROOT = Path(__file__).parents[1]
FIGURE = ROOT / "docs/architecture.svg"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("cli", "serve", "langchain"),
    ("evals",),
    ("answering", "setup"),
    ("strategies",),
    ("evidence", "pool"),
    ("retrieval", "engine", "answers"),
    ("notes", "models", "prompts"),
    ("text",),
    ("base",),
)
"""Top to bottom. `base` are the modules beside the packages: types, errors, config, files."""

WORDS = {
    "cli": "one module a verb",
    "serve": "HTTP server, page",
    "langchain": "adapters",
    "evals": "tasks, runs, statistics, reports",
    "answering": "prepare, loop, result, session",
    "setup": "a first configuration",
    "strategies": "one file a strategy",
    "evidence": "sentences, answerability, support",
    "retrieval": "passages become hits",
    "engine": "requests become results",
    "answers": "parse, compare, vote",
    "pool": "results kept and replayed",
    "prompts": "templates are data",
    "notes": "files become passages",
    "models": "catalogue, download, facts",
    "text": "languages, numbers",
    "base": "types, errors, config",
}


def package_of(module: str) -> str:
    """The box a module belongs to; "facade" for `pipeline/__init__.py`, which imports when used."""
    parts = module.split(".")
    if parts[0] == "evals":
        return "evals"
    known = {name for row in LAYERS for name in row}
    if module == "pipeline.__init__":
        return "facade"
    return parts[1] if len(parts) > 1 and parts[1] in known else "base"


def imports() -> dict[tuple[str, str], list[str]]:
    """Every import from one box to another: (from, to) -> lines like `a.b -> c.d`."""
    found: dict[tuple[str, str], list[str]] = {}
    for folder in ("pipeline", "evals"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for name in imported(path):
                pair = (package_of(module), package_of(name))
                if pair[0] not in (pair[1], "facade"):
                    found.setdefault(pair, []).append(f"{module} -> {name}")
    return found


def imported(path: Path) -> list[str]:
    """Modules of ours that a file imports, at its top or inside a function, or by name."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module in ("pipeline", "evals"):
            names += [facade().get(a.name, f"{node.module}.{a.name}") for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
        elif isinstance(node, ast.Constant) and _MODULE.fullmatch(str(node.value)):
            names.append(str(node.value).rstrip("."))
    return [name for name in names if name.split(".")[0] in ("pipeline", "evals")]


@cache
def facade() -> dict[str, str]:
    """The public names of `pipeline`, each with the module that it stands for."""
    tree = ast.parse((ROOT / "pipeline/__init__.py").read_text("utf-8"))
    return {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pipeline.")
        for alias in node.names
    }


def wrong(found: dict[tuple[str, str], list[str]]) -> dict[tuple[str, str], list[str]]:
    """The imports that point up or sideways. The verbs of `evals` are part of the command line and
    share its options; `cli` starts the server; `__main__` starts the command line."""
    row = {name: at for at, names in enumerate(LAYERS) for name in names}
    allowed = {("cli", "serve")}
    return {
        pair: lines
        for pair, lines in found.items()
        if row[pair[0]] >= row[pair[1]]
        and pair not in allowed
        and not all(line.startswith(("evals.cli.", "pipeline.__main__ ")) for line in lines)
    }


def direct(pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Without the arrows that a longer way also takes: the transitive reduction."""
    after: dict[str, set[str]] = {}
    for source, target in pairs:
        after.setdefault(source, set()).add(target)
    row = {name: at for at, names in enumerate(LAYERS) for name in names}

    def reached(source: str) -> set[str]:
        below = {one for one in after.get(source, ()) if row[one] > row[source]}
        return below.union(*(reached(one) for one in below))

    return {
        (source, target)
        for source, targets in after.items()
        for target in targets
        if not any(target in reached(other) for other in targets - {target})
    }


def svg() -> str:
    """The figure."""
    width, height, gap = 184, 46, 34
    wide = 4 * width + 5 * 24
    places: dict[str, tuple[float, float]] = {}
    boxes, arrows = [], []
    for at, names in enumerate(LAYERS):
        y = 12 + at * (height + gap)
        left = (wide - len(names) * width - (len(names) - 1) * 24) / 2
        for i, name in enumerate(names):
            x = left + i * (width + 24)
            places[name] = (x + width / 2, y)
            boxes.append(
                f'<rect x="{x:g}" y="{y:g}" width="{width}" height="{height}" rx="6"/>'
                f'<text x="{x + width / 2:g}" y="{y + 20:g}" class="name">{name}</text>'
                f'<text x="{x + width / 2:g}" y="{y + 36:g}">{WORDS[name]}</text>'
            )
    row = {name: at for at, names in enumerate(LAYERS) for name in names}
    for source, target in sorted(direct(imports())):
        down = row[target] - row[source]
        if down > 0 and target != "base":
            (x1, y1), (x2, y2) = places[source], places[target]
            kind = ' class="far"' if down > 1 else ""
            bend = (y2 - y1 - height) / 2
            arrows.append(
                f'<path{kind} d="M{x1:g} {y1 + height:g} C{x1:g} {y1 + height + bend:g} '
                f'{x2:g} {y2 - bend:g} {x2:g} {y2:g}" marker-end="url(#tip)"/>'
            )
    tall = 24 + len(LAYERS) * height + (len(LAYERS) - 1) * gap
    style = (
        "rect{fill:#f4f6f8;stroke:#51606e}text{font:11px sans-serif;text-anchor:middle;fill:#333}"
        ".name{font:bold 13px sans-serif;fill:#111}path{fill:none;stroke:#51606e}"
        ".far{stroke:#b9c3cc}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {tall}" role="img" '
        'aria-label="Packages and the imports between them">'
        f"<style>{style}</style>"
        '<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#51606e"/></marker>'
        f"</defs>{''.join(sorted(arrows))}{''.join(boxes)}</svg>\n"
    )


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(FIGURE.read_text("utf-8") != svg())
    FIGURE.write_text(svg(), "utf-8")
