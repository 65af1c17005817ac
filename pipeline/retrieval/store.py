"""The index folder: generations written whole or not at all, one pointer to the current one.

    index/
      CURRENT                  the name of the generation that answers
      generations/<name>/      manifest.json and data files; never changed once its name is there
      encoders/<name>/         the light query encoder, made once for an embedder
      embedder.json            when the embedder's files were last compared whole
      lock                     held while something writes

A reader opens what CURRENT names; a writer fills `generations/<name>.part`, makes it durable,
renames it, then replaces CURRENT. A kill at any moment leaves the old generation answering. The
previous generation stays until the next build, so a reader that is just opening it does not trip.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from pipeline.errors import IndexError_

__all__ = [
    "FORMAT",
    "REBUILD",
    "VERSION",
    "Draft",
    "check_files",
    "current",
    "describe_files",
    "edges",
    "fsync_file",
    "is_name",
    "locked",
    "other_manifests",
    "read_manifest",
    "replace_text",
]

FORMAT = "thinkscale-index"
VERSION = 1
REBUILD = "Run `thinkscale index --rebuild`."
_EDGE = 1 << 16
_WHOLE = 1 << 25
"""Generations smaller than this (bytes) are hashed whole when opened; larger ones at the edges of
each file, so that opening stays instant."""


def fsync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _fsync_folder(path: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_text(path: Path, text: str) -> None:
    """Write a small file whole or not at all."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    _take_place(part, path)
    _fsync_folder(path.parent)


def _take_place(part: Path, path: Path, system: str = os.name) -> None:
    """Windows refuses to replace what another process is just reading; it is soon done."""
    for attempt in range(20):
        try:
            part.replace(path)
        except PermissionError:
            if system != "nt" or attempt == 19:
                raise
            time.sleep(0.05)
        else:
            return


def _digests(path: Path) -> dict[str, Any]:
    """Size, SHA-256 of the whole, SHA-256 of the first and last 64 KiB."""
    size = path.stat().st_size
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            whole.update(block)
    return {"size": size, "sha256": whole.hexdigest(), "edges": edges(path, size)}


