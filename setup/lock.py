"""Writes the versions installed now into requirements.lock and requirements-dev.lock: `make lock`.

What the program needs to run, its extras `serve` and `hub` and its build included, goes into the
first; what only the extra `dev` needs into the second. Lines above "# resolved" are kept.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
_BUILT = {"llama-cpp-python"}  # stands above "resolved", with its settings


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    to_run = [*project["dependencies"], *extras["serve"], *extras["hub"], "hatchling", "editables"]
    run = closure(to_run)
    write(ROOT / "requirements.lock", run)
    write(ROOT / "requirements-dev.lock", closure(extras["dev"]) - run)


def closure(requirements: Iterable[str]) -> set[str]:
    """The names of all packages that these need, as far as they are installed."""
    found: set[tuple[str, frozenset[str]]] = set()
    todo = [Requirement(text) for text in requirements]
    while todo:
        one = todo.pop()
        key = (name_of(one.name), frozenset(one.extras))
        if key in found:
            continue
        try:
            needs = metadata.distribution(one.name).requires or []
        except metadata.PackageNotFoundError:
            continue
        found.add(key)
        for need in map(Requirement, needs):
            wanted = [{"extra": extra} for extra in ("", *one.extras)]
            if need.marker is None or any(need.marker.evaluate(extra) for extra in wanted):
                todo.append(need)
    return {name for name, _ in found} - _BUILT


def write(path: Path, names: Iterable[str]) -> None:
    head = path.read_text("utf-8").split("# resolved\n")[0]
    lines = []
    for name in sorted(names):
        version = metadata.version(name).split("+")[0]  # a local build of torch is torch
        lines.append(f"{metadata.metadata(name)['Name']}=={version}")
    path.write_text(f"{head}# resolved\n" + "\n".join(lines) + "\n", "utf-8")


def name_of(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
