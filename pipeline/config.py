"""config.yaml as validated models.

Loading is lazy and cheap: nothing here imports a model library. A wrong key or value is reported
with its line in the file.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from pipeline.config_errors import invalid, line_of
from pipeline.errors import ConfigError, filled, system_error
from pipeline.folders import cache_dir
from pipeline.plain_yaml import load_yaml
from pipeline.renamed import with_current_keys
from pipeline.types import Role

__all__ = ["Config", "Settings", "default_config_path", "load_config", "shipped_config_path"]

_HERE = Path(__file__).parent
NonEmptyText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Section(BaseModel):
    """Strict: no unknown key, no silent conversion of a string into a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NotesSettings(_Section):
    """Which notes to read."""

    path: NonEmptyText = Field(
        "corpus", description="The folder of notes to ask, relative to this file."
    )


class IndexSettings(_Section):
    """Where the search index is kept."""

    path: NonEmptyText = Field(".thinkscale/index", description="Folder of the search index.")


class EmbedderSettings(_Section):
    """The model that turns text into vectors."""

    model: NonEmptyText = Field(
        "embedded",
        description="`embedded`, `multilingual`, `english`, a folder, or the name of a "
        "sentence-transformers model.",
    )
    query_prompt: str = Field("", description="Put before a question.")
    passage_prompt: str = Field("", description="Put before a passage.")


class StoreSettings(_Section):
    """A vector store of another machine, in place of the FAISS file."""

    type: str = Field("", description="Class of a langchain-core VectorStore, `module.Class`.")
    arguments: dict[str, Any] = Field(
        default_factory=dict, description="What that class is made with, besides the embedder."
    )


class RetrievalSettings(_Section):
    """How passages are found and ordered."""

    arms: list[Literal["dense", "words", "grams", "headings"]] = Field(
        default=["dense", "words", "grams", "headings"],
        min_length=1,
        description="Searches that may be used; calibration weighs them.",
    )
    rerank: NonEmptyText = Field(
        "none", description="`none`, `model` (the local model), or the name of a cross-encoder."
    )
    rerank_top: int = Field(5, ge=2, le=100, description="Passages that are reranked.")
    diversity: float = Field(0.0, ge=0, le=1, description="0 is off: pull of MMR to new passages.")
    neighbours: int = Field(0, ge=0, le=5, description="Passages before and after a hit, added.")
    store: StoreSettings = StoreSettings()


class ModelSettings(_Section):
    """The local language model."""

    path: NonEmptyText = Field("embedded", description="`embedded`, or the path of a GGUF file.")
    languages: list[Literal["en", "ko"]] = Field(
        default=["en"], description="Languages the model can answer in."
    )
    form: Literal["auto", "chat", "completion"] = Field(
        "auto",
        description="How it is asked: in a `chat`, by a `completion` with worked examples, or "
        "`auto`: what its file is made for.",
    )
    context: int = Field(4096, ge=256, le=1_048_576, description="Tokens of prompt and answer.")
    gpu_layers: Literal["auto"] | Annotated[int, Field(ge=0)] = Field(
        "auto", description="Layers on the GPU: `auto`, or a number."
    )
    threads: Literal["auto"] | Annotated[int, Field(ge=1)] = Field(
        "auto", description="CPU threads: `auto`, or a number."
    )
    weights: Literal["auto", "file", "bf16", "f16", "q8_0"] = Field(
        "auto",
        description="Weights as in the `file`, a wider copy of them, or `auto`: what is faster.",
    )
    concurrency: int = Field(
        8, ge=1, le=1024, description="Requests under way at a time, where `path` is an endpoint."
    )


def _or_path(schema: dict[str, Any]) -> None:
    schema["anyOf"] = [{"type": "string"}, *schema["anyOf"]]


class RolesSettings(_Section):
    """Two models: one reads what is put in front of it, the other reasons without notes and checks
    replies. Each is a path, or a section like `model`."""

    read: ModelSettings | None = Field(
        None,
        description="The model that reads, in place of `model`; null is that one.",
        json_schema_extra=_or_path,
    )
    reason: ModelSettings | None = Field(
        None,
        description="The model that reasons and checks replies; null is the one that reads.",
        json_schema_extra=_or_path,
    )

    @field_validator("read", "reason", mode="before")
    @classmethod
    def _path(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value


class SamplingSettings(_Section):
    """How tokens are sampled."""

    temperature: float = Field(0.7, ge=0, le=5, description="0 is greedy.")
    top_k: int = Field(40, ge=0, description="0 is off.")
    top_p: float = Field(0.95, gt=0, le=1, description="1 is off.")
    min_p: float = Field(0.05, ge=0, lt=1, description="0 is off.")
    repeat_penalty: float = Field(1.0, gt=0, le=5, description="1 is off.")
    max_tokens: Literal["auto"] | Annotated[int, Field(ge=1)] = Field(
        "auto", description="New tokens of one sample: `auto` (what the prompt needs), or a number."
    )
    seed: int = Field(0, ge=0, lt=2**32, description="The run's seed.")


class AskSettings(_Section):
    """How `thinkscale ask` thinks."""

    strategy: NonEmptyText = Field(
        "auto",
        description="The strategy, e.g. cot@sc16; `auto` is the best that was measured.",
    )
    k: int = Field(5, ge=1, le=100, description="Passages searched for an answer.")
    context: Literal["auto", "sentences", "passages"] = Field(
        "auto",
        description="What of them is put in front of the model; `auto` is what it was measured "
        "to read.",
    )
    sure: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Refuse to answer where it is less sure than this that the notes do; "
        "0 refuses nothing.",
    )
    seconds: float = Field(
        0,
        ge=0,
        description="What `ask` may spend on an answer without `--budget`; 0 is no limit.",
    )
    weigh: bool = Field(
        True, description="The model weighs which sentences the question is about; local models."
    )


