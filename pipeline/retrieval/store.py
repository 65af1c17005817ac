"""The index folder: generations written whole or not at all, one pointer to the current one.

    index/
      CURRENT                  the name of the generation that answers
      generations/<name>/      manifest.json and data files; never changed once its name is there
      encoders/<name>/         the light query encoder, made once for an embedder; the same files
      embedder.json            when the embedder's files were last compared whole
      lock                     held while something writes

A manifest has a checksum of itself and of every block of every file beside it, and nothing of a
file is used before its block was compared (`pipeline.checksums`).

A reader opens what CURRENT names; a writer fills `generations/<name>.part`, makes it durable,
renames it, then replaces CURRENT. A kill at any moment leaves the old generation answering. The
previous generation stays until the next build, so a reader that is just opening it does not trip.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from pipeline.checksums import CheckedFiles, checksum, describe
from pipeline.errors import IndexError_, filled
from pipeline.files import fsync_folder, write_whole

__all__ = [
    "FORMAT",
    "REBUILD",
    "VERSION",
    "Damaged",
    "DamagedEncoder",
    "IndexDraft",
    "checked",
    "current",
    "damaged",
    "encoder_folder",
    "is_name",
    "locked",
    "other_manifests",
    "read_manifest",
    "seal",
    "swap",
    "writing",
]

FORMAT = "thinkscale-index"
VERSION = 4
REBUILD = "Run `thinkscale index --rebuild`."
_MANIFEST = "manifest.json"
_ENCODERS = "encoders"


class Damaged(IndexError_):
    """A file of the index is not what was written."""


class DamagedEncoder(Damaged):
    """A file of the query encoder is not what was written."""


def damaged(path: Path, why: str) -> Damaged:
    """The error for a damaged file."""
    if path.parent.parent.name == _ENCODERS:
        return DamagedEncoder(
            filled("{folder}: the query encoder is damaged ({why}).", folder=path, why=why), REBUILD
        )
    return Damaged(
        filled("{folder}: the search index is damaged ({why}).", folder=path, why=why), REBUILD
    )


def encoder_folder(root: Path, name: str) -> Path:
    """Where the query encoder of that name is."""
    return root / _ENCODERS / name


def seal(folder: Path, body: dict[str, Any]) -> None:
    """Make the files of a folder durable, and write the manifest that has their checksums."""
    files = sorted(path for path in folder.iterdir() if path.name != _MANIFEST)
    for path in files:
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    body = {"format": FORMAT, "version": VERSION, **body}
    body["files"] = {path.name: describe(path) for path in files}
    body["digest"] = _digest(body)
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, indent=1)
    write_whole(folder / _MANIFEST, text + "\n")


def checked(folder: Path, manifest: dict[str, Any]) -> CheckedFiles:
    """The files of a sealed folder. Raises Damaged for one that is missing or of another size."""
    return CheckedFiles(folder, manifest["files"], damaged)


def swap(part: Path, folder: Path) -> None:
    """Put a finished folder in its place; what stood there before goes."""
    old = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
    if folder.exists():
        folder.replace(old)
    part.replace(folder)
    fsync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def current(root: Path) -> Path:
    """The folder of the generation that answers.

    Raises IndexError_ where there is none, or where `root` is not an index.
    """
    try:
        name = (root / "CURRENT").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        if root.is_dir() and _foreign(root):
            raise IndexError_(
                filled("{folder}: this folder is not a Thinkscale index.", folder=root),
                "Point `index.path` elsewhere.",
            ) from None
        raise IndexError_(
            filled("{folder}: there is no search index yet.", folder=root),
            "Run `thinkscale index`.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexError_(
            filled("{file}: cannot be read ({why}).", file=root / "CURRENT", why=error), REBUILD
        ) from None
    folder = root / "generations" / name
    if not is_name(name) or not folder.is_dir():
        raise IndexError_(
            filled("{file}: names no generation of the index.", file=root / "CURRENT"), REBUILD
        )
    return folder


def is_name(name: str) -> bool:
    """One step of a path, on every system: an index may have been copied from another one."""
    return bool(name.strip(". ")) and all(
        pure(name).name == name and not pure(name).drive
        for pure in (PurePosixPath, PureWindowsPath)
    )


def _foreign(root: Path) -> bool:
    ours = {"CURRENT", "generations", _ENCODERS, "lock", "embedder.json"}
    return any(p.name not in ours and not p.name.endswith(".part") for p in root.iterdir())


def read_manifest(folder: Path) -> dict[str, Any]:
    """A generation's manifest, its format and version checked.

    Raises IndexError_ for a damaged, foreign or newer one.
    """
    path = folder / _MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise damaged(path, filled("it is missing")) from None
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path, str(error)) from None
    if not isinstance(manifest, dict):
        raise damaged(path, filled("it is not what was written"))
    sound = manifest.pop("digest", None) == _digest(manifest)
    if sound and manifest.get("format") != FORMAT:
        raise IndexError_(
            filled("{folder}: this is not a Thinkscale index.", folder=path),
            "Point `index.path` elsewhere.",
        )
    version = manifest.get("version")
    if isinstance(version, int) and version > VERSION:
        raise IndexError_(
            filled(
                "{path}: the index was made by a newer Thinkscale (format {version}, this "
                "reads {known}).",
                path=path,
                version=version,
                known=VERSION,
            ),
            "Update Thinkscale, or run `thinkscale index --rebuild`.",
        )
    if isinstance(version, int) and version < VERSION:
        raise IndexError_(
            filled("{path}: the index has the older format {version}.", path=path, version=version),
            REBUILD,
        )
    if not sound:
        raise damaged(path, filled("it is not what was written"))
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


def _digest(manifest: dict[str, Any]) -> str:
    return checksum(json.dumps(manifest, ensure_ascii=True, sort_keys=True).encode())


class IndexDraft:
    """A generation being written. Nothing of it is seen until `publish`."""

    def __init__(self, root: Path) -> None:
        if root.exists() and not root.is_dir():
            raise IndexError_(
                filled("{folder}: is a file, not a folder.", folder=root),
                "Point `index.path` elsewhere.",
            )
        if root.is_dir() and not (root / "CURRENT").exists() and _foreign(root):
            raise IndexError_(
                filled("{folder}: this folder holds something else than an index.", folder=root),
                "Point `index.path` at an empty or new folder.",
            )
        self.root = root
        self.name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
        self.folder = root / "generations" / f"{self.name}.part"
        self.folder.mkdir(parents=True)

    def publish(self, manifest: dict[str, Any]) -> Path:
        """Seal the files, write the manifest, and point CURRENT here."""
        seal(self.folder, manifest)
        final = self.root / "generations" / self.name
        self.folder.replace(final)
        fsync_folder(final.parent)
        before = self._previous()
        write_whole(self.root / "CURRENT", self.name + "\n")
        self._clean(keep={self.name, before})
        return final

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _previous(self) -> str:
        try:
            return (self.root / "CURRENT").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def _clean(self, keep: set[str]) -> None:
        """Older generations, encoders that no generation names and the leftovers of killed builds
        go. A file that another process still holds open (Windows) stays until the next time."""
        encoders = set()
        for path in (self.root / "generations").iterdir():
            if path.name not in keep:
                shutil.rmtree(path, ignore_errors=True)
                continue
            with contextlib.suppress(IndexError_):
                encoders.add((read_manifest(path).get("encoder") or {}).get("name"))
        if (self.root / _ENCODERS).is_dir():
            for path in (self.root / _ENCODERS).iterdir():
                if path.name not in encoders:
                    shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def writing(root: Path) -> Iterator[None]:
    """Raises IndexError_ for what the system refuses while files of the index are written."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "write" not in str(error):  # FAISS has no other kind
            raise
        raise _unwritable(root, error) from None


def _unwritable(root: Path, error: Exception) -> IndexError_:
    reason = getattr(error, "strerror", None) or str(error).strip().splitlines()[-1]
    with contextlib.suppress(OSError):
        if shutil.disk_usage(root).free < 1 << 16:
            reason = os.strerror(errno.ENOSPC)
    return IndexError_(
        filled("{folder}: the index cannot be written there ({why}).", folder=root, why=reason),
        "Make room or check its permissions, or point `index.path` elsewhere.",
    )


@contextlib.contextmanager
def locked(root: Path, wait: float = 600.0) -> Iterator[None]:
    """One writer at a time. The operating system lets go of the lock when its holder dies.

    Raises IndexError_ after `wait` seconds.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / "lock").open("a+b")
    except OSError as error:
        raise _unwritable(root, error) from None
    end = time.monotonic() + wait
    with lock as file:
        while not _try_lock(file.fileno()):
            if time.monotonic() >= end:
                raise IndexError_(
                    filled(
                        "{folder}: another process has been building the index for {seconds} s.",
                        folder=root,
                        seconds=f"{wait:.0f}",
                    ),
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
