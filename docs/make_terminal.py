"""The picture of a terminal in the README: the commands are run, and what they say is drawn.

    python docs/make_terminal.py

Writes docs/terminal.svg. It takes as long as the answers do; the notes are those that ship.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMANDS = (
    'thinkscale ask "How many parameters does GPT-2 have?"',
    'thinkscale ask "GPT-3의 파라미터는 몇 개인가요?"',
    'thinkscale ask "Who won the chess match in Reykjavik?"',
)
_WIDTH = 96


def said_by(command: str) -> str:
    """What a command prints, both streams as a terminal would show them."""
    words = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *words[1:]], cwd=ROOT, text=True, check=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return done.stdout.strip()


def svg() -> str:
    """The session as a picture."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=_WIDTH, file=io.StringIO())
    said_by("thinkscale index")
    for command in COMMANDS:
        console.print(Text.assemble(("$ ", "green"), (command, "bold")))
        text = Text(said_by(command))
        text.highlight_regex(r"(?m)^  \S+:\d+$", "cyan")
        text.highlight_regex(r"(?m)^\S+@\w+ · .*$", "dim")
        console.print(text)
        console.print()
    drawn = console.export_svg(title="thinkscale")
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.S)  # nothing from elsewhere
    # rich names its classes by chance; the same session is the same file
    return re.sub(r"terminal-\d+", "terminal", drawn)


if __name__ == "__main__":
    (ROOT / "docs/terminal.svg").write_text(svg(), encoding="utf-8")
