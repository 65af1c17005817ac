"""The shipped notes and their question set, read with nothing but the standard library, so that a
fault in the product's own readers cannot hide a fault in the notes."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

__all__ = [
    "CORPUS",
    "DATASET",
    "body",
    "front_matter",
    "items",
    "language",
    "notes",
    "quotable",
    "words",
]

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpus"
DATASET = ROOT / "evals" / "datasets" / "notes-qa.jsonl"

_VTT_META = re.compile(r"(title|language|date): (.+)")
_PDF_TEXT = re.compile(r"\((.*)\) Tj")


def notes() -> list[str]:
    """Paths of all notes, relative to the corpus folder, sorted."""
    return sorted(p.relative_to(CORPUS).as_posix() for p in CORPUS.rglob("*") if p.is_file())


def language(path: str) -> str:
    """The language that the file's name promises: `topic.en.md` is English."""
    return Path(path).name.split(".")[-2]


class _Html(HTMLParser):
    """Visible text, and the three facts that stand in the head."""

    def __init__(self) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.lines: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._inside = tag
        if tag == "html":
            self.meta["language"] = found.get("lang") or ""
        if tag == "meta" and found.get("name") == "date":
            self.meta["date"] = found.get("content") or ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.meta["title"] = data
        elif self._inside != "style" and data.strip():
            self.lines.append(data.strip())


def _html(path: str) -> _Html:
    parser = _Html()
    parser.feed((CORPUS / path).read_text(encoding="utf-8"))
    return parser


def _notebook(path: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CORPUS / path).read_text(encoding="utf-8"))
    return loaded


def _pdf_lines(path: str) -> list[str]:
    raw = (CORPUS / path).read_bytes().decode("latin-1")
    return [text.replace("\\(", "(").replace("\\)", ")") for text in _PDF_TEXT.findall(raw)]


def front_matter(path: str) -> dict[str, str]:
    """Title, language and date of a note, from wherever its format keeps them."""
    kind = Path(path).suffix
    if kind == ".pdf":
        raw = (CORPUS / path).read_bytes().decode("latin-1")
        found = {
            "title": re.search(r"/Title \((.*?)\)", raw),
            "language": re.search(r"/Lang \((.*?)\)", raw),
            "date": re.search(r"/CreationDate \(D:(\d{8})", raw),
        }
        meta = {key: match[1] for key, match in found.items() if match}
        day = meta.get("date", "")
        return meta | {"date": f"{day[:4]}-{day[4:6]}-{day[6:]}"}
    if kind == ".html":
        return _html(path).meta
    if kind == ".ipynb":
        meta = _notebook(path)["metadata"]
        return {key: meta[key] for key in ("title", "language", "date")}
    text = (CORPUS / path).read_text(encoding="utf-8")
    if kind == ".vtt":
        return dict(_VTT_META.findall(text.split("\n\n")[1]))
    head = text.split("---\n")[1]
    pairs = (line.split(": ", 1) for line in head.splitlines())
    return {key: value.strip('"') for key, value in pairs}


def body(path: str) -> str:
    """What a reader sees, without front matter and markup."""
    kind = Path(path).suffix
    if kind == ".pdf":
        return "\n".join(_pdf_lines(path))
    if kind == ".html":
        return "\n".join(_html(path).lines)
    if kind == ".ipynb":
        return "\n\n".join("".join(cell["source"]) for cell in _notebook(path)["cells"])
    text = (CORPUS / path).read_text(encoding="utf-8")
    if kind == ".vtt":
        lines = text.split("\n\n", 2)[2].splitlines()
        return "\n".join(line for line in lines if line and "-->" not in line)
    return text.split("---\n", 2)[2]


def quotable(path: str) -> list[str]:
    """The lines a quote must stand in: raw lines, or for a PDF its lines of text."""
    if path.endswith(".pdf"):
        return _pdf_lines(path)
    return (CORPUS / path).read_text(encoding="utf-8").splitlines()


def words(text: str) -> int:
    """Words between white space, not counting marks of lists and tables."""
    return sum(1 for word in text.split() if re.search(r"\w", word))


def items() -> list[dict[str, Any]]:
    """The question set, one dict a line."""
    return [json.loads(line) for line in DATASET.read_text(encoding="utf-8").splitlines()]