class ServeSettings(_Section):
    """`thinkscale serve`: where it listens and what it takes."""

    host: NonEmptyText = Field(
        "127.0.0.1", description="Address to listen on; 127.0.0.1 is this machine."
    )
    port: int = Field(8080, ge=0, le=65_535, description="0 is any free one.")
    key_env: NonEmptyText = Field(
        "THINKSCALE_SERVE_KEY", description="Environment variable with the key clients must send."
    )
    concurrent: int = Field(16, ge=1, le=256, description="Requests worked on at a time.")
    queue: int = Field(64, ge=0, le=10_000, description="Requests that wait; more are sent away.")
    rate: int = Field(0, ge=0, description="Requests a minute of one client; 0 is no limit.")
    body_kb: int = Field(1024, ge=1, le=1_048_576, description="Size of the largest request.")
    add_notes: bool = Field(
        True,
        description="The page may add a file to the notes, once its reader confirms it; never over "
        "a network.",
    )


class Settings(_Section):
    """The whole of config.yaml."""

    notes: NotesSettings = NotesSettings()
    index: IndexSettings = IndexSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    model: ModelSettings = ModelSettings()
    models: RolesSettings = RolesSettings()
    sampling: SamplingSettings = SamplingSettings()
    ask: AskSettings = AskSettings()
    serve: ServeSettings = ServeSettings()
    strategies: dict[str, dict[str, bool | int | float | str]] = Field(
        default_factory=dict,
        description="Parameters of aggregations, e.g. `adaptive: {sure: 0.95}`.",
    )

    def with_model(self, model: ModelSettings) -> Settings:
        """The same with this model alone."""
        return self.model_copy(update={"model": model, "models": RolesSettings()})


@dataclass(frozen=True)
class Config:
    """Settings, and the file they came from: paths in them are relative to it.

    >>> config = Config(Settings(notes=NotesSettings(path="lectures")), Path("/course/config.yaml"))
    >>> config.notes_path.as_posix()
    '/course/lectures'
    """

    settings: Settings
    file: Path

    def resolve(self, path: str) -> Path:
        """A path of the configuration as an absolute one (`~` expanded)."""
        expanded = Path(path).expanduser()
        return expanded if expanded.is_absolute() else (self.file.parent / expanded)

    @property
    def by_role(self) -> dict[Role, Config]:
        """The configuration of each model alone: of the one that reads, and where another reasons,
        of that too."""
        settings, reason = self.settings, self.settings.models.reason
        found: dict[Role, Config] = {
            "read": replace(self, settings=settings.with_model(settings.model))
        }
        if reason is not None:
            found["reason"] = replace(self, settings=settings.with_model(reason))
        return found

    @property
    def notes_path(self) -> Path:
        return self.resolve(self.settings.notes.path)

    @property
    def index_path(self) -> Path:
        """Where the index is kept: beside the configuration, or in the user's cache folder where
        that cannot be written (an installed package's own configuration, notes on a read-only
        disk)."""
        path = self.resolve(self.settings.index.path)
        if (path / "CURRENT").is_file() or Path(
            self.settings.index.path
        ).expanduser().is_absolute():
            return path
        beside = next((folder for folder in path.parents if folder.is_dir()), path)
        if self.file.is_relative_to(_HERE / "shipped") or not os.access(beside, os.W_OK):
            name = hashlib.sha256(str(self.file).encode("utf-8", "surrogatepass")).hexdigest()[:16]
            return cache_dir() / "index" / name
        return path


def default_config_path() -> Path:
    """`config.yaml` in the working folder or the nearest one above it, else the shipped one."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "config.yaml").is_file():
            return folder / "config.yaml"
    return shipped_config_path()


def shipped_config_path() -> Path:
    """The configuration that comes with the program: every key, its default and what it means."""
    checkout = _HERE.parent / "config.yaml"
    return checkout if checkout.is_file() else _HERE / "shipped" / "config.yaml"


def load_config(path: Path | str | None = None) -> Config:
    """Read and check a configuration file: the nearest `config.yaml`, if none is named.

    Raises ConfigError naming the file, the line and the key.

    Example:
        config = load_config("config.yaml")
        print(config.settings.ask.k, config.notes_path)
    """
    file = Path(path) if path else default_config_path()
    try:
        if not file.is_file() and file.exists():
            raise ConfigError(
                filled("{file}: is not a regular file.", file=file), "Name a text file."
            )
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            filled("{file}: there is no such configuration file.", file=file),
            "Check --config, or leave it out.",
        ) from None
    except OSError as error:
        raise ConfigError(
            filled("{file}: cannot be read ({why}).", file=file, why=error.strerror or error),
            system_error(error).remedy,
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            filled("{file}: cannot be read ({why}).", file=file, why=error),
            "It must be a UTF-8 text file.",
        ) from None
    try:
        data, root = load_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}" if mark else str(file)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(
            filled("{where}: not valid YAML ({why}).", where=where, why=problem), "Mend that line."
        ) from None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(
            filled("{file}:1: the top level must be `key: value` lines.", file=file),
            "See config.yaml.",
        )
    try:
        settings = Settings.model_validate(with_current_keys(data))
    except ValidationError as error:
        raise invalid(error, file, root, Settings) from None
    if settings.models.read is not None:
        if "model" in settings.model_fields_set:
            raise ConfigError(
                filled(
                    "{where}: `model` and `models.read` both name the model that reads.",
                    where=f"{file}:{line_of(root, ['model'])}",
                ),
                "Leave one of them out.",
            )
        settings = settings.model_copy(update={"model": settings.models.read})
    return Config(settings, file.absolute())
