"""The files of a notes folder: found, and opened without ever leaving it or waiting for one."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.errors import NotesError, filled
from pipeline.notes.document import NoteFile, Skipped
from pipeline.notes.file_kinds import SUFFIXES, is_part, remedy_for
from pipeline.notes.paths import escaped_name, shown_name

__all__ = [
    "MAX_BINARY_BYTES",
    "MAX_BYTES",
    "FolderSurvey",
    "locate",
    "read_bytes",
    "survey",
    "walk",
]

MAX_BYTES = 8 * 1024 * 1024
"""A larger text is listed, not read: no note of one course is as long as ten novels."""
MAX_BINARY_BYTES = 128 * 1024 * 1024
"""The same for the formats that hold pictures."""
_TEXT_KINDS = {"markdown", "text", "html", "transcript"}
_MAX_DEPTH = 64
_SKIPPED_FOLDERS = {"__pycache__", "node_modules", "__MACOSX"}


@dataclass(frozen=True)
class FolderSurvey:
    """What stands in a notes folder: files to read, and what is left out with the reason. Parts of
    notes (pictures, and what a saved web page brings along) are only counted in `others`."""

    files: list[NoteFile]
    skipped: list[Skipped]
    others: int = 0


def walk(root: Path) -> list[NoteFile]:
    """The notes under `root`, sorted by path; hidden files and folders and links are left out.

    Raises NotesError where `root` is missing, no folder, or cannot be listed.
    """
    return survey(root).files


def survey(root: Path) -> FolderSurvey:
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
                    filled("{folder}: cannot be listed ({why}).", folder=root, why=_reason(error)),
                    "Check its permissions.",
                ) from None
            skipped.append(Skipped(prefix, filled("cannot be listed ({why})", why=_reason(error))))
            continue
        for name, entry in _named(entries, prefix, skipped):
            path = f"{prefix}/{name}" if prefix else name
            try:
                info = entry.stat(follow_symlinks=False)
            except OSError as error:
                skipped.append(Skipped(path, _reason(error)))
                continue
            kind = PurePosixPath(name).suffix.lower() in SUFFIXES
            if stat.S_ISLNK(info.st_mode):
                skipped.append(
                    Skipped(
                        path,
                        "a link: only files inside the folder itself are read",
                        "put the file itself there",
                    )
                )
            elif stat.S_ISDIR(info.st_mode):
                if name in _SKIPPED_FOLDERS:
                    continue
                if depth >= _MAX_DEPTH:
                    skipped.append(
                        Skipped(path, filled("more than {depth} folders deep", depth=_MAX_DEPTH))
                    )
                else:
                    folders.append((Path(entry.path), path, depth + 1))
            elif is_part(name):
                others += 1
            elif not kind:
                skipped.append(Skipped(path, "files of its kind are not read", remedy_for(name)))
            elif not stat.S_ISREG(info.st_mode):
                skipped.append(Skipped(path, "not a regular file"))
            elif not os.access(entry.path, os.R_OK):
                skipped.append(Skipped(path, "no permission to read it", "check its permissions"))
            else:
                files.append(NoteFile(path, info.st_size, info.st_mtime_ns))
    files.sort(key=lambda file: file.path)
    skipped.sort(key=lambda item: item.path)
    return FolderSurvey(files, skipped, others)


def _named(
    entries: list[os.DirEntry[str]], prefix: str, skipped: list[Skipped]
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Each entry of a folder with the name it goes by here; hidden ones are left out."""
    shown = [shown_name(entry.name) for entry in entries]
    alike = Counter(shown)
    own = {entry.name for entry in entries}
    for name, entry in zip(shown, entries, strict=True):
        if entry.name.startswith("."):
            continue
        if alike[name] > 1 or (name != entry.name and name in own):
            # Two names that are read alike keep what tells them apart.
            name = escaped_name(entry.name)
            if name != entry.name and name in own:
                path = f"{prefix}/{name}" if prefix else name
                skipped.append(Skipped(path, "another file goes by the same name", "rename it"))
                continue
        yield name, entry


def read_bytes(root: Path, path: str) -> bytes:
    """The content of one file of the notes folder.

    Raises NotesError where the path leads out of the folder or through a link, or the file is
    missing, not regular, empty, unreadable or too large.
    """
    file = locate(root, path)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(file, flags)
    except OSError as error:
        raise NotesError(
            filled("{path}: cannot be opened ({why}).", path=path, why=_reason(error)),
            "Check the file.",
        ) from None
    kind = SUFFIXES.get(PurePosixPath(path).suffix.lower(), "text")
    most = MAX_BYTES if kind in _TEXT_KINDS else MAX_BINARY_BYTES
    info = os.fstat(handle)
    if not stat.S_ISREG(info.st_mode):
        os.close(handle)  # a folder has no stream that could be closed
        raise NotesError(
            filled("{path}: not a regular file.", path=path), "Take it out of the notes folder."
        )
    with os.fdopen(handle, "rb") as stream:
        if info.st_size > most:
            raise NotesError(
                filled(
                    "{path}: {size} MiB, more than the {most} MiB a note of its kind may have.",
                    path=path,
                    size=f"{info.st_size / 2**20:.0f}",
                    most=most // 2**20,
                ),
                "Split it.",
            )
        try:
            data = stream.read(most + 1)
        except OSError as error:
            raise NotesError(
                filled("{file}: cannot be read ({why}).", file=path, why=_reason(error)),
                "Check the file.",
            ) from None
    if len(data) > most:
        raise NotesError(
            filled("{path}: it grows while it is read.", path=path), "Close what writes it."
        )
    if not data.strip(b"\0 \t\r\n"):
        raise NotesError(
            filled("{note}: the file is empty.", note=path),
            "Write something in it, or take it away.",
        )
    return data


def locate(root: Path, path: str) -> Path:
    """The file on disk behind a path of the notes, however its name is written there.

    Raises NotesError where the path leads out of the folder or through a link, or there is none.
    """
    parts = PurePosixPath(path).parts
    if not parts or "\0" in path or PurePosixPath(path).is_absolute() or ".." in parts:
        raise NotesError(
            filled("{path}: not a path inside the notes folder.", path=repr(path)),
            "Give a relative path.",
        )
    here = root
    for part in parts:
        inside = here / part
        try:
            if not os.path.lexists(inside):
                names = [
                    name
                    for name in os.listdir(here)  # noqa: PTH208 - names, not paths
                    if _composed(part) in (shown_name(name), _composed(escaped_name(name)))
                ]
                if not names:
                    raise NotesError(
                        filled(
                            "{path}: there is no such note in {folder}.", path=path, folder=root
                        ),
                        "Check the path.",
                    )
                inside = here / names[0]
            if inside.is_symlink():
                raise NotesError(
                    filled("{path}: a link.", path=path),
                    "Put the file itself into the notes folder.",
                )
        except (OSError, ValueError) as error:
            raise NotesError(
                filled("{path}: cannot be opened ({why}).", path=path, why=_reason(error)),
                "Check the path.",
            ) from None
        here = inside
    return here


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _check_root(root: Path) -> None:
    try:
        if root.is_dir():
            return
        exists = root.exists()
    except OSError as error:
        raise NotesError(
            filled("{path}: cannot be opened ({why}).", path=root, why=_reason(error)),
            "Check notes.path.",
        ) from None
    if exists:
        raise NotesError(
            filled("{folder}: is not a folder.", folder=root),
            "Set notes.path to the folder your notes are in.",
        )
    raise NotesError(
        filled("{folder}: there is no such folder of notes.", folder=root),
        "Make it, or set notes.path in config.yaml.",
    )


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
