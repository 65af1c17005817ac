"""A model from a hub: what it is, then its bytes, resumed where they broke off, then their hash.

The hub's own library says where the file is and what its hash must be, and keeps it in its own
cache, where every other program finds it too. A part that was downloaded stays until the rest is.
This is the one module that goes online, and only when a person asks for a model.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError, filled
from pipeline.files import write_whole
from pipeline.models.catalogue import CatalogueEntry, find_entry, named
from pipeline.models.gguf import file_sha256, read_gguf
from pipeline.models.other_stores import hf_cache

__all__ = ["DownloadOffer", "download", "offer"]

DownloadProgress = Callable[[int, int], None]
"""Told of bytes here and bytes in all."""

_DEFAULT = re.compile(r"q4_k_m\.gguf$", re.IGNORECASE)
_SPLIT = re.compile(r"-\d{5}-of-\d{5}\.gguf$")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class DownloadOffer:
    """A file that can be downloaded, and on what terms. `sha` is the hash that its bytes must have:
    64 digits SHA-256, 40 digits git's own; "" where the hub gives none."""

    repo: str
    file: str
    revision: str
    url: str
    bytes: int
    sha: str
    licence: str
    terms: str = ""
    note: str = ""

    @property
    def setting(self) -> str:
        """What `model.path` says for it."""
        return f"hf:{self.repo}/{self.file}"

    @property
    def _folder(self) -> Path:
        return hf_cache() / f"models--{self.repo.replace('/', '--')}"

    @property
    def blob(self) -> Path:
        """Where its bytes belong in the Hugging Face cache."""
        return self._folder / "blobs" / self.sha

    @property
    def part(self) -> Path:
        """Where its bytes are until they are all here."""
        return self.blob.with_name(f"{self.sha}.thinkscale.incomplete")

    @property
    def pointer(self) -> Path:
        """The file by its own name in the cache."""
        return self._folder / "snapshots" / self.revision / self.file

    @property
    def main(self) -> Path:
        """Where the cache remembers which revision is the newest it knows."""
        return self._folder / "refs" / "main"

    @property
    def lock(self) -> Path:
        """Held while the file is downloaded."""
        return hf_cache() / ".locks" / self._folder.name / f"{self.sha}.thinkscale.lock"


def offer(name: str) -> DownloadOffer:
    """Ask the hub (HF_ENDPOINT, else huggingface.co) about a model: a name of the catalogue,
    `ORG/REPO` or `ORG/REPO/FILE.gguf`.

    Raises ModelError: no such name, repository or file, several files to choose from, a gated
    repository, no connection, or huggingface_hub is not installed.
    """
    entry = named(name)
    if (entry is None and "/" not in name) or (entry and not entry.repo):
        _not_downloadable(name)
    parts = (entry.repo if entry else name.removeprefix("hf:")).split("/")
    if len(parts) < 2 or not all(re.fullmatch(r"\w[\w.-]*", part) for part in parts):
        raise ModelError(
            filled("`{name}` is not the name of a repository.", name=name), "Write ORG/REPO."
        )
    repo, wanted = "/".join(parts[:2]), "/".join(parts[2:])
    hub = _hub()
    with _told(repo):
        info = hub.HfApi(endpoint=_endpoint()).model_info(repo)
        names = [row.rfilename for row in info.siblings or [] if row.rfilename.endswith(".gguf")]
        file = _choose(repo, names, wanted, entry)
        url = hub.hf_hub_url(repo, file, revision=info.sha, endpoint=_endpoint())
        head = hub.get_hf_file_metadata(url, endpoint=_endpoint())
    sha = str(head.etag or "").lower()
    licence, terms = _licence(info)
    return DownloadOffer(
        repo=repo,
        file=file,
        revision=head.commit_hash or str(info.sha),
        url=url,
        bytes=head.size or 0,
        sha=sha if re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{40}", sha) else "",
        licence=entry.licence if entry else licence,
        terms=(entry.terms if entry else "") or terms,
        note=entry.note if entry else "",
    )


