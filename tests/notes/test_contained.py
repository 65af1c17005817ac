"""One bad file is its own problem: whatever a parser raises is named, and the others are read."""

from __future__ import annotations

import io
import lzma
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.notes import command
from pipeline.errors import NotesError
from pipeline.notes import cite, formats, read
from pipeline.notes import reading as reading_module
from pipeline.notes.folder_report import check
from pipeline.retrieval.sources import gather, survey_notes
from tests.notes.fixtures import FILES
from tests.notes.test_characters import unfit

RAISED: list[Exception] = [
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    ValueError("two\nlines\x1b[31m of " + "words " * 100),
    KeyError("cells"),
    AttributeError("'NoneType' object has no attribute 'get'"),
    zlib.error("Error -3"),
    lzma.LZMAError("Corrupt input data"),
    struct.error("unpack requires a buffer of 4 bytes"),
    zipfile.BadZipFile("Bad CRC-32"),
    OSError(5, "Input/output error"),
    AssertionError(),
    StopIteration(),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.md").write_text("# Otters\n\nAn otter eats 1.5 kg of fish a day.\n")
    (tmp_path / "b.md").write_text("# Beavers\n\nA beaver fells 200 trees a year.\n")
    (tmp_path / "c.md").write_text("# Voles\n\nA vole weighs 30 g.\n")
    return tmp_path


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_whatever_a_parser_raises_is_that_files_problem(
    folder: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(kind: str, content: str) -> object:
        if "beaver" in content:
            raise error
        return formats.parse(kind, content)

    monkeypatch.setattr(reading_module, "parse", broken)
    with pytest.raises(NotesError, match=type(error).__name__) as caught:
        read(folder, "b.md")
    assert caught.value.what.startswith("b.md: ")
    assert caught.value.remedy
    assert len(str(caught.value)) < 300
    assert unfit(str(caught.value).replace("\n", "\0")) == []
    _, rows = check(folder)
    assert [bool(row.error) for row in rows] == [False, True, False]
    survey = survey_notes(folder, {})
    assert {passage.source for passage in gather(survey, {})} == {"a.md", "c.md"}
    (left,) = survey.left_out()
    assert left.path == "b.md"
    result = CliRunner().invoke(command, ["check", str(folder)])
    assert result.exit_code == 0
    assert "2 of 3 notes read" in result.output


@pytest.mark.parametrize("step", ["mend", "settle", "noise", "cut", "fold_sentences", "read_bytes"])
def test_what_goes_wrong_after_parsing_is_contained_as_well(
    folder: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(reading_module, step, broken)
    with pytest.raises(NotesError, match=r"a\.md: cannot be read \(RecursionError\)"):
        read(folder, "a.md")


def test_ctrl_c_is_no_problem_of_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reading_module, "parse", stopped)
    with pytest.raises(KeyboardInterrupt):
        read(folder, "a.md")


def mutated(data: bytes, r: random.Random) -> bytes:
    """The file with some of it changed, cut, doubled, or taken from elsewhere in it."""
    found = bytearray(data)
    for _ in range(r.choice([1, 1, 2, 5, 30])):
        at = r.randrange(len(found)) if found else 0
        what = r.randrange(6)
        if what == 0:
            found[at : at + 1] = bytes([r.randrange(256)])
        elif what == 1:
            del found[at : at + r.choice([1, 2, 8, 200])]
        elif what == 2:
            found[at:at] = found[at : at + r.randrange(1, 60)]
        elif what == 3:
            there = r.randrange(len(found) + 1)
            found[at : at + 16] = found[there : there + 16]
        elif what == 4:
            found[at : at + 4] = r.choice(
                [b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"</", b"&#x"]
            )
        else:
            del found[at:]
    return bytes(found)


def _dissected(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A zip archive that is sound, with one damaged part."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    largest = max(parts, key=lambda name: len(parts[name]))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, change(part) if name == largest else part)
    return buffer.getvalue()


def _fuzz(root: Path, name: str, count: int, seed: int) -> None:
    r = random.Random(f"{name} {seed}")
    for number in range(count):
        data = FILES[name]
        if zipfile.is_zipfile(root / f"sound-{name}") and number % 2:
            data = _dissected(data, lambda part: mutated(part, r))
        else:
            data = mutated(data, r)
        (root / name).write_bytes(data)
        document, refused = None, None
        try:
            document = read(root, name)
        except NotesError as error:
            refused = error
        if document is None:
            assert refused is not None
            assert name in refused.what
            assert refused.remedy
            assert len(str(refused).splitlines()) == 1
            continue
        assert document.passages or document.report.problems
        for passage in document.passages[:20]:
            assert unfit(passage.text + passage.heading) == []
            cite(root, passage, 0, len(passage.text))


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_are_read_or_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / f"sound-{name}").write_bytes(FILES[name])
    _fuzz(tmp_path, name, 8 if name.endswith(".pdf") else 60, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_many_damaged_files_are_read_or_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / f"sound-{name}").write_bytes(FILES[name])
    _fuzz(tmp_path, name, 150 if name.endswith(".pdf") else 2000, seed=2)
