"""Tells whether the model reads the language of a question: measured, not believed.

What is known of a model file comes from its sheet (`thinkscale models bench`), from the catalogue
where that has this very file, or from a short
reading probe that is made at the first question in a language and kept for the file: a dozen
passages of two sentences, each with a question whose answer is a few of its words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import yaml

from pipeline.answering.for_model import plain
from pipeline.answering.loop import StrategyResult, WorkItem, put_to, run_many, strategy_course
from pipeline.answering.prepare import QuestionRequest
from pipeline.config import Config
from pipeline.engine.base import Engine
from pipeline.errors import DatasetError, ModelError
from pipeline.models.catalogue import measured_reads
from pipeline.models.gguf import file_sha256
from pipeline.models.local_files import is_endpoint, model_path
from pipeline.models.sheet import READS, load_sheet, probed, save_probe
from pipeline.pool import MemoryPool
from pipeline.strategies import make_strategy
from pipeline.types import Passage, Place, SampleParams

__all__ = ["known_to_read", "probe", "reads"]

_PART = 0.6
"""A reply with more than this part of the passage's letters is a copy of it."""


def reads(config: Config, language: str, engine: Callable[[], Engine]) -> bool:
    """Whether the model that reads can be asked in this language; `engine` is opened only where
    nobody has measured that yet. An endpoint is taken to be able to."""
    if is_endpoint(config.settings.model.path):
        return True
    share = known_to_read(config, language)
    if share is None:
        share = probe(engine(), language)
        save_probe(_sha256(config), language, share)
    return share >= READS


def known_to_read(config: Config, language: str) -> float | None:
    """The share of readings in a language that the model was measured to get right; None where it
    was not measured, or is an endpoint."""
    if is_endpoint(config.settings.model.path):
        return None
    try:
        sha256 = _sha256(config)
    except ModelError:  # it is said where the model is opened
        return None
    try:
        sheet = load_sheet(sha256)
    except DatasetError:  # it is said where the defaults are taken from it
        sheet = None
    if sheet is not None and language in sheet.probes:
        return sheet.probes[language]
    return {**measured_reads(sha256), **probed(sha256)}.get(language)


def probe(engine: Engine, language: str) -> float:
    """The share of the readings in a language that a model gets right, greedily."""
    rows = _readings().get(language, ())
    strategy = make_strategy("direct")
    params = SampleParams(temperature=0.0, max_tokens=0)
    courses = []
    for at, row in enumerate(rows):
        said = Passage(f"{language}{at}", row["passages"], "probe", Place("probe", 1, 1))
        name = f"reading probe {language}{at}"
        asked = QuestionRequest(
            row["question"], language=language, kind="text", id=name, params=params
        )
        question = plain(asked, (said,), by_sentence=True)
        course = strategy_course(put_to(question, engine.info), strategy)
        courses.append(WorkItem((str(at),), course))
    right = 0
    for (name,), found in run_many(courses, engine, MemoryPool(engine.info)):
        if isinstance(found, StrategyResult) and found.samples:
            right += _is_right(found.samples[0].text, rows[int(name)])
    return right / len(rows) if rows else 0.0


def _is_right(reply: str, row: Mapping[str, str]) -> bool:
    said = _letters(reply)
    short = len(said) <= _PART * len(_letters(row["passages"]))
    return short and _letters(row["answer"]) in said


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _sha256(config: Config) -> str:
    return file_sha256(model_path(config))


@cache
def _readings() -> Mapping[str, tuple[Mapping[str, str], ...]]:
    import pipeline.prompts

    file = Path(pipeline.prompts.__file__).with_name("reading_probe.yaml")
    found = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {language: tuple(rows) for language, rows in found.items()}
