"""A full disk, a closed stream, a folder that is gone, files that are none: one line, a remedy."""

from __future__ import annotations

import json
import os
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="uses /dev/full, limits and pipes")

CODE = "from pipeline.cli import main; main()"
NOBODY = 65534


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    for n in range(12):
        rivers = " ".join(f"The river {n}-{i} is {n * 7 + i} km long." for i in range(60))
        (tmp_path / "notes" / f"n{n}.md").write_text(f"# Note {n}\n\n{rivers}\n")
    (tmp_path / "config.yaml").write_text(
        "notes: {path: notes}\nindex: {path: index}\nretrieval: {arms: [words, grams, headings]}\n"
    )
    return tmp_path


def call(
    home: Path,
    *arguments: str,
    stdout: int = subprocess.PIPE,
    limit: int = 0,
    before: Callable[[], None] | None = None,
    user: Sequence[str] = (),
) -> subprocess.CompletedProcess[bytes]:
    """Run the command in `home`; `limit` is the largest file it may write, in bytes."""

    def prepare() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        if before is not None:
            before()

    return subprocess.run(
        [*user, sys.executable, "-c", CODE, *arguments], cwd=home, stdin=subprocess.DEVNULL,
        stdout=stdout, stderr=subprocess.PIPE, timeout=60, check=False, preexec_fn=prepare,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "THINKSCALE_TUNE": "0",
             "THINKSCALE_CACHE": str(home.parent / "cache"), "HOME": str(home)},
    )  # fmt: skip


def refused(done: subprocess.CompletedProcess[bytes], *words: str) -> str:
    """One line on standard error, exit code 1 or 2."""
    said = done.stderr.decode()
    assert done.returncode in (1, 2), said
    assert said.startswith("thinkscale: "), said
    assert said.count("\n") == 1, said
    assert "Traceback" not in said
    assert "internal error" not in said
    for word in words:
        assert word in said
    assert said.rstrip().endswith("."), "a remedy"
    return said


# -- standard streams ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [("search", "river", "--k", "50"), ("search", "river", "--json"), ("notes", "check"),
     ("notes", "show", "notes/n1.md"), ("--help",)],
    ids=" ".join,
)  # fmt: skip
def test_a_full_disk_behind_standard_output(home: Path, arguments: tuple[str, ...]) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        refused(call(home, *arguments, stdout=full), "standard output: no space left", "Make room")
    finally:
        os.close(full)


@pytest.mark.parametrize(
    "arguments",
    [("search", "river", "--k", "50"), ("search", "river", "--json"), ("notes", "check")],
    ids=" ".join,
)
def test_a_reader_that_goes_away_is_no_error(home: Path, arguments: tuple[str, ...]) -> None:
    """As `| head -1` and `| true` do."""
    reads, writes = os.pipe()
    os.close(reads)
    done = call(home, *arguments, stdout=writes)
    os.close(writes)
    assert (done.returncode, done.stderr) == (0, b"")


def test_standard_output_that_is_closed(home: Path) -> None:
    """Nothing is worked out that could not be told, and no file is printed into."""
    done = call(home, "search", "river", before=lambda: os.close(1))
    refused(done, "Standard output is closed", "send it to a file")
    assert not (home / "index").exists()


def test_the_other_streams_closed(home: Path) -> None:
    done = call(home, "search", "river", before=lambda: os.close(2))
    assert done.returncode == 0
    assert b"river" in done.stdout
    done = call(home, "search", "", before=lambda: os.close(2))
    assert done.returncode == 2

    def close_both() -> None:
        os.close(0)
        os.close(2)

    done = call(home, "search", "river", before=close_both)
    assert done.returncode == 0
    for file in home.rglob("*"):  # a file that took the number of a closed stream is printed into
        assert not (file.is_file() and b"thinkscale:" in file.read_bytes())


def test_a_working_folder_that_is_gone(home: Path) -> None:
    gone = home / "gone"
    gone.mkdir()

    def leave() -> None:
        os.chdir(gone)
        gone.rmdir()

    for arguments in (("search", "river"), ("index", "--config", str(home / "config.yaml"))):
        gone.mkdir(exist_ok=True)
        refused(call(home, *arguments, before=leave), "working folder is gone", "Go to a folder")


# -- disks ---------------------------------------------------------------------------------------


@pytest.fixture
def disk(home: Path) -> Iterator[Path]:
    """A disk of 512 kB with the configuration on it; skipped where none can be mounted."""
    place = home / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("no disk can be mounted here")
    text = (home / "config.yaml").read_text().replace("notes:", f"notes: {{path: {home}/notes}}\n#")
    (place / "config.yaml").write_text(text)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


