"""What a file is and takes: read from the embedded model and from files written here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pipeline.cli import _run
from pipeline.config import load_config
from pipeline.models import facts_of, find_entry, load_catalogue, model_languages, resolve
from pipeline.models.gguf import read_gguf
from pipeline.models.local_files import embedded_model
from pipeline.models.memory_need import available_memory
from tests.conftest import write_notes
from tests.engine.ggufs import small_gguf
from tests.models.test_other_stores import cached, pulled

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in a folder with a configuration, and empty stores."""
    write_notes(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))

    def go(*args: str) -> tuple[int, str, str]:
        code = _run([*args])
        out, err = capsys.readouterr()
        return code, out, err

    return go


def test_facts_of_the_embedded_model() -> None:
    facts = facts_of(embedded_model(), 2048)
    assert facts.parameters == 134_515_008
    assert (facts.quantization, facts.architecture) == ("Q4_1", "llama")
    assert 5 < facts.bits < 6.5
    assert facts.trained_context == 8192
    assert facts.template.startswith("ChatML")
    assert facts.form == "chat"
    assert facts.languages == ("en",)
    assert facts.licence == "apache-2.0"
    assert facts.flops == pytest.approx(2 * 134.5e6, rel=0.01)
    assert facts.flops_at_context / facts.flops == pytest.approx(1.53, abs=0.03)
    assert facts.bytes < facts.memory < 3 * facts.bytes
    assert facts_of(embedded_model(), 4096).memory - facts.memory == 2048 * 23_040


def test_the_estimate_of_an_entry_is_near_the_file() -> None:
    entry, facts = find_entry("smollm2-135m"), facts_of(embedded_model(), 4096)
    assert entry.bytes == pytest.approx(facts.bytes, rel=0.02)
    assert entry.memory(4096) == pytest.approx(facts.memory, rel=0.02)
    assert entry.kv_bytes == read_gguf(embedded_model()).kv_bytes


def test_the_catalogue_is_sound() -> None:
    entries = load_catalogue()
    assert len({entry.name for entry in entries}) == len(entries)
    for entry in entries:
        assert set(entry.languages) <= {"en", "ko"}
        assert entry.licence
        assert entry.repo.count("/") == 1 or entry.path or entry.package or entry.note
        assert bool(entry.package) == bool(entry.sha256 and entry.size and entry.parts)
        assert "-" in entry.licence or entry.terms  # a common name, or where it is written
        assert 4 < entry.bits < 9
    assert any("ko" in entry.languages and entry.memory(4096) < 2e9 for entry in entries)


def test_a_catalogue_file_is_known_by_its_name_in_any_quantization(tmp_path: Path) -> None:
    entry = find_entry("qwen3-1.7b")
    assert entry.is_file("Qwen3-1.7B-Q4_K_M.gguf")
    assert not entry.is_file("Qwen3-1.7B-Q8_0.gguf")
    assert not entry.is_file("Qwen3-4B-Q4_K_M.gguf")
    file = tmp_path / "Qwen3-1.7B-Q8_0.gguf"
    file.write_bytes(small_gguf())
    assert model_languages(read_gguf(file)) == (("en", "ko"), "catalogue")
    other = tmp_path / "other.gguf"
    other.write_bytes(small_gguf())
    assert model_languages(read_gguf(other)) == ((), "")


def test_memory_of_the_machine_is_known_here() -> None:
    have = available_memory()
    assert have is None or have > 10_000_000


def test_list_by_language_and_memory(run: Run) -> None:
    code, out, _ = run("models", "list", "--json")
    everything = json.loads(out)["models"]
    assert code == 0
    assert len(everything) == len(load_catalogue())
    names = [row["name"] for row in everything]
    _, out, _ = run("models", "list", "--json", "--language", "ko", "--memory", "1.5GB")
    rows = json.loads(out)["models"]
    assert 0 < len(rows) < len(names)
    assert all("ko" in row["languages"] and row["memory"] <= 1.5e9 for row in rows)
    code, out, _ = run("models", "list", "--language", "ko")
    assert "qwen3-0.6b" in out
    assert "smollm2-360m" not in out
    assert run("models", "list", "--memory", "1MB")[1] == "No model fits that.\n"
    code, _, err = run("models", "list", "--memory", "much")
    assert code == 2
    assert "2GB" in err