def edges(path: Path, size: int) -> str:
    """SHA-256 of the first and last 64 KiB of a file of `size` bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(_EDGE))
        if size > _EDGE:
            file.seek(max(_EDGE, size - _EDGE))
            digest.update(file.read(_EDGE))
    return digest.hexdigest()


def describe_files(folder: Path) -> dict[str, dict[str, Any]]:
    """What the manifest says of every file of a folder, by name."""
    return {
        path.name: _digests(path)
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != "manifest.json"
    }


def check_files(folder: Path, files: dict[str, dict[str, Any]]) -> None:
    """Raises IndexError_ naming the first file that is missing, cut short or altered."""
    whole = sum(int(facts["size"]) for facts in files.values()) <= _WHOLE
    for name, facts in files.items():
        path = folder / name
        try:
            size = path.stat().st_size
            if size != facts["size"]:
                raise IndexError_(
                    f"{path}: the search index is damaged "
                    f"({size} bytes instead of {facts['size']}).",
                    REBUILD,
                )
            intact = (
                hashlib.sha256(path.read_bytes()).hexdigest() == facts["sha256"]
                if whole
                else edges(path, size) == facts["edges"]
            )
        except OSError as error:
            raise IndexError_(
                f"{path}: the search index is incomplete ({error.strerror or error}).", REBUILD
            ) from None
        if not intact:
            raise IndexError_(f"{path}: the search index is damaged (its hash differs).", REBUILD)


def current(root: Path) -> Path:
    """The folder of the generation that answers.

    Raises IndexError_ where there is none, or where `root` is not an index.
    """
    try:
        name = (root / "CURRENT").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        if root.is_dir() and _foreign(root):
            raise IndexError_(
                f"{root}: this folder is not a Thinkscale index.", "Point `index.path` elsewhere."
            ) from None
        raise IndexError_(
            f"{root}: there is no search index yet.", "Run `thinkscale index`."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexError_(f"{root / 'CURRENT'}: cannot be read ({error}).", REBUILD) from None
    folder = root / "generations" / name
    if not is_name(name) or not folder.is_dir():
        raise IndexError_(f"{root / 'CURRENT'}: names no generation of the index.", REBUILD)
    return folder


def is_name(name: str) -> bool:
    """One step of a path, on every system: an index may have been copied from another one."""
    return bool(name.strip(". ")) and all(
        pure(name).name == name and not pure(name).drive
        for pure in (PurePosixPath, PureWindowsPath)
    )


def _foreign(root: Path) -> bool:
    ours = {"CURRENT", "generations", "encoders", "lock", "embedder.json"}
    return any(p.name not in ours and not p.name.endswith(".part") for p in root.iterdir())


def read_manifest(folder: Path) -> dict[str, Any]:
    """A generation's manifest, its format and version checked.

    Raises IndexError_ for a damaged, foreign or newer one.
    """
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise IndexError_(f"{path}: the search index is incomplete.", REBUILD) from None
    except (OSError, ValueError) as error:
        raise IndexError_(f"{path}: the search index is damaged ({error}).", REBUILD) from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise IndexError_(
            f"{path}: this is not a Thinkscale index.", "Point `index.path` elsewhere."
        )
    version = manifest.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise IndexError_(
            f"{path}: the index was made by a newer Thinkscale "
            f"(format {version}, this reads {VERSION}).",
            "Update Thinkscale, or run `thinkscale index --rebuild`.",
        )
    if version < VERSION:
        raise IndexError_(f"{path}: the index has the older format {version}.", REBUILD)
    digest = manifest.pop("digest", None)
    if digest != _manifest_digest(manifest):
        raise IndexError_(f"{path}: the search index is damaged (its hash differs).", REBUILD)
    return manifest


def other_manifests(root: Path) -> list[dict[str, Any]]:
    """The manifests of complete generations that are not the current one, as far as readable."""
    try:
        answering = current(root)
        folders = [path for path in (root / "generations").iterdir() if path != answering]
    except (IndexError_, OSError):
        return []
    found = []
    for folder in folders:
        with contextlib.suppress(IndexError_):
            found.append(read_manifest(folder))
    return found


def _manifest_digest(manifest: dict[str, Any]) -> str:
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Draft:
    """A generation being written. Nothing of it is seen until `publish`."""

    def __init__(self, root: Path) -> None:
        if root.exists() and not root.is_dir():
            raise IndexError_(f"{root}: is a file, not a folder.", "Point `index.path` elsewhere.")
        if root.is_dir() and not (root / "CURRENT").exists() and _foreign(root):
            raise IndexError_(
                f"{root}: this folder holds something else than an index.",
                "Point `index.path` at an empty or new folder.",
            )
        self.root = root
        self.name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
        self.folder = root / "generations" / f"{self.name}.part"
        self.folder.mkdir(parents=True)

    def publish(self, manifest: dict[str, Any]) -> Path:
        """Seal the files, write the manifest, and point CURRENT here."""
        for path in self.folder.iterdir():
            fsync_file(path)
        body = {
            "format": FORMAT,
            "version": VERSION,
            **manifest,
            "files": describe_files(self.folder),
        }
        body["digest"] = _manifest_digest(body)
        replace_text(
            self.folder / "manifest.json",
            json.dumps(body, ensure_ascii=False, sort_keys=True, indent=1) + "\n",
        )
        final = self.root / "generations" / self.name
        self.folder.replace(final)
        _fsync_folder(final.parent)
        before = self._previous()
        replace_text(self.root / "CURRENT", self.name + "\n")
        self._clean(keep={self.name, before})
        return final

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _previous(self) -> str:
        try:
            return (self.root / "CURRENT").read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    def _clean(self, keep: set[str]) -> None:
        """Older generations and the leftovers of killed builds go. A file that another process
        still holds open (Windows) stays until the next time."""
        for path in (self.root / "generations").iterdir():
            if path.name not in keep:
                shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def locked(root: Path, wait: float = 600.0) -> Iterator[None]:
    """One writer at a time. The operating system lets go of the lock when its holder dies.

    Raises IndexError_ after `wait` seconds.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IndexError_(
            f"{root}: cannot be a folder ({error.strerror or error}).",
            "Point `index.path` elsewhere.",
        ) from None
    end = time.monotonic() + wait
    with (root / "lock").open("a+b") as file:
        while not _try_lock(file.fileno()):
            if time.monotonic() >= end:
                raise IndexError_(
                    f"{root}: another process has been building the index for {wait:.0f} s.",
                    "Wait for it to end, or stop it.",
                )
            time.sleep(0.05)
        try:
            yield
        finally:
            _unlock(file.fileno())


if os.name == "nt":  # pragma: no cover
    import msvcrt

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, 0, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