def test_a_full_disk(disk: Path) -> None:
    assert call(disk, "search", "river", "--k", "1").returncode == 0
    before = sorted(path.name for path in (disk / "index/generations").iterdir())
    fill(disk)
    done = call(disk, "index", "--rebuild")
    refused(done, str(disk / "index"), "No space left on device", "Make room")
    assert sorted(path.name for path in (disk / "index/generations").iterdir()) == before
    assert call(disk, "search", "river", "--k", "1").returncode == 0, "the old index answers"
    run = ("eval", "run", "sums", "--limit", "2", "--strategies", "direct")
    done = call(disk, *run)
    assert done.returncode == 2
    assert b"disk" in done.stderr
    assert b"Make room" in done.stderr
    text = (disk / "config.yaml").read_bytes()
    refused(call(disk, "models", "use", "embedded"), "config.yaml", "Make room")
    assert (disk / "config.yaml").read_bytes() == text


def test_a_disk_that_is_read_only(disk: Path, home: Path) -> None:
    remount = ["mount", "-o", "remount,ro", str(disk)]
    assert subprocess.run(remount, capture_output=True, check=False).returncode == 0
    done = call(disk, "search", "river", "--k", "1")  # the index goes to the user's cache
    assert done.returncode == 0, done.stderr
    refused(call(disk, "models", "use", "embedded"), "config.yaml", "another place")
    run = ("eval", "run", "sums", "--limit", "2", "--strategies", "direct", "--pool")
    refused(call(disk, *run, str(home / "p.sqlite")), ".thinkscale", "ead-only")


@pytest.mark.parametrize("limit", [100, 3000, 20_000])
def test_files_that_may_not_grow(home: Path, limit: int) -> None:
    """Wherever in the writing it happens, nothing half-written is left."""
    done = call(home, "index", limit=limit)
    refused(done, str(home / "index"), "File too large")
    assert list((home / "index/generations").iterdir()) == []
    assert not (home / "index/CURRENT").exists()
    assert call(home, "search", "river", "--k", "1").returncode == 0


# -- files that are none -------------------------------------------------------------------------


@pytest.fixture
def odd(home: Path) -> Path:
    os.mkfifo(home / "pipe")
    (home / "loop").symlink_to("loop")
    (home / "dangling").symlink_to("nowhere")
    (home / "folder").mkdir()
    return home


@pytest.mark.parametrize("name", ["pipe", "loop", "dangling", "folder", "/dev/zero"])
def test_a_model_a_configuration_or_a_set_that_is_no_file(odd: Path, name: str) -> None:
    """A pipe must not be waited for, nor an endless device be read."""
    (odd / "own.yaml").write_text(f"model: {{path: '{name}'}}\nnotes: {{path: notes}}\n")
    for arguments in (
        ("ask", "Which river?", "--config", "own.yaml"),
        ("models", "info", name),
        ("models", "use", name),
        ("search", "river", "--config", name),
        ("eval", "run", name, "--strategies", "direct"),
        ("notes", "show", name),
        ("pool", "stats", "--pool", name),
        ("eval", "report", name),
    ):
        said = refused(call(odd, *arguments), name)
        assert "permission" not in said.lower()


@pytest.mark.parametrize("kind", ["pipe", "link", "folder", "gone", "full folder"])
def test_a_note_that_is_no_file_any_more(home: Path, kind: str) -> None:
    """Between indexing and asking: the other notes go on."""
    assert call(home, "index").returncode == 0
    note = home / "notes" / "n3.md"
    note.unlink()
    if kind == "pipe":
        os.mkfifo(note)
    elif kind == "link":
        note.symlink_to("n4.md")
    elif kind in ("folder", "full folder"):
        note.mkdir()
        if kind == "full folder":
            (note / "inside.md").write_text("The river inside is 4 km long.")
    done = call(home, "search", "river 5-9", "--k", "1")
    assert done.returncode == 0
    if kind in ("pipe", "link"):  # a file that could have been read
        assert b"1 file was not read: n3.md" in done.stderr
        assert done.stderr.count(b"\n") == 1
    else:
        assert done.stderr == b""
    assert b"notes/n5.md" in done.stdout
    refused(call(home, "notes", "show", "notes/n3.md"), "n3.md")


