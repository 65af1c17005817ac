"""YAML from outside: what it says, or one error with the line."""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["load_yaml"]

_MOST = 100_000
"""Values that aliases may stand for in all: a few lines can otherwise stand for billions."""


class _Loader(yaml.SafeLoader):
    """What a value cannot be (a number of 5,000 digits, the 32nd of January) is an error of YAML,
    with its line."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, OverflowError) as error:
            problem = str(error).split(";")[0]
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from None


def load_yaml(text: str) -> tuple[Any, yaml.Node | None]:
    """The data of a YAML text, and the nodes it was made from.

    Raises yaml.YAMLError: not YAML, nested too deeply, a value that cannot be, or aliases that
    stand for too much.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
        if root is None:
            return None, None
        _count(root, {})
        return _Loader("").construct_document(root), root
    except RecursionError:
        raise yaml.YAMLError("nested too deeply") from None


def _count(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node stands for, its aliases written out."""
    name = id(node)
    if name not in known:
        known[name] = _MOST  # while it is counted: an alias inside stands for all of it again
        known[name] = 1 + sum(_count(part, known) for part in _parts(node))
    if known[name] > _MOST:
        raise yaml.composer.ComposerError(
            None, None, f"aliases stand for more than {_MOST:,} values", node.start_mark
        )
    return known[name]


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
