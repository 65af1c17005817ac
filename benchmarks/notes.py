"""Measures how fast notes are read, cleaned and cut, and whether memory stays flat.

    python -m benchmarks.notes [--check]

Markdown files of 5 kB in both languages, made up from the shipped notes; the language model of the
mojibake decoder is never loaded. The peer in the same run is markdown-it alone, which only parses.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from markdown_it import MarkdownIt

from pipeline.notes import read, walk
from pipeline.notes.mojibake.background import shipped_corpus

_FILES = 1000
_SIZE = 5000
_SECONDS = 20.0
_GROWTH = 1.25
"""Peak memory of all files to that of a tenth of them, at most."""


def write_notes(root: Path, count: int, seed: int = 0) -> None:
    """That many Markdown files of about _SIZE bytes, no two alike."""
    corpus = shipped_corpus()
    texts = [] if corpus is None else [p.read_text("utf-8") for p in sorted(corpus.rglob("*.md"))]
    blocks = [
        block for text in texts for block in text.split("\n\n") if block.strip() not in ("", "---")
    ]
    blocks = [block for block in blocks if not block.startswith("---")] or ["A sentence of a note."]
    chosen = random.Random(seed)
    for number in range(count):
        text = f"---\ntitle: Note {number}\n---\n\n# Note {number}\n"
        while len(text.encode()) < _SIZE:
            text += f"\n{chosen.choice(blocks)}\n\n## Part {chosen.randrange(10**6)}\n"
        (root / f"note{number:05d}.md").write_text(text, encoding="utf-8")


def _read_all(root: Path, most: int) -> tuple[int, int, float]:
    """Passages, characters and seconds of the first files."""
    started = time.perf_counter()
    passages = characters = 0
    for file in walk(root)[:most]:
        document = read(root, file.path)
        passages += len(document.passages)
        characters += document.report.characters
    return passages, characters, time.perf_counter() - started


def _peak(root: Path, most: int) -> int:
    tracemalloc.start()
    _read_all(root, most)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def main() -> int:
    """Print the figures; 1 where --check finds one not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_notes(root, _FILES)
        passages, characters, seconds = _read_all(root, _FILES)
        started = time.perf_counter()
        parser_alone = MarkdownIt("commonmark").enable("table")
        for file in walk(root):
            parser_alone.parse((root / file.path).read_text(encoding="utf-8"))
        parsing = time.perf_counter() - started
        few, all_ = _peak(root, _FILES // 10), _peak(root, _FILES // 2)
    loaded = "kiwipiepy" in sys.modules
    print(f"{_FILES} files, {characters} characters, {passages} passages: {seconds:.1f} s")
    print(f"markdown-it alone, parsing only: {parsing:.1f} s")
    print(
        f"peak memory of {_FILES // 10} files {few / 2**20:.1f} MiB, of {_FILES // 2} files "
        f"{all_ / 2**20:.1f} MiB ({all_ / few:.2f}x)"
    )
    print(f"language model loaded: {'yes' if loaded else 'no'}")
    reached = seconds < _SECONDS and all_ <= _GROWTH * few and not loaded
    print("reached" if reached else f"NOT reached: under {_SECONDS:g} s, flat memory, no model")
    return 1 if arguments.check and not reached else 0


if __name__ == "__main__":
    sys.exit(main())
