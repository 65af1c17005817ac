"""The files of a notes folder: found, and opened without ever leaving it or waiting for one."""

from __future__ import annotations

import os
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.errors import NotesError
from pipeline.notes.document import NoteFile, Skipped

__all__ = ["MAX_BINARY_BYTES", "MAX_BYTES", "SUFFIXES", "Survey", "read_bytes", "survey", "walk"]

SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".vtt": "transcript",
    ".srt": "transcript",
    ".pdf": "pdf",
    ".ipynb": "notebook",
    ".docx": "docx",
    ".pptx": "pptx",
}
MAX_BYTES = 8 * 1024 * 1024
"""A larger text is listed, not read: no note of one course is as long as ten novels."""
MAX_BINARY_BYTES = 128 * 1024 * 1024
"""The same for the formats that hold pictures."""
_TEXT_KINDS = {"markdown", "text", "html", "transcript"}
_MAX_DEPTH = 64
_SKIPPED_FOLDERS = {"__pycache__", "node_modules", "__MACOSX"}


@dataclass(frozen=True)
class Survey:
    """What stands in a notes folder: files to read, and what is left out with the reason. Files of
    other kinds (images, archives) are only counted in `others`."""

    files: list[NoteFile]
    skipped: list[Skipped]
    others: int = 0


def walk(root: Path) -> list[NoteFile]:
    """The notes under `root`, sorted by path; hidden files and folders and links are left out.

    Raises NotesError where `root` is missing, no folder, or cannot be listed.
    """
    return survey(root).files


def survey(root: Path) -> Survey:
    """As `walk`, with what was left out. Raises NotesError as it does."""
    _check_root(root)
    files: list[NoteFile] = []
    skipped: list[Skipped] = []
    others = 0
    folders: list[tuple[Path, str, int]] = [(root, "", 0)]
    while folders:
        folder, prefix, depth = folders.pop()
        try:
            with os.scandir(folder) as listing:
                entries = list(listing)
        except OSError as error:
            if not prefix:
                raise NotesError(
                    f"{root}: cannot be listed ({_reason(error)}).", "Check its permissions."
                ) from None
            skipped.append(Skipped(prefix, f"cannot be listed ({_reason(error)})"))
            continue
        composed = [unicodedata.normalize("NFC", entry.name) for entry in entries]
        for entry, nfc in zip(entries, composed, strict=True):
            # Two names that differ only in composition keep the names they have on disk.
            name = nfc if composed.count(nfc) == 1 else entry.name
            if name.startswith("."):
                continue
            path = f"{prefix}/{name}" if prefix else name
            if not _printable(path):
                skipped.append(Skipped(ascii(path)[1:-1], "its name is not valid text"))
                continue
            try:
                info = entry.stat(follow_symlinks=False)
            except OSError as error:
                skipped.append(Skipped(path, _reason(error)))
                continue
            kind = PurePosixPath(name).suffix.lower() in SUFFIXES
            if stat.S_ISLNK(info.st_mode):
                skipped.append(
                    Skipped(path, "a link: only files inside the folder itself are read")
                )
            elif stat.S_ISDIR(info.st_mode):
                if name in _SKIPPED_FOLDERS:
                    continue
                if depth >= _MAX_DEPTH:
                    skipped.append(Skipped(path, f"more than {_MAX_DEPTH} folders deep"))
                else:
                    folders.append((Path(entry.path), path, depth + 1))
            elif not kind:
                others += 1
            elif not stat.S_ISREG(info.st_mode):
                skipped.append(Skipped(path, "not a regular file"))
            elif not os.access(entry.path, os.R_OK):
                skipped.append(Skipped(path, "no permission to read it"))
            else:
                files.append(NoteFile(path, info.st_size, info.st_mtime_ns))
    files.sort(key=lambda file: file.path)
    skipped.sort(key=lambda item: item.path)
    return Survey(files, skipped, others)


def read_bytes(root: Path, path: str) -> bytes:
    """The content of one file of the notes folder.

    Raises NotesError where the path leads out of the folder or through a link, or the file is
    missing, not regular, empty, unreadable or too large.
    """
    file = _locate(root, path)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(file, flags)
    except OSError as error:
        raise NotesError(
            f"{path}: cannot be opened ({_reason(error)}).", "Check the file."
        ) from None
    kind = SUFFIXES.get(PurePosixPath(path).suffix.lower(), "text")
    most = MAX_BYTES if kind in _TEXT_KINDS else MAX_BINARY_BYTES
    info = os.fstat(handle)
    if not stat.S_ISREG(info.st_mode):
        os.close(handle)  # a folder has no stream that could be closed
        raise NotesError(f"{path}: not a regular file.", "Take it out of the notes folder.")
    with os.fdopen(handle, "rb") as stream:
        if info.st_size > most:
            raise NotesError(
                f"{path}: {info.st_size / 2**20:.0f} MiB, more than the "
                f"{most // 2**20} MiB a note of its kind may have.",
                "Split it.",
            )
        try:
            data = stream.read(most + 1)
        except OSError as error:
            raise NotesError(
                f"{path}: cannot be read ({_reason(error)}).", "Check the file."
            ) from None
    if len(data) > most:
        raise NotesError(f"{path}: it grows while it is read.", "Close what writes it.")
    if not data.strip(b"\0 \t\r\n"):
        raise NotesError(f"{path}: the file is empty.", "Write something in it, or take it away.")
    return data


def _locate(root: Path, path: str) -> Path:
    """The file on disk, whatever composition its Hangul names have there."""
    parts = PurePosixPath(path).parts
    if not parts or "\0" in path or PurePosixPath(path).is_absolute() or ".." in parts:
        raise NotesError(f"{path!r}: not a path inside the notes folder.", "Give a relative path.")
    here = root
    for part in parts:
        inside = here / part
        try:
            if not os.path.lexists(inside):
                wanted = unicodedata.normalize("NFC", part)
                names = [
                    f for f in here.iterdir() if unicodedata.normalize("NFC", f.name) == wanted
                ]
                if not names:
                    raise NotesError(f"{path}: there is no such note in {root}.", "Check the path.")
                inside = names[0]
            if inside.is_symlink():
                raise NotesError(f"{path}: a link.", "Put the file itself into the notes folder.")
        except (OSError, ValueError) as error:
            raise NotesError(
                f"{path}: cannot be opened ({_reason(error)}).", "Check the path."
            ) from None
        here = inside
    return here


def _check_root(root: Path) -> None:
    try:
        if root.is_dir():
            return
        exists = root.exists()
    except OSError as error:
        raise NotesError(
            f"{root}: cannot be opened ({_reason(error)}).", "Check notes.path."
        ) from None
    if exists:
        raise NotesError(
            f"{root}: is not a folder.", "Set notes.path to the folder your notes are in."
        )
    raise NotesError(
        f"{root}: there is no such folder of notes.", "Make it, or set notes.path in config.yaml."
    )


def _printable(path: str) -> bool:
    """Can the name be written as UTF-8, and on one line?"""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return all(character.isprintable() for character in path)


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
