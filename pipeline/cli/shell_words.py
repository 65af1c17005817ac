"""What a shell may complete: names of strategies and of models."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

__all__ = ["model_names", "strategy_names"]


def strategy_names(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """`rag+co` -> `rag+cot`; `cot@s` -> `cot@sc`. Of what stands before, nothing is checked."""
    from pipeline.strategies import AGGREGATIONS, PROMPT_METHODS

    access, plus, rest = begun.rpartition("+")
    way, at, rule = rest.partition("@")
    if at:
        return [
            f"{access}{plus}{way}@{name}" for name in sorted(AGGREGATIONS) if name.startswith(rule)
        ]
    return [f"{access}{plus}{name}" for name in sorted(PROMPT_METHODS) if name.startswith(way)]


def model_names(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Those of the catalogue, `embedded`, and what ollama and Hugging Face keep here."""
    from pipeline.models.catalogue import load_catalogue
    from pipeline.models.other_stores import local_models

    names = ["embedded", *(e.name for e in load_catalogue()), *(m.name for m in local_models())]
    return [name for name in names if name.startswith(begun)]
