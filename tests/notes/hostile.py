"""Files that want to stop the reader: written into a folder, the same for the same seed."""

from __future__ import annotations

import io
import json
import os
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.notes.mojibake import CODE_PAGES, damage

__all__ = ["KINDS", "write_hostile"]

SUFFIXES = (".md", ".txt", ".html", ".vtt", ".srt", ".pdf", ".ipynb", ".docx", ".pptx")
KOREAN = "파라미터가 많을수록 모델은 더 많은 것을 기억한다. 그러나 값도 그만큼 비싸진다.\n"
ENGLISH = "A model with more parameters remembers more, at a price. See [the table](x.md) below.\n"
MARKDOWN = f"# 제목\n\n{KOREAN}\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = 1\n```\n- {ENGLISH}"

MARKS = (
    "[", "]", "(", "![", "](", "*", "**a", "_", "__", "`", "``", "$", "$$", "\\(", "\\[", "<",
    "<a ", "<!--", "<![CDATA[", "<?", "&", "&#", "|", "|a", "> ", "- ", "1. ", "#", "\\",
    "~~", "\n>", "\n- ", "\n    ", "<div>", "<details><summary>", "</", "a](", "[a](b", '<a "',
    "'", "\n\n", "-->", "00:00:01.000 --> ", "\n1\n00:00:01.000 --> 00:00:02.000\n", "\u0300",
    "\u1100\u1161", "μ„", "κ°", "λ", "ê°€", "\ufeff", "\u200b", "\t", "\x0b",
)  # fmt: skip
CUES = (
    "", "|", "99:99.999 --> 00:00.000", "00:01.000 --> 00:02.000 |", "<v 나>말<c>", "12", "NOTE x",
    "STYLE", "<00:00:01.000>", KOREAN.strip(), "&amp; &bogus;", "{\\an8}x",
)  # fmt: skip


def _bytes(random_: random.Random, most: int = 4000) -> bytes:
    return random_.randbytes(random_.randrange(most))


def _random_bytes(r: random.Random) -> tuple[str, bytes]:
    return r.choice(SUFFIXES), _bytes(r)


def _mutated(r: random.Random) -> tuple[str, bytes]:
    """A sound note with some bytes changed, dropped or doubled."""
    data = bytearray((MARKDOWN * r.randrange(1, 6)).encode())
    for _ in range(r.randrange(1, 30)):
        at = r.randrange(len(data))
        what = r.randrange(3)
        if what == 0:
            data[at] = r.randrange(256)
        elif what == 1:
            del data[at : at + r.randrange(1, 5)]
        else:
            data[at:at] = data[at : at + r.randrange(1, 40)]
    return r.choice(SUFFIXES[:5]), bytes(data)


def _encoded(r: random.Random) -> tuple[str, bytes]:
    encoding = r.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp949", "utf-32"])
    data = MARKDOWN.encode(encoding, "replace")
    return r.choice((".md", ".txt")), data[: r.randrange(2, len(data) + 1)]


def _marks(r: random.Random) -> tuple[str, bytes]:
    """The same mark a great many times: what makes patterns run for ever."""
    mark = r.choice(MARKS)
    count = r.choice([50, 1000, 20_000])
    glue = r.choice(["", "", "a", "\n", " "])
    return r.choice(SUFFIXES[:5]), (glue.join([mark] * count)).encode()