def download(chosen: DownloadOffer, progress: DownloadProgress = lambda done, total: None) -> Path:
    """Bring the file here, from where an earlier try broke off, and check its hash; the path of it
    in the Hugging Face cache. Nothing is done where it is already there, with the bytes that its
    hash asks for; a damaged file is fetched anew.

    Raises ModelError: no connection, no room, a wrong hash, not a GGUF, or another download of the
    same file is under way.
    """
    if chosen.pointer.is_file() and (not chosen.sha or _is_sound(chosen.pointer, chosen.sha)):
        return chosen.pointer
    if not chosen.sha:
        raise ModelError(
            filled(
                "{where} gives no hash of {file}, so it could not be checked.",
                where=_endpoint(),
                file=chosen.file,
            ),
            "Use the hub itself (unset HF_ENDPOINT), or download the file by hand.",
        )
    hub = _hub()
    try:
        chosen.part.parent.mkdir(parents=True, exist_ok=True)
        with _alone(chosen):
            if not (chosen.blob.is_file() and _is_sound(chosen.blob, chosen.sha)):
                chosen.blob.unlink(missing_ok=True)
                chosen.pointer.unlink(missing_ok=True)
                _fetch(chosen, progress)
            with _told(chosen.repo):  # makes the cache's own record of it; the bytes are here
                hub.hf_hub_download(
                    chosen.repo,
                    chosen.file,
                    revision=chosen.revision,
                    endpoint=_endpoint(),
                    cache_dir=hf_cache(),
                )
            chosen.main.parent.mkdir(parents=True, exist_ok=True)
            write_whole(chosen.main, chosen.revision)
    except OSError as error:
        raise ModelError(
            filled(
                "{file}: cannot be written ({why}).",
                file=chosen.part.parent,
                why=error.strerror or error,
            ),
            "Make room, or set HF_HOME to a folder on another disk.",
        ) from None
    return chosen.pointer


def _fetch(chosen: DownloadOffer, progress: DownloadProgress) -> None:
    """The bytes, into the part and then, when their hash is right, into the blob."""
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    part = chosen.part
    done = part.stat().st_size if part.exists() else 0
    if chosen.bytes and done > chosen.bytes:
        part.unlink()
        done = 0

    class Bar:
        """What huggingface_hub tells of its progress."""

        def __init__(self, *_: object, initial: int = 0, **__: object) -> None:
            self.done = initial
            progress(self.done, chosen.bytes)

        def update(self, more: float | None = 1) -> None:
            self.done += int(more or 0)
            progress(self.done, chosen.bytes)

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None:
            self.close()

        def close(self) -> None:
            """Nothing to take away."""

    with _told(chosen.repo), part.open("ab") as file:
        headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
        http_get(
            chosen.url,
            file,
            resume_size=done,
            headers=headers,
            expected_size=chosen.bytes or None,
            displayed_filename=chosen.file,
            tqdm_class=Bar,
        )
        file.flush()
        os.fsync(file.fileno())
    if _hash(part, chosen.sha) != chosen.sha:
        part.unlink()
        raise ModelError(
            filled(
                "{file} arrived damaged: its hash is not the {sha}… that {where} names.",
                file=chosen.file,
                sha=chosen.sha[:12],
                where=_endpoint(),
            ),
            "Try again; where it happens twice, do not trust this source.",
        )
    try:
        read_gguf(part)
    except ModelError as error:
        part.unlink()
        raise ModelError(
            filled("{file} is no usable model: {why}", file=chosen.file, why=error.what),
            error.remedy,
        ) from None
    part.replace(chosen.blob)


def _is_sound(path: Path, sha: str) -> bool:
    return (file_sha256(path) if len(sha) == 64 else _hash(path, sha)) == sha