def test_what_nobody_may_read(home: Path) -> None:
    """Permissions do not bind the administrator, so another user asks."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only the administrator can become another user")
    if any(not parent.stat().st_mode & stat.S_IXOTH for parent in (home, *home.parents)):
        home = Path(shutil.copytree(home, f"/tmp/{home.name}-{os.getpid()}"))
    for path in (home, *home.rglob("*")):
        os.chown(path, NOBODY, NOBODY)

    nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    try:
        if call(home, "--version", user=nobody).returncode:
            pytest.skip("the other user cannot run the program")
        (home / "notes/n1.md").chmod(0)
        done = call(home, "search", "river 5-9", "--k", "1", user=nobody)
        assert done.returncode == 0, done.stderr
        assert b"n5.md" in done.stdout
        done = call(home, "notes", "check", user=nobody)
        assert b"n1.md: not read: no permission" in done.stdout
        refused(call(home, "notes", "show", "notes/n1.md", user=nobody), "n1.md")
        (home / "index/CURRENT").parent.chmod(0o555)
        refused(call(home, "index", "--rebuild", user=nobody), "index", "permissions")
        (home / "config.yaml").chmod(0)
        refused(call(home, "search", "river", user=nobody), "config.yaml", "permissions")
    finally:
        shutil.rmtree(home, ignore_errors=True)


# -- texts that are too much ---------------------------------------------------------------------

_NINES = "9" * 5000


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("ask", _NINES), "5,000 characters"),
        (("search", "river", "--k", _NINES), "--k"),
        (("ask", "x", "--budget", _NINES), "budget"),
        (("ask", "x", "--budget", f"{_NINES}s"), "seconds"),
        (("ask", "x", "--strategy", f"cot@sc{_NINES}"), "strategy"),
        (("eval", "run", f"sums:n={_NINES}"), "sums"),
        (("eval", "run", "sums", "--limit", _NINES), "--limit"),
        (("notes", "show", _NINES), "too long"),
        (("models", "use", _NINES), "too long"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, tuple) else value,
)
def test_a_number_of_five_thousand_digits(
    home: Path, arguments: tuple[str, ...], word: str
) -> None:
    said = (
        refused(call(home, *arguments), word)
        if word != "budget"
        else refused(call(home, *arguments))
    )
    assert len(said) < 1200


def test_such_a_number_in_a_note_and_a_question(home: Path) -> None:
    (home / "notes/big.md").write_text(f"# Big\n\nThe big constant is {_NINES}, a crane is tall.\n")
    done = call(home, "search", "the big constant crane", "--k", "1", "--json")
    assert json.loads(done.stdout)[0]["source"].endswith("big.md")
    assert call(home, "search", f"Is it {'9' * 1900}?").returncode == 0


_BOMB = "a0: &a0 [x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_BOMB, ":6: not valid YAML (aliases stand for"),
        ("x: &a0 {k: 1}\n" + "".join(f"y{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n"
                                     for n in range(1, 30)), "aliases stand for"),
        ("retrieval: {store: {arguments: &a {b: *a}}}", "aliases stand for"),
        ("a: " + "[" * 50_000, "nested too deeply"),
        (f"sampling:\n  seed: {_NINES}", ":2: not valid YAML (Exceeds the limit"),
        (f"ask:\n  k: {'9' * 4000}", ":2: `ask.k`"),
        ("ask:\n  k: 2026-13-45", ":2: not valid YAML (month"),
    ],
    ids=["bomb", "merged bomb", "itself", "deep", "digits", "fewer digits", "no date"],
)  # fmt: skip
def test_a_configuration_that_is_too_much(home: Path, text: str, words: str) -> None:
    (home / "own.yaml").write_text(text)
    refused(call(home, "search", "river", "--config", "own.yaml"), "own.yaml", words)
    for arguments in (("models", "use", "embedded"), ("doctor",)):
        done = call(home, *arguments, "--config", "own.yaml")
        assert done.returncode == 2
        assert b"own.yaml" in done.stdout + done.stderr
        assert b"Traceback" not in done.stdout + done.stderr


def test_aliases_that_stand_for_little_are_read(home: Path) -> None:
    (home / "own.yaml").write_text(
        "notes: {path: notes}\nindex: {path: index}\n"
        "retrieval: {arms: &arms [words, grams, headings]}\n"
    )
    assert call(home, "search", "river", "--config", "own.yaml").returncode == 0


def test_front_matter_that_is_too_much(home: Path) -> None:
    (home / "notes/front.md").write_text(f"---\n{_BOMB}---\n\n# Front\n\nThe crane has 12 legs.\n")
    done = call(home, "search", "legs of the crane", "--k", "1")
    assert b"front.md" in done.stdout
    assert b"front.md: the front matter is not valid YAML" in call(home, "notes", "check").stdout
