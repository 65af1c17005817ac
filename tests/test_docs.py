"""What the pages say can be done: commands that exist, links that lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipeline.cli import VERBS, cli

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "README.ko.md", ROOT / "CONTRIBUTING.md",
                *(ROOT / "docs").glob("*.md")])  # fmt: skip
_COMMAND = re.compile(r"(?:^\s*|`)(thinkscale [^`\n]+)", re.M)
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def commands(page: Path) -> list[str]:
    return [found.strip() for found in _COMMAND.findall(page.read_text(encoding="utf-8"))]


ALL = sorted({command for page in PAGES for command in commands(page)})


def parse(words: list[str]) -> None:
    """As the command line would, short of doing it."""
    name, command = "thinkscale", cli
    found: click.Command = command
    while isinstance(found, click.Group) and words:
        context = click.Context(found, info_name=name, **found.context_settings)
        _, words, _ = found.make_parser(context).parse_args(args=list(words))
        if not words:
            return  # options of the group alone
        _, inner, words = found.resolve_command(context, words)
        assert inner is not None
        name, found = inner.name or "", inner
    if isinstance(found, click.Group):
        return  # a verb with verbs of its own, named as such
    try:
        found.make_context(name, list(words))
    except click.UsageError as error:
        message = error.format_message()
        # A verb without its argument is a mention; FILE and NAME are not there.
        mention = all(word.startswith("-") for word in words) and "Missing argument" in message
        if not (mention or "does not exist" in message):
            raise


@pytest.mark.parametrize("command", ALL)
def test_every_command_is_one(command: str) -> None:
    words = shlex.split(command, comments=True)[1:]
    if words == ["--help"]:
        return
    parse(words)


def test_the_check_can_fail() -> None:
    assert len(ALL) > 40
    with pytest.raises(click.UsageError):
        parse(["eval", "run", "sums", "--stratagems", "direct"])
    with pytest.raises(click.UsageError):
        parse(["asks", "x"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_plot_is_shown_on_a_page() -> None:
    results = ROOT / "docs/results"
    pages = [*PAGES, *results.rglob("*.md")]
    linked = {
        (page.parent / target).resolve()
        for page in pages
        for target in re.findall(r"[^\s()\"\'<>]+\.svg", page.read_text(encoding="utf-8"))
    }
    plots = {plot.resolve() for plot in results.glob("*-plots/*")}
    assert len(plots) > 10
    assert {plot.relative_to(results).as_posix() for plot in plots - linked} == set()


def test_the_readme_names_every_verb() -> None:
    for name in ("README.md", "README.ko.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        table = "\n".join(line for line in text.splitlines() if line.startswith("| `thinkscale"))
        missing = [verb for verb in VERBS if not re.search(rf"`(thinkscale )?{verb}\b", table)]
        assert not missing, f"{name}: {missing}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached or page.suffix != ".md" or not page.is_file():
            continue
        reached.add(page)
        todo += [(page.parent / t).resolve() for t in _LINK.findall(page.read_text("utf-8"))]
    missing = {page.name for page in (ROOT / "docs").glob("*.md")} - {page.name for page in reached}
    missing -= {"index.md"}  # the site's own
    assert not missing


def test_the_site_shows_every_page() -> None:
    site = (ROOT / "mkdocs.yml").read_text("utf-8").split("\nnav:\n")[1]
    listed = re.findall(r"[\w./-]+\.md", site)
    pages = [page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")]
    assert sorted(listed) == sorted(pages)


def test_the_reference_says_what_the_source_says() -> None:
    made = subprocess.run([sys.executable, ROOT / "docs/make_api.py", "--check"], check=False)
    assert made.returncode == 0, "run: python docs/make_api.py"