def test_list_local_shows_both_stores_and_what_is_damaged(run: Run, tmp_path: Path) -> None:
    assert run("models", "list", "--local")[0] == 0
    pulled(tmp_path / "ollama", "registry.ollama.ai/library/qwen3/1.7b")
    cached(tmp_path / "hf", "org/Repo", "m.gguf")
    pulled(tmp_path / "ollama", "registry.ollama.ai/library/bad/latest", b"GGUF nothing")
    code, out, _ = run("models", "list", "--local", "--json")
    rows = {row["name"]: row for row in json.loads(out)["models"]}
    assert code == 0
    assert set(rows) == {"ollama:qwen3:1.7b", "hf:org/Repo/m.gguf", "ollama:bad:latest"}
    assert rows["ollama:qwen3:1.7b"]["parameters"] == 32
    assert rows["ollama:bad:latest"]["memory"] is None
    assert rows["ollama:bad:latest"]["note"]
    assert "ollama:bad:latest" in run("models", "list", "--local")[1]


def test_info_of_everything_that_can_be_named(run: Run, tmp_path: Path) -> None:
    pulled(tmp_path / "ollama", "registry.ollama.ai/library/q/latest")
    (tmp_path / "m.gguf").write_bytes(small_gguf())
    for name in ("embedded", "smollm2-135m", "m.gguf", "./m.gguf", "ollama:q", ""):
        code, out, _ = run("models", "info", *([name] if name else []))
        assert code == 0, name
        assert "parameters" in out
    _, out, _ = run("models", "info", "embedded", "--json", "--context", "100")
    assert json.loads(out)["context"] == 100
    code, out, _ = run("models", "info", "qwen3-4b", "--json")  # not here: the estimates
    assert code == 0
    assert json.loads(out)["here"] == ""
    for name, words in [("nope", "catalogue"), ("no.gguf", "no such model file"),
                        ("ollama:zzz", "ollama has no"), ("hf:a/b/c.gguf", "models get"),
                        (".", "folder")]:  # fmt: skip
        code, out, err = run("models", "info", name)
        assert (code, out) == (2, "")
        assert words in err
        assert err.count("\n") == 1


def test_use_writes_what_was_meant_and_keeps_comments(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("# mine\nnotes: {path: notes}  # here\n", "utf-8")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "Qwen3-4B-Q2_K.gguf").write_bytes(small_gguf())
    code, out, _ = run("models", "use", "models/Qwen3-4B-Q2_K.gguf")
    assert code == 0
    assert "en, ko" in out
    settings = load_config(config).settings.model
    assert (settings.path, settings.languages) == ("models/Qwen3-4B-Q2_K.gguf", ["en", "ko"])
    assert resolve("embedded").setting == "embedded"
    code, out, _ = run("models", "use", "smollm2-135m", "--json")
    assert json.loads(out)["model.path"] == "embedded"
    pulled(tmp_path / "ollama", "registry.ollama.ai/library/own/latest")
    code, _, err = run("models", "use", "ollama:own")
    assert code == 0
    assert "--language" in err
    assert load_config(config).settings.model.languages == ["en"]
    assert run("models", "use", "ollama:own", "--language", "ko", "--language", "en")[0] == 0
    assert load_config(config).settings.model.languages == ["ko", "en"]
    assert config.read_text("utf-8").startswith("# mine\nnotes: {path: notes}  # here\n")
    assert yaml.safe_load(config.read_text("utf-8"))["model"]["path"] == "ollama:own"


def test_use_refuses_what_does_not_work_and_changes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yaml"
    text = config.read_text("utf-8")
    (tmp_path / "bad.gguf").write_bytes(b"no model")
    for name in ("bad.gguf", "none.gguf", "qwen3-4b", "kanana-1.5-2.1b", "hf:a/b/c.gguf"):
        assert run("models", "use", name)[0] == 2
    assert config.read_text("utf-8") == text
    config.unlink()
    monkeypatch.setattr("pipeline.config.default_config_path", lambda: Path("/usr/x/config.yaml"))
    code, _, err = run("models", "use", "embedded")
    assert code == 2
    assert "thinkscale init" in err
