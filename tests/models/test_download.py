"""Models from a hub on loopback: resumed where they broke off, checked, and kept where all find
them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.cli import _run
from pipeline.config import load_config
from pipeline.engine import open_engine
from pipeline.errors import ModelError
from pipeline.models.download import download, offer
from pipeline.models.local_files import model_path
from pipeline.models.other_stores import check_stored
from tests.damage import damaged
from tests.engine.ggufs import small_gguf
from tests.models.hub import Hub, serving

REPO, FILE = "someone/Tiny-GGUF", "tiny-Q4_K_M.gguf"
MODEL = small_gguf(data=300_000)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving(Hub({REPO: {FILE: MODEL}})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
        monkeypatch.setattr("time.sleep", lambda _: None)  # huggingface_hub waits between tries
        # it writes in steps of 10 MB, and what is less than a step is lost when the line breaks
        monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 50_000)
        yield hub


def parts(tmp_path: Path) -> list[Path]:
    return [*(tmp_path / "hf").rglob("*.incomplete")]


def test_a_model_is_brought_and_named_as_the_configuration_can_say_it(
    hub: Hub, tmp_path: Path
) -> None:
    found = offer(REPO)
    assert (found.file, found.bytes, found.licence) == (FILE, len(MODEL), "apache-2.0")
    assert found.sha == hashlib.sha256(MODEL).hexdigest()
    told: list[tuple[int, int]] = []
    path = download(found, lambda done, total: told.append((done, total)))
    assert path.read_bytes() == MODEL
    assert told[-1] == (len(MODEL), len(MODEL))
    assert parts(tmp_path) == []
    (tmp_path / "config.yaml").write_text(f"model: {{path: '{found.setting}'}}", "utf-8")
    assert model_path(load_config(tmp_path / "config.yaml")) == path


def test_what_other_programs_find_is_the_same_file(hub: Hub, tmp_path: Path) -> None:
    from huggingface_hub import try_to_load_from_cache

    path = download(offer(REPO))
    assert try_to_load_from_cache(REPO, FILE, cache_dir=tmp_path / "hf") == str(path)


def test_a_model_that_is_here_is_not_brought_again(hub: Hub) -> None:
    download(offer(REPO))
    download(offer(REPO))
    assert len(hub.bodies) == 1


def test_a_model_that_was_damaged_later_is_not_used_and_brought_again(
    hub: Hub, tmp_path: Path
) -> None:
    """Also where the file's time was set back: the remedy that is named helps."""
    found = offer(REPO)
    path = download(found)
    (tmp_path / "config.yaml").write_text(f"model: {{path: '{found.setting}'}}", "utf-8")
    config = load_config(tmp_path / "config.yaml")
    check_stored(path)
    for how in ("flip", "flip later"):
        facts = path.stat()
        path.resolve().write_bytes(damaged(MODEL, how))
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        with pytest.raises(ModelError, match=r"is damaged.*`thinkscale models get`"):
            open_engine(config)
        assert download(offer(REPO)).read_bytes() == MODEL
        check_stored(path)


def test_a_cut_connection_is_gone_on_with_in_the_same_run(hub: Hub) -> None:
    hub.cut_after = [100_000]
    assert download(offer(REPO)).read_bytes() == MODEL
    assert hub.bodies == ["", "bytes=100000-"]


def test_a_download_that_was_given_up_is_gone_on_with_by_the_next(hub: Hub, tmp_path: Path) -> None:
    hub.cut_after = [200_000] + [0] * 5
    with pytest.raises(ModelError, match="broke off"):
        download(offer(REPO))
    assert [part.stat().st_size for part in parts(tmp_path)] == [200_000]
    before = len(hub.bodies)
    assert download(offer(REPO)).read_bytes() == MODEL
    assert hub.bodies[before:] == ["bytes=200000-"]


def test_a_hub_that_knows_no_ranges_sends_it_all_again(hub: Hub) -> None:
    hub.cut_after, hub.ranges = [150_000], False
    assert download(offer(REPO)).read_bytes() == MODEL


def test_a_wrong_hash_leaves_nothing_behind(hub: Hub, tmp_path: Path) -> None:
    hub.wrong = True
    with pytest.raises(ModelError, match="damaged"):
        download(offer(REPO))
    assert parts(tmp_path) == []
    assert not [*(tmp_path / "hf").rglob("*.gguf")]
    hub.wrong = False
    assert download(offer(REPO)).read_bytes() == MODEL


def test_a_part_that_someone_spoiled_is_found_out(hub: Hub, tmp_path: Path) -> None:
    found = offer(REPO)
    found.part.parent.mkdir(parents=True)
    found.part.write_bytes(b"x" * 1000)
    with pytest.raises(ModelError, match="hash"):
        download(found)
    assert download(found).read_bytes() == MODEL


