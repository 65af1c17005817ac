"""Whether a model reads a language is measured at the first question in it, and remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.answering.languages import known_to_read, probe, reads
from pipeline.answering.session import Asker, open_session
from pipeline.config import Config
from pipeline.engine import Engine, ScriptedEngine
from pipeline.models.catalogue import load_catalogue
from pipeline.models.gguf import file_sha256
from pipeline.models.local_files import embedded_model, model_path
from pipeline.models.sheet import READS, ModelSheet, probed, save_probe, save_sheet
from pipeline.text.language import language_of
from tests.conftest import write_notes
from tests.engine.ggufs import small_gguf
from tests.engine.second_model import needs_second_model, second_model

KOREAN = "다리는 언제 지어졌습니까?"
NOTE = "# 다리\n\n돌다리는 1911년에 지어졌다.\n\n나무다리는 1904년에 불탔다.\n"


def answers(prompt: str) -> str:
    """What a reader says: the answer of the reading whose question is asked last."""
    from pipeline.answering.languages import _readings

    asked = max(
        (row for rows in _readings().values() for row in rows),
        key=lambda row: prompt.rfind(row["question"]),
    )
    return str(asked["answer"])


def english_only(prompt: str, _: int) -> str:
    last = prompt.rsplit("user: ", 1)[-1]
    return answers(prompt) if language_of(last) == "en" else "I am not sure."


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A model that nobody has measured."""
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path / "cache"))
    config = write_notes(tmp_path / "at")
    (config.notes_path / "bridges.md").write_text(NOTE, encoding="utf-8")
    file = tmp_path / "model.gguf"
    file.write_bytes(small_gguf())
    model = config.settings.model.model_copy(
        update={"path": str(file), "languages": ["en", "ko"], "context": 256}
    )
    return Config(config.settings.with_model(model), config.file)


@pytest.mark.parametrize("form", ["chat", "completion"])
def test_a_reader_is_known_by_its_answers_and_a_copier_is_none(form: str) -> None:
    for language in ("en", "ko"):
        reader = ScriptedEngine(lambda prompt, _: answers(prompt), form=form)  # type: ignore[arg-type]
        assert probe(reader, language) == 1.0
        assert len(reader.requests) == 12
        assert all(one.params.temperature == 0 for one in reader.requests)
        said = {one.prompt: one for one in reader.requests}
        copier = ScriptedEngine(
            lambda prompt, _: prompt[prompt.rfind("\n", 0, -200) :],
            form=form,  # type: ignore[arg-type]
        )
        assert probe(copier, language) < READS, "the passage again is no answer"
        assert len(said) == 12
        mute = ScriptedEngine(lambda *_: "", form=form)  # type: ignore[arg-type]
        assert probe(mute, language) == 0.0


def test_it_is_measured_once_for_each_language_and_file(fresh: Config) -> None:
    opened: list[ScriptedEngine] = []

    def engine() -> Engine:
        opened.append(ScriptedEngine(english_only))
        return opened[-1]

    assert known_to_read(fresh, "ko") is None
    assert reads(fresh, "en", engine)
    assert not reads(fresh, "ko", engine)
    assert len(opened) == 2
    assert reads(fresh, "en", engine)
    assert not reads(fresh, "ko", engine)
    assert len(opened) == 2, "what was found is kept"
    sha256 = file_sha256(model_path(fresh))
    assert probed(sha256) == {"en": 1.0, "ko": 0.0}
    model_path(fresh).write_bytes(small_gguf() + b"\0" * 32)
    assert known_to_read(fresh, "en") is None, "another file is another model"


def test_a_sheet_counts_before_a_probe_and_a_damaged_record_for_nothing(fresh: Config) -> None:
    sha256 = file_sha256(model_path(fresh))
    save_probe(sha256, "ko", 0.0)
    save_sheet(ModelSheet("m", sha256, 7, "chat", 12, probes={"ko": 0.8}))
    assert known_to_read(fresh, "ko") == 0.8
    save_probe(sha256, "en", 0.75)
    assert known_to_read(fresh, "en") == 0.75
    (file,) = (Path(model_path(fresh)).parent / "cache").rglob("*.reads.json")
    file.write_text(file.read_text("utf-8").replace("0.75", "0.95"), "utf-8")
    assert known_to_read(fresh, "en") is None


def test_a_language_that_is_not_read_is_answered_by_a_quotation_and_that_is_said(
    fresh: Config,
) -> None:
    def asker_of(script: object) -> tuple[Asker, ScriptedEngine]:
        engine = ScriptedEngine(script)  # type: ignore[arg-type]
        asker = replace(
            asked,
            engine=lambda: engine,
            rules=replace(asked.rules, weigh=False, sure=0.0),
            reads=lambda language: reads(fresh, language, lambda: engine),
        )
        return asker, engine

    with open_session(fresh, strategy="direct") as asked:
        asker, engine = asker_of(english_only)
        answer = asker.ask(KOREAN)
        assert answer.quoted
        assert not answer.samples
        assert "한국어" in answer.notice, "why, and how to have it otherwise"
        before = len(engine.requests)
        asker.ask("돌다리는 몇 년에 지어졌습니까?")
        assert len(engine.requests) == before, "the model is not asked again"
        save_probe(file_sha256(model_path(fresh)), "ko", 0.9)
        asker, engine = asker_of(lambda *_: "1911년")
        answer = asker.ask(KOREAN)
        assert len(engine.requests) == 1
        assert not answer.notice


def test_an_endpoint_is_taken_at_its_word(small: Config) -> None:
    model = small.settings.model.model_copy(update={"path": "http://127.0.0.1:9/v1#m"})
    config = Config(small.settings.with_model(model), small.file)
    assert known_to_read(config, "ko") is None
    assert reads(config, "ko", lambda: pytest.fail("nothing is measured"))


def test_what_ships_is_known_without_measuring() -> None:
    known = {entry.sha256: entry.reads for entry in load_catalogue() if entry.reads}
    assert known[file_sha256(embedded_model())]["en"] >= READS
    assert all(set(row) == {"en", "ko"} for row in known.values())


@pytest.mark.model
@needs_second_model
def test_the_second_model_reads_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.engine.local.engine import LocalEngine

    sha256 = file_sha256(second_model())
    (entry,) = (entry for entry in load_catalogue() if entry.sha256 == sha256)
    with LocalEngine(second_model(), context=1024) as engine:
        for language in ("en", "ko"):
            assert probe(engine, language) == pytest.approx(entry.reads[language], abs=0.09)
            assert entry.reads[language] >= READS