def _hash(path: Path, like: str) -> str:
    """SHA-256, or for 40 digits git's SHA-1 of a blob: what the hub calls small files by."""
    if len(like) == 64:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _choose(repo: str, names: list[str], wanted: str, entry: CatalogueEntry | None) -> str:
    """The one file of a repository that is meant."""
    if wanted:
        if wanted in names:
            return wanted
        listed = ", ".join(sorted(names)[:8]) or "none"
        raise ModelError(
            filled("{repo} has no file {file}.", repo=repo, file=wanted),
            filled("Its GGUF files: {names}.", names=listed),
        )
    whole = [name for name in names if not _SPLIT.search(name)]
    if entry:
        found = [name for name in whole if entry.is_file(name.rsplit("/", 1)[-1])]
    else:
        found = [name for name in whole if _DEFAULT.search(name)] or whole
    if len(found) == 1:
        return found[0]
    listed = ", ".join(sorted(found or names)[:8]) or "none"
    raise ModelError(
        filled("{repo} has {count} files that could be meant.", repo=repo, count=len(found))
        if found
        else filled("{repo} has no files that could be meant.", repo=repo),
        filled(
            "Name one: thinkscale models get {repo}/FILE. There are: {names}.",
            repo=repo,
            names=listed,
        ),
    )


def _licence(info: Any) -> tuple[str, str]:
    """The licence that the repository's card states, and where it is written."""
    card = info.card_data.to_dict() if info.card_data else {}
    name = card.get("license_name") or card.get("license") or "not stated by the repository"
    link = card.get("license_link") or ""
    if link and not str(link).startswith("http"):
        link = f"{_endpoint()}/{info.id}/blob/main/{link}"
    return (", ".join(name) if isinstance(name, list) else str(name)), str(link)


def _not_downloadable(name: str) -> None:
    """Say why a name without a slash cannot be fetched."""
    entry = find_entry(name)
    if entry.path:
        raise ModelError(
            filled("{name} is {about}.", name=entry.name, about=entry.about),
            "Nothing needs to be downloaded.",
        )
    raise ModelError(filled("{name}: {note}.", name=entry.name, note=entry.note))


def _endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def _hub() -> Any:
    try:
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        import huggingface_hub
    except ImportError:
        raise ModelError(
            "Downloading needs the package huggingface_hub.", 'Run: pip install "thinkscale[hub]"'
        ) from None
    import logging

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    return huggingface_hub


@contextmanager
def _told(repo: str) -> Iterator[None]:
    """What the hub's library raises, as one line."""
    from huggingface_hub import errors

    where = f"{_endpoint()}/{repo}"
    try:
        yield
    except errors.GatedRepoError:
        raise ModelError(
            filled(
                "{where} is gated: its makers want their terms accepted there first.", where=where
            ),
            "Do so on that page, then set HF_TOKEN to a token of yours.",
        ) from None
    except errors.RepositoryNotFoundError:
        raise ModelError(
            filled("{where}: there is no such repository, or it is private.", where=where),
            "Check the name; for a private one set HF_TOKEN.",
        ) from None
    except errors.LocalEntryNotFoundError:
        raise _broken(where) from None
    except errors.EntryNotFoundError:
        raise ModelError(
            filled("{where} has no such file any more.", where=where), "Ask for it anew."
        ) from None
    except errors.OfflineModeIsEnabled:
        raise ModelError("HF_HUB_OFFLINE is set.", "Unset it to download a model.") from None
    except errors.HfHubHTTPError as error:
        code = error.response.status_code if error.response is not None else "an error"
        raise ModelError(
            filled("{where} answered {code}.", where=where, code=code), "Try again later."
        ) from None
    except OSError as error:
        if error.errno is not None and not isinstance(error, ConnectionError | TimeoutError):
            raise  # the disk, not the line
        raise _broken(where) from None
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("httpx", "httpx2"):  # its releases differ
            raise
        raise _broken(where) from None


def _broken(where: str) -> ModelError:
    return ModelError(
        filled("{where}: the connection failed or broke off.", where=where),
        "Check the network and ask again: what is here already is kept.",
    )


@contextmanager
def _alone(chosen: DownloadOffer) -> Iterator[None]:
    """Two downloads of one file would write into each other."""
    from filelock import FileLock, Timeout

    chosen.lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(chosen.lock).acquire(timeout=0):
            yield
    except Timeout:
        raise ModelError(
            filled("{file} is being downloaded by another process.", file=chosen.file),
            "Wait for it.",
        ) from None
