"""Says what is wrong with a configuration file, in one line with file, line and key."""

from __future__ import annotations

import difflib
import reprlib
from pathlib import Path
from types import UnionType
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.errors import ConfigError, filled

__all__ = ["invalid", "line_of"]


def invalid(
    error: ValidationError, file: Path, root: yaml.Node | None, schema: type[BaseModel]
) -> ConfigError:
    """The first problem of a validation error as one line with file, line and key."""
    first = error.errors()[0]
    loc = [
        part for part in first["loc"] if part not in ("literal['auto']", "constrained-int", "int")
    ]
    line = line_of(root, loc)
    key = ".".join(str(part) for part in loc) or "top level"
    where = f"{file}:{line}" if line else str(file)
    if first["type"] == "extra_forbidden":
        known = _known_keys(schema, loc[:-1])
        near = difflib.get_close_matches(str(loc[-1]), known, n=1)
        hint = (
            filled("Did you mean `{near}`?", near=near[0])
            if near
            else filled("Known keys here: {names}.", names=", ".join(known))
        )
        return ConfigError(filled("{where}: unknown key `{key}`.", where=where, key=key), hint)
    message = first["msg"][0].lower() + first["msg"][1:]
    if len(error.errors()) > 1 and all(e["loc"][: len(loc)] == tuple(loc) for e in error.errors()):
        message = " or ".join(
            dict.fromkeys(e["msg"][0].lower() + e["msg"][1:] for e in error.errors())
        )
    return ConfigError(
        filled(
            "{where}: `{key}` is {value}: {why}.",
            where=where,
            key=key,
            value=_shown(first["input"]),
            why=message,
        ),
        "Mend that line.",
    )


def _shown(value: Any) -> str:
    text = reprlib.repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(model: type[BaseModel], loc: list[Any]) -> list[str]:
    for part in loc:
        annotation = model.model_fields[str(part)].annotation
        if isinstance(annotation, UnionType):
            annotation = get_args(annotation)[0]
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)


def line_of(node: yaml.Node | None, loc: list[Any]) -> int | None:
    """The line (from 1) of the key or item that `loc` leads to, as far as it leads."""
    line: int | None = None
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, node = key.start_mark.line + 1, value
                    break
            else:
                break
        elif (
            isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value)
        ):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
