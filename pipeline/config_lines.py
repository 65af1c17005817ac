"""Setting keys of config.yaml in its own lines: comments, order and everything else stay.

The file is parsed for where each value stands, only that stretch of text is replaced, and what came
of it is read again before it is written.

Not ruamel.yaml (0.19.1), which emits the whole document anew: told to keep quotes, width and line
ends, it still writes two lines of the shipped file that no key was set in (`read: null` becomes
`read:`), makes `{path:   x}` `{path: x}` and drops the comment of a file that holds nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import ConfigError, filled, system_error
from pipeline.files import write_whole
from pipeline.plain_yaml import load_yaml

__all__ = ["set_keys", "with_keys"]

YAMLValue = str | int | float | bool | list[str]


def set_keys(file: Path, values: Mapping[str, YAMLValue]) -> None:
    """Set `section.key` values in a configuration file, whole or not at all.

    Raises ConfigError where the file cannot be read or written, is not one, or cannot be edited by
    lines.
    """
    target = file.resolve()  # a link stays a link
    try:
        text = target.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            filled("{file}: cannot be read ({why}).", file=file, why=error),
            "It must be a text file.",
        ) from None
    edited = with_keys(text, values, str(file))
    if edited == text:
        return
    try:
        write_whole(target, edited)
    except OSError as error:
        raise ConfigError(
            filled("{file}: cannot be written ({why}).", file=file, why=error.strerror or error),
            system_error(error).remedy,
        ) from None


def with_keys(text: str, values: Mapping[str, YAMLValue], name: str = "config.yaml") -> str:
    """The text with the values set. Keys and sections that are not there are added."""
    wanted = _parsed(text, name)
    for dotted, value in values.items():
        section, key = dotted.split(".")
        part = wanted.get(section)
        if not isinstance(part, dict | None):
            raise ConfigError(
                filled("{name}: `{section}` is not a section.", name=name, section=section),
                "Mend that line.",
            )
        text = _set(text, section, key, value)
        wanted[section] = {**(part or {}), key: value}
    after = _parsed(text, name)
    if _bare(after) != _bare(wanted):
        raise ConfigError(
            filled("{name}: its lines are too unusual to be edited.", name=name),
            filled(
                "Set by hand: {lines}.",
                lines="; ".join(f"{k}: {_written(v)}" for k, v in values.items()),
            ),
        )
    return text


def _bare(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in data.items() if part not in (None, {})}


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        data, _ = load_yaml(text)
    except yaml.YAMLError:
        data = ""
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConfigError(
            filled("{name}: not a configuration file.", name=name), "See `thinkscale doctor`."
        )
    return data


def _set(text: str, section: str, key: str, value: YAMLValue) -> str:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    newline = "\r\n" if "\r\n" in text else "\n"
    part = _child(root, section)
    if part is None:  # no such section
        gap = "" if not text or text.endswith("\n") else newline
        return f"{text}{gap}{newline}{section}:{newline}  {key}: {_written(value)}{newline}"
    if not isinstance(part, yaml.MappingNode):  # `section:` with nothing in it
        at = part.end_mark.index
        return f"{text[:at]} {{{key}: {_written(value)}}}{text[at:]}"
    old = _child(part, key)
    if old is not None:
        start, end = old.start_mark.index, old.end_mark.index
        if isinstance(old, yaml.CollectionNode) and not old.flow_style:  # a list of "- x" lines
            end = start + len(text[start:end].rstrip())
            start = _after_colon(part, key)
        if start == end:
            return f"{text[:start]} {_written(value)}{text[end:]}"
        between = "" if text[start - 1].isspace() else " "
        return text[:start] + between + _written(value) + text[end:]
    if part.flow_style:
        at = part.start_mark.index + 1
        comma = ", " if part.value else ""
        return f"{text[:at]}{key}: {_written(value)}{comma}{text[at:]}"
    first = part.start_mark
    return (
        f"{text[: first.index]}{key}: {_written(value)}{newline}{' ' * first.column}"
        f"{text[first.index :]}"
    )


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                assert isinstance(value, yaml.Node)
                return value
    return None


def _after_colon(part: yaml.MappingNode, key: str) -> int:
    for name, _ in part.value:
        if name.value == key:
            return int(name.end_mark.index) + 1
    raise KeyError(key)


def _written(value: YAMLValue) -> str:
    """As YAML that stands in a block or in braces alike."""
    if isinstance(value, list):
        return "[" + ", ".join(_written(one) for one in value) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    plain = re.fullmatch(r"[\w./~]([\w./~ +=-]*[\w./~+=-])?", value)
    if plain and yaml.safe_load(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)
