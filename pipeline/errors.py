"""Every error a person can meet. One line: what was wrong, where, and what to do about it.

ThinkscaleError            exit code 1: ours
└── UserError              exit code 2: something the user can mend
    ├── ConfigError          config.yaml, or a value given on the command line
    ├── NotesError           the notes folder or a file in it
    ├── IndexError_          the search index on disk
    ├── ModelError           the GGUF file, the embedder, the machine that runs them
    ├── PromptError          a question or prompt that cannot be used
    ├── PoolError            the file that samples are kept in
    └── DatasetError         a question set
"""

from __future__ import annotations

import errno
import re
from typing import Any

__all__ = [
    "ConfigError",
    "DatasetError",
    "Filled",
    "IndexError_",
    "ModelError",
    "NotesError",
    "PoolError",
    "PromptError",
    "ThinkscaleError",
    "UserError",
    "filled",
    "from_data",
    "system_error",
    "to_data",
]

_FIELD = re.compile(r"\{(\w+)\}")


class Filled(str):
    """A finished sentence that knows its `template` and the `fields` put into it, so that it can be
    said in another language. A field that is itself `Filled` is said in that language too."""

    template: str
    fields: dict[str, str]


def filled(template: str, /, **values: object) -> Filled:
    """A sentence with its values put in.

    >>> filled("{file}: no such file.", file="a.md")
    'a.md: no such file.'
    """
    fields = {
        name: value if isinstance(value, str) else str(value) for name, value in values.items()
    }
    sentence = Filled(_FIELD.sub(lambda field: fields[field[1]], template))
    sentence.template, sentence.fields = template, fields
    return sentence


def _as_it_stands(sentence: str) -> Filled:
    """A sentence that is its own template, so that one it is put into can translate it."""
    whole = Filled(sentence)
    whole.template, whole.fields = sentence, {}
    return whole


def to_data(sentence: str) -> Any:
    """A sentence as JSON holds it, for another process: `from_data` knows its template again.

    >>> to_data(filled("{file} is empty.", file="a.md"))
    ['{file} is empty.', {'file': 'a.md'}]
    """
    if not isinstance(sentence, Filled):
        return sentence
    return [sentence.template, {name: to_data(value) for name, value in sentence.fields.items()}]


def from_data(data: Any) -> str:
    """A sentence from what `to_data` made of it.

    >>> from_data(to_data(filled("{file} is empty.", file="a.md")))
    'a.md is empty.'
    """
    if isinstance(data, str):
        return data
    template, fields = data
    if not fields:
        return _as_it_stands(template)
    return filled(template, **{name: from_data(value) for name, value in fields.items()})


class ThinkscaleError(Exception):
    """`what` happened (with the file or key in it) and the `remedy`, both short sentences.

    >>> print(ThinkscaleError("a.md: disk error.", "Run it again."))
    a.md: disk error. Run it again.
    """

    exit_code = 1

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what if isinstance(what, Filled) else _as_it_stands(what)
        self.remedy = remedy
        super().__init__(f"{what} {remedy}".strip())


class UserError(ThinkscaleError):
    """The user can mend it.

    >>> UserError("notes: no such folder.", "Check the path.").exit_code
    2
    """

    exit_code = 2


class ConfigError(UserError):
    """A key, a value or a file of the configuration.

    >>> from pipeline.config import load_config
    >>> try:
    ...     load_config("nowhere/config.yaml")
    ... except ConfigError as error:
    ...     error.remedy
    'Check --config, or leave it out.'
    """


class NotesError(UserError):
    """The notes folder, or one file in it.

    Example:
        try:
            build(load_config("config.yaml"))
        except NotesError as error:  # the folder is missing, or nothing in it can be read
            print(error.what, error.remedy)
    """


class IndexError_(UserError):  # the builtin's name is taken
    """The search index on disk: missing, stale, corrupt or made by something else."""


class ModelError(UserError):
    """A model file, or the machine's ability to run it.

    Example:
        try:
            engine = open_engine(load_config("config.yaml"))
        except ModelError as error:  # the file at model.path is missing or damaged
            print(error.what, error.remedy)
    """


class PromptError(UserError):
    """A question or a prompt that cannot be used: empty, or longer than the context.

    >>> from pipeline.engine import ScriptedEngine
    >>> from pipeline.types import Draw, Prompt
    >>> engine = ScriptedEngine({"": "yes"}, context=4)
    >>> try:
    ...     list(engine.sample([Draw(Prompt(text="Did the Silk Road cross deserts?"))]))
    ... except PromptError as error:
    ...     error.remedy
    'Lower ask.k, or raise model.context.'
    """


class PoolError(UserError):
    """The file that samples are kept in: damaged, foreign, newer, or without room to grow.

    Example:
        try:
            pool = DiskPool(Path("samples.sqlite"))
        except PoolError as error:
            print(error.what, error.remedy)
    """


class DatasetError(UserError):
    """A question set: a malformed line, a duplicate id, a supporting span that is not there.

    Example:
        try:
            task = load_task("exam.yaml")
        except DatasetError as error:  # says in which line
            print(error.what, error.remedy)
    """


_ROOM = "Make room there, and run it again."
_ELSEWHERE = "Check its permissions, or choose another place."
_REMEDIES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "It may not grow so large here: choose another place, or lift the limit.",
    errno.EROFS: _ELSEWHERE,
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
    errno.ENOENT: "Check the path.",
    errno.ENOTDIR: "Check the path.",
    errno.EISDIR: "Check the path.",
    errno.ELOOP: "Check the path.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.EMFILE: "Close other programs, or raise the limit of open files.",
    errno.ENFILE: "Close other programs, or raise the limit of open files.",
}


def system_error(error: OSError) -> ThinkscaleError:
    """What the system refused, with the file and what to do: the user's to mend where we know how,
    else ours."""
    reason = (error.strerror or str(error) or type(error).__name__).rstrip(".")
    reason = reason[:1].lower() + reason[1:]
    template = "{file}: {reason}." if error.filename else "{reason}."
    what = filled(template, file=error.filename, reason=reason)
    remedy = _REMEDIES.get(error.errno or 0)
    if remedy is None:
        return ThinkscaleError(what, "Set THINKSCALE_DEBUG=1 for details.")
    return UserError(what, remedy)