def test_a_file_without_a_hash_is_not_brought(hub: Hub) -> None:
    hub.no_etag = True
    with pytest.raises(ModelError, match="no hash"):
        download(offer(REPO))
    assert hub.bodies == []


def test_a_file_that_is_no_model_is_named(hub: Hub, tmp_path: Path) -> None:
    hub.repos[REPO] = {FILE: b"not a model" * 100}
    with pytest.raises(ModelError, match=r"no usable model.*not a GGUF"):
        download(offer(REPO))
    assert parts(tmp_path) == []


def test_two_downloads_of_one_file_do_not_write_into_each_other(hub: Hub) -> None:
    from filelock import FileLock

    found = offer(REPO)
    found.lock.parent.mkdir(parents=True)
    with FileLock(found.lock), pytest.raises(ModelError, match="another process"):
        download(found)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nobody/Nothing", "no such repository"),
        (f"{REPO}/other.gguf", FILE),
        ("a/../b", "not the name"),
        ("someone/", "not the name"),
        ("smolm2-360m", "smollm2-360m"),
        ("smollm2-135m", "embedded"),
        ("kanana-1.5-2.1b", "convert"),
    ],
)
def test_what_cannot_be_had_is_said(hub: Hub, name: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        offer(name)


def test_of_several_files_the_usual_one_is_taken_else_one_must_be_named(hub: Hub) -> None:
    hub.repos[REPO] = {"a-Q8_0.gguf": MODEL, "a-Q4_K_M.gguf": MODEL, "a-Q2_K.gguf": MODEL}
    assert offer(REPO).file == "a-Q4_K_M.gguf"
    assert offer(f"{REPO}/a-Q8_0.gguf").file == "a-Q8_0.gguf"
    hub.repos[REPO] = {"a-Q8_0.gguf": MODEL, "a-Q2_K.gguf": MODEL}
    with pytest.raises(ModelError, match=r"2 files.*a-Q2_K.gguf, a-Q8_0.gguf"):
        offer(REPO)
    hub.repos[REPO] = {"a-Q4_K_M-00001-of-00002.gguf": MODEL}
    with pytest.raises(ModelError, match="no files"):
        offer(REPO)


def test_a_gated_repository_says_where_its_terms_are(hub: Hub) -> None:
    hub.gated = True
    with pytest.raises(ModelError, match=r"gated.*HF_TOKEN"):
        offer(REPO)


def test_no_connection_is_one_line(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="connection"):
        offer(REPO)


def test_no_huggingface_hub_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(ModelError, match=r"thinkscale\[hub\]"):
        offer(REPO)


# -- the command -------------------------------------------------------------------------------


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def go(*args: str) -> tuple[int, str, str]:
        code = _run([*args])
        out, err = capsys.readouterr()
        return code, out, err

    return go


def test_the_licence_is_shown_and_must_be_accepted(
    hub: Hub, run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.card = {"license": "other", "license_name": "tiny-1.0", "license_link": "LICENSE"}
    code, out, err = run("models", "get", REPO)
    assert (code, out) == (2, "")
    assert f"Licence: tiny-1.0  {hub.url}/{REPO}/blob/main/LICENSE" in err
    assert "--yes" in err
    assert hub.bodies == []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    assert run("models", "get", REPO)[0] == 130
    assert hub.bodies == []
    monkeypatch.setattr("click.confirm", lambda *_, **__: True)
    assert run("models", "get", REPO)[0] == 0
    assert len(hub.bodies) == 1


def test_get_then_use(
    hub: Hub,
    run: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub.repos["HuggingFaceTB/SmolLM2-360M-Instruct-GGUF"] = {
        "smollm2-360m-instruct-q8_0.gguf": MODEL
    }
    code, out, _ = run("models", "get", "smollm2-360m", "--yes", "--json")
    assert code == 0
    row = json.loads(out)
    assert row["licence"] == "Apache-2.0"
    assert Path(row["path"]).read_bytes() == MODEL
    config = tmp_path / "config.yaml"
    config.write_text("model:\n  path: embedded  # mine\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    code, out, err = run("models", "use", "smollm2-360m")
    assert code == 0
    assert "model.context is 2048" in err
    settings = load_config(config).settings.model
    assert settings.path == row["setting"]
    assert settings.languages == ["en"]
    assert "# mine" in config.read_text("utf-8")
    code, out, _ = run("models", "list", "--json")
    here = {one["name"]: one["here"] for one in json.loads(out)["models"]}
    assert here["smollm2-360m"] == row["setting"]
    assert here["qwen3-4b"] == ""