def _deep(r: random.Random) -> tuple[str, bytes]:
    """Things in things in things."""
    depth = r.choice([100, 3000, 50_000])
    what = r.randrange(6)
    if what == 0:
        return ".ipynb", ("[" * depth + "]" * depth).encode()
    if what == 1:
        return ".ipynb", ('{"cells":' * depth + "1" + "}" * depth).encode()
    if what == 2:
        return ".html", ("<div>" * depth + "x" + "</div>" * depth).encode()
    if what == 3:
        return ".md", "\n".join(" " * (2 * i % 4000) + "- x" for i in range(depth // 40)).encode()
    if what == 4:
        return ".md", (">" * depth + " x").encode()
    return ".md", ("---\na: " + "[" * depth + "\n---\nx").encode()


def _line(r: random.Random) -> tuple[str, bytes]:
    """One very long line."""
    word = r.choice(["가", "a", "a ", "κ", "<b>", "日", "0", "다. "])
    return r.choice(SUFFIXES[:5]), (word * r.choice([10_000, 200_000])).encode()


def _mojibake(r: random.Random) -> tuple[str, bytes]:
    text = damage(KOREAN * r.randrange(1, 4), r.choice(CODE_PAGES), r.choice(["", "\ufffd"]))
    letters = list(text)
    for _ in range(r.randrange(40)):
        letters[r.randrange(len(letters))] = r.choice("κλμν„•€°Έ…ab 1\n")
    return r.choice((".md", ".txt")), "".join(letters).encode()


def _pdf(r: random.Random) -> tuple[str, bytes]:
    """A PDF cut short, or with bytes changed."""
    content = b"BT /F1 12 Tf 72 720 Td (Parameters) Tj ET"
    parts = [
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R",
        b"/Resources<</Font<</F1 5 0 R>>>>>>endobj\n",
        b"4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n" % (len(content), content),
        b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n",
        b"trailer<</Root 1 0 R>>\n%%EOF",
    ]
    data = bytearray(b"".join(parts))
    if r.random() < 0.5:
        del data[r.randrange(10, len(data)) :]
    for _ in range(r.randrange(8)):
        data[r.randrange(8, len(data))] = r.randrange(256)
    return ".pdf", bytes(data)


_WORD = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    "<w:p><w:r><w:t>%s</w:t></w:r></w:p></w:body></w:document>"
)


def _archive(r: random.Random) -> tuple[str, bytes]:
    """Archives: bombs, names that climb out, entities, wrong parts, cut short."""
    suffix = r.choice((".docx", ".pptx"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        what = r.randrange(6)
        main = "word/document.xml" if suffix == ".docx" else "ppt/presentation.xml"
        if what == 0:
            archive.writestr(main, b"<a>" + b" " * 60_000_000)
        elif what == 1:
            archive.writestr("../../../../tmp/escaped.txt", "out")
            archive.writestr("/tmp/escaped.txt", "out")
            archive.writestr(main, _WORD % "in")
        elif what == 2:
            lol = '<!ENTITY l1 "%s">' % ("&l0;" * 50)
            archive.writestr(main, f'<!DOCTYPE x [<!ENTITY l0 "lol">{lol}]><x>&l1;</x>')
        elif what == 3:
            archive.writestr(main, "<w:p>" * 30_000)
        elif what == 4:
            archive.writestr(main, _WORD % (KOREAN * 20))
        else:
            archive.writestr("nothing.txt", "here")
    data = bytearray(buffer.getvalue())
    if r.random() < 0.3:
        del data[r.randrange(1, len(data)) :]
    return suffix, bytes(data)


def _notebook(r: random.Random) -> tuple[str, bytes]:
    cell = r.choice([{"source": MARKDOWN, "cell_type": "markdown"}, {"source": [1, None]}, 7, {}])
    cells = [cell] * r.randrange(40)
    content = r.choice([{"cells": cells}, {"cells": 5}, [1], {"worksheets": [3]}])
    return ".ipynb", json.dumps(content).encode()


def _captions(r: random.Random) -> tuple[str, bytes]:
    lines = ["WEBVTT", ""]
    for _ in range(r.randrange(60)):
        lines.append(r.choice(CUES))
    return r.choice((".vtt", ".srt", ".txt")), "\n".join(lines).encode()


KINDS: tuple[Callable[[random.Random], tuple[str, bytes]], ...] = (
    _random_bytes, _mutated, _encoded, _marks, _deep, _line, _mojibake, _pdf, _archive, _notebook,
    _captions,
)  # fmt: skip


def write_hostile(root: Path, count: int, seed: int = 0) -> Iterator[str]:
    """Write `count` hostile files under `root`, and beside them a loop of links, links out, a named
    pipe, a file without permission and one of 100 MB on one line; yields the names."""
    r = random.Random(seed)
    root.mkdir(parents=True, exist_ok=True)
    outside = root.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "secret.md").write_text("# Secret\n\nThis must never be read.\n")
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "out").symlink_to(outside, target_is_directory=True)
    (root / "secret.md").symlink_to(outside / "secret.md")
    if hasattr(os, "mkfifo"):
        os.mkfifo(root / "pipe.md")
    locked = root / "locked.md"
    locked.write_text("no permission")
    locked.chmod(0)
    with (root / "line.md").open("wb") as long:
        long.truncate(100 * 1024 * 1024)
    for number in range(count):
        suffix, data = r.choice(KINDS)(r)
        name = f"{number:04d}{suffix}"
        (root / name).write_bytes(data)
        yield name
